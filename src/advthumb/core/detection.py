"""Why a thumbnail is fresh or stale: the verdict that its name, its fingerprint and its source lead to."""

import posixpath
import re
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from .fingerprints import Fingerprint, SourceFacts, name_token, recorded_failure, size_token, spec_tokens
from .names import MARK, ThumbnailName, stem_of
from .spec import ThumbnailSpec

_LEGACY = re.compile(rf"(?P<stem>.*){MARK}(?:_[a-zA-Z0-9]{{7}})?(?:\.[^.]*)?", re.DOTALL)


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


class ThumbnailFacts(NamedTuple):
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


_DUE = frozenset(Verdict) - {Verdict.FRESH, Verdict.FAILED}
ON_SAVE = _DUE - {Verdict.UNKNOWN}
SYNC = _DUE
KEEPS_FILE = frozenset(Verdict) - {Verdict.SOURCE_CHANGED, Verdict.LOST, Verdict.ORPHANED}


class Assessment(NamedTuple):
    """A verdict and the sentence that explains it."""

    verdict: Verdict
    reason: str
    level: Level = Level.NAME


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
    if fingerprint.name != name_token(source.name):
        return Assessment(Verdict.SOURCE_CHANGED, "made from a source of another name")
    if fingerprint.spec not in spec_tokens(spec):
        return Assessment(Verdict.SPEC_CHANGED, "made to another size or with other options")
    if source.size is not None and fingerprint.size != size_token(source.size):
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


def content_in_doubt(source: SourceFacts, thumbnail: ThumbnailFacts) -> bool:
    """Return whether level `stat` must know more than sizes: the source was written after the thumbnail.

    Args:
        source: The source with its `stat` facts.
        thumbnail: The thumbnail with its `stat` facts.
    """
    if source.modified is None or thumbnail.modified is None:
        return False
    return source.modified > thumbnail.modified
