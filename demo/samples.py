"""The demo's sample pictures: what cameras, phones, print shops and accidents upload, derived by code.

They are made once and kept; a new VERSION makes them anew.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageOps
from PIL.ExifTags import GPS, IFD, Base

from display_p3 import display_p3_profile
from scenes import Size, compass_mask, draw_compass, photo, scene

VERSION = 1

# How a picture is stored that EXIF orientation 2-8 turns upright.
_STORED_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Sample:
    """One sample: its file name, what it tries, how it is made, and what is true of a right thumbnail."""

    name: str
    why: str
    display_size: Size
    make: Callable[["Sample"], bytes]
    orientation: int = 1
    grey: bool = False
    transparent: bool = False
    readable: bool = True


def _camera_jpeg(sample: Sample) -> bytes:
    """Give a camera's JPEG: pixels stored turned, the tag that turns them back, and a GPS position."""
    number = sample.orientation
    photo_name = "french-alpine-landscape" if number % 2 else "nagasaki-boats"
    picture = scene(photo_name, sample.display_size, str(number))
    if number in _STORED_BY:
        picture = picture.transpose(_STORED_BY[number])
    exif = Image.Exif()
    exif[Base.Orientation] = number
    exif[Base.Make] = "advthumb demo"
    exif[IFD.GPSInfo] = {
        GPS.GPSLatitudeRef: "N",
        GPS.GPSLatitude: (32.0, 44.0, 41.0),
        GPS.GPSLongitudeRef: "E",
        GPS.GPSLongitude: (129.0, 52.0, 25.0),
    }
    return _encoded(picture, "JPEG", quality=90, exif=exif)


def _display_p3(sample: Sample) -> bytes:
    """Give a JPEG whose numbers mean Display P3 and whose colours are those of its sRGB original."""
    profile = display_p3_profile()
    picture = scene("airplane-from-above", sample.display_size, "P3")
    p3, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(picture, srgb, p3, inPlace=True)
    return _encoded(picture, "JPEG", quality=90, icc_profile=profile)


def _cmyk(sample: Sample) -> bytes:
    """Give a CMYK JPEG without a profile."""
    picture = scene("nagasaki-boats", sample.display_size, "CMYK")
    return _encoded(picture.convert("CMYK"), "JPEG", quality=90)


def _alpha(sample: Sample) -> bytes:
    """Give the flower cut out of its paper: the lighter the pixel, the more transparent."""
    flower = ImageOps.fit(photo("allium-oreophilum"), sample.display_size, Image.Resampling.BICUBIC)
    opacity = flower.convert("L").point([min(255, max(0, (215 - value) * 8)) for value in range(256)])
    opacity.paste(255, mask=compass_mask(flower.size))
    draw_compass(flower, "PNG")
    flower.putalpha(opacity)
    return _encoded(flower, "PNG", compress_level=3)


def _grey_16_bit(sample: Sample) -> bytes:
    """Give a grey PNG with true 16-bit steps: it is enlarged as floating point."""
    grey = photo("french-alpine-landscape").convert("L").convert("F")
    picture = ImageOps.fit(grey, sample.display_size, Image.Resampling.BICUBIC)
    mark = Image.new("RGB", picture.size)
    draw_compass(mark, "16")
    picture.paste(mark.convert("L").convert("F"), mask=compass_mask(picture.size))
    deep = picture.point(lambda value: value * 257 + 0)  # Pillow wants the form "times a, plus b".
    return _encoded(deep.convert("I").convert("I;16"), "PNG", compress_level=3)


def _webp(sample: Sample) -> bytes:
    """Give a lossy WebP."""
    return _encoded(scene("airplane-from-above", sample.display_size, "WebP"), "WEBP", quality=85, method=2)


def _gif(sample: Sample) -> bytes:
    """Give a GIF with a palette of its own."""
    return _encoded(scene("nagasaki-boats", sample.display_size, "GIF").quantize(256), "GIF")


def _cut_off(sample: Sample) -> bytes:
    """Give the first half of a camera's JPEG."""
    whole = _camera_jpeg(sample)
    return whole[: len(whole) // 2]


def _encoded(picture: Image.Image, image_format: str, **options: object) -> bytes:
    """Give a picture's bytes in a format."""
    buffer = BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


_TURNS = (
    "upright",
    "mirrored",
    "upside down",
    "flipped",
    "transposed",
    "turned left",
    "transversed",
    "turned right",
)
_CAMERA: Size = (6000, 4000)
_PHONE: Size = (4000, 3000)

SAMPLES = (
    *(
        Sample(
            f"orientation-{number}.jpg",
            f"Stored {turn} (EXIF orientation {number}), with a GPS position",
            _CAMERA if number in {1, 6} else _PHONE,
            _camera_jpeg,
            orientation=number,
        )
        for number, turn in enumerate(_TURNS, start=1)
    ),
    Sample("display-p3.jpg", "Display P3 colours, pale where the profile is ignored", _PHONE, _display_p3),
    Sample("cmyk.jpg", "CMYK, as print shops send it", (2400, 1800), _cmyk),
    Sample("alpha.png", "Transparent, with soft edges", (1600, 2000), _alpha, transparent=True),
    Sample("grey-16-bit.png", "16 bits of grey, white if clipped", (2000, 1200), _grey_16_bit, grey=True),
    Sample("photo.webp", "WebP", (3000, 2000), _webp),
    Sample("palette.gif", "GIF, 256 colours", (1200, 900), _gif),
    Sample("broken.jpg", "Cut off half-way, as by a lost connection", _PHONE, _cut_off, readable=False),
)


def sample_files(work: Path) -> list[tuple[Sample, Path]]:
    """Give every sample with its file, making the files in the folder `work` unless they are there."""
    folder = work / f"samples-{VERSION}"
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        # Pillow works outside the interpreter lock, so threads use every core.
        with ThreadPoolExecutor() as pool:
            for sample, content in zip(SAMPLES, pool.map(lambda each: each.make(each), SAMPLES), strict=True):
                (unfinished / sample.name).write_bytes(content)
        unfinished.rename(folder)
    return [(sample, folder / sample.name) for sample in SAMPLES]
