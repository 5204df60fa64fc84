"""The engine `video`: what is not shown, what is damaged, and what is hostile."""

import importlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.limits import check_pixels
from advthumb.core.sniffing import sniff
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.rendering import assert_close, middle, probe, quarters, render, rgb
from advthumb.testing.contract.watch import Watched
from tests import pictures

from .conftest import had
from .damage import mutated
from .video_claims import CLAIMS
from .video_kinds import BLACK, KINDS, NINE, ONE, SCENE, SPEC, refusal, video, videos


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("video")


@pytest.fixture(scope="module")
def watched(engine: ThumbnailEngine) -> Iterator[Watched]:
    with Watched("video") as child:
        yield child


def test_cover_art_is_not_the_video(engine: ThumbnailEngine) -> None:
    data = video([SCENE] * 2, cover=BLACK)
    assert_close(quarters(rgb(render(engine, data, SPEC))), pictures.CORNERS, 4)


def test_a_file_with_only_sound_is_unsupported(engine: ThumbnailEngine) -> None:
    for data in (videos.sound(), videos.sound(cover=BLACK)):
        error = refusal(engine, data)
        assert (error.code, "without video" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_a_codec_that_is_not_on_the_list_is_unsupported(engine: ThumbnailEngine) -> None:
    error = refusal(engine, video([SCENE], codec="png", container="mov", pixel_format="rgb24"))
    assert (error.code, "png" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_a_video_that_names_another_file_does_not_open_it(
    engine: ThumbnailEngine, watched: Watched, tmp_path: Path
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
    with pytest.MonkeyPatch.context() as patch:  # the outcome for a reference that FFmpeg would follow
        patch.setattr(module, "_OPTIONS", {**module._OPTIONS, "enable_drefs": "1", "use_absolute_path": "1"})
        error = refusal(registry.engine("advthumb.engines.previews.video.VideoFrames"), data)
    assert (error.code, error.message.endswith("points to another file")) == (ErrorCode.UNSUPPORTED, True)


def test_a_frame_of_too_many_pixels_is_refused_before_it_is_decoded(engine: ThumbnailEngine) -> None:
    """Regardless of the size in its container."""
    data = video([SCENE], codec="prores_ks", container="mov", pixel_format="yuv422p10le")
    frame = data.index(b"icpf") + 12
    data = data[:frame] + b"\x3f\xff\x3f\xff" + data[frame + 4 :]
    error = refusal(engine, data)
    assert (error.code, "16383x16383" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_a_later_frame_of_too_many_pixels_is_not_decoded(engine: ThumbnailEngine) -> None:
    """The first of the two frames is shown instead."""
    data = video([ONE, NINE], codec="prores_ks", container="mov", pixel_format="yuv422p10le")
    frame = data.rindex(b"icpf") + 12
    assert_close(middle(rgb(render(engine, data, SPEC))), (90, 90, 90), 3)
    data = data[:frame] + b"\x3f\xff\x3f\xff" + data[frame + 4 :]
    assert_close(middle(rgb(render(engine, data, SPEC))), (10, 10, 10), 3)


def test_the_allowed_codecs_and_pixels_are_enforced_by_the_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """In case a file gets past the checks of its header."""
    module = importlib.import_module("advthumb.engines.previews.video")
    inside = registry.engine("advthumb.engines.previews.video.VideoFrames")
    png = video([SCENE], codec="png", container="mov", pixel_format="rgb24")
    mjpeg = video([SCENE], **KINDS["Motion JPEG in AVI"])
    monkeypatch.setattr(module, "CODECS", module.CODECS | {"png"})
    assert refusal(inside, png).code is ErrorCode.CORRUPT
    assert render(inside, mjpeg)
    monkeypatch.setattr(module, "_OPTIONS", {**module._OPTIONS, "max_pixels": str(128 * 96 - 1)})
    assert refusal(inside, mjpeg).code is ErrorCode.CORRUPT


def test_the_search_for_a_frame_is_limited_to_a_number_of_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("advthumb.engines.previews.video")
    inside = registry.engine("advthumb.engines.previews.video.VideoFrames")
    monkeypatch.setattr(module, "_MOST_PACKETS", 1)
    assert render(inside, video([SCENE] * 2))
    monkeypatch.setattr(module, "_MOST_PACKETS", 0)
    assert refusal(inside, video([SCENE] * 2)).code is ErrorCode.CORRUPT


def test_the_pixels_of_a_frame_are_counted(engine: ThumbnailEngine) -> None:
    info = probe(engine, video([SCENE] * 2))
    with pytest.raises(ThumbnailError):
        check_pixels(info, 128 * 96 - 1)


def test_a_file_with_very_many_streams_is_refused(engine: ThumbnailEngine) -> None:
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
def test_claimed_samples_that_do_not_exist_are_corrupt(engine: ThumbnailEngine, count: int) -> None:
    """A table of a few bytes claims this many samples of one size, in one chunk."""
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


@pytest.mark.parametrize("name", CLAIMS)
def test_exaggerated_claims_of_a_video_cost_little(watched: Watched, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(CLAIMS[name]())
    outcome = watched(path)
    assert outcome.size or outcome.code in {ErrorCode.CORRUPT, ErrorCode.TOO_LARGE}
    assert outcome.seconds <= 2
    assert path.stat().st_size < 10 * 2**20


@pytest.mark.parametrize("kind", ["H.264 in MP4", "VP9 in WebM", "MPEG-4 in AVI"])
def test_a_truncated_file_is_corrupt(engine: ThumbnailEngine, kind: str) -> None:
    data = video([SCENE] * 4, **KINDS[kind])
    for cut in (0, 40, 300):
        assert refusal(engine, data[:cut], sniff(data)).code is ErrorCode.CORRUPT
    assert refusal(engine, b"x" * 500, sniff(data)).code is ErrorCode.CORRUPT


@pytest.mark.parametrize("kind", ["VP9 in WebM", "VP9 in fragments", "Motion JPEG in AVI", "MPEG-4 in AVI"])
def test_a_truncated_key_frame_is_corrupt(engine: ThumbnailEngine, kind: str) -> None:
    data = video([pictures.noise_pixels(128, 96)], **KINDS[kind])
    assert render(engine, data, SPEC)
    assert refusal(engine, data[: -len(data) // 3]).code is ErrorCode.CORRUPT


@pytest.mark.parametrize("kind", ["H.264 in MP4", "MPEG-4 in AVI", "Motion JPEG in AVI"])
def test_a_damaged_key_frame_is_corrupt(engine: ThumbnailEngine, kind: str) -> None:
    """FFmpeg would fill in the unreadable parts."""
    data = bytearray(video([pictures.noise_pixels(128, 96)], **KINDS[kind]))
    middle_of_it = len(data) // 2
    damage = b"\xff\xd9" if "JPEG" in kind else b"\xff" * 40  # the first is an early end marker
    data[middle_of_it : middle_of_it + len(damage)] = damage
    assert refusal(engine, bytes(data)).code is ErrorCode.CORRUPT


def test_a_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ThumbnailError, match=r"'video' in ADVANCE_THUMBNAIL_ENGINE .*\[video\]"):
        registry.probed(b"\x1a\x45\xdf\xa3", ImageFormat.MATROSKA, ["pillow"], 1)
    monkeypatch.setattr(registry.engine_class("video"), "inside", "advthumb.engines.previews.missing.Engine")
    monkeypatch.setattr(registry, "_instances", {})
    with pytest.raises(EngineUnavailable, match=r"pip install .*\[video\]"):
        registry.engine("video")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(20))
def test_a_damaged_file_is_rendered_or_refused(
    watched: Watched, kind: str, number: int, tmp_path: Path
) -> None:
    data = video([SCENE] * 4, **KINDS[kind])
    damaged = data[:12] + mutated(data[12:], f"{kind} {number}")
    watched.picture_or_refusal(tmp_path / f"{number}-{kind}", damaged)
