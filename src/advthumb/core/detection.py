"""Why a thumbnail is fresh or stale: fingerprints in names, and the verdict they lead to.

A stored thumbnail is named::

    <source stem>_thumbnail_<W>x<H>_<fingerprint><extension>
    beach_thumbnail_300x200_k3v9q0c41f9em05eh7p4zt.webp

The fingerprint is four tokens: the spec, the source's name, its size in bytes, its content. This module
alone builds and parses it.
"""

import posixpath
import re
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import lru_cache
from hashlib import blake2b, md5
from itertools import accumulate
from typing import Self

from .formats import OUTPUTS, ImageFormat, format_of_extension
from .images import Size
from .planning import RENDER_REVISION
from .spec import ThumbnailSpec

TOKEN_WIDTH = 5
"""Characters per token. Five of base 32 are 25 bits: a change meets the same token once in
33 million, which is less often than once in 10^7 rows."""

NAME_TOKEN_WIDTH = 7
"""Characters of the source name's token: hexadecimal, so that SQL can work it out too; 28 bits."""

COLLISION_SUFFIX = "_AbC1234"
"""What a Django storage appends to a name that is taken: an underscore and 7 characters."""

SUPERSEDED = "~"
"""Ends a name in a row whose thumbnail was superseded by a save that did not know it: the row has none
for now, and whoever gives it the next one deletes that file. No file of ours has such a name."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MARK = "_thumbnail"
_FILE_NAME_BYTES = 255
_WIDTHS = (TOKEN_WIDTH, NAME_TOKEN_WIDTH, TOKEN_WIDTH, TOKEN_WIDTH)
_PARTS = tuple(slice(end - width, end) for width, end in zip(_WIDTHS, accumulate(_WIDTHS), strict=True))
_FINGERPRINT = re.compile(rf"[{_ALPHABET}]{{{sum(_WIDTHS)}}}")
_OURS = re.compile(
    rf"(.*){_MARK}_([1-9][0-9]{{0,4}})x([1-9][0-9]{{0,4}})_([{_ALPHABET}]{{{sum(_WIDTHS)}}})"
    r"(?:_[a-zA-Z0-9]{7})?(\.[a-z]+)",
    re.DOTALL,
)
_LEGACY = re.compile(rf"(?P<stem>.*){_MARK}(?:_[a-zA-Z0-9]{{7}})?(?:\.[^.]*)?", re.DOTALL)
_FAILED_MARK = "!"


class Verdict(StrEnum):
    """What a look at a thumbnail and its source found; the same words everywhere."""

    FRESH = "fresh"
    """The thumbnail is of this source at this spec, as far as was checked."""
    MISSING = "missing"
    """There is a source and no thumbnail."""
    LOST = "lost"
    """The row names a thumbnail, its file is gone."""
    SOURCE_CHANGED = "source-changed"
    """The thumbnail is of another source, or of another content of it."""
    SPEC_CHANGED = "spec-changed"
    """The thumbnail was made to another spec or by an older pipeline."""
    UNKNOWN = "unknown"
    """Nothing says what the thumbnail was made of: kept on save, remade by the command."""
    ORPHANED = "orphaned"
    """There is a thumbnail and no source."""
    FAILED = "failed"
    """This source already failed at this spec; tried again when either changes, or by force."""


class Level(IntEnum):
    """How much is checked; each level includes those before it."""

    NAME = 1
    """Tokens against the spec and the source's name: no I/O."""
    STAT = 2
    """Sizes, times and existence: two or three storage calls."""
    CONTENT = 3
    """The digest of the source's bytes: reads the source."""


def _token(text: str) -> str:
    digest = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return "".join(_ALPHABET[(digest >> (5 * place)) & 31] for place in range(TOKEN_WIDTH))


def _name_token(name: str) -> str:
    """Return the token of a source's name: the start of its MD5, which every database has a function for."""
    return md5(name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:NAME_TOKEN_WIDTH]


@lru_cache(maxsize=1024)
def spec_token(spec: ThumbnailSpec, image_format: ImageFormat) -> str:
    """Return the token of a spec whose output has the given format."""
    return _token(f"{RENDER_REVISION} {spec.canonical(image_format)}")


@lru_cache(maxsize=1024)
def spec_tokens(spec: ThumbnailSpec) -> frozenset[str]:
    """Return the tokens that thumbnails of this spec can carry, one per possible format."""
    return frozenset(spec_token(spec, image_format) for image_format in spec.formats)


def fresh_marks(spec: ThumbnailSpec) -> list[str]:
    """Return the texts that stand before the name token in thumbnails of this spec, one per format.

    A thumbnail is fresh by its name if that has one of these, followed by the first `NAME_TOKEN_WIDTH`
    characters of the MD5 of its source's name.
    """
    return [f"_{spec_token(spec, image_format)}" for image_format in spec.formats]


def content_token(data: bytes) -> str:
    """Return the token of a source's bytes.

    CRC-32, because 25 bits are kept of whatever digest is taken, and it costs a quarter of a
    cryptographic one: it guards against change, not against forgery.
    """
    return _token(f"{zlib.crc32(data):08x}")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a thumbnail was made of, one token each."""

    spec: str
    name: str
    size: str
    content: str

    @classmethod
    def of(cls, spec: str, source: "SourceFacts") -> Self:
        """Return the fingerprint of a source at a spec token.

        Raises:
            ValueError: The size or the content of the source is not known.
        """
        if source.size is None or source.content is None:
            msg = "a fingerprint needs the size and the content of its source"
            raise ValueError(msg)
        return cls(spec, _name_token(source.name), _token(str(source.size)), source.content)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a fingerprint back from its text, or return None if it is none."""
        return cls.cut(text) if _FINGERPRINT.fullmatch(text) else None

    @classmethod
    def cut(cls, text: str) -> Self:
        """Return the fingerprint of a text that is known to be one."""
        spec, name, size, content = _PARTS
        return cls(text[spec], text[name], text[size], text[content])

    def __str__(self) -> str:
        """Return the tokens in a row."""
        return self.spec + self.name + self.size + self.content


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of a source; None is what has not been looked at.

    Attributes:
        name: The name in its storage.
        size: Bytes.
        content: `content_token` of the bytes.
        modified: When the storage says it was last written.
        exists: Whether the storage has it.
    """

    name: str
    size: int | None = None
    content: str | None = None
    modified: datetime | None = None
    exists: bool | None = None

    @property
    def stamp(self) -> str:
        """Size and time as one text, to recognise facts that were verified before."""
        return f"{self.size} {self.modified.isoformat() if self.modified else ''}"


@dataclass(frozen=True, slots=True)
class ThumbnailFacts:
    """What is known of a stored thumbnail.

    Attributes:
        name: The name in its storage, empty if the row has none.
        record: What was kept beside the name: a fingerprint, or the note of a failure.
        modified: When the storage says it was last written.
        exists: Whether the storage has it, None if that was not looked at.
    """

    name: str = ""
    record: str = ""
    modified: datetime | None = None
    exists: bool | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict and the sentence that explains it."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class ThumbnailName:
    """The parts of a name in our pattern."""

    stem: str
    size: Size
    fingerprint: Fingerprint
    format: ImageFormat

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, name: str) -> Self | None:
        """Read a stored name (folders and a collision suffix allowed), None if it is not ours.

        Kept for a moment: a save, or a row of a page, asks several times for the same name.
        """
        match = _OURS.fullmatch(posixpath.basename(name))
        if match is None:
            return None
        stem, width, height, fingerprint, extension = match.groups()
        image_format = format_of_extension(extension)
        if image_format is None:
            return None
        return cls(stem, Size(int(width), int(height)), Fingerprint.cut(fingerprint), image_format)

    def __str__(self) -> str:
        """Return the file name, without folder."""
        extension = OUTPUTS[self.format].extension
        return f"{self.stem}{_MARK}_{self.size}_{self.fingerprint}{extension}"


def valid_name(name: str) -> str:
    """Return the thumbnail that a row's column names; empty where it is superseded."""
    return "" if name.endswith(SUPERSEDED) else name


def file_behind(name: str) -> str:
    """Return the file that a row's column names, superseded or not."""
    return name.removesuffix(SUPERSEDED)


def stem_of(name: str) -> str:
    """Return the file name without folders and extension."""
    return posixpath.splitext(posixpath.basename(name))[0]


def fitted_name(name: ThumbnailName, place: Callable[[str], str], max_length: int | None) -> str:
    """Return the full name to store under, its stem trimmed so that the fingerprint survives.

    Args:
        name: The wanted name.
        place: Adds the folder to a file name (`upload_to`); called again after trimming.
        max_length: Characters that the column holds, None for any number. Room is left for a
            storage's collision suffix, here and within the 255 bytes of a file name, and here for
            the mark of a superseded thumbnail.
    """
    placed = place(str(name))
    stem = name.stem
    while stem:
        base = posixpath.basename(placed)
        too_many = len(placed + COLLISION_SUFFIX + SUPERSEDED) - max_length if max_length else 0
        bytes_over = len(base.encode("utf-8", "replace")) + len(COLLISION_SUFFIX) - _FILE_NAME_BYTES
        # A character is at most 4 bytes in UTF-8, so this never trims more than it must by much.
        excess = max(too_many, -(-bytes_over // 4))
        if excess <= 0:
            break
        stem = stem[: max(0, len(stem) - excess)]
        placed = place(str(ThumbnailName(stem, name.size, name.fingerprint, name.format)))
    return placed


def beside(name: str) -> str:
    """Return a name like another, with a suffix as storages append it on a collision."""
    stem, extension = posixpath.splitext(name)
    return f"{stem}_{''.join(secrets.choice(_ALPHABET) for _ in COLLISION_SUFFIX[1:])}{extension}"


def room_needed() -> int:
    """Return the characters a name takes without its folder, for the shortest useful stem."""
    widest = ThumbnailName(
        "a", Size(9999, 9999), Fingerprint(*("0" * width for width in _WIDTHS)), ImageFormat.WEBP
    )
    return len(str(widest) + COLLISION_SUFFIX + SUPERSEDED)


def failure_record(spec: ThumbnailSpec, source: SourceFacts) -> str:
    """Return the note that this source failed at this spec, to be kept as a record.

    Sizes and contents that could not be read are left open in it.
    """
    tokens = [
        _token("".join(sorted(spec_tokens(spec)))),
        _name_token(source.name),
        _token(str(source.size)) if source.size is not None else "-" * TOKEN_WIDTH,
        source.content or "-" * TOKEN_WIDTH,
    ]
    return _FAILED_MARK + "".join(tokens)


RECORD_LENGTH = len(_FAILED_MARK) + sum(_WIDTHS)
"""Characters that a `fingerprint_field` must hold."""


def recorded_failure(record: str, spec: ThumbnailSpec, source: SourceFacts) -> bool:
    """Return whether a record says that this very source already failed at this spec."""
    wanted = failure_record(spec, source)
    return len(record) == len(wanted) and all(
        noted in ("-", known) or known == "-" for noted, known in zip(record, wanted, strict=True)
    )


def assess(spec: ThumbnailSpec, source: SourceFacts | None, thumbnail: ThumbnailFacts) -> Assessment:
    """Return the verdict on one thumbnail from whatever is known; what is None is not checked.

    Args:
        spec: The field's current spec.
        source: The row's source, None if it has none.
        thumbnail: The row's thumbnail.
    """
    if source is None:
        if thumbnail.name:
            return Assessment(Verdict.ORPHANED, "the row has no source")
        return Assessment(Verdict.FRESH, "no source, no thumbnail")
    if not thumbnail.name:
        if recorded_failure(thumbnail.record, spec, source):
            return Assessment(Verdict.FAILED, "this source already failed at this spec")
        return Assessment(Verdict.MISSING, "the row has no thumbnail")
    fingerprint = fingerprint_of(thumbnail)
    if fingerprint is None:
        return _assess_unmarked(source, thumbnail)
    if fingerprint.name != _name_token(source.name):
        return Assessment(Verdict.SOURCE_CHANGED, "made from a source of another name")
    if fingerprint.spec not in spec_tokens(spec):
        return Assessment(Verdict.SPEC_CHANGED, "made to another size or with other options")
    if source.size is not None and fingerprint.size != _token(str(source.size)):
        return Assessment(Verdict.SOURCE_CHANGED, f"the source now has {source.size} bytes")
    if source.content is not None and fingerprint.content != source.content:
        return Assessment(Verdict.SOURCE_CHANGED, "the content of the source changed")
    return _assess_files(source, thumbnail)


def fingerprint_of(thumbnail: ThumbnailFacts) -> Fingerprint | None:
    """Return the fingerprint in the name, else the one recorded beside it, else None."""
    parsed = ThumbnailName.parse(thumbnail.name)
    return parsed.fingerprint if parsed else Fingerprint.parse(thumbnail.record)


def _assess_unmarked(source: SourceFacts, thumbnail: ThumbnailFacts) -> Assessment:
    """Judge a name without fingerprint: 2.x's `<stem>_thumbnail<ext>`, or anything else."""
    legacy = _LEGACY.fullmatch(posixpath.basename(thumbnail.name))
    if legacy and legacy["stem"] != stem_of(source.name):
        return Assessment(Verdict.SOURCE_CHANGED, "its name is of another source")
    if thumbnail.exists is False:
        return Assessment(Verdict.LOST, "the thumbnail's file is gone")
    made_by = "made by version 2" if legacy else "its name carries no fingerprint"
    return Assessment(Verdict.UNKNOWN, made_by)


def _assess_files(source: SourceFacts, thumbnail: ThumbnailFacts) -> Assessment:
    if thumbnail.exists is False:
        return Assessment(Verdict.LOST, "the thumbnail's file is gone")
    if source.exists is False:
        return Assessment(Verdict.FAILED, "the source's file is gone; the thumbnail is kept")
    return Assessment(Verdict.FRESH, "made from this source at this spec")


def content_in_doubt(source: SourceFacts, thumbnail: ThumbnailFacts, verified: str | None) -> bool:
    """Return whether level `stat` must read the source to be sure.

    Args:
        source: The source with its `stat` facts.
        thumbnail: The thumbnail with its `stat` facts.
        verified: `SourceFacts.stamp` of the last time the content was verified, None if unknown.
    """
    if verified is not None:
        return verified != source.stamp
    if source.modified is None or thumbnail.modified is None:
        return False
    return source.modified > thumbnail.modified
