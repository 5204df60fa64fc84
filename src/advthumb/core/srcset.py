"""The URLs of a set: the files among which a browser or an app can choose.

A `srcset` lists URLs with a descriptor: the width of the file (`400w`), from which a browser chooses with the
attribute `sizes`, or the number of its pixels for each CSS pixel (`2x`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, Self

from .formats import ImageFormat
from .names import Member, ThumbnailName, members

_WHITE_SPACE = re.compile(r"[\t\n\f\r ]")
_BREAKS_A_LIST = re.compile(r"[\t\n\f\r ]+|\A,+|,+\Z")


class Candidate(NamedTuple):
    """A file that a browser or an app can choose.

    Attributes:
        url: Its URL.
        width: Its real width in pixels.
    """

    url: str
    width: int


class SetURLs(NamedTuple):
    """The files of a set, and how to get their URLs, which can be slow if they are signed.

    Attributes:
        files: The files by format, the preferred format first and that of the main file last; of each format
            the narrowest first. Empty if the name of the main file does not tell.
        url: Returns the URL of a name.
        one_x: The width in pixels that stands for `1x`; None if the widths themselves are listed.
    """

    files: Mapping[ImageFormat, tuple[Member, ...]]
    url: Callable[[str], str]
    one_x: int | None

    @classmethod
    def of(cls, name: str, url: Callable[[str], str], *, by_density: bool) -> Self:
        """Return the set whose main file has this name.

        Args:
            name: The name; empty for none.
            url: Returns the URL of a name.
            by_density: Whether the main file is meant for screens with one pixel per CSS pixel, and its
                siblings for those with more.
        """
        main = members(name)[:1] if by_density else ()
        return cls(by_format(name), url, main[0].width if main else None)

    @property
    def by_width(self) -> bool:
        """Whether a `srcset` lists widths, so that the browser needs to know `sizes`."""
        return self.one_x is None and any(len(files) > 1 for files in self.files.values())

    @property
    def main_format(self) -> ImageFormat | None:
        """The format of the main file, None if the name does not tell."""
        return (None, *self.files)[-1]

    @property
    def further_formats(self) -> tuple[ImageFormat, ...]:
        """The other formats, the preferred one first."""
        return tuple(self.files)[:-1]

    @property
    def choice(self) -> str:
        """The `srcset` of the main format, empty if the main file is the only one in it."""
        found = self.candidates(self.main_format)
        return self.text(found) if len(found) > 1 else ""

    def candidates(self, image_format: str | None) -> list[Candidate]:
        """Return the files of a format, the narrowest first; empty if there is no such format."""
        files = next((files for each, files in self.files.items() if each == image_format), ())
        return [Candidate(self.url(file.name), file.width) for file in files]

    @property
    def sources(self) -> dict[str, list[Candidate]]:
        """The files by the name of their format, in the order of `files`."""
        return {each.value: self.candidates(each) for each in self.files}

    def srcset(self, image_format: str | None) -> str:
        """Return the text of a `srcset` with the files of a format; empty if there is no such format."""
        return self.text(self.candidates(image_format))

    def text(self, candidates: Sequence[Candidate]) -> str:
        """Return the text of a `srcset`.

        A single file has no descriptor: there is nothing to choose, and with a width the browser would show
        it as wide as `sizes` says, even if it has fewer pixels.
        """
        if len(candidates) == 1:
            return listed_url(candidates[0].url)
        return ", ".join(f"{listed_url(each.url)} {self._descriptor(each.width)}" for each in candidates)

    def url_for(self, width: int) -> str:
        """Return the URL of the smallest file of the main format that is at least this wide.

        If none is wide enough, it is that of the widest one; empty if the name does not tell.
        """
        if self.main_format is None:
            return ""
        files = self.files[self.main_format]
        return self.url(next((file for file in files if file.width >= width), files[-1]).name)

    def _descriptor(self, width: int) -> str:
        return f"{width}w" if self.one_x is None else f"{width / self.one_x:.3g}x"


@lru_cache(maxsize=1024)
def by_format(name: str) -> Mapping[ImageFormat, tuple[Member, ...]]:
    """Return the files of a set by format, as `SetURLs.files` has them; empty for a name that is not ours.

    The result is cached, because a page row needs the same name several times.
    """
    main = ThumbnailName.parse(name)
    if main is None:
        return MappingProxyType({})
    found = sorted(members(name), key=attrgetter("width"))
    formats = (*(each for each in main.set.formats if each is not main.format), main.format)
    # Comparing the members of an Enum is faster than looking them up in a dictionary.
    return MappingProxyType(
        {each: tuple(member for member in found if member.format is each) for each in formats}
    )


def listed_url(url: str) -> str:
    """Return a URL as it can stand in a `srcset`.

    White space ends a URL there, and a comma at its beginning or end does not belong to it; both are
    percent-encoded. Other commas are kept.
    """
    if "," in {url[:1], url[-1:]} or _WHITE_SPACE.search(url):
        return _BREAKS_A_LIST.sub(_percent_encoded, url)
    return url


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{ord(character):02X}" for character in match[0])
