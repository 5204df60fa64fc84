"""Sources are opened, and thumbnails written, by the plugin class of their format.

`Image.open` is avoided: it tries plugins by itself, starts Ghostscript for PostScript, and applies the
process-wide `Image.MAX_IMAGE_PIXELS`, where our own limit has been checked already. HEIC comes from the
plugin class of pillow_heif, where that is installed; it is not registered with Pillow.
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
"""Containers of pictures in other formats; a picture that is in none of those above is refused."""
_FEATURES = {
    ImageFormat.JPEG: "jpg",
    ImageFormat.PNG: "zlib",
    ImageFormat.WEBP: "webp",
    ImageFormat.AVIF: "avif",
    ImageFormat.JP2: "jpg_2000",
}
"""What a build of Pillow must have for a format; formats that are not listed need nothing."""
_LIBRARIES = {"Pillow": "pil", "libjpeg-turbo": "libjpeg_turbo", "libwebp": "webp", "libavif": "avif"}
"""What `versions` tells of, and Pillow's names for it."""
_SAVE_OPTIONS: dict[ImageFormat, dict[str, Any]] = {
    ImageFormat.JPEG: {"optimize": True},
    ImageFormat.PNG: {"compress_level": 4},  # half the time of 6, for two percent of the bytes at the most
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
"""What takes the place of `_SAVE_OPTIONS` and of Pillow's defaults. Measured by benchmarks/bench_encoders."""
_LOWER_HALVES = "RGB;16L"
"""Pillow's name of a packing of which it keeps the upper half of samples that end with it."""
_KEY_SCALES = {"1": 255, "L;2": 85, "L;4": 17}
"""What brings a grey sample of a PNG to 8 bits, by Pillow's name of its packing."""


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
    """Return the versions of Pillow, of its codecs, and of pillow_heif where that is there."""
    found = {name: features.version(feature) for name, feature in _LIBRARIES.items()}
    if _heif_decoders():
        import pillow_heif

        found |= {"pillow-heif": pillow_heif.__version__, "libheif": pillow_heif.libheif_version()}
    return {name: version for name, version in found.items() if version}


def opened(data: bytes, image_format: ImageFormat) -> ImageFile.ImageFile:
    """Return a source of which the header has been read; the caller closes it."""
    decoders = _DECODERS if image_format in _DECODERS else _heif_decoders()
    return decoders[image_format](BytesIO(data))


@cache
def _heif_decoders() -> Mapping[ImageFormat, type[ImageFile.ImageFile]]:
    """Return what pillow_heif adds; nothing where it is missing or its build decodes no HEIC."""
    try:
        from pillow_heif import HeifImageFile

        decoder: type[ImageFile.ImageFile] = HeifImageFile
        decoder(BytesIO(SAMPLES[ImageFormat.HEIC])).load()
    except (ImportError, OSError, ValueError, SyntaxError, RuntimeError):
        return {}
    return {ImageFormat.HEIC: decoder}


def halve(image: ImageFile.ImageFile, times: int) -> Image.Image:
    """Decode a JPEG 2000 with its sides halved so many times; its last row and column are there twice.

    Pillow's own `reduce` rounds sides in another way than the decoder, which then finds no place for them.
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
    """Scale the transparent colour of a PNG as `load` scales its pixels; Pillow compares it unscaled."""
    key = image.info.get("transparency")
    packing = image.tile[0].args if image.tile and image.format == "PNG" else None
    if key is not None and packing in _KEY_SCALES:
        image.info["transparency"] = min(key * _KEY_SCALES[packing], 255)  # newer Pillows do so for one bit


def keyed_deeply(image: Image.Image, stream: bytes) -> Image.Image:
    """Return a PNG in colours of 16 bits with alpha for its transparent one, which is compared in full.

    Pillow keeps the upper halves of samples, so that the lower ones are read by themselves: as if samples
    were the other way round.
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
    """Refuse a PNG whose pixels end early; Pillow takes a short deflate stream for all of them.

    What is missing is zero, so that the rows are counted only where one of the last two is (of an interlaced
    picture the last but one may be missing).

    Raises:
        ThumbnailError: `corrupt`.
    """
    width, height = image.size
    last = (image.crop((0, row, width, row + 1)) for row in range(max(0, height - 2), height))
    if any(row.getbbox(alpha_only=False) is None for row in last):
        png_rows.check_rows(stream)


def saved(image: Image.Image, encoding: Encoding, **options: Any) -> bytes:
    """Return a picture as a file; `options` are further ones of Pillow's plugin."""
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
    """Return the RGB samples of a picture that an engine made, row by row, on a ground of one colour."""
    with opened(data, image_format) as image:
        canvas = Image.new("RGBA", image.size, (*ground, 255))
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas.convert("RGB").tobytes()
