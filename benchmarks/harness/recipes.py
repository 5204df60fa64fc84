"""Recipes for a large file of each kind that people upload, made from a scene of the demo.

Files are written by the same functions as those of the test suite (`tests/pictures`), or by Pillow.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harness import ROOT

Pixels: TypeAlias = NDArray[np.uint8]

_LARGE, _MIDDLE, _SMALL = (4032, 3024), (2016, 1512), (1008, 756)
_ICON, _APPLE_ICON = (256, 256), (1024, 1024)
_SCREEN = (1920, 1080)
_STRIPS = 16
"""How many parts float arithmetic is split into, because floats take eight times the memory of bytes."""
_FRAMES, _KEY_FRAMES = 30, 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a file is made.

    Attributes:
        format: The format that sniffing finds.
        size: The width and height of its pixels.
        written: Returns the file for pixels.
        shown: Returns what the file shows of them; None if that is not known exactly.
    """

    format: str
    size: tuple[int, int]
    written: Callable[[Pixels], bytes]
    shown: Callable[[Pixels], Pixels] | None = np.asarray


def _module(folder: Path, name: str) -> ModuleType:
    """Return a module from a folder that is not installed."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return import_module(name)


def _tests(name: str) -> ModuleType:
    return _module(ROOT, f"tests.pictures.{name}")


@cache
def scene(size: tuple[int, int]) -> Pixels:
    """Return a photo with grain, in colour."""
    return np.asarray(_module(ROOT / "demo", "scenes").enlarged("french-alpine-landscape", size))


def as_image(pixels: Pixels) -> Image.Image:
    """Return pixels as a grey or colour picture."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _by_pillow(image_format: str, **options: Any) -> Callable[[Pixels], bytes]:
    def written(pixels: Pixels) -> bytes:
        out = BytesIO()
        as_image(pixels).save(out, image_format, **options)
        return out.getvalue()

    return written


def _by_tests(module: str, function: str, **options: Any) -> Callable[[Pixels], bytes]:
    def written(pixels: Pixels) -> bytes:
        data: bytes = getattr(_tests(module), function)(pixels, **options)
        return data

    return written


def _in_strips(pixels: Pixels, change: Callable[[Pixels], NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([change(strip) for strip in np.array_split(pixels, _STRIPS)])


def _grey(pixels: Pixels) -> Pixels:
    return pixels[..., 1:2]


def _few(pixels: Pixels) -> Pixels:
    """Return 64 colours."""
    return pixels // 64 * 85


def _black_and_white(pixels: Pixels) -> Pixels:
    return ((_grey(pixels) > 127) * 255).astype(np.uint8)


def _psd(pixels: Pixels) -> bytes:
    psds = _tests("exotic.psds")
    data: bytes = psds.psd(psds.planes_of(pixels), psds.RGB, coding=psds.PLAIN)
    return data


def _xcf(pixels: Pixels) -> bytes:
    xcfs = _tests("exotic.xcfs")
    height, width = pixels.shape[:2]
    data: bytes = xcfs.xcf([xcfs.Layer(pixels)], (width, height), xcfs.Form(coding=xcfs.DEFLATED))
    return data


def _jp2(pixels: Pixels) -> bytes:
    """Return a lossy compression of the pixels to an eighth of their bytes."""
    return _by_pillow("JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[8])(pixels)


def _xpm(pixels: Pixels) -> bytes:
    return _by_tests("exotic.rasters", "xpm")(_few(pixels))


def _sun(pixels: Pixels) -> bytes:
    rows = [row[:, ::-1].tobytes() for row in pixels]
    data: bytes = _tests("exotic.rasters").sun(rows, pixels.shape[1], 24)
    return data


def _xbm(pixels: Pixels) -> bytes:
    data: bytes = _tests("exotic.rasters").xbm(_black_and_white(pixels)[..., 0] == 0)
    return data


def _pict(pixels: Pixels) -> bytes:
    picts = _tests("exotic.picts")
    data: bytes = picts.picture((pixels.shape[1], pixels.shape[0]), [picts.direct(pixels)])
    return data


def _fits(pixels: Pixels) -> bytes:
    data: bytes = _tests("exotic.light").fits(_grey(pixels)[..., 0], 8)
    return data


def _hdr(pixels: Pixels) -> bytes:
    light = _tests("exotic.light")
    data: bytes = light.hdr(_in_strips(pixels, lambda strip: light.rgbe(light.linear(strip))), packed=False)
    return data


def _film(function: str, *options: Any) -> Callable[[Pixels], bytes]:
    """Return a function that writes ten-bit printing densities."""

    def written(pixels: Pixels) -> bytes:
        light = _tests("exotic.light")
        codes = _in_strips(pixels, lambda strip: light.densities(light.linear(strip)).astype(np.uint32))
        data: bytes = getattr(light, function)(codes, *options)
        return data

    return written


def _icns(pixels: Pixels) -> bytes:
    data: bytes = _tests("exotic.icons").icns((b"ic10", _by_pillow("PNG")(pixels)))
    return data


def _page(_pixels: Pixels) -> bytes:
    """Return a PDF with one page of text, in a font that viewers have."""
    pages = _tests("pages")
    line = "The quick brown fox jumps over the lazy dog, and over what else is in its way to the river."
    text = "".join(f"({number}. {line}) Tj T*\n" for number in range(60))
    content = f"BT /F0 10 Tf 12 TL 56 780 Td\n{text}ET".encode()
    data: bytes = pages.pdf(content, box=(0, 0, 595, 842), page=pages.fonts("Helvetica"))
    return data


def _logo(_pixels: Pixels) -> bytes:
    """Return an SVG with many shapes."""
    shapes = "".join(
        f'<path d="M100 100 Q{40 + number} 20 190 {60 + number} T{number} 190 Z" opacity="0.2" '
        f'fill="hsl({number * 3},70%,50%)" stroke="#333" transform="rotate({number * 3.6} 100 100)"/>'
        for number in range(100)
    )
    data: bytes = _tests("pages").svg(shapes, 'viewBox="0 0 200 200"')
    return data


def _raw(pixels: Pixels) -> bytes:
    """Return sensor data in a file whose first bytes identify it as RAW."""
    raws = _tests("raws")
    data: bytes = raws.raw(pixels, magic=raws.OLYMPUS)
    return data


def _raw_with_preview(pixels: Pixels) -> bytes:
    """Return a RAW file with the camera's JPEG; its sensor data is not read."""
    raws = _tests("raws")
    preview, size = _by_pillow("JPEG", quality=91)(pixels), (pixels.shape[1], pixels.shape[0])
    data: bytes = raws.raw(pixels, magic=raws.OLYMPUS, preview=preview, preview_size=size)
    return data


def _video(container: str, codec: str) -> Callable[[Pixels], bytes]:
    def written(pixels: Pixels) -> bytes:
        data: bytes = _tests("videos").video(
            [pixels] * _FRAMES, container=container, codec=codec, key_frames=_KEY_FRAMES
        )
        return data

    return written


def _jxl(pixels: Pixels) -> bytes:
    data: bytes = import_module("pyjpegxl").encode_from_numpy(np.ascontiguousarray(pixels), quality=1.0)
    return data


RECIPES: Mapping[str, Recipe] = {
    "PSD, 12 MP": Recipe("PSD", _LARGE, _psd),
    "XCF, 12 MP": Recipe("XCF", _LARGE, _xcf),
    "JPEG 2000, 12 MP": Recipe("JP2", _LARGE, _jp2),
    "TGA, 12 MP": Recipe("TGA", _LARGE, _by_pillow("TGA")),
    "TGA, packed, 12 MP": Recipe("TGA", _LARGE, _by_pillow("TGA", compression="tga_rle")),
    "DDS of DXT1, 12 MP": Recipe("DDS", _LARGE, _by_pillow("DDS", pixel_format="DXT1")),
    "ICO, 256 px": Recipe("ICO", _ICON, _by_pillow("ICO", sizes=[_ICON])),
    "ICNS, 1,024 px": Recipe("ICNS", _APPLE_ICON, _icns),
    "PCX, 0.8 MP": Recipe("PCX", _SMALL, _by_pillow("PCX")),
    "PPM, 12 MP": Recipe("PNM", _LARGE, _by_pillow("PPM")),
    "QOI, 0.8 MP": Recipe("QOI", _SMALL, _by_pillow("QOI")),
    "SGI, 12 MP": Recipe("SGI", _LARGE, _by_pillow("SGI")),
    "Sun raster, 12 MP": Recipe("SUN", _LARGE, _sun),
    "XPM, 0.8 MP": Recipe("XPM", _SMALL, _xpm, _few),
    "XBM, 3 MP": Recipe("XBM", _MIDDLE, _xbm, _black_and_white),
    "PICT, 3 MP": Recipe("PICT", _MIDDLE, _pict),
    "MIFF, 12 MP": Recipe("MIFF", _LARGE, _by_tests("exotic.miffs", "miff")),
    "HDR, 12 MP": Recipe("HDR", _LARGE, _hdr),
    "DPX of film, 12 MP": Recipe("DPX", _LARGE, _film("dpx", 10, 1)),
    "Cineon, 12 MP": Recipe("CIN", _LARGE, _film("cin")),
    "FITS, 12 MP": Recipe("FITS", _LARGE, _fits, _grey),
    "PDF, a page of text": Recipe("PDF", _SMALL, _page, None),
    "PDF, a scan of 12 MP": Recipe("PDF", _LARGE, _by_pillow("PDF", quality=91)),
    "SVG, a hundred shapes": Recipe("SVG", _SMALL, _logo, None),
    "RAW, with a preview of 12 MP": Recipe("RAW", _LARGE, _raw_with_preview),
    "RAW, 12 MP to develop": Recipe("RAW", _LARGE, _raw, None),
    "MP4 of H.264, 1,920 x 1,080 px": Recipe("MP4", _SCREEN, _video("mp4", "libx264")),
    "WebM of VP9, 1,920 x 1,080 px": Recipe("MATROSKA", _SCREEN, _video("webm", "libvpx-vp9")),
    "JPEG XL, 12 MP": Recipe("JXL", _LARGE, _jxl),
}
"""Every exotic format, and every kind of preview; files are small if engines read no larger ones."""
