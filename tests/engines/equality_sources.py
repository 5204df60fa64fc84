"""Sources of which all engines must make the same thumbnails: generated ones and corpus files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import chain

import numpy as np
from PIL import Image

from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.gravity import SMART, Point
from advthumb.core.sniffing import SNIFF_BYTES, admit
from advthumb.core.spec import ThumbnailSpec
from advthumb.processing import text_of
from advthumb.processors import Blur, Greyscale, Processor, Rounded, Sharpen
from advthumb.testing.contract.rendering import wanted
from tests import pictures

from .corpus import CORPUS, ROWS

SIDE = 100


@dataclass(frozen=True)
class Source:
    """A picture of which every engine must make the same thumbnail.

    Attributes:
        group: The kind of picture.
        name: What it is called in `differences` and in the docs.
        format: The format it is sniffed to be.
        make: Makes the whole file.
        noise: Whether neighbouring pixels are unrelated, as in noise and dithering.
        spec: What is compared pixel by pixel.
        processors: What changes the thumbnail of this spec.
    """

    group: str
    name: str
    format: ImageFormat
    make: Callable[[], bytes]
    noise: bool = False
    spec: ThumbnailSpec = wanted(SIDE, SIDE)  # noqa: RUF009 - a frozen value
    processors: tuple[Processor, ...] = ()

    @cached_property
    def data(self) -> bytes:
        """The whole file, made on first use: most runs collect more tests than they run."""
        return self.make()


@cache
def sources() -> list[Source]:
    """Return all sources, the generated ones first."""
    made = (
        _plain(),
        _methods(),
        _sets(),
        _processed(),
        _turned(),
        _coloured(),
        _deep(),
        _transparent(),
        _moving(),
    )
    return [*chain.from_iterable(made), *_from_the_corpus()]


def _plain() -> Iterator[Source]:
    looks = {
        "gradient": pictures.gradient_pixels(300, 200),
        "photo": pictures.photo_pixels(640, 480),
        "odd photo": pictures.photo_pixels(803, 599),
        "noise": pictures.noise_pixels(300, 200),
    }
    for image_format in pictures.RASTER_FORMATS:
        for look, pixels in looks.items():
            make = partial(pictures.encode, pixels, image_format)
            kind = ImageFormat(image_format)
            yield Source(image_format, f"{look} {image_format}", kind, make, noise=look == "noise")


def _methods() -> Iterator[Source]:
    looks = {
        "photo": pictures.photo_pixels(320, 240),
        "noise": pictures.noise_pixels(320, 240),
        "transparent photo": np.dstack(
            [pictures.photo_pixels(320, 240), pictures.gradient_pixels(320, 240)[..., :1]]
        ),
    }
    methods = {
        "filled": wanted(60, 90, method="fill"),
        "padded": wanted(110, 70, method="pad", background=(200, 60, 40)),
        "on a ground": wanted(100, 100, "JPEG", quality=100, background=(200, 60, 40)),
        "as it is": wanted(400, 400),
        "enlarged": wanted(500, 500, upscale=True),
        "filled, to a corner": wanted(60, 90, method="fill", gravity=Point(900, 100)),
        "filled, smart": wanted(60, 90, method="fill", gravity=SMART),
        "filled, enlarged": wanted(200, 300, method="fill"),
    }
    for look, pixels in looks.items():
        for method, spec in methods.items():
            make = partial(pictures.encode, pixels)
            name, noise = f"{look}, {method}", look == "noise"
            yield Source("methods", name, ImageFormat.PNG, make, noise=noise, spec=spec)


def _sets() -> Iterator[Source]:
    photo = pictures.photo_pixels(320, 240)
    looks = {
        "photo": photo,
        "transparent photo": np.dstack([photo, pictures.gradient_pixels(320, 240)[..., :1]]),
    }
    methods = {
        "fitted": wanted(100, 100),
        "filled, smart": wanted(60, 90, method="fill", gravity=SMART),
        "padded": wanted(110, 70, method="pad", background=(200, 60, 40)),
    }
    for look, pixels in looks.items():
        make = partial(pictures.encode, pixels.copy())
        for method, spec in methods.items():
            of_widths = replace(spec, widths=(40, 180), further_formats=(ImageFormat.WEBP,), lossless=True)
            yield Source("sets", f"set of a {look}, {method}", ImageFormat.PNG, make, spec=of_widths)


def _processed() -> Iterator[Source]:
    photo = pictures.photo_pixels(320, 240)
    looks = {
        "photo": photo,
        "grey photo": photo[..., :1],
        "transparent photo": np.dstack([photo, pictures.gradient_pixels(320, 240)[..., :1]]),
    }
    chains: dict[str, tuple[Processor, ...]] = {
        "sharpened": (Sharpen(0.6),),
        "blurred": (Blur(4),),
        "in grey": (Greyscale(),),
        "rounded": (Rounded(24),),
        "all of it": (Sharpen(1), Greyscale(), Rounded(24), Blur(2)),
    }
    for look, pixels in looks.items():
        make = partial(pictures.encode, pixels.copy())
        for done, processors in chains.items():
            spec = wanted(SIDE, SIDE, processors=text_of(processors))
            name = f"{look}, {done}"
            yield Source("processors", name, ImageFormat.PNG, make, spec=spec, processors=processors)


def _turned() -> Iterator[Source]:
    for image_format in pictures.ORIENTED_FORMATS:
        for orientation in range(2, 9):
            photo = pictures.photo_pixels(320, 240)
            make = partial(pictures.oriented, orientation, image_format, photo)
            yield Source(
                "turned", f"orientation {orientation} {image_format}", ImageFormat(image_format), make
            )


def _coloured() -> Iterator[Source]:
    photo = pictures.photo_pixels(320, 240)
    inks = np.dstack([photo, photo[..., :1] // 2])
    profiles = {"P3": pictures.P3, "Adobe RGB": pictures.ADOBE, "swapped": pictures.SWAPPED}
    for name, profile in profiles.items():
        for image_format in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
            make = partial(pictures.encode, photo, image_format, icc_profile=profile.icc)
            yield Source("profiles", f"{name} {image_format}", ImageFormat(image_format), make)
    for channels in (1, 2):
        grey = photo[..., :channels].copy()
        make = partial(pictures.encode, grey, icc_profile=pictures.grey_profile())
        yield Source("profiles", f"grey profile, {channels} channels", ImageFormat.PNG, make)
    broken = {"cut": pictures.P3.icc[:200], "grey for RGB": pictures.grey_profile(), "garbage": b"garbage"}
    for name, profile in broken.items():
        make = partial(pictures.encode, photo, icc_profile=profile)
        yield Source("profiles", f"profile: {name}", ImageFormat.PNG, make)
    profiled = partial(pictures.cmyk_jpeg, inks, icc_profile=pictures.swapped_ink_profile())
    yield Source("CMYK and LAB", "CMYK JPEG", ImageFormat.JPEG, partial(pictures.cmyk_jpeg, inks))
    yield Source("CMYK and LAB", "YCCK JPEG", ImageFormat.JPEG, partial(pictures.ycck_jpeg, inks))
    yield Source("CMYK and LAB", "CMYK TIFF", ImageFormat.TIFF, partial(pictures.cmyk_tiff, inks))
    yield Source("CMYK and LAB", "CMYK JPEG with profile", ImageFormat.JPEG, profiled)
    yield Source("CMYK and LAB", "LAB TIFF", ImageFormat.TIFF, partial(pictures.lab_tiff, photo))


def _deep() -> Iterator[Source]:
    wide = (pictures.photo_pixels(320, 240).astype(np.uint16) * 257) ^ 0x55
    grey = wide[..., 0]
    for channels in (1, 2, 3, 4):
        samples = np.dstack([wide, wide[..., :1]])[..., [0, 1, 2, 3][:channels]]
        make = partial(pictures.png16, samples)
        yield Source("depth", f"16-bit PNG, {channels} channels", ImageFormat.PNG, make)
    images = {
        "16-bit grey TIFF": Image.frombytes("I;16", (320, 240), grey.astype("<u2").tobytes()),
        "32-bit grey TIFF": Image.frombytes("I", (320, 240), grey.astype(np.int32).tobytes()),
        "float grey TIFF": Image.frombytes("F", (320, 240), grey.astype(np.float32).tobytes()),
    }
    for name, image in images.items():
        yield Source("depth", name, ImageFormat.TIFF, partial(pictures.save, image, "TIFF"))
    for depth in (1, 2, 4, 8):
        make = partial(pictures.low_bit_grey_png, depth, 0, 2**depth - 1)
        yield Source("depth", f"{depth}-bit grey PNG", ImageFormat.PNG, make)
    photo = pictures.as_image(pictures.photo_pixels(320, 240))
    for image_format in ("PNG", "TIFF", "BMP", "GIF"):
        kind = ImageFormat(image_format)
        one_bit = partial(pictures.save, photo.convert("1"), image_format)
        yield Source("depth", f"1-bit {image_format}", kind, one_bit, noise=True)
        palette = partial(pictures.save, photo.quantize(64), image_format)
        yield Source("depth", f"palette {image_format}", kind, palette)


def _transparent() -> Iterator[Source]:
    photo = pictures.photo_pixels(320, 240)
    ramp = np.broadcast_to(np.linspace(0, 255, 320).round()[None, :, None], (240, 320, 1)).astype(np.uint8)
    hole = np.where((ramp > 99) & (ramp < 160), 0, 255).astype(np.uint8)
    for name, alpha in {"ramp": ramp, "hole": hole}.items():
        for image_format in ("PNG", "WEBP", "TIFF", "AVIF"):
            make = partial(pictures.encode, np.dstack([photo, alpha]), image_format)
            yield Source("alpha", f"{name} {image_format}", ImageFormat(image_format), make)
        make = partial(pictures.encode, np.dstack([photo[..., :1], alpha]))
        yield Source("alpha", f"grey {name} PNG", ImageFormat.PNG, make)
    noise = partial(pictures.encode, pictures.noise_pixels(320, 240, 4))
    yield Source("alpha", "noise with alpha PNG", ImageFormat.PNG, noise, noise=True)
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (9, 9, 9)]
    make = partial(pictures.palette_png, colours, [255, 0, 128, 255])
    yield Source("alpha", "palette with alpha PNG", ImageFormat.PNG, make)
    for depth in (1, 2, 4, 8):
        top = 2**depth - 1
        make = partial(pictures.low_bit_grey_png, depth, top // 2, top, transparent=top // 2)
        yield Source("alpha", f"transparent grey of {depth} bits PNG", ImageFormat.PNG, make)


def _moving() -> Iterator[Source]:
    for image_format in ("GIF", "WEBP", "PNG", "AVIF"):
        make = partial(pictures.animated, image_format)
        yield Source("animations", f"two colours {image_format}", ImageFormat(image_format), make)
    for image_format in ("GIF", "WEBP", "PNG"):
        make = partial(pictures.timed, image_format)
        yield Source("animations", f"walking square {image_format}", ImageFormat(image_format), make)
    yield Source("animations", "pages of a TIFF", ImageFormat.TIFF, pictures.multipage_tiff)


def _from_the_corpus() -> Iterator[Source]:
    for row in ROWS:
        if row["must"] == "OK":
            path = CORPUS / row["file"]
            with path.open("rb") as file:
                kind = admit(file.read(SNIFF_BYTES), SAFE_FORMATS)
            dithered = row["class"] == "1bit" or "_g4_" in row["file"]
            yield Source(f"corpus: {row['class']}", row["file"], kind, path.read_bytes, noise=dithered)
