"""What a thumbnail was made from, as four tokens: the spec, and the name, size and content of the source.

If the row has a focal point, a fifth token stands before them. A fingerprint with that token is longer, and
no other fingerprint changes.

They are part of the thumbnail's name (`names`), or stored beside it if the storage replaces names. Only this
module builds and parses fingerprints and failure records.
"""

import re
import zlib
from functools import lru_cache
from hashlib import blake2b, md5
from typing import NamedTuple, Self

from .formats import ImageFormat
from .planning import RENDER_REVISION
from .spec import ThumbnailSpec

TOKEN_WIDTH = 5
"""Characters per token. Five characters in base 32 are 25 bits: a change produces the same token once in
33 million cases, which is less than once in 10^7 rows."""

NAME_TOKEN_WIDTH = 7
"""Characters of the source name's token: 28 bits in hexadecimal, so that SQL can compute it too. The token of
a focal point has as many."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""The digits of tokens: base 32, lower case, without characters that are easily confused."""

_PAIRS = [low + high for high in ALPHABET for low in ALPHABET]
_WIDTHS = (TOKEN_WIDTH, NAME_TOKEN_WIDTH, TOKEN_WIDTH, TOKEN_WIDTH)

POINT_TOKEN_WIDTH = NAME_TOKEN_WIDTH
"""Characters that a focal point adds to a fingerprint."""

FINGERPRINT_LENGTH = sum(_WIDTHS)
"""Characters of a whole fingerprint without a focal point."""

FINGERPRINT_PATTERN = f"([{ALPHABET}]{{{POINT_TOKEN_WIDTH}}})?" + "".join(
    f"([{ALPHABET}]{{{width}}})" for width in _WIDTHS
)
"""A regular expression that matches a fingerprint, with a group for each token. The first is that of the
focal point, which may be missing: the length tells, so another character must follow in a longer pattern."""

_FINGERPRINT = re.compile(FINGERPRINT_PATTERN)
_FAILED_MARK = "!"

RECORD_LENGTH = len(_FAILED_MARK) + POINT_TOKEN_WIDTH + FINGERPRINT_LENGTH
"""The number of characters that a `fingerprint_field` must hold."""


def _token(text: str) -> str:
    digest = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return _PAIRS[digest & 1023] + _PAIRS[digest >> 10 & 1023] + ALPHABET[digest >> 20 & 31]


@lru_cache(maxsize=256)
def name_token(name: str) -> str:
    """Return the token of a source's name: the start of its MD5.

    Every database has a function for MD5. The result is cached, because the thumbnails of one source need it
    one after the other.
    """
    return md5(name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:NAME_TOKEN_WIDTH]


def point_token(point: str) -> str:
    """Return the token of a focal point: the start of the MD5 of its text; empty for no point."""
    return name_token(point) if point else ""


@lru_cache(maxsize=1024)
def size_token(size: int) -> str:
    """Return the token of a source's size in bytes."""
    return _token(str(size))


@lru_cache(maxsize=1024)
def spec_token(spec: ThumbnailSpec, image_format: ImageFormat, engine_revision: int = 1) -> str:
    """Return the token of a spec for this output format and this engine revision."""
    by_engine = "" if engine_revision == 1 else f" engine={engine_revision}"
    return _token(f"{RENDER_REVISION} {spec.canonical(image_format)}{by_engine}")


@lru_cache(maxsize=1024)
def spec_tokens(spec: ThumbnailSpec) -> frozenset[str]:
    """Return the tokens that thumbnails of this spec can have, one for each format and engine revision."""
    return frozenset(
        spec_token(spec, image_format, revision)
        for image_format in spec.formats
        for revision in spec.engine_revisions
    )


def fresh_marks(spec: ThumbnailSpec) -> list[str]:
    """Return the texts that precede the name token in thumbnails of this spec, one for each spec token.

    A thumbnail is fresh by its name if the name contains one of these texts, followed by the first
    `NAME_TOKEN_WIDTH` characters of the MD5 of its source's name. If the row has a focal point, the
    `point_token` stands before the last `TOKEN_WIDTH` characters of the text.
    """
    return [
        f"_{spec_token(spec, image_format, revision)}"
        for image_format in spec.formats  # the most frequent first, because SQL stops at the first match
        for revision in spec.engine_revisions
    ]


def content_token(data: bytes) -> str:
    """Return the token of a source's bytes.

    It is a CRC-32, because only 25 bits are kept of any digest and a cryptographic one takes four times as
    long. The token detects changes; it does not protect against forgery.
    """
    return _token(f"{zlib.crc32(data):08x}")


class SourceFacts(NamedTuple):
    """What is known about a source; None means that it was not checked.

    Attributes:
        name: The name in its storage.
        size: Bytes.
        content: `content_token` of the bytes.
        exists: Whether the storage has the file.
        point: The text of the focal point that crops of it keep in view, empty for none.
    """

    name: str
    size: int | None = None
    content: str | None = None
    exists: bool | None = None
    point: str = ""


class Fingerprint(NamedTuple):
    """What a thumbnail was made from, as one token for each fact; that of the focal point may be empty."""

    spec: str
    name: str
    size: str
    content: str
    point: str = ""

    @classmethod
    def of(cls, spec: str, source: SourceFacts) -> Self:
        """Return the fingerprint of a source at a spec token.

        Raises:
            ValueError: The size or the content of the source is not known.
        """
        if source.size is None or source.content is None:
            msg = "a fingerprint needs the size and the content of its source"
            raise ValueError(msg)
        return cls(
            spec,
            name_token(source.name),
            size_token(source.size),
            source.content,
            point_token(source.point),
        )

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of a fingerprint; return None if it is not one."""
        match = _FINGERPRINT.fullmatch(text)
        return cls.of_groups(*match.groups()) if match else None

    @classmethod
    def of_groups(cls, point: str | None, spec: str, name: str, size: str, content: str) -> Self:
        """Return the fingerprint with the groups that `FINGERPRINT_PATTERN` matched."""
        return cls(spec, name, size, content, point or "")

    def __str__(self) -> str:
        """Return the concatenated tokens."""
        return self.point + self.spec + self.name + self.size + self.content


def failure_record(spec: ThumbnailSpec, source: SourceFacts, conditions: str = "") -> str:
    """Return a record which says that this source failed at this spec.

    Size and content are left open in it if they could not be read.

    Args:
        spec: The wanted spec.
        source: What is known about the source.
        conditions: Everything else that decides whether a source fails, as one text: limits, formats and
            engines. If it changes, the record is no longer valid and the source is tried again.
    """
    tokens = [
        name_token(source.name),
        size_token(source.size) if source.size is not None else "-" * TOKEN_WIDTH,
        source.content or "-" * TOKEN_WIDTH,
    ]
    mark = failure_mark(spec, conditions)
    before, behind = mark[:-TOKEN_WIDTH], mark[-TOKEN_WIDTH:]
    return before + point_token(source.point) + behind + "".join(tokens)


def failure_mark(spec: ThumbnailSpec, conditions: str = "") -> str:
    """Return the text that failure records for this spec begin with, under these conditions.

    The first `NAME_TOKEN_WIDTH` characters of the MD5 of the source's name follow. The `point_token` stands
    before the last `TOKEN_WIDTH` characters of the text, as in `fresh_marks`.
    """
    return _FAILED_MARK + _token("".join(sorted(spec_tokens(spec))) + conditions)


def notes_failure(record: str) -> bool:
    """Return whether a record is a failure record, for any source and spec."""
    return record.startswith(_FAILED_MARK)


def recorded_failure(record: str, spec: ThumbnailSpec, source: SourceFacts, conditions: str = "") -> bool:
    """Return whether a record says that exactly this source already failed, under the same conditions."""
    if not notes_failure(record):
        return False
    wanted = failure_record(spec, source, conditions)
    return len(record) == len(wanted) and all(
        noted in ("-", known) or known == "-" for noted, known in zip(record, wanted, strict=True)
    )
