"""Clause 17. If possible, an animation shows all its frames, for as long and as often as before."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise, product

import pytest
from PIL import Image

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.limits import check_pixels
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.sniffing import admit
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures
from advthumb.testing.pictures import Part, apng_of, gif_of, webp_of

from .rendering import assert_close, opened, wanted

ANIMATIONS = ["GIF", "WEBP", "PNG"]
PAIRS = list(product(ANIMATIONS, ANIMATIONS))
DELAYS = (40, 200, 120)


def moving(spec: ThumbnailSpec) -> ThumbnailSpec:
    """Return a spec that keeps all frames."""
    return replace(spec, animated=True)


def render(
    engine: ThumbnailEngine, data: bytes, *specs: ThumbnailSpec, frames: int = 200
) -> list[RenderedThumbnail]:
    """Make a thumbnail for each spec of a source with several frames."""
    info = engine.probe(data, admit(data, SAFE_FORMATS), max_frames=frames)
    return engine.render(data, info, [plan(spec, info) for spec in specs])


def frames_of(thumbnail: RenderedThumbnail) -> list[Image.Image]:
    """Return the frames of a thumbnail as they are shown."""
    image = opened(thumbnail)
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(image.convert("RGBA"))
    return frames


def pixel_of(frame: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    """Return a pixel with its alpha."""
    pixel = frame.getpixel(place)
    assert isinstance(pixel, tuple)
    return pixel


def delays_of(thumbnail: RenderedThumbnail) -> list[int]:
    """Return for how many milliseconds each frame is shown."""
    image = opened(thumbnail)
    delays = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        delays.append(round(image.info["duration"]))
    return delays


RED, BLUE, NONE = (220, 40, 40, 255), (50, 70, 210, 255), (0, 0, 0, 0)
LEFT, RIGHT, ALL = ((40, 40), (0, 0)), ((40, 40), (40, 0)), ((80, 40), (0, 0))
FILMS = {
    "uncovered ground": ([Part(RED, *LEFT), Part(BLUE, *RIGHT)], [(RED, NONE), (RED, BLUE)]),
    "cleared": (
        [Part(RED, *ALL), Part(BLUE, *LEFT, disposal=1), Part(BLUE, *RIGHT)],
        [(RED, RED), (BLUE, RED), (NONE, BLUE)],
    ),
    "transparent again": (
        [Part(RED, *RIGHT, disposal=1), Part(BLUE, *ALL, disposal=1), Part(RED, *RIGHT)],
        [(NONE, RED), (BLUE, BLUE), (NONE, RED)],
    ),
    "brought back": (
        [Part(RED, *ALL), Part(BLUE, *LEFT, disposal=2), Part(BLUE, *RIGHT)],
        [(RED, RED), (BLUE, RED), (RED, BLUE)],
    ),
    "replaced": ([Part(RED, *ALL), Part(NONE, *LEFT, over=False)], [(RED, RED), (NONE, RED)]),
}
WRITERS: Mapping[str, Callable[..., bytes]] = {"GIF": gif_of, "PNG": apng_of, "WEBP": webp_of}
CANNOT = {("GIF", "replaced"), ("WEBP", "brought back")}
"""The formats that cannot express a film."""


class AnimationClause:
    """Clause 17. If possible, an animation shows all its frames, for as long and as often as before."""

    @pytest.mark.smoke
    @pytest.mark.parametrize(("source", "output"), PAIRS)
    @pytest.mark.reads("source")
    @pytest.mark.animates("output")
    def test_all_frames_composed_with_their_timing(
        self, engine: ThumbnailEngine, source: str, output: str
    ) -> None:
        """Clause 17: the square moves, and its old position is cleared."""
        [thumbnail] = render(engine, pictures.timed(source), moving(wanted(30, 30, output)))
        assert thumbnail.size == (30, 20)
        assert delays_of(thumbnail) == list(DELAYS)
        for number, frame in enumerate(frames_of(thumbnail)):
            assert frame.size == (30, 20)
            for place in range(3):
                pixel = pixel_of(frame, (place * 10 + 5, 10))
                if place == number:
                    assert_close(pixel, (200, 30, 30, 255), 16)
                else:
                    assert pixel[3] == 0

    @pytest.mark.smoke
    @pytest.mark.parametrize(("source", "output"), PAIRS)
    @pytest.mark.parametrize("film", FILMS)
    @pytest.mark.reads("source")
    @pytest.mark.animates("output")
    def test_frames_are_composed_as_browsers_show_them(
        self, engine: ThumbnailEngine, source: str, output: str, film: str
    ) -> None:
        """Clause 17: an area that no frame covers, or that is cleared, is transparent."""
        if (source, film) in CANNOT:
            source = "PNG"
        parts, expected = FILMS[film]
        data = WRITERS[source]((80, 40), parts)
        [thumbnail] = render(engine, data, moving(wanted(80, 40, output)))
        shown = [(pixel_of(frame, (20, 20)), pixel_of(frame, (60, 20))) for frame in frames_of(thumbnail)]
        assert len(shown) == len(expected)
        for sides, wanted_sides in zip(shown, expected, strict=True):
            for side, colour in zip(sides, wanted_sides, strict=True):
                if colour is NONE:
                    assert side[3] == 0
                else:
                    assert_close(side, colour)

    @pytest.mark.smoke
    @pytest.mark.parametrize("output", ANIMATIONS)
    @pytest.mark.animates("output")
    def test_a_picture_that_is_no_frame_is_not_played(self, engine: ThumbnailEngine, output: str) -> None:
        """Clause 17: such a picture is for viewers that cannot play animations."""
        data = apng_of((40, 40), [Part(RED, (40, 40)), Part(BLUE, (40, 40))], hidden=(9, 9, 9, 255))
        [thumbnail] = render(engine, data, moving(wanted(40, 40, output)))
        for frame, colour in zip(frames_of(thumbnail), (RED, BLUE), strict=True):
            assert_close(frame.getpixel((20, 20)), colour)

    @pytest.mark.parametrize("source", ["WEBP", "PNG"])
    @pytest.mark.parametrize("output", ANIMATIONS)
    @pytest.mark.reads("source")
    @pytest.mark.animates("output")
    def test_frames_are_shown_for_as_long_as_browsers_show_them(
        self, engine: ThumbnailEngine, source: str, output: str
    ) -> None:
        """Clause 17: browsers show a frame of 4 ms for 100 ms, and GIF counts in steps of 10 ms."""
        data = pictures.timed(source, delays=(4, 33, 77))
        delays = delays_of(render(engine, data, moving(wanted(30, 30, output)))[0])
        assert delays == pytest.approx([100, 33, 77], abs=5 if output == "GIF" else 0)

    @pytest.mark.parametrize("source", ["WEBP", "PNG"])
    @pytest.mark.parametrize("output", ANIMATIONS)
    @pytest.mark.reads("source")
    @pytest.mark.animates("output")
    def test_equal_frames_are_shown_for_their_time_together(
        self, engine: ThumbnailEngine, source: str, output: str
    ) -> None:
        """Clause 17: they may be stored as one."""
        data = WRITERS[source]((40, 40), [Part(colour, (40, 40)) for colour in (RED, RED, BLUE)])
        [thumbnail] = render(engine, data, moving(wanted(40, 40, output)))
        shown = {RED: 0, BLUE: 0}
        for frame, delay in zip(frames_of(thumbnail), delays_of(thumbnail), strict=True):
            pixel = pixel_of(frame, (20, 20))
            shown[RED if pixel[0] > pixel[2] else BLUE] += delay
        assert shown == {RED: 400, BLUE: 200}

    @pytest.mark.parametrize(("source", "output"), PAIRS)
    @pytest.mark.parametrize("plays", [0, 1, 3])
    @pytest.mark.reads("source")
    @pytest.mark.animates("output")
    def test_how_often_it_plays(self, engine: ThumbnailEngine, source: str, output: str, plays: int) -> None:
        """Clause 17: GIF counts repetitions, while the other formats count plays."""
        loop = {"GIF": {0: 0, 1: None, 3: 2}}
        data = pictures.timed(source, loop=loop.get(source, {}).get(plays, plays))
        image = opened(render(engine, data, moving(wanted(30, 30, output)))[0])
        assert image.info.get("loop") == loop.get(output, {}).get(plays, plays)

    @pytest.mark.animates("GIF")
    def test_frames_are_capped(self, engine: ThumbnailEngine) -> None:
        """Clause 17: the first ones are kept."""
        [thumbnail] = render(engine, pictures.timed("GIF"), moving(wanted(30, 30, "GIF")), frames=2)
        assert delays_of(thumbnail) == list(DELAYS[:2])

    @pytest.mark.animates("GIF")
    def test_frames_count_into_the_limit_of_pixels(self, engine: ThumbnailEngine) -> None:
        """Clause 10: three frames of 60 x 40 px."""
        info = engine.probe(pictures.timed("GIF"), ImageFormat.GIF, max_frames=200)
        assert info.frames == 3
        check_pixels(info, 7200)
        with pytest.raises(ThumbnailError) as caught:
            check_pixels(info, 7199)
        assert caught.value.code is ErrorCode.TOO_LARGE
        assert "3 frames" in str(caught.value)

    @pytest.mark.animates("GIF", "WEBP")
    def test_stills_and_animations_of_one_source(self, engine: ThumbnailEngine) -> None:
        """Clause 17: each plan gets its thumbnail, in the same order."""
        still, moves, flat = render(
            engine,
            pictures.timed("GIF"),
            wanted(30, 30, "GIF"),
            moving(wanted(30, 30, "WEBP")),
            moving(wanted(output="JPEG")),
        )
        assert [len(frames_of(one)) for one in (still, moves, flat)] == [1, 3, 1]
        assert [one.format for one in (still, moves, flat)] == ["GIF", "WEBP", "JPEG"]

    @pytest.mark.smoke
    @pytest.mark.parametrize(("source", "output"), PAIRS)
    @pytest.mark.reads("source")
    @pytest.mark.writes("output")
    def test_an_engine_that_cannot_animate_shows_the_first_frame(
        self, engine: ThumbnailEngine, source: str, output: str
    ) -> None:
        """Clause 17: every engine makes a thumbnail."""
        [thumbnail] = render(engine, pictures.timed(source), moving(wanted(30, 30, output)))
        frames = frames_of(thumbnail)
        assert len(frames) == (3 if output in engine.animates else 1)
        assert_close(pixel_of(frames[0], (5, 10)), (200, 30, 30, 255), 16)
        assert pixel_of(frames[0], (15, 10))[3] == pixel_of(frames[0], (25, 10))[3] == 0

    def test_a_still_source_stays_still(self, engine: ThumbnailEngine) -> None:
        """Clause 17: one frame is not an animation."""
        [thumbnail] = render(engine, pictures.gradient(), moving(wanted(30, 30, "WEBP")))
        assert len(frames_of(thumbnail)) == 1

    @pytest.mark.animates("GIF")
    def test_a_later_frame_that_is_damaged(self, engine: ThumbnailEngine) -> None:
        """Clause 9: an animation that is cut off in its last frame is corrupt."""
        data = pictures.timed("GIF")
        with pytest.raises(ThumbnailError) as caught:
            render(engine, data[: len(data) - 12], moving(wanted(30, 30, "GIF")))
        assert caught.value.code is ErrorCode.CORRUPT

    @pytest.mark.animates("WEBP")
    def test_frames_differ(self, engine: ThumbnailEngine) -> None:
        """Clause 17: no frame is repeated."""
        [thumbnail] = render(engine, pictures.timed("WEBP"), moving(wanted(30, 30, "WEBP")))
        assert all(one.tobytes() != other.tobytes() for one, other in pairwise(frames_of(thumbnail)))
