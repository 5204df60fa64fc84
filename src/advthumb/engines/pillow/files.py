"""Open sources and write thumbnails, with Pillow's plugin class for their format.

`Image.open` is not used: it chooses the plugin itself, starts Ghostscript for PostScript, and applies the
process-wide `Image.MAX_IMAGE_PIXELS`, although our own limit has already been checked. HEIC is read by the
plugin class of pillow_heif, if it is installed; the class is not registered with Pillow.
"""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageFile, features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.DdsImagePlugin import DdsImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.IcoImagePlugin import IcoImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PcxImagePlugin import PcxImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.QoiImagePlugin import QoiImageFile
from PIL.TgaImagePlugin import TgaImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from advthumb.core.containers import png_rows
from advthumb.core.formats import OUTPUTS, Effort, ImageFormat
from advthumb.core.images import RGB, Encoding
from advthumb.engines.samples import SAMPLES

_DECODERS: dict[ImageFormat, type[ImageFile.ImageFile]] = {
    ImageFormat.JPEG: JpegImageFile,
    ImageFormat.PNG: PngImageFile,
    ImageFormat.GIF: GifImageFile,
    ImageFormat.WEBP: WebPImageFile,
    ImageFormat.AVIF: AvifImageFile,
    ImageFormat.TIFF: TiffImageFile,
    ImageFormat.BMP: BmpImageFile,
    ImageFormat.PNM: PpmImageFile,
    ImageFormat.QOI: QoiImageFile,
    ImageFormat.DDS: DdsImageFile,
    ImageFormat.ICO: IcoImageFile,
    ImageFormat.JP2: Jpeg2KImageFile,
    ImageFormat.PCX: PcxImageFile,
    ImageFormat.TGA: TgaImageFile,
}
_HOLDERS = (ImageFormat.ICNS,)
"""Containers of pictures in other formats. A picture in a format that is not listed above is refused."""
_FEATURES = {
    ImageFormat.JPEG: "jpg",
    ImageFormat.PNG: "zlib",
    ImageFormat.WEBP: "webp",
    ImageFormat.AVIF: "avif",
    ImageFormat.JP2: "jpg_2000",
}
"""The feature that a build of Pillow needs for a format. Formats that are not listed need none."""
_LIBRARIES = {"Pillow": "pil", "libjpeg-turbo": "libjpeg_turbo", "libwebp": "webp", "libavif": "avif"}
"""The libraries that `versions` reports, with Pillow's names for them."""
_SAVE_OPTIONS: dict[ImageFormat, dict[str, Any]] = {
    ImageFormat.JPEG: {"optimize": True},
    ImageFormat.PNG: {"compress_level": 4},  # half the time of 6, for at most two percent more bytes
    ImageFormat.AVIF: {"max_threads": 1},
}
_EFFORTS: Mapping[tuple[ImageFormat, Effort], Mapping[str, Any]] = {
    (ImageFormat.JPEG, Effort.FAST): {"optimize": False},
    (ImageFormat.PNG, Effort.FAST): {"compress_level": 1},
    (ImageFormat.PNG, Effort.SMALL): {"optimize": True},
    (ImageFormat.WEBP, Effort.FAST): {"method": 2},
    (ImageFormat.WEBP, Effort.SMALL): {"method": 6},
    (ImageFormat.AVIF, Effort.FAST): {"speed": 9},
}
"""Options that replace `_SAVE_OPTIONS` and Pillow's defaults. Measured by benchmarks/bench_encoders."""
_LOWER_HALVES = "RGB;16L"
"""Pillow's name for little-endian samples of 16 bits, of which it keeps the upper byte. In the big-endian
samples of a PNG, that is the lower byte."""
_KEY_SCALES = {"1": 255, "L;2": 85, "L;4": 17}
"""The factor that scales a grey sample of a PNG to 8 bits, by Pillow's name for its packing."""


def readable() -> frozenset[ImageFormat]:
    """Return the formats that this build of Pillow decodes."""
    return frozenset(filter(_built_in, [*_DECODERS, *_heif_decoders(), *_HOLDERS]))


def writable() -> frozenset[ImageFormat]:
    """Return the formats that this build of Pillow encodes."""
    return frozenset(filter(_built_in, OUTPUTS))


def _built_in(image_format: ImageFormat) -> bool:
    needed = _FEATURES.get(image_format)
    return needed is None or bool(features.check(needed))


def versions() -> Mapping[str, str]:
    """Return the versions of Pillow, of its codecs, and of pillow_heif if it is installed."""
    found = {name: features.version(feature) for name, feature in _LIBRARIES.items()}
    if _heif_decoders():
        import pillow_heif

        found |= {"pillow-heif": pillow_heif.__version__, "libheif": pillow_heif.libheif_version()}
    return {name: version for name, version in found.items() if version}


def opened(data: bytes, image_format: ImageFormat) -> ImageFile.ImageFile:
    """Open a source and read its header; the caller closes it."""
    decoders = _DECODERS if image_format in _DECODERS else _heif_decoders()
    return decoders[image_format](BytesIO(data))


@cache
def _heif_decoders() -> Mapping[ImageFormat, type[ImageFile.ImageFile]]:
    """Return the decoders of pillow_heif; none if it is missing or its build cannot decode HEIC."""
    try:
        from pillow_heif import HeifImageFile

        decoder: type[ImageFile.ImageFile] = HeifImageFile
        decoder(BytesIO(SAMPLES[ImageFormat.HEIC])).load()
    except (ImportError, OSError, ValueError, SyntaxError, RuntimeError):
        return {}
    return {ImageFormat.HEIC: decoder}


def halve(image: ImageFile.ImageFile, times: int) -> Image.Image:
    """Decode a JPEG 2000 with its sides halved this many times, and repeat its last row and column.

    Pillow's own `reduce` is not used: it rounds the sides differently from the decoder, and decoding fails.
    """
    wide, high = (-(-side >> times) for side in image.size)
    [tile] = image.tile
    assert isinstance(tile.args, tuple)  # noqa: S101 - for the type checker
    kind, _, *others = tile.args
    image._size = (wide, high)  # noqa: SLF001 - there is no other way
    image.tile = [tile._replace(extents=(0, 0, wide, high), args=(kind, times, *others))]
    image.load()
    extended = Image.new(image.mode, (wide + 1, high + 1))
    extended.paste(image)
    extended.paste(image.crop((wide - 1, 0, wide, high)), (wide, 0))
    extended.paste(extended.crop((0, high - 1, wide + 1, high)), (0, high))
    return extended


def scale_transparent_colour(image: ImageFile.ImageFile) -> None:
    """Scale the transparent colour of a PNG as `load` scales its pixels, because Pillow does not scale it."""
    key = image.info.get("transparency")
    packing = image.tile[0].args if image.tile and image.format == "PNG" else None
    if key is not None and packing in _KEY_SCALES:
        image.info["transparency"] = min(key * _KEY_SCALES[packing], 255)  # newer Pillow scales 1-bit keys


def keyed_deeply(image: Image.Image, stream: bytes) -> Image.Image:
    """Return a 16-bit colour PNG with alpha for its transparent colour, compared with all 16 bits.

    Pillow keeps only the upper byte of each sample. So the file is read again as if its samples were in the
    other byte order, which gives the lower bytes.
    """
    with opened(stream, ImageFormat.PNG) as lower:
        key = lower.info["transparency"]
        lower.tile = [lower.tile[0]._replace(args=_LOWER_HALVES)]
        lower.load()
    alpha = Image.new("L", image.size, 0)
    for halves, shift in ((image, 8), (lower, 0)):
        for band, sample in zip(halves.split(), key, strict=True):
            wanted = sample >> shift & 255
            alpha = ImageChops.lighter(alpha, band.point([255 * (value != wanted) for value in range(256)]))
    image.info.pop("transparency")
    keyed = image.convert("RGBA")
    keyed.putalpha(alpha)
    return keyed


def check_last_rows(image: Image.Image, stream: bytes) -> None:
    """Refuse a PNG whose pixels end early; Pillow accepts a deflate stream that is too short.

    Missing pixels are zero. So the rows are counted only if one of the last two is all zero (in an interlaced
    picture, the second last may be the missing one).

    Raises:
        ThumbnailError: `corrupt`.
    """
    width, height = image.size
    last = (image.crop((0, row, width, row + 1)) for row in range(max(0, height - 2), height))
    if any(row.getbbox(alpha_only=False) is None for row in last):
        png_rows.check_rows(stream)


def saved(image: Image.Image, encoding: Encoding, **options: Any) -> bytes:
    """Encode a picture; `options` are further options of Pillow's plugin."""
    options |= _SAVE_OPTIONS.get(encoding.format, {})
    options |= _EFFORTS.get((encoding.format, encoding.effort), {})
    if encoding.quality is not None:
        options["quality"] = encoding.quality
    if encoding.progressive:
        options["progressive"] = True
    if encoding.lossless:
        options["lossless"] = True
    out = BytesIO()
    image.save(out, encoding.format.value, **options)
    return out.getvalue()


def flattened(data: bytes, image_format: ImageFormat, ground: RGB) -> bytes:
    """Return the RGB samples of a thumbnail row by row, composed on a background of one colour."""
    with opened(data, image_format) as image:
        canvas = Image.new("RGBA", image.size, (*ground, 255))
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas.convert("RGB").tobytes()
