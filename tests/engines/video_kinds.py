"""Videos of each kind that the engine `video` reads, each made once. Their tests are skipped without PyAV."""

from typing import Any

import numpy as np
import pytest

from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.planning import plan
from advthumb.core.sniffing import sniff
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.contract.rendering import wanted
from tests import pictures

videos = pytest.importorskip("tests.pictures.videos", reason="the extra `video` is not installed")

SCENE = pictures.corner_pixels(128, 96)
BLACK = np.zeros_like(SCENE)
ONE, FIVE, NINE = (pictures.plain_pixels(128, 96, (each,) * 3) for each in (10, 50, 90))
SPEC = wanted(32, 32)
SD, HD = (5, 1, 1, 1), (1, 1, 1, 1)
"""Codes for matrix, range, primaries and transfer."""
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
_made: dict[str, bytes] = {}


def video(frames: list[pictures.Pixels], **options: Any) -> bytes:
    """Return a video of some frames; equal arguments give the same one."""
    key = repr(([hash(each.tobytes()) for each in frames], options))
    if key not in _made:
        _made[key] = videos.video(frames, **options)
    return _made[key]


def refusal(engine: ThumbnailEngine, data: bytes, image_format: ImageFormat | None = None) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        info = engine.probe(data, image_format or sniff(data))
        engine.render(data, info, [plan(wanted(), info)])
    return caught.value
