"""`core.detection.assess`: every verdict at every level, and when the content must be read (promise 2)."""

from pathlib import Path

import pytest

from advthumb.core import detection
from advthumb.core.detection import (
    FRESH_BY_STAT,
    GENERATE,
    KEEPS_FILE,
    ON_SAVE,
    REGENERATE,
    RESPONSES,
    SYNC,
    Level,
    ThumbnailFacts,
    Verdict,
    assess,
    content_in_doubt,
    is_settled,
    size_token_if_fresh,
    time_behind,
)
from advthumb.core.fingerprints import (
    RECORD_LENGTH,
    Fingerprint,
    SourceFacts,
    content_token,
    failure_mark,
    failure_record,
    point_token,
    recorded_failure,
    spec_token,
    spec_tokens,
)
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName
from advthumb.core.spec import ThumbnailSpec

SPEC = ThumbnailSpec(width=300, height=300)
OTHER_SPEC = ThumbnailSpec(width=100, height=100)

SOURCE = SourceFacts("products/beach.jpg", 1000, content_token(b"pixels"), exists=True)
"""Everything that can be known about the source; levels below `content` know less."""
SEA = SOURCE._replace(name="products/sea.jpg")
KEPT = ThumbnailFacts(exists=True)


def named(
    source: SourceFacts = SOURCE, spec: ThumbnailSpec = SPEC, image_format: ImageFormat = ImageFormat.JPEG
) -> str:
    """Return the name of a thumbnail made of this source at this spec."""
    fingerprint = Fingerprint.of(spec_token(spec, image_format), source)
    return f"thumbnails/{ThumbnailName('beach', Size(300, 200), fingerprint, image_format, 'x7k2m9q')}"


def seen_at(level: Level, source: SourceFacts) -> SourceFacts:
    """Return the facts of a source that a level knows."""
    if level is Level.NAME:
        return SourceFacts(source.name)
    return source if level is Level.CONTENT else source._replace(content=None)


def verdict_at(
    level: Level, source: SourceFacts, thumbnail: ThumbnailFacts, spec: ThumbnailSpec = SPEC
) -> Verdict:
    if level is Level.NAME:
        thumbnail = thumbnail._replace(exists=None)
    return assess(spec, seen_at(level, source), thumbnail).verdict


FRESH, LOST, UNKNOWN = Verdict.FRESH, Verdict.LOST, Verdict.UNKNOWN
SOURCE_CHANGED, SPEC_CHANGED, FAILED = Verdict.SOURCE_CHANGED, Verdict.SPEC_CHANGED, Verdict.FAILED

OURS = KEPT._replace(name=named())
LEGACY = KEPT._replace(name="thumbnails/beach_thumbnail.jpg")
RENAMED = KEPT._replace(name="thumbnails/4711.jpg")
RECORD = str(Fingerprint.of(spec_token(SPEC, ImageFormat.JPEG), SOURCE))

TABLE = [
    # situation, present source, thumbnail, verdicts at the levels name, stat and content
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


def test_the_table_covers_every_verdict_of_a_row_with_a_source() -> None:
    assert {verdict for *_, verdicts in TABLE for verdict in verdicts} == {*Verdict} - {
        Verdict.ORPHANED,
        Verdict.WAITING,
    }


def test_without_a_source_a_thumbnail_is_orphaned_and_none_is_fresh() -> None:
    assert assess(SPEC, None, OURS).verdict is Verdict.ORPHANED
    assert assess(SPEC, None, LEGACY).verdict is Verdict.ORPHANED
    assert assess(SPEC, None, ThumbnailFacts()).verdict is FRESH


@pytest.mark.parametrize("thumbnail", [OURS, LEGACY, RENAMED, ThumbnailFacts()])
def test_every_verdict_has_a_readable_reason(thumbnail: ThumbnailFacts) -> None:
    for source in (SOURCE, None, SOURCE._replace(size=7), SOURCE._replace(name="x.jpg")):
        assert len(assess(SPEC, source, thumbnail).reason.split()) >= 3


def test_the_words_match_logs_and_json() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "fresh", "missing", "lost", "source-changed", "spec-changed", "unknown", "orphaned", "failed",
        "waiting",
    ]  # fmt: skip


def test_levels_are_ordered_from_name_to_content() -> None:
    assert sorted(Level) == [Level.NAME, Level.STAT, Level.CONTENT]


def test_a_failure_is_remembered_only_for_this_source_and_spec() -> None:
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
def test_unknown_facts_of_a_failure_are_not_compared(unknown: dict[str, None]) -> None:
    less = SOURCE._replace(**unknown)
    assert recorded_failure(failure_record(SPEC, less), SPEC, SOURCE)
    assert recorded_failure(failure_record(SPEC, SOURCE), SPEC, less)
    assert not recorded_failure(failure_record(SPEC, less), SPEC, SOURCE._replace(name="x.jpg"))


@pytest.mark.parametrize(
    "record", ["", "!", RECORD, "!" + RECORD[1:], "?" + failure_record(SPEC, SOURCE)[1:]]
)
def test_other_text_is_not_a_failure_record(record: str) -> None:
    assert not recorded_failure(record, SPEC, SOURCE)


def test_a_failure_record_is_not_a_fingerprint_and_fits_its_column() -> None:
    record = failure_record(SPEC, SOURCE)
    assert len(record) == 23
    assert Fingerprint.parse(record) is None
    assert assess(SPEC, SOURCE, RENAMED._replace(record=record)).verdict is UNKNOWN
    longest = failure_record(SPEC, AROUND_A_POINT)
    assert len(longest) == RECORD_LENGTH == 30
    assert Fingerprint.parse(longest) is None


AROUND_A_POINT = SOURCE._replace(point="0.260,0.787")


@pytest.mark.parametrize("other", [SOURCE, SOURCE._replace(point="0.261,0.787")], ids=["none", "moved"])
def test_a_failure_around_another_focal_point_is_forgotten(other: SourceFacts) -> None:
    record = failure_record(SPEC, AROUND_A_POINT)
    assert recorded_failure(record, SPEC, AROUND_A_POINT)
    assert not recorded_failure(record, SPEC, other)
    assert not recorded_failure(failure_record(SPEC, other), SPEC, AROUND_A_POINT)


def test_the_mark_of_a_failure_stands_around_the_token_of_the_point() -> None:
    """SQL puts the texts together in the same way."""
    mark, record = failure_mark(SPEC, "limit"), failure_record(SPEC, AROUND_A_POINT, "limit")
    assert record.startswith(mark[:-5] + point_token(AROUND_A_POINT.point) + mark[-5:])


def thumbnail_of(source: SourceFacts, *, named_by: bool) -> ThumbnailFacts:
    """Return a thumbnail of a source, whose fingerprint is in its name or only recorded."""
    fingerprint = Fingerprint.of(spec_token(SPEC, ImageFormat.JPEG), source)
    return ThumbnailFacts(named(source)) if named_by else RENAMED._replace(record=str(fingerprint))


@pytest.mark.parametrize("named_by", [True, False], ids=["named", "recorded"])
@pytest.mark.parametrize("before", ["", "0.260,0.787"], ids=["without", "with"])
@pytest.mark.parametrize("now", ["", "0.260,0.787", "0.261,0.787"], ids=["cleared", "same", "moved"])
def test_a_moved_set_or_cleared_focal_point_makes_another_spec(before: str, now: str, named_by: bool) -> None:
    thumbnail = thumbnail_of(SOURCE._replace(point=before), named_by=named_by)
    found = assess(SPEC, SOURCE._replace(point=now), thumbnail)
    moved = (SPEC_CHANGED, "cropped around another focal point")
    expected = (FRESH, FRESH_BY_STAT.reason) if now == before else moved
    assert (found.verdict, found.reason) == expected
    assert found.verdict in KEEPS_FILE
    if named_by:
        token = size_token_if_fresh(spec_tokens(SPEC), SOURCE.name, thumbnail.name, now)
        assert (token is not None) == (now == before)


def test_a_thumbnail_of_another_source_is_wrong_whatever_its_focal_point() -> None:
    thumbnail = thumbnail_of(AROUND_A_POINT, named_by=True)
    assert assess(SPEC, AROUND_A_POINT._replace(name="sea.jpg"), thumbnail).verdict is SOURCE_CHANGED


@pytest.mark.parametrize("conditions", ["", "limit 2", "limit 1 "])
def test_a_failure_is_forgotten_once_its_conditions_change(conditions: str) -> None:
    record = failure_record(SPEC, SOURCE, "limit 1")
    assert recorded_failure(record, SPEC, SOURCE, "limit 1")
    assert not recorded_failure(record, SPEC, SOURCE, conditions)
    facts = ThumbnailFacts(record=record)
    assert assess(SPEC, SOURCE, facts, "limit 1").verdict is FAILED
    assert assess(SPEC, SOURCE, facts, conditions).verdict is Verdict.MISSING


# Levels


@pytest.mark.parametrize(
    ("source", "thumbnail", "level"),
    [
        (SourceFacts(SOURCE.name), ThumbnailFacts(named()), Level.NAME),
        (SOURCE._replace(content=None), OURS, Level.STAT),
        (SourceFacts(SOURCE.name), OURS, Level.STAT),
        (SOURCE, OURS, Level.CONTENT),
        (None, ThumbnailFacts(), Level.NAME),
    ],
)
def test_an_assessment_reports_the_level_that_was_checked(
    source: SourceFacts | None, thumbnail: ThumbnailFacts, level: Level
) -> None:
    assert assess(SPEC, source, thumbnail).level is level


@pytest.mark.parametrize(("source", "thumbnail"), [row[1:3] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_shortcut_for_a_fresh_name_agrees_with_the_verdict(
    source: SourceFacts, thumbnail: ThumbnailFacts
) -> None:
    """It ignores the record and leaves such cases to `assess`. It never calls a stale thumbnail fresh."""
    token = size_token_if_fresh(spec_tokens(SPEC), source.name, thumbnail.name)
    verdict = verdict_at(Level.NAME, source, thumbnail._replace(record=""))
    assert (token is not None) == (verdict is FRESH)
    if token is not None:
        parsed = ThumbnailName.parse(thumbnail.name)
        assert parsed is not None
        assert parsed.fingerprint.size == token


# The response to a verdict


def documented() -> dict[str, list[str]]:
    """Return the cells of each row of the table in docs/how-it-works.md, by verdict."""
    text = (Path(__file__).parents[2] / "docs" / "how-it-works.md").read_text()
    section = text.partition("## Verdicts")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line[:1] == "|"
    ]
    header, _, *rows = rows
    assert header == [
        "verdict",
        "meaning",
        "on save",
        "`generate`",
        "`regenerate`",
        "the present file until then",
    ]
    return {row[0].strip("`"): row[2:] for row in rows}


def test_the_documented_table_matches_the_code() -> None:
    rows = documented()
    assert list(rows) == [*Verdict]
    acts = {"made", "cleared"}
    for verdict, cells in rows.items():
        response = RESPONSES[Verdict(verdict)]
        assert [cell in acts for cell in cells[:3]] == [*response[:3]], verdict
        assert (cells[3] != "removed") is response.keeps_file, verdict


def test_every_verdict_has_a_response_and_the_sets_come_from_them() -> None:
    assert {*RESPONSES} == {*Verdict}
    assert {Verdict.MISSING, Verdict.LOST} == GENERATE
    assert {SPEC_CHANGED, SOURCE_CHANGED, UNKNOWN, Verdict.ORPHANED} == REGENERATE
    assert GENERATE | REGENERATE == SYNC
    assert SYNC - {UNKNOWN} == ON_SAVE
    assert {*Verdict} - {LOST, SOURCE_CHANGED, Verdict.ORPHANED} == KEEPS_FILE


def test_a_waiting_thumbnail_is_left_alone() -> None:
    assert Verdict.WAITING not in SYNC | ON_SAVE


# Times

SECOND = 10**9
NOON = 1_717_243_200 * SECOND
FINE = NOON + 123_456_789


@pytest.mark.parametrize(
    ("source_time", "thumbnail_time", "doubt"),
    [
        (FINE, FINE + 1, False),
        (FINE, FINE, True),
        (FINE + 1, FINE, True),
        (FINE, NOON + SECOND, False),
        (NOON, FINE, False),
        (NOON, NOON, True),
        (NOON, NOON + SECOND, True),
        (NOON, NOON + 2 * SECOND, False),
        (NOON + SECOND, NOON, True),
        (None, NOON, False),
        (NOON, None, False),
        (None, None, False),
    ],
)
def test_a_source_is_in_doubt_unless_certainly_older_than_its_thumbnail(
    source_time: int | None, thumbnail_time: int | None, *, doubt: bool
) -> None:
    assert content_in_doubt(source_time, thumbnail_time) is doubt


@pytest.mark.parametrize("written", [NOON, FINE])
def test_a_file_is_settled_once_every_later_change_must_get_a_later_time(written: int) -> None:
    step = SECOND if written == NOON else SECOND // 100  # whole seconds, or the longest tick of a clock
    assert not is_settled(written, written)
    assert not is_settled(written, written + step)
    assert not is_settled(written, written - 3600 * SECOND)
    assert is_settled(written, written + 3 * step)


@pytest.mark.parametrize("written", [NOON, FINE])
def test_the_time_after_a_source_leaves_no_doubt_and_hides_no_later_change(written: int) -> None:
    """A later change of a settled file gets a time at least one clock step after it."""
    behind = time_behind(written)
    assert not content_in_doubt(written, behind)
    step = SECOND if written == NOON else SECOND // 100
    assert content_in_doubt(written + step, behind)
    assert not is_settled(written, behind - 1)  # so it never lies in the future


def test_the_margin_is_wider_than_the_longest_tick_of_a_system_clock() -> None:
    assert detection._TICK > SECOND // 100
