"""The engines `raw`, `video` and `jxl`, once sealed: they open nothing and keep no metadata."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from advthumb.core.formats import OUTPUTS
from advthumb.engines import registry
from advthumb.testing.contract.rendering import opened, render, wanted
from tests import pictures
from tests.pictures.raws import raw

from .conftest import had
from .test_isolation import process_of

SCENE = pictures.corner_pixels(128, 64)
SECRET = b"53.5511 N 9.9937 E"
LARGE = pictures.encode(pictures.corner_pixels(1200, 600), "JPEG", exif=pictures.camera_exif())


def _video(**options) -> bytes:
    videos = pytest.importorskip("tests.pictures.videos", reason="the extra `video` is not installed")
    return videos.video([SCENE] * 4, title=SECRET.decode(), **options)


def _jxl() -> bytes:
    pyjpegxl = pytest.importorskip("pyjpegxl", reason="the extra `jxl` is not installed")
    return pyjpegxl.encode_from_numpy(SCENE, exif=pictures.camera_exif(), xmp=SECRET)


FILES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "raw, developed": ("raw", lambda: raw(SCENE)),
    "raw, a preview": ("raw", lambda: raw(SCENE, preview=LARGE, preview_size=(1200, 600))),
    "video, H.264": ("video", _video),
    "video, VP9": ("video", lambda: _video(codec="libvpx-vp9", container="webm")),
    "video, AV1": ("video", lambda: _video(codec="libsvtav1", container="matroska")),
    "video, ProRes": (
        "video",
        lambda: _video(codec="prores_ks", pixel_format="yuv422p10le", container="mov"),
    ),
    "jxl": ("jxl", _jxl),
}
"""By its special property: the engine, and a function that makes a file twice as wide as high."""

each = pytest.mark.parametrize("kind", FILES)


@each
@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_no_metadata_is_kept(kind: str, output: str) -> None:
    alias, make = FILES[kind]
    made = render(had(alias), make(), wanted(64, 64, output))
    assert made.size == (64, 32)
    assert not opened(made).getexif()
    assert not any(trace in made.data for trace in (SECRET, *pictures.TRACES))


@each
def test_many_threads_get_the_same_bytes(kind: str) -> None:
    alias, make = FILES[kind]
    engine, data = had(alias), make()
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: render(engine, data).data, range(8)))
    assert len(set(made)) == 1


@each
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux shows threads")
def test_a_process_has_one_thread(kind: str) -> None:
    """Each process renders one picture at a time."""
    alias, make = FILES[kind]
    had(alias)
    engine = registry.engine({"BACKEND": alias, "OPTIONS": {"workers": 1}})
    assert render(engine, make())
    assert len(list(Path(f"/proc/{process_of(engine)}/task").iterdir())) == 1
