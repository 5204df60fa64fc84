"""Files of `EXOTIC_FORMATS` look like a PNG of the same pixels, or are refused."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from advthumb.core.containers import READERS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import EXOTIC_FORMATS, ImageFormat
from advthumb.core.planning import plan
from advthumb.core.sniffing import sniff
from advthumb.engines import registry
from advthumb.engines.pillow import files
from advthumb.testing.contract.rendering import difference, render, rgba, wanted
from advthumb.testing.pictures.files import as_image, save
from tests.pictures import Pixels, encode, photo_pixels
from tests.pictures.exotic import Made, made, netpbm, others, real

from .conftest import had

MADE = list(made())
SPEC = wanted(40, 40, "PNG")
ENGINES = ["imagemagick", "pillow"]
REFUSED: dict[tuple[str, str], ErrorCode] = {
    **{
        ("pillow", name): ErrorCode.UNSUPPORTED for name in netpbm.refused_by_pillow(MADE)
    },  # Pillow has no mode for them
    # Its decoder confuses black and white.
    ("imagemagick", "PCX of black and white"): ErrorCode.UNSUPPORTED,
    ("pillow", "PCX of 16 colours"): ErrorCode.UNSUPPORTED,
    # Its bits are read as a colour.
    ("imagemagick", "TGA of grey with alpha"): ErrorCode.UNSUPPORTED,
    ("imagemagick", "TGA of grey with alpha, packed"): ErrorCode.UNSUPPORTED,
    # Its alpha is lost.
    ("pillow", "TGA of RGBA of 16 bits"): ErrorCode.UNSUPPORTED,
    ("pillow", "TGA of RGBA of 16 bits, packed"): ErrorCode.UNSUPPORTED,
    # Decoded in Python, pixel by pixel: a large file takes many seconds.
    **{
        ("pillow", f"DDS of {name}"): ErrorCode.UNSUPPORTED
        for name in (
            "BGRA",
            "BGRX",
            "BGR",
            "RGBA",
            "RGBA for DirectX 10",
            "BGRA in 5551",
            "BGRA in 4444",
            "BGR in 565",
        )
    },
}
"""The code with which a sound file is refused, by engine and name, with the reason in a comment."""
REFUSED_BY_6 = {"PSD of a palette, coding 0", "PSD of a palette, coding 1"}
"""Files that ImageMagick 6 does not read."""

each = pytest.mark.parametrize("file", MADE, ids=lambda file: file.name)


@each
def test_a_file_is_recognised_by_its_content(file: Made) -> None:
    assert sniff(file.data) is file.format
    assert file.format in EXOTIC_FORMATS
    assert file.format in READERS


@each
@pytest.mark.parametrize("alias", ENGINES)
def test_a_file_looks_like_a_png_of_the_same_pixels(alias: str, file: Made) -> None:
    engine = had(alias)
    code = REFUSED.get((alias, file.name))
    if file.name in REFUSED_BY_6 and engine.versions().get("ImageMagick", "").startswith("6"):
        code = ErrorCode.UNSUPPORTED
    if code or file.format not in engine.reads:
        with pytest.raises(ThumbnailError) as caught:
            engine.probe(file.data, file.format)
        assert caught.value.code is (code or ErrorCode.UNSUPPORTED)
        return
    shown = render(engine, file.data, SPEC)
    expected = render(registry.engine("pillow"), encode(file.pixels, "PNG"), SPEC)
    assert shown.size == expected.size
    assert difference(weighed(rgba(shown)), weighed(rgba(expected))).mean() <= 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tile_size": (64, 64)},
        {"num_resolutions": 3},
        {"num_resolutions": 1},
        {"irreversible": True, "quality_mode": "rates", "quality_layers": [10]},
    ],
)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_large_jpeg_2000_is_decoded_at_a_reduced_size(
    options: dict[str, Any], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its odd sides are halved as often as its levels and the thumbnail allow, without a shift."""
    photo = photo_pixels(1025, 771)
    alpha = np.broadcast_to(np.linspace(255, 96, 1025).astype(np.uint8)[None, :, None], (771, 1025, 1))
    pixels = photo[..., :1] if mode.startswith("L") else photo
    pixels = np.concatenate([pixels, alpha], axis=2) if mode.endswith("A") else pixels
    engine = registry.engine("pillow")
    halved = []
    halve = files.halve
    monkeypatch.setattr(files, "halve", lambda image, times: halved.append(times) or halve(image, times))
    data = save(as_image(pixels, mode), "JPEG2000", **options)
    info = engine.probe(data, ImageFormat.JP2)
    [shown] = engine.render(data, info, [plan(wanted(100, 100), info)])
    expected = render(engine, encode(pixels, "PNG"), wanted(100, 100))
    assert halved == ([] if options == {"num_resolutions": 1} else [2])
    assert shown.size == expected.size
    assert difference(weighed(rgba(shown)), weighed(rgba(expected))).mean() <= 1


def weighed(pixels: Pixels) -> NDArray[np.float64]:
    """Return colours weighted by alpha, and alpha."""
    alpha = pixels[..., 3:] / 255
    return np.concatenate([pixels[..., :3] * alpha, pixels[..., 3:]], axis=2)


@pytest.mark.parametrize("image_format", sorted(EXOTIC_FORMATS & READERS.keys()))
def test_every_reader_has_test_files(image_format: str) -> None:
    assert {file.format for file in MADE} >= {image_format}


def test_every_format_has_a_small_file_from_another_program() -> None:
    """Otherwise our reader and our writer could share a mistake."""
    found = [*others.made(), *real.made()]
    assert {file.format for file in found} == EXOTIC_FORMATS
    assert max(len(file.data) for file in found) < 24 * 1024


@pytest.mark.parametrize("name", ["icon of a PNG", "ICNS of a JPEG 2000"])
def test_an_embedded_format_that_the_engine_does_not_read_is_unsupported(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = (file for file in MADE if file.name == name)
    engine = registry.engine("pillow")
    inside = engine.probe(file.data, file.format).coded_as
    assert inside is not None
    monkeypatch.setattr(engine, "reads", engine.reads - {inside})
    with pytest.raises(ThumbnailError, match=f"cannot read {file.format} with {inside} inside") as caught:
        engine.probe(file.data, file.format)
    assert caught.value.code is ErrorCode.UNSUPPORTED
