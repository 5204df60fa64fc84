"""Thumbnails as dictionaries for APIs: the types, and absolute URLs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypedDict

from advthumb.core.srcset import Candidate


class CandidateDict(TypedDict):
    """A file of a set for APIs.

    Attributes:
        url: The URL, with the host if a request was given.
        width: Its real width in pixels.
    """

    url: str
    width: int


class ThumbnailDict(TypedDict):
    """A thumbnail for APIs; later versions may add keys.

    Attributes:
        url: The URL, with the host if a request was given.
        width: Pixels; None if unknown.
        height: The same.
        status: The verdict from its name alone: `fresh`, `source-changed` and so on.
        srcset: The files of its own format, as `ThumbnailFieldFile.srcset` returns them.
        sources: All files of its set by format, as `ThumbnailFieldFile.sources` has them.
        color: The dominant colour as `#rrggbb`, empty if unknown.
        placeholder: The ThumbHash in base 64, empty if unknown.
    """

    url: str
    width: int | None
    height: int | None
    status: str
    srcset: str
    sources: dict[str, list[CandidateDict]]
    color: str
    placeholder: str


class BuildsURLs(Protocol):
    """A request of Django, or of a framework that is built on it."""

    def build_absolute_uri(self, location: str | None = None, /) -> str:
        """Return a URL with the host."""
        ...


def dictionaries(sources: Mapping[str, Sequence[Candidate]]) -> dict[str, list[CandidateDict]]:
    """Return the files of a set, by format, as dictionaries."""
    return {
        each: [CandidateDict(url=file.url, width=file.width) for file in files]
        for each, files in sources.items()
    }


def absolute(url: Callable[[str], str], request: BuildsURLs) -> Callable[[str], str]:
    """Return a function that gives the URL of a name with the host of a request."""
    return lambda name: request.build_absolute_uri(url(name))
