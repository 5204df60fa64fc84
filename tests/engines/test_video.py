"""The engine `video`: which frame is shown, upright and in the right colours."""

import os
from fractions import Fraction

import pytest

from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.contract.rendering import (
    assert_close,
    middle,
    opened,
    probe,
    quarters,
    render,
    rgb,
    wanted,
)
from tests import pictures

from .conftest import had
from .video_kinds import BLACK, FIVE, HD, KINDS, NINE, ONE, SCENE, SPEC, video

MATRICES = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
"""The display matrix that rotates like an EXIF orientation."""


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("video")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_video_shows_its_colours(engine: ThumbnailEngine, kind: str) -> None:
    data = video([SCENE] * 4, **KINDS[kind])
    assert os.sched_getscheduler(0) == os.SCHED_OTHER  # SVT-AV1 changes it, which slows everything else down
    assert probe(engine, data).size == (128, 96)
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM", "MPEG-4 in AVI"])
def test_the_frame_after_a_tenth_of_the_video_is_shown(engine: ThumbnailEngine, kind: str) -> None:
    """The first frame is often black."""
    data = video([BLACK, BLACK, *[SCENE] * 18], **KINDS[kind])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM"])
def test_the_key_frame_after_a_tenth_of_the_video_is_shown(engine: ThumbnailEngine, kind: str) -> None:
    data = video([*[ONE] * 8, *[FIVE] * 8, *[NINE] * 8], key_frames=8, **KINDS[kind])
    assert_close(middle(rgb(render(engine, data, SPEC))), (50, 50, 50), 3)


def test_the_first_key_frame_is_shown_if_no_other_follows(engine: ThumbnailEngine) -> None:
    data = video([*[ONE] * 2, *[FIVE] * 18], key_frames=100, options={"sc_threshold": "0"})
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_the_first_key_frame_is_shown_if_the_duration_is_unknown(engine: ThumbnailEngine) -> None:
    """As in recordings by browsers."""
    data = video([ONE, *[FIVE] * 19], codec="libvpx-vp9", container="webm", muxing={"live": "1"}, colours=HD)
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_the_first_key_frame_is_shown_if_later_ones_are_damaged(
    engine: ThumbnailEngine,
) -> None:
    data = video([*[ONE] * 2, *[pictures.noise_pixels(128, 96)] * 18])
    first = data.index(b"mdat") + 4
    kept = (data.index(b"moov") - first) // 30
    data = data[: first + kept] + b"\xff" * (data.index(b"moov") - first - kept) + data[data.index(b"moov") :]
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_the_first_key_frame_is_shown_and_no_frame_before_it(engine: ThumbnailEngine) -> None:
    """As in clips cut out of a video, where a decoder would show partial pictures."""
    scenes = [*[ONE] * 2, *[SCENE] * 38]
    data = video(scenes, key_frames=100, key_frame=2, dropped=1, **KINDS["MPEG-4 in AVI"])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "avi"])
def test_megabytes_of_noise_claim_nothing(engine: ThumbnailEngine, container: str) -> None:
    """By chance, the pixels contain every short pattern that a reader could take for a header."""
    noise = pictures.noise_pixels(640, 480)
    data = video([noise] * 4, container=container, key_frames=1, options={"crf": "1", "preset": "ultrafast"})
    assert len(data) > 2_000_000
    assert rgb(render(engine, data, wanted(64, 48))).mean() == pytest.approx(noise.mean(), abs=4)


def test_time_need_not_begin_at_zero(engine: ThumbnailEngine) -> None:
    data = video([BLACK, *[SCENE] * 19], start=500, **KINDS["VP9 in WebM"])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


def test_a_title_may_say_anything(engine: ThumbnailEngine) -> None:
    data = video([SCENE] * 2, title="A holiday", **KINDS["VP9 in WebM"])
    assert render(engine, data.replace(b"A holiday", b"\xff" * 9))


@pytest.mark.parametrize(
    ("container", "orientation"),
    [*(("mp4", each) for each in MATRICES), *(("matroska", each) for each in (3, 6, 8))],
)
def test_a_rotated_video_is_shown_upright(engine: ThumbnailEngine, orientation: int, container: str) -> None:
    stored = pictures.stored_pixels(pictures.corner_pixels(128, 96), orientation)
    data = video([stored] * 2, matrix=MATRICES[orientation], container=container)
    thumbnail = render(engine, data, SPEC)
    assert thumbnail.size == (32, 24)
    assert_close(quarters(rgb(thumbnail)), pictures.CORNERS, 4)


@pytest.mark.parametrize(
    ("aspect", "size"), [((4, 3), (171, 96)), ((1, 2), (128, 192)), ((50, 1), (128, 96))]
)
def test_non_square_pixels_are_corrected(
    engine: ThumbnailEngine, aspect: tuple[int, int], size: tuple[int, int]
) -> None:
    """Unless the declared aspect ratio is so extreme that it must be damage."""
    data = video([SCENE] * 2, aspect=Fraction(*aspect))
    assert probe(engine, data).size == size
    thumbnail = render(engine, data, wanted(64, 64))
    assert abs(thumbnail.size.width / thumbnail.size.height - size[0] / size[1]) < 0.03
    assert_close(quarters(rgb(thumbnail)), pictures.CORNERS, 4)


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("coded_range", [1, 2])
@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM"])
def test_the_matrix_and_range_declared_by_the_video_are_applied(
    engine: ThumbnailEngine, kind: str, matrix: int, coded_range: int
) -> None:
    data = video([SCENE] * 2, colours=(matrix, coded_range, 1, 1), **KINDS[kind])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize(("size", "matrix"), [((1280, 64), 1), ((64, 720), 1), ((720, 576), 5)])
def test_large_videos_without_declared_colours_use_those_of_hd(
    engine: ThumbnailEngine, size: tuple[int, int], matrix: int
) -> None:
    scene = pictures.corner_pixels(*size)
    data = video([scene] * 2, codec="mpeg4", container="avi", colours=(matrix, 1, 2, 2))
    assert_close(quarters(rgb(render(engine, data, wanted(size[0] // 2, size[1] // 2)))), pictures.CORNERS, 6)


def test_primaries_and_transfer_are_converted_to_srgb(engine: ThumbnailEngine) -> None:
    """Paper white in PQ (58 % of the range) looks as on a screen, and greys stay grey."""
    grey = pictures.plain_pixels(128, 96, (148, 148, 148))
    data = video([grey] * 2, colours=(9, 1, 9, 16), pixel_format="yuv420p10le")
    red, green, blue = middle(rgb(render(engine, data, SPEC)))
    assert max(red, green, blue) - min(red, green, blue) <= 3
    assert 150 <= green <= 215
    wide = video([SCENE] * 2, colours=(9, 1, 9, 14), pixel_format="yuv420p10le")
    assert quarters(rgb(render(engine, wide, SPEC)))[1][0] == 0  # a green that sRGB does not have


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_the_video_engine_writes_every_format(engine: ThumbnailEngine, output: str) -> None:
    assert opened(render(engine, video([SCENE] * 2), wanted(32, 32, output))).size == (32, 24)
