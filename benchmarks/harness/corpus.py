"""The pictures: large photos with real detail, made by code, identical on every machine, and cached.

They are built from the photographs and the grain of the demo (`demo/scenes.py`), with sharp pieces of the
photographs along two edges: neither noise nor flat, with as many bytes per pixel as a camera's photos.
"""

import hashlib
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path
from types import ModuleType

from PIL import Image, ImageChops, ImageCms, ImageOps

from harness import CACHE, ROOT

CAMERAS = ("camera-1.jpg", "camera-2.jpg", "camera-3.jpg", "camera-turned.jpg")
"""12 MP JPEGs; the last is stored rotated (EXIF orientation 6), as phones do when held upright."""
SMALLS = ("small-1.jpg", "small-2.jpg", "small-3.jpg", "small-turned.jpg")
"""2.5 MP JPEGs, the last one stored rotated."""
ORIENTED = tuple(f"orientation-{number}.jpg" for number in range(1, 9))
"""Small pictures, one per EXIF orientation: for checking, not for timing."""
ODD = "odd.jpg"
"""A 12 MP JPEG cropped to sides that no power of two divides, the worst case for shrinking decoders."""
PROGRESSIVE, DISPLAY_P3, HUGE, ALPHA, WEBP = (
    "progressive.jpg",
    "display-p3.jpg",
    "huge.jpg",
    "alpha.png",
    "photo.webp",
)
PNG_12, WEBP_12 = "photo-12.png", "photo-12.webp"
"""The same 12 MP photo, as PNG and as WebP."""

_PHOTOS = ("french-alpine-landscape", "nagasaki-boats", "airplane-from-above", "allium-oreophilum")
_PHONE, _CROPPED, _WEB, _TINY = (4032, 3024), (4027, 3019), (1936, 1296), (640, 480)
_QUARTER_OF_HUGE = (5770, 4330)
_ORIENTATION_TAG = 0x0112
_STORED_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture is stored for each orientation that turns it upright."""


def corpus() -> Path:
    """Return the folder of the pictures, after making them if their recipe is new."""
    recipe = Path(__file__).read_bytes() + (ROOT / "demo" / "scenes.py").read_bytes()
    folder = CACHE / f"corpus-{hashlib.sha256(recipe).hexdigest()[:10]}"
    if not folder.exists():
        print("Making the pictures, about half a minute", flush=True)
        for older in CACHE.glob("corpus-*"):
            shutil.rmtree(older)
        unfinished = folder.with_suffix(".part")
        unfinished.mkdir(parents=True)
        # Pillow releases the interpreter lock; only two at a time, because the huge picture takes memory.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for name, content in pool.map(lambda item: (item[0], item[1]()), _recipes()):
                (unfinished / name).write_bytes(content)
        unfinished.rename(folder)
    return folder


def _recipes() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield every picture's name and the function that makes its bytes."""
    photos = _PHOTOS
    yield HUGE, _huge
    for names, size, quality in ((CAMERAS, _PHONE, 91), (SMALLS, _WEB, 86)):
        for photo, name in zip(photos, names, strict=True):
            turned = 6 if name.endswith("turned.jpg") else 1
            yield name, partial(_jpeg, photo, size, quality, turned)
    for number, name in enumerate(ORIENTED, start=1):
        yield name, partial(_jpeg, photos[1], _TINY, 90, number)
    yield ODD, partial(_jpeg, photos[1], _CROPPED, 91)
    yield PROGRESSIVE, partial(_jpeg, photos[1], _PHONE, 91, progressive=True)
    yield DISPLAY_P3, _display_p3
    yield ALPHA, _alpha
    yield WEBP, _webp
    for name, image_format in ((PNG_12, "PNG"), (WEBP_12, "WEBP")):
        yield name, partial(_photo_12, image_format)


def _jpeg(
    photo: str, size: tuple[int, int], quality: int, orientation: int = 1, *, progressive: bool = False
) -> bytes:
    if orientation > 4:
        size = (size[1], size[0])  # upright; the stored picture has the camera's size again
    picture = _scene(photo, size, str(orientation))
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = orientation
    if orientation in _STORED_BY:
        picture = picture.transpose(_STORED_BY[orientation])
    return _encoded(picture, "JPEG", quality=quality, progressive=progressive, exif=exif)


def _display_p3() -> bytes:
    profile = _demo("display_p3").display_p3_profile()
    picture = _scene("airplane-from-above", _PHONE, "P3")
    p3, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(picture, srgb, p3, inPlace=True)
    return _encoded(picture, "JPEG", quality=91, icc_profile=profile)


def _huge() -> bytes:
    """Return a panorama of just under 100 MP, assembled from four scenes."""
    width, height = _QUARTER_OF_HUGE
    panorama = Image.new("RGB", (2 * width, 2 * height))
    for place, photo in enumerate(_PHOTOS):
        scene = _scene(photo, _QUARTER_OF_HUGE, photo)
        panorama.paste(scene, (place % 2 * width, place // 2 * height))
    return _encoded(panorama, "JPEG", quality=90)


def _alpha() -> bytes:
    """Return a PNG that fades out towards its corners."""
    picture = _scene("allium-oreophilum", _WEB, "PNG")
    picture.putalpha(ImageChops.invert(Image.radial_gradient("L")).resize(_WEB))
    return _encoded(picture, "PNG")


def _webp() -> bytes:
    picture = _scene("nagasaki-boats", _WEB, "WebP")
    return _encoded(picture, "WEBP", quality=85)


def _photo_12(image_format: str) -> bytes:
    picture = _scene("allium-oreophilum", _PHONE, "12")
    return _encoded(
        picture, image_format, **({"compress_level": 6} if image_format == "PNG" else {"quality": 85})
    )


def _scene(name: str, size: tuple[int, int], label: str) -> Image.Image:
    """Return an upright picture: a photograph enlarged, sharp pieces, grain, and a compass."""
    scenes = _demo("scenes")
    picture = ImageOps.fit(scenes.photo(name), size, Image.Resampling.BICUBIC)
    _lay_mosaic(picture, seed=label)
    picture = scenes.add_noise(picture)
    scenes.draw_compass(picture, label)
    return picture


def _lay_mosaic(picture: Image.Image, seed: str) -> None:
    """Cover the upper and lower edge with pieces of the photographs at their own scale."""
    choose = random.Random(seed)  # noqa: S311 - the same picture every time is the point
    tile_width, tile_height = picture.width // 10, picture.width // 14
    for top in (0, tile_height, picture.height - 2 * tile_height, picture.height - tile_height):
        for left in range(0, picture.width, tile_width):
            source = _demo("scenes").photo(choose.choice(_PHOTOS))
            x = choose.randrange(source.width - tile_width)
            y = choose.randrange(source.height - tile_height)
            picture.paste(source.crop((x, y, x + tile_width, y + tile_height)), (left, top))


def _encoded(picture: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


def _demo(name: str) -> ModuleType:
    """Return a module of the demo, which is a folder of scripts, not a package."""
    folder = str(ROOT / "demo")
    if folder not in sys.path:
        sys.path.append(folder)
    return __import__(name)
