"""`engines.base`: the order of steps, the checks of what came out, and the boundary for errors."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Animation, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.planning import plan
from advthumb.core.raw_frames import packed, unpacked
from advthumb.core.samples import Samples
from advthumb.engines.base import Made, ThumbnailEngine
from advthumb.testing.contract.rendering import wanted

from .fake import MAGIC, OPAQUE, FakeEngine

STEPS = ["decode", "to_srgb", "orient", "scale", "compose", "encode"]
ON_THE_SOURCE, ON_THE_THUMBNAIL = STEPS[:3], STEPS[3:]
RAW = replace(plan(wanted(), OPAQUE), raw=True)
GREY = Samples(RAW.canvas, 1, bytes(RAW.canvas.pixels))
SMALLER = Samples(Size(2, 1), 1, b"ab")
SMART = wanted(50, 50, method="fill", gravity="smart")


@pytest.fixture
def fake() -> FakeEngine:
    """Return a new engine that a test can configure."""
    return FakeEngine()


def render_failing(engine: FakeEngine) -> ThumbnailError:
    """Return the error raised by rendering with this engine."""
    with pytest.raises(ThumbnailError) as caught:
        engine.render(b"", OPAQUE, [plan(wanted(), OPAQUE)])
    return caught.value


def probe_failing(engine: FakeEngine, image_format: ImageFormat = ImageFormat.PNG) -> ThumbnailError:
    """Return the error raised by probing with this engine."""
    with pytest.raises(ThumbnailError) as caught:
        engine.probe(b"", image_format)
    return caught.value


def test_the_order_of_steps_is_fixed(fake: FakeEngine) -> None:
    """Clauses 2 to 6: converted, then rotated, then scaled, then composed."""
    [thumbnail] = fake.render(b"", OPAQUE, [plan(wanted(), OPAQUE)])
    assert fake.steps == STEPS
    assert thumbnail.data == MAGIC[ImageFormat.PNG] + b"decode to_srgb orient scale compose"
    assert (thumbnail.size, thumbnail.format) == ((50, 38), ImageFormat.PNG)


def test_the_source_is_prepared_once_for_all_plans(fake: FakeEngine) -> None:
    """Clause 13: three thumbnails, one decode, in the order asked for."""
    plans = [
        plan(wanted(side, side, output), OPAQUE) for side, output in ((9, "GIF"), (60, "PNG"), (4, "JPEG"))
    ]
    thumbnails = fake.render(b"", OPAQUE, plans)
    assert fake.steps == ON_THE_SOURCE + 3 * ON_THE_THUMBNAIL
    assert [thumbnail.size for thumbnail in thumbnails] == [(9, 7), (60, 45), (4, 3)]
    assert [thumbnail.format for thumbnail in thumbnails] == ["GIF", "PNG", "JPEG"]


def test_smart_crops_are_decided_on_one_preview_for_all_thumbnails(fake: FakeEngine) -> None:
    """It is made once for each source, and only if a thumbnail needs it."""
    plans = [plan(spec, OPAQUE) for spec in (SMART, wanted(), replace(SMART, width=20))]
    thumbnails = fake.render(b"", OPAQUE, plans)
    assert [thumbnail.size for thumbnail in thumbnails] == [(50, 50), (50, 38), (20, 50)]
    assert fake.steps == [*ON_THE_SOURCE, "averaged", "to_samples", *(3 * ON_THE_THUMBNAIL)]


def test_a_source_that_is_as_small_as_a_preview_is_its_own_preview() -> None:
    small = SourceInfo(ImageFormat.PNG, Size(64, 48))
    fake = FakeEngine(info=small)
    fake.render(b"", small, [plan(SMART, small)])
    assert fake.steps == [*ON_THE_SOURCE, "to_samples", *ON_THE_THUMBNAIL]


@pytest.mark.parametrize("orientation", [Orientation.NORMAL, Orientation.ROTATE_90])
def test_the_decode_floor_serves_the_widest_and_tallest_in_stored_orientation(
    fake: FakeEngine, orientation: Orientation
) -> None:
    """Clauses 6 and 13: the upright floor is 200 x 160; a rotated source is stored 160 x 200."""
    info = replace(OPAQUE, size=Size(*orientation.display_size(400, 400)), orientation=orientation)
    wide = plan(wanted(100, 10, method="fill"), info)
    narrow = replace(wide, decode_floor=Size(20, 300))
    fake.render(b"", info, [wide, narrow])
    expected = (wide.decode_floor.width, 300)
    assert fake.floors == [expected if orientation is Orientation.NORMAL else expected[::-1]]


def test_a_thumbnail_of_the_wrong_size_is_refused(fake: FakeEngine) -> None:
    """Clause 1: the engine is at fault, not the picture."""
    fake.made_size = Size(51, 38)
    error = render_failing(fake)
    assert error.code is ErrorCode.ENGINE
    assert error.message == "the fake engine made 51x38 px where 50x38 px were planned"


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"BM", b"\x89PNG"])
def test_a_thumbnail_in_the_wrong_format_is_refused(fake: FakeEngine, data: bytes) -> None:
    """Clause 7: judged by the first bytes of the output."""
    fake.made_bytes = data or b"\x00"
    error = render_failing(fake)
    assert error.code is ErrorCode.ENGINE
    assert error.message == "the fake engine did not write PNG"


@pytest.mark.parametrize("given", [None, Size(32, 23)])
def test_a_preview_of_another_size_than_planned_is_refused(
    fake: FakeEngine, monkeypatch: pytest.MonkeyPatch, given: Size | None
) -> None:
    """Clause 21: an isolated process cannot send more samples than were asked for."""
    wrong = given and Samples(given, 1, bytes(given.pixels))
    monkeypatch.setattr(fake, "preview", lambda *_: wrong)
    planned = replace(plan(wanted(), OPAQUE), preview=Size(32, 24))
    with pytest.raises(ThumbnailError, match=r"made a preview of (no|32x23) px where 32x24 px were planned"):
        fake.render(b"", OPAQUE, [planned])
    if given:
        with pytest.raises(ThumbnailError, match="made a preview of 32x23 px where no px were planned"):
            fake.render(b"", OPAQUE, [plan(wanted(), OPAQUE)])


def test_a_preview_is_scaled_from_the_finished_picture(fake: FakeEngine) -> None:
    """Clause 21: the scaled copy has its own plan, and the thumbnail is encoded as usual."""
    [made] = fake.render(b"", OPAQUE, [replace(plan(wanted(), OPAQUE), preview=Size(32, 24))])
    assert fake.steps[-4:] == ["compose", "encode", "scale", "to_samples"]
    assert made.preview == Samples(Size(32, 24), 1, bytes(32 * 24))


def test_a_format_that_is_not_read_is_not_probed(fake: FakeEngine) -> None:
    """Clause 15: no decoder is tried."""
    error = probe_failing(fake, ImageFormat.TIFF)
    assert (error.code, error.message) == (ErrorCode.UNSUPPORTED, "the fake engine cannot read TIFF here")
    assert fake.steps == []


def test_a_format_that_is_not_written_is_not_decoded(fake: FakeEngine) -> None:
    """Clause 15: checked for every plan before the first step."""
    plans = [plan(wanted(output=output), OPAQUE) for output in ("PNG", "AVIF")]
    with pytest.raises(ThumbnailError, match="the fake engine cannot write AVIF here") as caught:
        fake.render(b"", OPAQUE, plans)
    assert caught.value.code is ErrorCode.ENGINE
    assert fake.steps == []


def test_a_good_header_is_returned(fake: FakeEngine) -> None:
    """Clause 10: `check_pixels` uses it."""
    assert fake.probe(b"", ImageFormat.PNG) is OPAQUE


FAILURES = [
    # what the library raises, the code while the source is read, the code while the thumbnail is made
    (ValueError("bad block"), ErrorCode.CORRUPT, ErrorCode.ENGINE),
    (UnicodeDecodeError("utf-8", b"", 0, 1, "bad text"), ErrorCode.CORRUPT, ErrorCode.ENGINE),
    (MemoryError(), ErrorCode.TOO_LARGE, ErrorCode.ENGINE),
    (AttributeError("bug"), ErrorCode.ENGINE, ErrorCode.ENGINE),
    (OSError("no such library"), ErrorCode.ENGINE, ErrorCode.ENGINE),
    (AssertionError(), ErrorCode.ENGINE, ErrorCode.ENGINE),
]
failures = pytest.mark.parametrize(
    ("failure", "on_source", "on_thumbnail"), FAILURES, ids=[type(each[0]).__name__ for each in FAILURES]
)


@failures
@pytest.mark.parametrize("step", STEPS)
def test_every_failure_becomes_one_error_with_its_cause(
    fake: FakeEngine, step: str, failure: Exception, on_source: ErrorCode, on_thumbnail: ErrorCode
) -> None:
    """Clause 9: a picture error is the picture's fault only while the picture is read."""
    fake.failures[step] = failure
    error = render_failing(fake)
    assert error.code is (on_source if step in ON_THE_SOURCE else on_thumbnail)
    assert error.__cause__ is failure
    assert (str(failure) or type(failure).__name__) in error.message


@failures
def test_a_failure_in_the_header_becomes_one_error_with_its_cause(
    fake: FakeEngine, failure: Exception, on_source: ErrorCode, on_thumbnail: ErrorCode
) -> None:
    """Clause 9: likewise."""
    fake.failures["probe"] = failure
    error = probe_failing(fake)
    assert error.code is on_source
    assert error.__cause__ is failure
    assert on_thumbnail is ErrorCode.ENGINE


@pytest.mark.parametrize("step", STEPS)
def test_a_thumbnail_error_is_passed_on_unchanged(fake: FakeEngine, step: str) -> None:
    """Clause 9: an engine may know the cause better than the code around it."""
    ours = ThumbnailError("too many frames", ErrorCode.TOO_LARGE)
    fake.failures[step] = ours
    assert render_failing(fake) is ours
    assert ours.__cause__ is None


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("step", STEPS)
def test_an_interruption_is_passed_on(fake: FakeEngine, step: str, interruption: type[BaseException]) -> None:
    """Clause 9: errors are turned into ours, interruptions are not."""
    fake.failures[step] = interruption()
    with pytest.raises(interruption):
        fake.render(b"", OPAQUE, [plan(wanted(), OPAQUE)])


def test_the_contract_cannot_be_bypassed() -> None:
    """A subclass implements primitives; order, limits and checks cannot be overridden."""
    for name in ("probe", "render", "check_writable"):
        assert getattr(ThumbnailEngine, name).__final__
    with pytest.raises(TypeError, match="abstract"):
        type("Nothing", (ThumbnailEngine,), {})()


def test_an_engine_has_no_system_check_messages_by_default(fake: FakeEngine) -> None:
    assert fake.check() == []


class WholeEngine(ThumbnailEngine):
    """An engine that is not a pipeline, and always makes the same."""

    name = "whole"
    reads = writes = frozenset(MAGIC)

    def __init__(self, data: bytes, size: Size = RAW.canvas) -> None:
        super().__init__()
        self.made = Made(data, size)

    def _make(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[Made]:
        return [self.made for _ in plans]


def test_samples_are_given_for_a_raw_plan_in_place_of_a_file(fake: FakeEngine) -> None:
    """Clauses 13 and 20: also beside a thumbnail that is encoded, and if the format cannot be written."""
    unwritten = replace(RAW, encoding=replace(RAW.encoding, format=ImageFormat.WEBP))
    given, written = fake.render(b"", OPAQUE, [unwritten, plan(wanted(9, 9), OPAQUE)])
    assert fake.steps == [*ON_THE_SOURCE, "scale", "compose", "to_samples", *ON_THE_THUMBNAIL]
    assert unpacked(given.data) == Animation([(GREY, 0)], plays=1)
    assert (given.size, given.format) == (RAW.canvas, ImageFormat.WEBP)
    assert written.data.startswith(MAGIC[ImageFormat.PNG])


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (MAGIC[ImageFormat.PNG], "gave no samples, which processors need: choose another engine"),
        (packed(Animation([(SMALLER, 0)], 1)), "gave 1 frames of 2x1 px where 1 of 50x38 px were planned"),
        (packed(Animation([(GREY, 0)] * 2, 1)), "gave 2 frames of 50x38 px where 1 of 50x38 px were planned"),
    ],
    ids=["a file", "another size", "more frames"],
)
def test_anything_else_for_a_raw_plan_is_an_error_of_the_engine(data: bytes, told: str) -> None:
    """Clause 20: an engine may be older than raw plans, and a process may lie."""
    with pytest.raises(ThumbnailError, match=told) as caught:
        WholeEngine(data).render(b"", OPAQUE, [RAW])
    assert caught.value.code is ErrorCode.ENGINE


def test_samples_for_a_plan_that_is_not_raw_are_refused() -> None:
    with pytest.raises(ThumbnailError, match="did not write PNG"):
        WholeEngine(packed(Animation([(GREY, 0)], 1))).render(b"", OPAQUE, [replace(RAW, raw=False)])
