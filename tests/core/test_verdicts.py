"""`core.detection.assess`: every verdict at every level, and when the content must be read (promise 2)."""

from datetime import UTC, datetime, timedelta

import pytest

from advthumb.core.detection import Level, ThumbnailFacts, Verdict, assess, content_in_doubt
from advthumb.core.fingerprints import (
    RECORD_LENGTH,
    Fingerprint,
    SourceFacts,
    content_token,
    failure_record,
    recorded_failure,
    spec_token,
)
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName
from advthumb.core.spec import ThumbnailSpec

SPEC = ThumbnailSpec(width=300, height=300)
OTHER_SPEC = ThumbnailSpec(width=100, height=100)
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

SOURCE = SourceFacts("products/beach.jpg", 1000, content_token(b"pixels"), NOON, exists=True)
"""Everything that can be known of the source; levels below `content` know less of it."""
SEA = SOURCE._replace(name="products/sea.jpg")
KEPT = ThumbnailFacts(modified=NOON + HOUR, exists=True)


def named(
    source: SourceFacts = SOURCE, spec: ThumbnailSpec = SPEC, image_format: ImageFormat = ImageFormat.JPEG
) -> str:
    """Return the name of a thumbnail made of this source at this spec."""
    fingerprint = Fingerprint.of(spec_token(spec, image_format), source)
    return f"thumbnails/{ThumbnailName('beach', Size(300, 200), fingerprint, image_format, 'x7k2m9q')}"


def seen_at(level: Level, source: SourceFacts) -> SourceFacts:
    """Return what a level knows of a source."""
    if level is Level.NAME:
        return SourceFacts(source.name)
    return source if level is Level.CONTENT else source._replace(content=None)


def verdict_at(
    level: Level, source: SourceFacts, thumbnail: ThumbnailFacts, spec: ThumbnailSpec = SPEC
) -> Verdict:
    if level is Level.NAME:
        thumbnail = thumbnail._replace(modified=None, exists=None)
    return assess(spec, seen_at(level, source), thumbnail).verdict


FRESH, LOST, UNKNOWN = Verdict.FRESH, Verdict.LOST, Verdict.UNKNOWN
SOURCE_CHANGED, SPEC_CHANGED, FAILED = Verdict.SOURCE_CHANGED, Verdict.SPEC_CHANGED, Verdict.FAILED

OURS = KEPT._replace(name=named())
LEGACY = KEPT._replace(name="thumbnails/beach_thumbnail.jpg")
RENAMED = KEPT._replace(name="thumbnails/4711.jpg")
RECORD = str(Fingerprint.of(spec_token(SPEC, ImageFormat.JPEG), SOURCE))

TABLE = [
    # what happened, source now, thumbnail, verdicts at the levels name, stat and content
    ("nothing", SOURCE, OURS, (FRESH, FRESH, FRESH)),
    ("written as PNG", SOURCE, KEPT._replace(name=named(image_format=ImageFormat.PNG)), (FRESH,) * 3),
    ("collision suffix", SOURCE, OURS._replace(name=named().replace(".jpg", "_AbC1234.jpg")), (FRESH,) * 3),
    ("other file", SEA, OURS, (SOURCE_CHANGED,) * 3),
    ("other folder", SOURCE._replace(name="old/beach.jpg"), OURS, (SOURCE_CHANGED,) * 3),
    ("other spec", SOURCE, KEPT._replace(name=named(spec=OTHER_SPEC)), (SPEC_CHANGED,) * 3),
    ("other size", SOURCE._replace(size=1001), OURS, (FRESH, SOURCE_CHANGED, SOURCE_CHANGED)),
    ("other bytes", SOURCE._replace(content=content_token(b"-")), OURS, (FRESH, FRESH, SOURCE_CHANGED)),
    ("thumbnail lost", SOURCE, OURS._replace(exists=False), (FRESH, LOST, LOST)),
    ("source lost", SOURCE._replace(exists=False, size=None, content=None), OURS, (FRESH, FAILED, FAILED)),
    ("both lost", SOURCE._replace(exists=False), OURS._replace(exists=False), (FRESH, LOST, LOST)),
    ("legacy", SOURCE, LEGACY, (UNKNOWN,) * 3),
    ("legacy, collision", SOURCE, LEGACY._replace(name="t/beach_thumbnail_AbC1234.jpg"), (UNKNOWN,) * 3),
    ("legacy, no extension", SOURCE, LEGACY._replace(name="t/beach_thumbnail"), (UNKNOWN,) * 3),
    ("legacy, other stem", SOURCE, LEGACY._replace(name="t/sea_thumbnail.jpg"), (SOURCE_CHANGED,) * 3),
    ("legacy, lost", SOURCE, LEGACY._replace(exists=False), (UNKNOWN, LOST, LOST)),
    ("renamed by storage", SOURCE, RENAMED, (UNKNOWN,) * 3),
    ("renamed and lost", SOURCE, RENAMED._replace(exists=False), (UNKNOWN, LOST, LOST)),
    ("renamed, recorded", SOURCE, RENAMED._replace(record=RECORD), (FRESH,) * 3),
    ("renamed, stale record", SEA, RENAMED._replace(record=RECORD), (SOURCE_CHANGED,) * 3),
    ("never made", SOURCE, ThumbnailFacts(), (Verdict.MISSING,) * 3),
    ("failed", SOURCE, ThumbnailFacts(record=failure_record(SPEC, SOURCE)), (FAILED,) * 3),
    (
        "failed at another spec",
        SOURCE,
        ThumbnailFacts(record=failure_record(OTHER_SPEC, SOURCE)),
        (Verdict.MISSING,) * 3,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "thumbnail", "verdicts"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_verdict_at_each_level(
    source: SourceFacts, thumbnail: ThumbnailFacts, verdicts: tuple[Verdict, Verdict, Verdict]
) -> None:
    assert tuple(verdict_at(level, source, thumbnail) for level in Level) == verdicts


def test_the_table_above_has_every_verdict_of_a_row_with_a_source() -> None:
    assert {verdict for *_, verdicts in TABLE for verdict in verdicts} == {*Verdict} - {Verdict.ORPHANED}


def test_without_a_source_a_thumbnail_is_orphaned_and_no_thumbnail_is_right() -> None:
    assert assess(SPEC, None, OURS).verdict is Verdict.ORPHANED
    assert assess(SPEC, None, LEGACY).verdict is Verdict.ORPHANED
    assert assess(SPEC, None, ThumbnailFacts()).verdict is FRESH


@pytest.mark.parametrize("thumbnail", [OURS, LEGACY, RENAMED, ThumbnailFacts()])
def test_every_verdict_comes_with_a_reason_for_a_person(thumbnail: ThumbnailFacts) -> None:
    for source in (SOURCE, None, SOURCE._replace(size=7), SOURCE._replace(name="x.jpg")):
        assert len(assess(SPEC, source, thumbnail).reason.split()) >= 3


def test_the_words_are_those_of_logs_and_json() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "fresh", "missing", "lost", "source-changed", "spec-changed", "unknown", "orphaned", "failed",
    ]  # fmt: skip


def test_levels_include_those_before_them() -> None:
    assert sorted(Level) == [Level.NAME, Level.STAT, Level.CONTENT]


def test_a_failure_is_remembered_for_this_source_at_this_spec_only() -> None:
    record = failure_record(SPEC, SOURCE)
    assert record == "!g7e2xa62720f2gwq60x3jv"
    assert recorded_failure(record, SPEC, SOURCE)
    assert not recorded_failure(record, OTHER_SPEC, SOURCE)
    assert not recorded_failure(record, SPEC, SEA)
    assert not recorded_failure(record, SPEC, SOURCE._replace(size=1001))
    assert not recorded_failure(record, SPEC, SOURCE._replace(content=content_token(b"-")))


@pytest.mark.parametrize(
    "unknown", [{"content": None}, {"size": None, "content": None}], ids=["content", "size and content"]
)
def test_what_was_not_known_of_a_failure_is_not_compared(unknown: dict[str, None]) -> None:
    less = SOURCE._replace(**unknown)
    assert recorded_failure(failure_record(SPEC, less), SPEC, SOURCE)
    assert recorded_failure(failure_record(SPEC, SOURCE), SPEC, less)
    assert not recorded_failure(failure_record(SPEC, less), SPEC, SOURCE._replace(name="x.jpg"))


@pytest.mark.parametrize(
    "record", ["", "!", RECORD, "!" + RECORD[1:], "?" + failure_record(SPEC, SOURCE)[1:]]
)
def test_what_is_no_record_of_a_failure_is_none(record: str) -> None:
    assert not recorded_failure(record, SPEC, SOURCE)


def test_a_record_of_a_failure_is_no_fingerprint_and_has_the_length_of_its_column() -> None:
    record = failure_record(SPEC, SOURCE)
    assert len(record) == RECORD_LENGTH == 23
    assert Fingerprint.parse(record) is None
    assert assess(SPEC, SOURCE, RENAMED._replace(record=record)).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("source_time", "thumbnail_time", "doubt"),
    [
        (NOON, NOON + HOUR, False),
        (NOON, NOON, False),
        (NOON + HOUR, NOON, True),
        (None, NOON, False),
        (NOON, None, False),
    ],
)
def test_a_source_newer_than_its_thumbnail_is_in_doubt(
    source_time: datetime | None, thumbnail_time: datetime | None, *, doubt: bool
) -> None:
    source, thumbnail = SOURCE._replace(modified=source_time), OURS._replace(modified=thumbnail_time)
    assert content_in_doubt(source, thumbnail) is doubt
