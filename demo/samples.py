"""The demo's sample pictures: what cameras, phones, print shops and accidents upload, derived by code.

They are made once and kept; a new VERSION makes them again. Next to each lies what a right thumbnail shows:
the same picture, small, upright and in sRGB.
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
from scenes import Size, draw_compass, enlarged, photo

VERSION = 2

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
    """One sample: its file name, what it tests, what it shows upright, and how that is stored."""

    name: str
    why: str
    display_size: Size
    draw: Callable[["Sample"], Image.Image]
    store: Callable[["Sample", Image.Image], bytes]
    orientation: int = 1
    transparent: bool = False
    readable: bool = True

    @property
    def upright(self) -> str:
        """The file name of the small picture that shows the expected thumbnail."""
        return f"{self.name}.upright.png"


def _photo(name: str) -> Callable[[Sample], Image.Image]:
    """Return a function that draws one of the photographs."""
    return lambda sample: enlarged(name, sample.display_size)


def _turned(name: str) -> Callable[[Sample], Image.Image]:
    """Return a function that draws a photograph with the compass, which tells the orientations apart."""

    def draw(sample: Sample) -> Image.Image:
        picture = enlarged(name, sample.display_size)
        draw_compass(picture, str(sample.orientation))
        return picture

    return draw


def _cut_out(sample: Sample) -> Image.Image:
    """Return the flower cut out of its paper: the lighter the pixel, the more transparent."""
    flower = ImageOps.fit(photo("allium-oreophilum"), sample.display_size, Image.Resampling.BICUBIC)
    opacity = [min(255, max(0, (215 - value) * 8)) for value in range(256)]
    flower.putalpha(flower.convert("L").point(opacity))
    return flower


def _deep_grey(sample: Sample) -> Image.Image:
    """Return a grey picture with finer steps than 8 bits: it is enlarged as floating point."""
    grey = photo("french-alpine-landscape").convert("L").convert("F")
    return ImageOps.fit(grey, sample.display_size, Image.Resampling.BICUBIC)


def _camera_jpeg(sample: Sample, picture: Image.Image) -> bytes:
    """Return a camera's JPEG: rotated pixels, the tag that turns them back, and a GPS position."""
    if sample.orientation in _STORED_BY:
        picture = picture.transpose(_STORED_BY[sample.orientation])
    exif = Image.Exif()
    exif[Base.Orientation] = sample.orientation
    exif[Base.Make] = "advthumb demo"
    exif[IFD.GPSInfo] = {
        GPS.GPSLatitudeRef: "N",
        GPS.GPSLatitude: (32.0, 44.0, 41.0),
        GPS.GPSLongitudeRef: "E",
        GPS.GPSLongitude: (129.0, 52.0, 25.0),
    }
    return _encoded(picture, "JPEG", quality=90, exif=exif)


def _display_p3(sample: Sample, picture: Image.Image) -> bytes:
    """Return a JPEG whose values are in Display P3 and whose colours are those of the picture."""
    profile = display_p3_profile()
    p3, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    converted = picture.copy()
    ImageCms.profileToProfile(converted, srgb, p3, inPlace=True)
    return _encoded(converted, "JPEG", quality=90, icc_profile=profile)


def _cmyk(sample: Sample, picture: Image.Image) -> bytes:
    """Return a CMYK JPEG without a profile."""
    return _encoded(picture.convert("CMYK"), "JPEG", quality=90)


def _grey_16_bit(sample: Sample, picture: Image.Image) -> bytes:
    """Return a PNG with true 16-bit steps."""
    deep = picture.point(lambda value: value * 257 + 0)  # Pillow wants the form "times a, plus b".
    return _encoded(deep.convert("I").convert("I;16"), "PNG", compress_level=3)


def _gif(sample: Sample, picture: Image.Image) -> bytes:
    """Return a GIF with its own palette."""
    return _encoded(picture.quantize(256), "GIF")


def _cut_off(sample: Sample, picture: Image.Image) -> bytes:
    """Return the first half of a camera's JPEG."""
    whole = _camera_jpeg(sample, picture)
    return whole[: len(whole) // 2]


def _as(image_format: str, **options: object) -> Callable[[Sample, Image.Image], bytes]:
    """Return a function that stores a picture unchanged in a format."""
    return lambda _sample, picture: _encoded(picture, image_format, **options)


def _encoded(picture: Image.Image, image_format: str, **options: object) -> bytes:
    """Return a picture's bytes in a format."""
    buffer = BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


TURNED = "orientation-"
"""How the names of the pictures that are stored rotated begin."""
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
    Sample(
        "coffee-p3.jpg",
        "Display P3: pale where its profile is ignored",
        _PHONE,
        _photo("coffee"),
        _display_p3,
    ),
    Sample("astronaut-cmyk.jpg", "CMYK, as print shops send it", (2400, 2400), _photo("astronaut"), _cmyk),
    Sample(
        "flower.png",
        "Transparent, with soft edges",
        (1600, 2000),
        _cut_out,
        _as("PNG", compress_level=3),
        transparent=True,
    ),
    Sample("alps-16-bit.png", "16 bits of grey, white if clipped", (2000, 1200), _deep_grey, _grey_16_bit),
    Sample("cat.webp", "WebP", (3000, 2000), _photo("cat"), _as("WEBP", quality=85, method=2)),
    Sample("rocket.gif", "GIF, 256 colours", (1200, 800), _photo("rocket"), _gif),
    Sample(
        "galaxies.jpg",
        "Progressive JPEG",
        (3000, 2618),
        _photo("galaxies"),
        _as("JPEG", quality=88, progressive=True),
    ),
    Sample("boats.tiff", "TIFF, shown as JPEG", (1800, 1200), _photo("nagasaki-boats"), _as("TIFF")),
    Sample(
        "broken.jpg",
        "Cut off half-way, as by a lost connection",
        _PHONE,
        _photo("coffee"),
        _cut_off,
        readable=False,
    ),
    *(
        Sample(
            f"{TURNED}{number}.jpg",
            f"Stored {turn} (EXIF orientation {number}), with a GPS position",
            _CAMERA if number in {1, 6} else _PHONE,
            _turned(("rocket", "coffee", "cat")[number % 3]),
            _camera_jpeg,
            orientation=number,
        )
        for number, turn in enumerate(_TURNS, start=1)
    ),
)

_UPRIGHT: Size = (480, 480)


def sample_files(work: Path) -> list[tuple[Sample, Path]]:
    """Return every sample with its file, after making missing files in the folder `work`."""
    folder = work / f"samples-{VERSION}"
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        # Pillow releases the interpreter lock, so threads use every core.
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda sample: _make(sample, unfinished), SAMPLES))
        unfinished.rename(folder)
    return [(sample, folder / sample.name) for sample in SAMPLES]


def _make(sample: Sample, folder: Path) -> None:
    """Write a sample, and the small picture of what it shows."""
    picture = sample.draw(sample)
    (folder / sample.name).write_bytes(sample.store(sample, picture))
    upright = (
        picture.convert("RGBA" if sample.transparent else "RGB")
        if picture.mode != "F"
        else picture.convert("L")
    )
    upright.thumbnail(_UPRIGHT, Image.Resampling.BOX)
    upright.convert("RGBA").save(folder / sample.upright)
