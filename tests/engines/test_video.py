"""The engine `video`: which frame it shows, upright and in its colours, and what it refuses."""

import importlib
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.limits import check_pixels
from advthumb.core.planning import plan
from advthumb.core.sniffing import sniff
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.exceptions import EngineUnavailable
from tests import pictures

from .conftest import had
from .rendering import assert_close, middle, opened, probe, quarters, render, rgb, wanted
from .test_mutations import mutated
from .watch import Watched

videos = pytest.importorskip("tests.pictures.videos", reason="the extra `video` is not installed")

SCENE = pictures.corner_pixels(128, 96)
BLACK = np.zeros_like(SCENE)
ONE, FIVE, NINE = (pictures.plain_pixels(128, 96, (each,) * 3) for each in (10, 50, 90))
SPEC = wanted(32, 32)
SD, HD = (5, 1, 1, 1), (1, 1, 1, 1)
"""Codes of matrix, range, primaries and transfer."""
KINDS: dict[str, dict[str, Any]] = {
    "H.264 in MP4": {},
    "H.264 in fragments": {"muxing": {"movflags": "frag_keyframe+empty_moov"}},
    "H.265 in MOV": {
        "codec": "libx265",
        "container": "mov",
        "options": {"x265-params": "pools=1:log-level=none"},
    },
    "H.264 in 3GP": {"container": "3gp"},
    "VP8 in WebM": {"codec": "libvpx", "container": "webm", "colours": SD},
    "VP9 in WebM": {"codec": "libvpx-vp9", "container": "webm"},
    "AV1 in Matroska": {"codec": "libsvtav1", "container": "matroska", "options": {"svtav1-params": "lp=1"}},
    "MPEG-4 in AVI": {"codec": "mpeg4", "container": "avi", "colours": SD},
    "MPEG-2 in MOV": {"codec": "mpeg2video", "container": "mov"},
    "ProRes in MOV": {"codec": "prores_ks", "container": "mov", "pixel_format": "yuv422p10le"},
    "VP9 in fragments": {"codec": "libvpx-vp9", "muxing": {"movflags": "frag_keyframe+empty_moov"}},
    "Motion JPEG in AVI": {
        "codec": "mjpeg",
        "container": "avi",
        "pixel_format": "yuvj420p",
        "colours": (5, 2, 1, 1),
    },
}
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
"""The display matrix that turns what an orientation of EXIF turns."""


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("video")


@pytest.fixture(scope="module")
def watched(engine: ThumbnailEngine) -> Iterator[Watched]:
    with Watched("video") as child:
        yield child


@pytest.fixture(scope="module")
def video():
    """Return what makes a video; the same for the same arguments."""
    made: dict[str, bytes] = {}

    def get(frames, **options) -> bytes:
        key = repr(([hash(each.tobytes()) for each in frames], options))
        if key not in made:
            made[key] = videos.video(frames, **options)
        return made[key]

    return get


def refusal(engine: ThumbnailEngine, data: bytes, image_format: ImageFormat | None = None) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        info = engine.probe(data, image_format or sniff(data))
        engine.render(data, info, [plan(wanted(), info)])
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_video_shows_its_colours(engine: ThumbnailEngine, video, kind: str) -> None:
    data = video([SCENE] * 4, **KINDS[kind])
    assert probe(engine, data).size == (128, 96)
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM", "MPEG-4 in AVI"])
def test_a_frame_behind_a_tenth_is_shown(engine: ThumbnailEngine, video, kind: str) -> None:
    """The first one is black so often."""
    data = video([BLACK, BLACK, *[SCENE] * 18], **KINDS[kind])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM"])
def test_the_key_frame_behind_a_tenth_is_shown(engine: ThumbnailEngine, video, kind: str) -> None:
    data = video([*[ONE] * 8, *[FIVE] * 8, *[NINE] * 8], key_frames=8, **KINDS[kind])
    assert_close(middle(rgb(render(engine, data, SPEC))), (50, 50, 50), 3)


def test_the_first_key_frame_is_shown_where_none_follows(engine: ThumbnailEngine, video) -> None:
    data = video([*[ONE] * 2, *[FIVE] * 18], key_frames=100, options={"sc_threshold": "0"})
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_the_first_key_frame_is_shown_where_nobody_says_how_long_it_is(
    engine: ThumbnailEngine, video
) -> None:
    """As in what a browser records."""
    data = video([ONE, *[FIVE] * 19], codec="libvpx-vp9", container="webm", muxing={"live": "1"}, colours=HD)
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_where_what_is_behind_a_tenth_is_damaged_the_first_key_frame_is_shown(
    engine: ThumbnailEngine, video
) -> None:
    data = video([*[ONE] * 2, *[pictures.noise_pixels(128, 96)] * 18])
    first = data.index(b"mdat") + 4
    kept = (data.index(b"moov") - first) // 30
    data = data[: first + kept] + b"\xff" * (data.index(b"moov") - first - kept) + data[data.index(b"moov") :]
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_the_first_key_frame_is_shown_and_no_frame_before_it(engine: ThumbnailEngine, video) -> None:
    """As in what was cut out of a video; there a decoder would show parts of a picture."""
    scenes = [*[ONE] * 2, *[SCENE] * 38]
    data = video(scenes, key_frames=100, key_frame=2, dropped=1, **KINDS["MPEG-4 in AVI"])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


def test_time_need_not_begin_at_zero(engine: ThumbnailEngine, video) -> None:
    data = video([BLACK, *[SCENE] * 19], start=500, **KINDS["VP9 in WebM"])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


def test_a_title_may_say_anything(engine: ThumbnailEngine, video) -> None:
    data = video([SCENE] * 2, title="A holiday", **KINDS["VP9 in WebM"])
    assert render(engine, data.replace(b"A holiday", b"\xff" * 9))


@pytest.mark.parametrize(
    ("container", "orientation"),
    [*(("mp4", each) for each in MATRICES), *(("matroska", each) for each in (3, 6, 8))],
)
def test_it_is_upright(engine: ThumbnailEngine, video, orientation: int, container: str) -> None:
    stored = pictures.stored_pixels(pictures.corner_pixels(128, 96), orientation)
    data = video([stored] * 2, matrix=MATRICES[orientation], container=container)
    thumbnail = render(engine, data, SPEC)
    assert thumbnail.size == (32, 24)
    assert_close(quarters(rgb(thumbnail)), pictures.CORNERS, 4)


@pytest.mark.parametrize(
    ("aspect", "size"), [((4, 3), (171, 96)), ((1, 2), (128, 192)), ((50, 1), (128, 96))]
)
def test_pixels_that_are_not_square_are_made_so(
    engine: ThumbnailEngine, video, aspect: tuple[int, int], size: tuple[int, int]
) -> None:
    """Unless they are said to be so long that this is damage."""
    data = video([SCENE] * 2, aspect=Fraction(*aspect))
    assert probe(engine, data).size == size
    thumbnail = render(engine, data, wanted(64, 64))
    assert abs(thumbnail.size.width / thumbnail.size.height - size[0] / size[1]) < 0.03
    assert_close(quarters(rgb(thumbnail)), pictures.CORNERS, 4)


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("coded_range", [1, 2])
@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM"])
def test_matrix_and_range_are_those_that_the_video_tells(
    engine: ThumbnailEngine, video, kind: str, matrix: int, coded_range: int
) -> None:
    data = video([SCENE] * 2, colours=(matrix, coded_range, 1, 1), **KINDS[kind])
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


@pytest.mark.parametrize(("size", "matrix"), [((1280, 64), 1), ((64, 720), 1), ((720, 576), 5)])
def test_untold_colours_are_those_of_hd_in_large_videos(
    engine: ThumbnailEngine, video, size: tuple[int, int], matrix: int
) -> None:
    scene = pictures.corner_pixels(*size)
    data = video([scene] * 2, codec="mpeg4", container="avi", colours=(matrix, 1, 2, 2))
    assert_close(quarters(rgb(render(engine, data, wanted(size[0] // 2, size[1] // 2)))), pictures.CORNERS, 6)


def test_primaries_and_transfer_are_converted_to_srgb(engine: ThumbnailEngine, video) -> None:
    """White paper of PQ (58 % of the range) comes out as a screen shows it, and greys stay grey."""
    grey = pictures.plain_pixels(128, 96, (148, 148, 148))
    data = video([grey] * 2, colours=(9, 1, 9, 16), pixel_format="yuv420p10le")
    red, green, blue = middle(rgb(render(engine, data, SPEC)))
    assert max(red, green, blue) - min(red, green, blue) <= 3
    assert 150 <= green <= 215
    wide = video([SCENE] * 2, colours=(9, 1, 9, 14), pixel_format="yuv420p10le")
    assert quarters(rgb(render(engine, wide, SPEC)))[1][0] == 0  # a green that sRGB does not have


def test_cover_art_is_not_the_video(engine: ThumbnailEngine, video) -> None:
    data = video([SCENE] * 2, cover=BLACK)
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


def test_sound_alone_is_unsupported(engine: ThumbnailEngine) -> None:
    for data in (videos.sound(), videos.sound(cover=BLACK)):
        error = refusal(engine, data)
        assert (error.code, "without video" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_a_codec_that_is_not_on_the_list_is_unsupported(engine: ThumbnailEngine, video) -> None:
    error = refusal(engine, video([SCENE], codec="png", container="mov", pixel_format="rgb24"))
    assert (error.code, "png" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_a_video_that_names_another_file_opens_none(
    engine: ThumbnailEngine, watched: Watched, video, tmp_path: Path
) -> None:
    """A data reference of QuickTime: `Watched` sees what is opened, and so does PyAV's hook."""
    victim = tmp_path / "victim.mov"
    victim.write_bytes(video([SCENE] * 2, container="mov"))
    data = videos.pointing(video([BLACK] * 2, container="mov"), str(victim))
    path = tmp_path / "pointing.mov"
    path.write_bytes(data)
    outcome = watched(path)
    assert (outcome.code, "another file" in outcome.message) == (ErrorCode.CORRUPT, False)
    inside = registry.engine_class("advthumb.engines.previews.video.VideoFrames")
    module = importlib.import_module(inside.__module__)
    with pytest.MonkeyPatch.context() as patch:  # what happens to one that FFmpeg would follow
        patch.setattr(module, "_OPTIONS", {**module._OPTIONS, "enable_drefs": "1", "use_absolute_path": "1"})
        error = refusal(registry.engine("advthumb.engines.previews.video.VideoFrames"), data)
    assert (error.code, error.message.endswith("points to another file")) == (ErrorCode.UNSUPPORTED, True)


def test_a_frame_of_too_many_pixels_is_refused_before_it_is_decoded(engine: ThumbnailEngine, video) -> None:
    """Whatever its container says."""
    data = video([SCENE], codec="prores_ks", container="mov", pixel_format="yuv422p10le")
    frame = data.index(b"icpf") + 12
    data = data[:frame] + b"\x3f\xff\x3f\xff" + data[frame + 4 :]
    error = refusal(engine, data)
    assert (error.code, "16383x16383" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_a_later_frame_of_too_many_pixels_is_not_decoded(engine: ThumbnailEngine, video) -> None:
    """Of two frames, the first one is shown then."""
    data = video([ONE, NINE], codec="prores_ks", container="mov", pixel_format="yuv422p10le")
    frame = data.rindex(b"icpf") + 12
    assert_close(middle(rgb(render(engine, data, SPEC))), (90, 90, 90), 3)
    data = data[:frame] + b"\x3f\xff\x3f\xff" + data[frame + 4 :]
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_what_is_allowed_reaches_the_decoders(monkeypatch: pytest.MonkeyPatch, video) -> None:
    """Where a file gets past what is read of its header."""
    module = importlib.import_module("advthumb.engines.previews.video")
    inside = registry.engine("advthumb.engines.previews.video.VideoFrames")
    png = video([SCENE], codec="png", container="mov", pixel_format="rgb24")
    mjpeg = video([SCENE], **KINDS["Motion JPEG in AVI"])
    monkeypatch.setattr(module, "CODECS", module.CODECS | {"png"})
    assert refusal(inside, png).code is ErrorCode.CORRUPT
    assert render(inside, mjpeg)
    monkeypatch.setattr(module, "_OPTIONS", {**module._OPTIONS, "max_pixels": str(128 * 96 - 1)})
    assert refusal(inside, mjpeg).code is ErrorCode.CORRUPT


def test_a_frame_is_not_looked_for_in_very_many_packets(monkeypatch: pytest.MonkeyPatch, video) -> None:
    module = importlib.import_module("advthumb.engines.previews.video")
    inside = registry.engine("advthumb.engines.previews.video.VideoFrames")
    monkeypatch.setattr(module, "_MOST_PACKETS", 1)
    assert render(inside, video([SCENE] * 2))
    monkeypatch.setattr(module, "_MOST_PACKETS", 0)
    assert refusal(inside, video([SCENE] * 2)).code is ErrorCode.CORRUPT


def test_the_pixels_of_a_frame_count(engine: ThumbnailEngine, video) -> None:
    info = probe(engine, video([SCENE] * 2))
    with pytest.raises(ThumbnailError):
        check_pixels(info, 128 * 96 - 1)


def test_a_file_of_very_many_streams_is_refused(engine: ThumbnailEngine, video) -> None:
    data = video([SCENE], key_frames=1)
    start = data.index(b"trak") - 4
    length = int.from_bytes(data[start : start + 4], "big")
    moov = data.index(b"moov") - 4
    copies = data[start : start + length] * 5000
    whole = int.from_bytes(data[moov : moov + 4], "big") + len(copies)
    data = data[:moov] + whole.to_bytes(4, "big") + data[moov + 4 : start] + copies + data[start:]
    error = refusal(engine, data)
    assert error.code in {ErrorCode.CORRUPT, ErrorCode.TOO_LARGE}


@pytest.mark.parametrize("count", [10**6, 2**31 - 1])
def test_samples_that_a_file_only_claims_are_none(engine: ThumbnailEngine, video, count: int) -> None:
    """A table of a few bytes says that there are so many of one size, in one chunk."""
    data = bytearray(video([SCENE] * 2, codec="mpeg2video", container="mov"))
    for table, at, numbers in (
        (b"stsz", 8, (4, count)),
        (b"stsc", 12, (1, count, 1)),
        (b"stts", 12, (count, 1)),
    ):
        start = data.index(table) + at
        data[start : start + 4 * len(numbers)] = struct.pack(f">{len(numbers)}I", *numbers)
    assert refusal(engine, bytes(data)).code is ErrorCode.CORRUPT
    assert render(engine, video([SCENE] * 2))


@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM", "MPEG-4 in AVI"])
def test_a_file_that_ends_early_is_corrupt(engine: ThumbnailEngine, video, kind: str) -> None:
    data = video([SCENE] * 4, **KINDS[kind])
    for cut in (0, 40, 300):
        assert refusal(engine, data[:cut], sniff(data)).code is ErrorCode.CORRUPT
    assert refusal(engine, b"x" * 500, sniff(data)).code is ErrorCode.CORRUPT


@pytest.mark.parametrize("kind", ["VP9 in WebM", "VP9 in fragments", "Motion JPEG in AVI", "MPEG-4 in AVI"])
def test_a_key_frame_that_ends_early_is_corrupt(engine: ThumbnailEngine, video, kind: str) -> None:
    data = video([pictures.noise_pixels(128, 96)], **KINDS[kind])
    assert render(engine, data, SPEC)
    assert refusal(engine, data[: -len(data) // 3]).code is ErrorCode.CORRUPT


@pytest.mark.parametrize("kind", ["H.264 in MP4", "MPEG-4 in AVI", "Motion JPEG in AVI"])
def test_a_damaged_key_frame_is_corrupt(engine: ThumbnailEngine, video, kind: str) -> None:
    """FFmpeg would fill in what it cannot read."""
    data = bytearray(video([pictures.noise_pixels(128, 96)], **KINDS[kind]))
    middle_of_it = len(data) // 2
    damage = b"\xff\xd9" if "JPEG" in kind else b"\xff" * 40  # the first is an end that comes early
    data[middle_of_it : middle_of_it + len(damage)] = damage
    assert refusal(engine, bytes(data)).code is ErrorCode.CORRUPT


def test_a_hint_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ThumbnailError, match=r"'video' in ADVANCE_THUMBNAIL_ENGINE .*\[video\]"):
        registry.probed(b"\x1a\x45\xdf\xa3", ImageFormat.MATROSKA, ["pillow"], 1)
    monkeypatch.setattr(registry.engine_class("video"), "inside", "advthumb.engines.previews.missing.Engine")
    monkeypatch.setattr(registry, "_instances", {})
    with pytest.raises(EngineUnavailable, match=r"pip install .*\[video\]"):
        registry.engine("video")


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_it_writes_every_format(engine: ThumbnailEngine, video, output: str) -> None:
    assert opened(render(engine, video([SCENE] * 2), wanted(32, 32, output))).size == (32, 24)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(20))
def test_a_damaged_file_is_a_picture_or_refused(
    watched: Watched, video, kind: str, number: int, tmp_path: Path
) -> None:
    data = video([SCENE] * 4, **KINDS[kind])
    path = tmp_path / f"{number}-{kind}"
    path.write_bytes(data[:12] + mutated(data[12:], f"{kind} {number}"))
    outcome = watched(path)
    assert outcome.size or outcome.code in {
        ErrorCode.CORRUPT,
        ErrorCode.TOO_LARGE,
        ErrorCode.UNSUPPORTED,
    }, f"{outcome.message} [{outcome.code}]"
