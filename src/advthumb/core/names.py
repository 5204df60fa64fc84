"""Names of stored thumbnails, which carry the fingerprint.

    <source stem>_thumbnail_<W>x<H>[c<colour>]_<fingerprint>_<nonce>[-<set>]<extension>
    beach_thumbnail_300x200_k3v9q0c41f9em05eh7p4zt_x7k2m9q.webp
    beach_thumbnail_300x200ce7d51_k3v9q0c41f9em05eh7p4zt_x7k2m9q.webp

A fingerprint has 22 characters, or 29 if the row has a focal point, whose token comes first. The colour is
there if a field wants it (see `dominant`). The nonce is random, so no name is ever used twice and a file
belongs to exactly one row. The set code (see `sets`) says which further files are stored beside this one.
These siblings have its whole name in front of their own width and extension:

    beach_thumbnail_800x600_k3v9q0c41f9em05eh7p4zt_x7k2m9q-a0cg.jpg.400.avif

Only this module builds and parses names.
"""

import itertools
import posixpath
import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Self

from .dominant import CODE_LENGTH, CODE_PATTERN, DominantColour
from .fingerprints import (
    ALPHABET,
    FINGERPRINT_LENGTH,
    FINGERPRINT_PATTERN,
    POINT_TOKEN_WIDTH,
    TOKEN_WIDTH,
    Fingerprint,
    name_token,
)
from .formats import OUTPUTS, ImageFormat, format_of_extension
from .images import Size
from .sets import SET_PATTERN, SetCode

COLLISION_SUFFIX = "_AbC1234"
"""An example of what a Django storage appends to a name that is taken: an underscore and 7 characters."""

NONCE_LENGTH = 7
"""Characters of a nonce: 35 random bits, in the form of Django's collision suffix."""

MARK = "_thumbnail"
"""The text after the stem of the source; names of version 2 have it too."""

_COLOUR = "c"
"""The letter before the code of a colour."""

_FILE_NAME_BYTES = 255
_SIBLING_BYTES = len(".99999.avif")
_BEHIND_STEM = re.compile(
    rf"{MARK}_([1-9][0-9]{{0,4}})x([1-9][0-9]{{0,4}})(?:{_COLOUR}({CODE_PATTERN}))?_{FINGERPRINT_PATTERN}"
    rf"(?:_([{ALPHABET}]{{{NONCE_LENGTH}}}))?(?:-({SET_PATTERN}))?(?:_[a-zA-Z0-9]{{7}})?(\.[a-z]+)"
)
_BEHIND_IT = f"{MARK}_"  # the last occurrence counts: a stem may contain it too
_EXTENSIONS = frozenset(facts.extension for facts in OUTPUTS.values())

_SIBLING = re.compile(r"(.+)\.[1-9][0-9]{0,4}\.[a-z]+", re.DOTALL)
_LEGACY = re.compile(rf"{MARK}(?:_[a-zA-Z0-9]{{7}})?\.[a-zA-Z0-9]+")


class ThumbnailName(NamedTuple):
    """The parts of a name in our pattern.

    Attributes:
        stem: The stem of the source, shortened if the column is too short.
        size: The real size in pixels, as displayed.
        fingerprint: What the thumbnail was made from.
        format: The real format.
        nonce: Makes the name unique; see `new_nonce`. Empty in names that are older than the nonce.
        set: The files beside this one.
        colour: The dominant colour; None if it is not in the name.
    """

    stem: str
    size: Size
    fingerprint: Fingerprint
    format: ImageFormat
    nonce: str
    set: SetCode = SetCode()
    colour: DominantColour | None = None

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, name: str) -> Self | None:
        """Parse a stored name (folders and a collision suffix are allowed); return None if it is not ours.

        The result is cached, because a save or a page row needs the same name several times.
        """
        stem_end = name.rfind(_BEHIND_IT)
        match = _BEHIND_STEM.fullmatch(name, stem_end) if stem_end >= 0 else None
        if match is None:
            return None
        width, height, colour, *tokens, nonce, set_code, extension = match.groups()
        image_format = format_of_extension(extension)
        if image_format is None:
            return None
        stem = name[name.rfind("/", 0, stem_end) + 1 : stem_end]
        fingerprint = Fingerprint.of_groups(*tokens)
        return cls(
            stem,
            Size(int(width), int(height)),
            fingerprint,
            image_format,
            nonce or "",
            SetCode.parse(set_code or ""),
            DominantColour.parse(colour) if colour else None,
        )

    @staticmethod
    def tokens_in(name: str) -> tuple[str | None, ...] | None:
        """Return the tokens of the fingerprint in a stored name; None if it is not ours.

        They are in the order of a name: the first is that of the focal point, None without one.
        A verdict needs nothing else, and this takes a fraction of the time of `parse`.
        """
        stem_end = name.rfind(_BEHIND_IT)
        match = _BEHIND_STEM.fullmatch(name, stem_end) if stem_end >= 0 else None
        return match.group(4, 5, 6, 7, 8) if match and match[11] in _EXTENSIONS else None

    def __str__(self) -> str:
        """Return the file name, without folder."""
        set_code = f"-{self.set}" if self.set != SetCode() else ""
        extension = OUTPUTS[self.format].extension
        nonce = f"_{self.nonce}" if self.nonce else ""
        colour = f"{_COLOUR}{self.colour}" if self.colour else ""
        return f"{self.stem}{MARK}_{self.size}{colour}_{self.fingerprint}{nonce}{set_code}{extension}"


class Member(NamedTuple):
    """A file of a set.

    Attributes:
        name: Its name in the storage.
        width: Its real width in pixels.
        format: Its format.
    """

    name: str
    width: int
    format: ImageFormat


def members(name: str) -> tuple[Member, ...]:
    """Return all files of the set whose main file has this name, the main file first.

    A thumbnail without further files is a set of one. If the name is not in our pattern, the result is empty.
    """
    main = ThumbnailName.parse(name)
    if main is None:
        return ()
    of_main = Member(name, main.size.width, main.format)
    each = itertools.product((*main.set.formats, main.format), (main.size.width, *main.set.widths))
    others = dict.fromkeys(Member(sibling_name(name, width, of), width, of) for of, width in each)
    return (of_main, *(other for other in others if other[1:] != of_main[1:]))


def sibling_name(main: str, width: int, image_format: ImageFormat) -> str:
    """Return the name of a file of a set that is not the main file."""
    return f"{main}.{width}{OUTPUTS[image_format].extension}"


def files_of(name: str) -> tuple[str, ...]:
    """Return the names of all files that a name in a column stands for, that name first."""
    return tuple(member.name for member in members(name)) or (name,)


def siblings_of(name: str) -> tuple[str, ...]:
    """Return the names of the files of a set besides its main file; empty for any other name."""
    main = ThumbnailName.parse(name)
    return () if main is None or main.set == SetCode() else files_of(name)[1:]


def main_name(name: str) -> str | None:
    """Return the name that a row has if this is one of its files: the name itself, or that of the main file.

    None if the file is not ours.
    """
    if ThumbnailName.parse(name) is not None:
        return name
    match = _SIBLING.fullmatch(name)
    return match[1] if match and name in files_of(match[1])[1:] else None


def new_nonce() -> str:
    """Return random characters that make a new name unique."""
    return "".join(secrets.choice(ALPHABET) for _ in range(NONCE_LENGTH))


def is_ours(name: str, record: str = "") -> bool:
    """Return whether the file in a row's thumbnail column was made by this package.

    Anything else in that column belongs to the project, such as a placeholder, and is never deleted.

    Args:
        name: The name in the column.
        record: What `fingerprint_field` or the cache holds about that file. If there is a record, we stored
            the file, whatever name the storage gave it.
    """
    return bool(record) or ThumbnailName.parse(name) is not None or is_legacy(name)


def is_legacy(name: str) -> bool:
    """Return whether a name has the form of version 2: `<stem>_thumbnail<ext>`."""
    base = posixpath.basename(name)
    stem_end = base.rfind(MARK)
    return stem_end > 0 and _LEGACY.fullmatch(base, stem_end) is not None


@lru_cache(maxsize=256)
def of_source_pattern(source_name: str) -> str:
    """Return an SQL `LIKE` pattern for the names whose fingerprint has the name token of a source.

    It matches thumbnails of every focal point: where one was moved, the old crop may stay for a while.
    In the pattern, `_` stands for any single character, so the underscores of the names need no escape; the
    syntax of escapes differs between databases.
    """
    any_of = {width: "_" * width for width in (TOKEN_WIDTH, 2 * TOKEN_WIDTH, NONCE_LENGTH)}
    fingerprint = f"{any_of[TOKEN_WIDTH]}{name_token(source_name)}{any_of[2 * TOKEN_WIDTH]}"
    return f"%{MARK}%x%_{fingerprint}_{any_of[NONCE_LENGTH]}%"


def stem_of(name: str) -> str:
    """Return the file name without folders and extension."""
    return posixpath.splitext(posixpath.basename(name))[0]


def fitted_name(name: ThumbnailName, place: Callable[[str], str], max_length: int | None) -> str:
    """Return the full name to store under, with the stem trimmed so that the fingerprint is kept.

    Args:
        name: The wanted name.
        place: Adds the folder to a file name (`upload_to`); called again after trimming.
        max_length: The number of characters that the column holds; None for no limit. Room is left for a
            storage's collision suffix, in the column and in the 255 bytes of a file name. These hold the
            names of siblings too.
    """
    room = len(COLLISION_SUFFIX) + (_SIBLING_BYTES if name.set != SetCode() else 0)
    placed = place(str(name))
    stem = name.stem
    while stem:
        base = posixpath.basename(placed)
        too_many = len(placed + COLLISION_SUFFIX) - max_length if max_length else 0
        bytes_over = len(base.encode("utf-8", "replace")) + room - _FILE_NAME_BYTES
        # A character has at most 4 bytes in UTF-8, so this never trims too many characters.
        excess = max(too_many, -(-bytes_over // 4))
        if excess <= 0:
            break
        stem = stem[: max(0, len(stem) - excess)]
        placed = place(str(name._replace(stem=stem)))
    return placed


def room_needed(
    widths: int = 0, formats: int = 0, *, with_point: bool = False, with_colour: bool = False
) -> int:
    """Return the number of characters that a name without its folder takes, with the shortest useful stem.

    Args:
        widths: The number of further widths in a set.
        formats: The number of its further formats.
        with_point: Whether rows may have a focal point.
        with_colour: Whether names have the dominant colour.
    """
    colour = with_colour * f"{_COLOUR}{'0' * CODE_LENGTH}"
    fingerprint = "0" * (FINGERPRINT_LENGTH + with_point * POINT_TOKEN_WIDTH)
    widest = f"a{MARK}_{Size(9999, 9999)}{colour}_{fingerprint}_{'0' * NONCE_LENGTH}"
    set_code = f"-{'a' * formats}{'000' * widths}" if widths or formats else ""
    return len(f"{widest}{set_code}{OUTPUTS[ImageFormat.WEBP].extension}{COLLISION_SUFFIX}")
