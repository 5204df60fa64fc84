"""HEIC in the Pillow engine, with the extra `heif`. The contract suite tests what applies to every format."""

import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.engines.pillow import PillowEngine, files
from advthumb.testing.contract.rendering import render, wanted
from tests import pictures


@pytest.fixture
def engine() -> PillowEngine:
    """Return an engine that reads HEIC."""
    found = PillowEngine()
    assert ImageFormat.HEIC in found.reads
    return found


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """Forget whether pillow_heif is available, before and after a test that changes it."""
    files._heif_decoders.cache_clear()
    yield
    files._heif_decoders.cache_clear()


def announcing(data: bytes, size: tuple[int, int], announced: tuple[int, int]) -> bytes:
    """Return a HEIC file whose header gives a different size from its pixels."""
    before, after = (b"ispe" + bytes(4) + struct.pack(">II", *each) for each in (size, announced))
    assert before in data
    return data.replace(before, after)


def refusal(engine: PillowEngine, data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        render(engine, data)
    return caught.value


@pytest.mark.usefixtures("asked_anew")
def test_without_the_extra_heic_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    poorer = PillowEngine()
    assert ImageFormat.HEIC not in poorer.reads
    assert "libheif" not in poorer.versions()


@pytest.mark.usefixtures("asked_anew")
def test_without_a_working_decoder_heic_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = files.SAMPLES[ImageFormat.HEIC]
    monkeypatch.setattr(files, "SAMPLES", {ImageFormat.HEIC: sample[:-8]})
    assert ImageFormat.HEIC not in PillowEngine().reads


def test_with_the_extra_its_versions_are_reported(engine: PillowEngine) -> None:
    assert {"Pillow", "pillow-heif", "libheif"} <= engine.versions().keys()


def test_nothing_is_registered_with_pillow() -> None:
    """Clause 12: the host's `Image.open` learns no format from us."""
    code = (
        "from advthumb.engines.pillow import PillowEngine; engine = PillowEngine()\n"
        "from PIL import Image; Image.init(); print('HEIC' in engine.reads, 'HEIF' in Image.OPEN)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


def test_the_embedded_preview_is_not_used(engine: PillowEngine) -> None:
    """Clause 6: it may show a different picture."""
    source = pictures.as_image(pictures.photo_pixels(400, 300))
    alone, with_preview = (pictures.save(source, "HEIC", thumbnails=sides) for sides in ([], [200]))
    assert len(with_preview) > len(alone) + 1000
    assert render(engine, with_preview).data == render(engine, alone).data


def test_a_header_that_announces_too_much_is_refused(engine: PillowEngine) -> None:
    """Clause 10: before any pixel is decoded."""
    error = refusal(
        engine, announcing(pictures.plain(64, 64, image_format="HEIC"), (64, 64), (60_000, 60_000))
    )
    assert error.code is ErrorCode.TOO_LARGE
    assert "ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS" in error.message


@pytest.mark.parametrize("announced", [(64, 64), (2_000, 2_000)])
def test_a_header_that_lies_is_corrupt(engine: PillowEngine, announced: tuple[int, int]) -> None:
    """Clause 10: what is decoded is no larger than what was checked."""
    data = announcing(pictures.plain(640, 640, image_format="HEIC"), (640, 640), announced)
    assert refusal(engine, data).code is ErrorCode.CORRUPT


def test_an_orientation_only_in_exif_is_ignored(engine: PillowEngine) -> None:
    """Clause 2: HEIC uses only `irot` and `imir`, and libheif has applied them (ISO/IEC 23008-12)."""
    upright, turned = (pictures.orientation_exif(each) for each in (1, 6))
    data = pictures.encode(pictures.plain_pixels(64, 48), "HEIC", exif=b"Exif\x00\x00" + upright)
    assert upright in data
    assert render(engine, data.replace(upright, turned), wanted(32, 32)).size == (32, 24)
