"""Clause 7, the options of `Encoding`: effort, progressive, lossless and byte limit, on every engine."""

from dataclasses import replace

import numpy as np
import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import OUTPUTS, Effort, ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.planning import plan
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.contract.clause_17_animation import frames_of, moving
from advthumb.testing.contract.clause_17_animation import render as render_animation
from advthumb.testing.contract.rendering import difference, opened, render, rgba, wanted
from tests import pictures

_STARTS_PROGRESSIVE = b"\xff\xc2"
"""The marker SOF2 of a JPEG."""
SIDE = 400
WITH_EFFORT = [name for name, facts in OUTPUTS.items() if facts.efforts]
WITH_QUALITY = [name for name, facts in OUTPUTS.items() if facts.quality]
LOSSY_OR_NOT = [name for name, facts in OUTPUTS.items() if facts.lossless]


@pytest.fixture(scope="module")
def photo() -> bytes:
    return pictures.encode(pictures.photo_pixels(2 * SIDE, 3 * SIDE // 2))


@pytest.mark.parametrize("output", WITH_EFFORT)
@pytest.mark.writes("output")
def test_effort_saves_bytes(engine: ThumbnailEngine, output: str, photo: bytes) -> None:
    """Clause 7: `fast` takes at most a third more bytes, `small` no more, and neither loses quality."""
    spec = wanted(SIDE, SIDE, output)
    fast, balanced, small = (render(engine, photo, replace(spec, effort=effort)) for effort in Effort)
    assert 0.98 * len(balanced.data) < len(fast.data) < 1.35 * len(balanced.data)
    assert len(small.data) <= 1.02 * len(balanced.data)
    assert len({fast.data, balanced.data, small.data}) == 1 + len(OUTPUTS[ImageFormat(output)].efforts)
    exact = rgba(render(engine, photo, wanted(SIDE, SIDE, "PNG")))
    lost = [difference(rgba(each), exact).mean() for each in (fast, balanced, small)]
    assert max(lost) < lost[1] + 0.5


def test_the_effort_of_a_gif_makes_no_difference(engine: ThumbnailEngine) -> None:
    """Clause 7: its size depends on its palette, and another palette would change the picture."""
    spec = wanted(output="GIF")
    made = {render(engine, pictures.gradient(), replace(spec, effort=effort)).data for effort in Effort}
    assert len(made) == 1


@pytest.mark.parametrize(
    ("options", "progressive"),
    [
        ({}, False),
        ({"effort": Effort.FAST}, False),
        ({"progressive": True}, True),
        ({"progressive": True, "effort": Effort.FAST}, True),
        ({"effort": Effort.SMALL}, True),
    ],
)
def test_a_jpeg_is_progressive_if_requested(
    engine: ThumbnailEngine, options: dict[str, object], *, progressive: bool
) -> None:
    """Clause 7: by its start of frame, and by what Pillow says."""
    thumbnail = render(engine, pictures.gradient(), replace(wanted(output="JPEG"), **options))
    assert (_STARTS_PROGRESSIVE in thumbnail.data) is progressive
    assert bool(opened(thumbnail).info.get("progressive")) is progressive


def test_progressive_changes_no_pixel(engine: ThumbnailEngine, photo: bytes) -> None:
    """Clause 7: the same coefficients, in another order."""
    spec = wanted(SIDE, SIDE, "JPEG")
    assert np.array_equal(
        rgba(render(engine, photo, spec)), rgba(render(engine, photo, replace(spec, progressive=True)))
    )


@pytest.mark.smoke
@pytest.mark.parametrize("effort", Effort)
@pytest.mark.parametrize("output", LOSSY_OR_NOT)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.lossless("output")
def test_lossless_output_has_the_same_pixels_as_a_png(
    engine: ThumbnailEngine, output: str, channels: int, effort: Effort
) -> None:
    """Clause 7: noise, including alpha; colours of fully transparent pixels are invisible."""
    data = pictures.encode(pictures.noise_pixels(90, 90, channels).squeeze())
    spec = replace(wanted(output=output), lossless=True, effort=effort)
    found, expected = rgba(render(engine, data, spec)), rgba(render(engine, data, wanted(output="PNG")))
    shown = expected[..., 3] > 0
    assert np.array_equal(found[..., 3], expected[..., 3])
    assert np.array_equal(found[shown], expected[shown])


@pytest.mark.smoke
def test_a_format_without_a_lossless_mode_is_refused_before_decoding(
    engine: ThumbnailEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clauses 7 and 15: nobody gets a picture that is nearly the same."""
    info = SourceInfo(ImageFormat.PNG, Size(90, 90))
    monkeypatch.setattr(engine, "lossless", frozenset())
    spec = replace(wanted(output="WEBP"), lossless=True)
    with pytest.raises(ThumbnailError, match=f"the {engine.name} engine cannot write WEBP without loss") as e:
        engine.render(b"never decoded", info, [plan(spec, info)])
    assert e.value.code is ErrorCode.ENGINE


def test_every_engine_writes_lossless_webp(engine: ThumbnailEngine) -> None:
    """Clause 15: a test that is not collected can never hide this."""
    assert {ImageFormat.WEBP} <= engine.lossless <= engine.writes & set(LOSSY_OR_NOT)


def test_only_vips_writes_lossless_avif() -> None:
    """Pillow's encoder gets no identity matrix: noise is up to 3 levels off at quality 100."""
    vips = registry.engine("vips")
    assert (ImageFormat.AVIF in vips.lossless) == (ImageFormat.AVIF in vips.writes)
    assert ImageFormat.AVIF not in registry.engine("pillow").lossless


@pytest.mark.smoke
@pytest.mark.parametrize("output", WITH_QUALITY)
@pytest.mark.writes("output")
def test_a_byte_limit_is_met_at_the_highest_possible_quality(engine: ThumbnailEngine, output: str) -> None:
    """Clause 7: a quality one higher would be too large."""
    data = pictures.encode(pictures.photo_pixels(160, 120))
    spec = replace(wanted(80, 80, output), effort=Effort.FAST)
    full = render(engine, data, spec)
    limit = len(full.data) * 7 // 10
    made = render(engine, data, replace(spec, max_bytes=limit))
    assert len(made.data) <= limit
    best = OUTPUTS[ImageFormat(output)].quality
    for quality in range(best, 19, -1):
        found = len(_at(engine, data, spec, output, quality))
        if found <= limit and _at(engine, data, spec, output, quality) == made.data:
            break
        best = quality
    assert quality == best - 1
    assert len(_at(engine, data, spec, output, best)) > limit


def _at(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec, output: str, quality: int) -> bytes:
    qualities = wanted(output=output, quality=quality).qualities
    return render(engine, data, replace(spec, qualities=qualities)).data


@pytest.mark.parametrize("output", WITH_QUALITY)
@pytest.mark.writes("output")
def test_a_byte_limit_that_cannot_be_met_gives_the_lowest_quality(
    engine: ThumbnailEngine, output: str
) -> None:
    """Clause 7: 20. `generation` logs it."""
    spec = replace(wanted(output=output), effort=Effort.FAST)
    made = render(engine, pictures.gradient(), replace(spec, max_bytes=1))
    assert made.data == _at(engine, pictures.gradient(), spec, output, 20)


@pytest.mark.parametrize("output", ["PNG", "GIF"])
def test_a_byte_limit_has_no_effect_without_a_quality(engine: ThumbnailEngine, output: str) -> None:
    """Clause 7: the thumbnail is made as usual."""
    spec = wanted(output=output)
    made = render(engine, pictures.gradient(), replace(spec, max_bytes=1))
    assert made.data == render(engine, pictures.gradient(), spec).data


@pytest.mark.animates("GIF", "WEBP")
def test_an_animation_keeps_its_frames_under_a_byte_limit(engine: ThumbnailEngine) -> None:
    """Clauses 7 and 17: all of its frames get the same lower quality."""
    source = _noise_film()
    [full] = render_animation(engine, source, moving(wanted(40, 40, "WEBP")))
    limit = len(full.data) * 7 // 10
    [made] = render_animation(engine, source, replace(moving(wanted(40, 40, "WEBP")), max_bytes=limit))
    assert len(made.data) <= limit
    assert len(frames_of(made)) == len(frames_of(full)) == 3


@pytest.mark.animates("GIF", "WEBP")
def test_a_lossless_animation_keeps_every_pixel(engine: ThumbnailEngine) -> None:
    """Clauses 7 and 17: as in a GIF of few colours."""
    source = pictures.gif_of(
        (40, 40), [pictures.Part((*colour, 255), (40, 40)) for colour in pictures.CORNERS]
    )
    spec = replace(moving(wanted(40, 40, "WEBP")), lossless=True)
    [made] = render_animation(engine, source, spec)
    for frame, colour in zip(frames_of(made), pictures.CORNERS, strict=True):
        assert frame.getcolors() == [(1600, (*colour, 255))]


def _noise_film() -> bytes:
    frames = [pictures.as_image(pictures.noise_pixels(80 + number, 80)[:, :80]) for number in range(3)]
    return pictures.save(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
