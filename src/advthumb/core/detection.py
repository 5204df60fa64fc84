"""Why a thumbnail is fresh or stale: the verdict that follows from its name, fingerprint and source."""

import posixpath
import re
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from .fingerprints import (
    Fingerprint,
    SourceFacts,
    name_token,
    point_token,
    recorded_failure,
    size_token,
    spec_tokens,
)
from .names import MARK, ThumbnailName, stem_of
from .spec import ThumbnailSpec

_LEGACY = re.compile(rf"(?P<stem>.*){MARK}(?:_[a-zA-Z0-9]{{7}})?(?:\.[^.]*)?", re.DOTALL)


class Verdict(StrEnum):
    """The result of checking a thumbnail against its source; the same words are used everywhere."""

    FRESH = "fresh"
    """The thumbnail was made from this source to this spec, as far as was checked."""
    MISSING = "missing"
    """The row has a source but no thumbnail."""
    LOST = "lost"
    """The row names a thumbnail whose file does not exist."""
    SOURCE_CHANGED = "source-changed"
    """The thumbnail was made from another source, or from other content of the same source."""
    SPEC_CHANGED = "spec-changed"
    """The thumbnail was made to another spec or by an older pipeline."""
    UNKNOWN = "unknown"
    """There is no record of what the thumbnail was made from: kept on save, remade by the command."""
    ORPHANED = "orphaned"
    """The row has a thumbnail but no source."""
    FAILED = "failed"
    """This source already failed at this spec. It is tried again if a cause changes, or when forced."""
    WAITING = "waiting"
    """A task that makes the thumbnail has been queued."""


class Response(NamedTuple):
    """What is done about a verdict.

    Attributes:
        on_save: Whether a save makes the thumbnail (or clears it, if there is no source).
        generate: Whether `generate_thumbnails` does.
        regenerate: Whether `regenerate_thumbnails` does.
        keeps_file: Whether the row may keep its present file as long as there is no new one.
    """

    on_save: bool
    generate: bool
    regenerate: bool
    keeps_file: bool


RESPONSES: Mapping[Verdict, Response] = MappingProxyType(
    {
        # verdict: on save, generate, regenerate, keeps its file
        Verdict.FRESH: Response(False, False, False, True),
        Verdict.MISSING: Response(True, True, False, True),
        Verdict.LOST: Response(True, True, False, False),
        Verdict.SOURCE_CHANGED: Response(True, False, True, False),
        Verdict.SPEC_CHANGED: Response(True, False, True, True),
        Verdict.UNKNOWN: Response(False, False, True, True),
        Verdict.ORPHANED: Response(True, False, True, False),
        Verdict.FAILED: Response(False, False, False, True),
        Verdict.WAITING: Response(False, False, False, True),
    }
)
"""The single table of what is done about each verdict; docs/how-it-works.md shows the same table."""

ON_SAVE = frozenset(verdict for verdict, response in RESPONSES.items() if response.on_save)
"""The verdicts that a save acts on. `unknown` is not among them, or every save would remake a thumbnail."""

GENERATE = frozenset(verdict for verdict, response in RESPONSES.items() if response.generate)
"""The verdicts that `generate_thumbnails` acts on."""

REGENERATE = frozenset(verdict for verdict, response in RESPONSES.items() if response.regenerate)
"""The verdicts that `regenerate_thumbnails` acts on: `stale` in `thumbnail_status`."""

SYNC = GENERATE | REGENERATE
"""The verdicts that a command can act on."""

KEEPS_FILE = frozenset(verdict for verdict, response in RESPONSES.items() if response.keeps_file)
"""The verdicts for which the row may keep its present file as long as there is no new one."""


class Level(IntEnum):
    """How much is checked; each level includes the previous ones."""

    NAME = 1
    """Tokens against the spec and the source's name: no I/O."""
    STAT = 2
    """Sizes, times and existence: two or three storage calls."""
    CONTENT = 3
    """The digest of the source's bytes: reads the source."""


class ThumbnailFacts(NamedTuple):
    """What is known about a stored thumbnail.

    Attributes:
        name: The name in its storage; empty if the row has none.
        record: What is stored beside the name: a fingerprint or a failure record.
        exists: Whether the storage has the file; None if that was not checked.
    """

    name: str = ""
    record: str = ""
    exists: bool | None = None


class Assessment(NamedTuple):
    """A verdict and the sentence that explains it.

    Attributes:
        verdict: The verdict.
        reason: Why, for a person.
        level: What was really checked. This can be less than what was requested: the name alone is enough
            to show another spec, and only the name remains if a storage does not answer.
    """

    verdict: Verdict
    reason: str
    level: Level = Level.NAME


_FRESH = "made from this source at this spec"
FRESH_BY_NAME = Assessment(Verdict.FRESH, _FRESH, Level.NAME)
FRESH_BY_STAT = Assessment(Verdict.FRESH, _FRESH, Level.STAT)


def assess(
    spec: ThumbnailSpec, source: SourceFacts | None, thumbnail: ThumbnailFacts, conditions: str = ""
) -> Assessment:
    """Return the verdict on one thumbnail, based on the known facts; facts that are None are not checked.

    Args:
        spec: The field's current spec.
        source: The row's source; None if it has none.
        thumbnail: The row's thumbnail.
        conditions: Everything else that decides whether a source fails (see `failure_record`).
    """
    verdict, reason = _judge(spec, source, thumbnail, conditions)
    return Assessment(verdict, reason, _level(source, thumbnail))


def _level(source: SourceFacts | None, thumbnail: ThumbnailFacts) -> Level:
    if source is not None and source.content is not None:
        return Level.CONTENT
    looked = thumbnail.exists is not None or (source is not None and source.exists is not None)
    return Level.STAT if looked else Level.NAME


def _judge(
    spec: ThumbnailSpec, source: SourceFacts | None, thumbnail: ThumbnailFacts, conditions: str
) -> tuple[Verdict, str]:
    if source is None:
        if thumbnail.name:
            return Verdict.ORPHANED, "the row has no source"
        return Verdict.FRESH, "no source, no thumbnail"
    if not thumbnail.name:
        if recorded_failure(thumbnail.record, spec, source, conditions):
            return Verdict.FAILED, "this source already failed at this spec"
        return Verdict.MISSING, "the row has no thumbnail"
    fingerprint = fingerprint_of(thumbnail)
    if fingerprint is None:
        return _judge_unmarked(source, thumbnail)
    return _difference(spec, source, fingerprint) or _judge_files(source, thumbnail)


def _difference(
    spec: ThumbnailSpec, source: SourceFacts, fingerprint: Fingerprint
) -> tuple[Verdict, str] | None:
    """Return the verdict on a thumbnail that was made from something else, None for one that was not."""
    if fingerprint.name != name_token(source.name):
        return Verdict.SOURCE_CHANGED, "made from a source of another name"
    if fingerprint.spec not in spec_tokens(spec):
        return Verdict.SPEC_CHANGED, "made in another size or with other options"
    if fingerprint.point != point_token(source.point):
        return Verdict.SPEC_CHANGED, "cropped around another focal point"
    if source.size is not None and fingerprint.size != size_token(source.size):
        return Verdict.SOURCE_CHANGED, f"the source now has {source.size} bytes"
    if source.content is not None and fingerprint.content != source.content:
        return Verdict.SOURCE_CHANGED, "the content of the source changed"
    return None


def fingerprint_of(thumbnail: ThumbnailFacts) -> Fingerprint | None:
    """Return the fingerprint in the name, or else the recorded one, or else None."""
    parsed = ThumbnailName.parse(thumbnail.name)
    return parsed.fingerprint if parsed else Fingerprint.parse(thumbnail.record)


def size_token_if_fresh(
    tokens: frozenset[str], source_name: str, thumbnail_name: str, point: str = ""
) -> str | None:
    """Return the source's size token from a thumbnail's name if that name is fresh, else None.

    This is a fast path of `assess` at level `name` for the usual case, because every save and every table
    row needs it.

    Args:
        tokens: The `spec_tokens` of the wanted spec.
        source_name: The name of the row's source.
        thumbnail_name: The name of the row's thumbnail.
        point: The text of the row's focal point, empty for none.
    """
    found = ThumbnailName.tokens_in(thumbnail_name)
    if found is None or found[1] not in tokens or found[2] != name_token(source_name):
        return None
    wanted = point_token(point) if point else None
    return found[3] if found[0] == wanted else None


def _judge_unmarked(source: SourceFacts, thumbnail: ThumbnailFacts) -> tuple[Verdict, str]:
    """Judge a name without a fingerprint: `<stem>_thumbnail<ext>` of version 2, or anything else."""
    legacy = _LEGACY.fullmatch(posixpath.basename(thumbnail.name))
    if legacy and legacy["stem"] != stem_of(source.name):
        return Verdict.SOURCE_CHANGED, "its name belongs to another source"
    if thumbnail.exists is False:
        return Verdict.LOST, "the thumbnail's file is gone"
    return Verdict.UNKNOWN, "made by version 2" if legacy else "its name carries no fingerprint"


def _judge_files(source: SourceFacts, thumbnail: ThumbnailFacts) -> tuple[Verdict, str]:
    if thumbnail.exists is False:
        return Verdict.LOST, "the thumbnail's file is gone"
    if source.exists is False:
        return Verdict.FAILED, "the source's file is gone; the thumbnail is kept"
    return Verdict.FRESH, _FRESH


# Times are nanoseconds since 1970 (POSIX), or None if they are not known.

_SECOND = 10**9
_TICK = _SECOND // 50
"""Twice the longest tick of a clock that timestamps files: Linux has 100 to 1000 ticks per second."""
LONGEST_WAIT = _TICK
"""The longest wait for a file to settle, in nanoseconds. Clocks that count whole seconds take longer."""

_STEP = 1000
"""The finest step of time that every current file system keeps: SMB and NTFS count in 100 nanoseconds."""


def content_in_doubt(source_time: int | None, thumbnail_time: int | None) -> bool:
    """Return whether level `stat` needs more than sizes, because the times do not order the two files.

    They order them only if the source was certainly written before the thumbnail; equal times prove nothing.
    Two times in whole seconds, as object storages report them, can hide a difference of almost one second.

    Args:
        source_time: The latest time at which the source can have been written.
        thumbnail_time: The earliest time at which the thumbnail can have been written.
    """
    if source_time is None or thumbnail_time is None:
        return False
    if source_time >= thumbnail_time:
        return True
    is_coarse = not (source_time % _SECOND or thumbnail_time % _SECOND)
    return is_coarse and source_time + _SECOND >= thumbnail_time


def is_settled(written: int, now: int) -> bool:
    """Return whether any later change of a file is certain to give it a later time than `written`.

    A file that was written a moment ago can be written again within the same clock tick. Whatever is read
    from it at that point must not be cached under its time.
    """
    return settles_in(written, now) <= 0


def settles_in(written: int, now: int) -> int:
    """Return the nanoseconds until a file is settled (`is_settled`); 0 or less if it already is."""
    return written + (_TICK if written % _SECOND else 2 * _SECOND) - now


def time_behind(written: int) -> int:
    """Return a time for a thumbnail that is after its source's time and before any later source change.

    The source must be settled (see `is_settled`, whose margins are wider than the time added here).
    """
    return written + (_STEP if written % _SECOND else 2 * _SECOND)
