"""How alike the thumbnails of two engines are, on pictures made here and on the `OK` files of the corpus.

`python -m tests.engines.equality` writes what comes out to `docs/engine-matrix.md`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.images import RenderedThumbnail, SourceInfo
from advthumb.core.planning import plan
from advthumb.core.sniffing import SNIFF_BYTES, admit
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from tests import pictures

from .corpus import CORPUS, ROWS
from .differences import DIFFERENCES
from .rendering import opened, rgba, wanted

MATRIX = Path(__file__).parents[2] / "docs" / "engine-matrix.md"
REFERENCE = "pillow"
OTHERS = sorted(set(registry.ALIASES) - {REFERENCE})
SIDE, MAX_FRAMES = 100, 200
SMOOTH, NOISE = 1.0, 3.0
"""How many levels two engines may be apart in the mean."""


@dataclass(frozen=True)
class Source:
    """A picture that every engine has to make the same thumbnail of.

    Attributes:
        group: What kind of pictures it belongs to.
        name: What it is called in `differences` and in the docs.
        data: The whole file.
        noise: Whether neighbouring pixels have nothing to do with each other, as in noise and in dither.
        spec: What is compared pixel by pixel.
    """

    group: str
    name: str
    data: bytes
    noise: bool = False
    spec: ThumbnailSpec = wanted(SIDE, SIDE)  # noqa: RUF009 - a frozen value

    @property
    def format(self) -> ImageFormat:
        """The format it is sniffed to be."""
        return admit(self.data[:SNIFF_BYTES], SAFE_FORMATS)


@dataclass(frozen=True)
class Rendering:
    """What an engine made of a source."""

    info: SourceInfo
    still: RenderedThumbnail
    default: RenderedThumbnail
    moving: RenderedThumbnail


def sources() -> list[Source]:
    """Return all of them, those made here first."""
    made = (_plain(), _methods(), _turned(), _coloured(), _deep(), _transparent(), _moving())
    return [*chain.from_iterable(made), *_from_the_corpus()]


def problems(engine: ThumbnailEngine, source: Source) -> list[str]:
    """Return in what the thumbnails of a source differ from those of the reference; nothing if in nothing."""
    reference = registry.engine(REFERENCE)
    expected, found = (_attempt(each, source) for each in (reference, engine))
    if isinstance(expected, str) or isinstance(found, str):
        verdicts = [each if isinstance(each, str) else "rendered" for each in (expected, found)]
        return [] if verdicts[0] == verdicts[1] else [" / ".join(verdicts)]
    both_move = source.format in engine.animates & reference.animates
    pairs = {
        "size": (expected.still.size, found.still.size),
        "upright size": (expected.info.display_size, found.info.display_size),
        "format": (expected.default.format, found.default.format),
        "alpha": (expected.info.has_alpha, found.info.has_alpha),
        "alpha of the thumbnail": (_has_alpha(expected.still), _has_alpha(found.still)),
        "frames": (expected.info.frames, found.info.frames) if both_move else (1, 1),
        "timing": (_delays(expected.moving), _delays(found.moving)) if both_move else ((), ()),
    }
    told = [f"{name}: {one} / {other}" for name, (one, other) in pairs.items() if one != other]
    if not told:
        levels = difference(expected.still, found.still)
        if levels > (NOISE if source.noise else SMOOTH):
            told.append(f"{levels:.2f} levels apart")
    return told


def difference(one: RenderedThumbnail, other: RenderedThumbnail) -> float:
    """Return by how many levels two thumbnails of one size differ in the mean, on black or on white."""
    first, second = (rgba(each).astype(np.float64) for each in (one, other))
    return max(float(np.abs(_on(first, ground) - _on(second, ground)).mean()) for ground in (0, 255))


def matrix() -> str:
    """Return the page for the docs. Every engine has to be available, and the corpus."""
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in sources():
        groups[source.group].append(source)
    engines = [registry.engine(alias) for alias in OTHERS]
    lines = [
        _HEAD,
        f"| pictures | {' | '.join(f'`{alias}`' for alias in OTHERS)} |",
        "|---" * (len(OTHERS) + 1) + "|",
    ]
    for group, members in groups.items():
        lines.append(f"| {group} | {' | '.join(_cell(engine, members) for engine in engines)} |")
    lines += ["", "## What differs, and why", ""]
    lines += [f"- `{alias}`, {name}: {reason}" for (alias, name), reason in sorted(DIFFERENCES.items())] or [
        "Nothing."
    ]
    return "\n".join(lines) + "\n"


_HEAD = f"""# The same picture from every engine

Each engine against `{REFERENCE}`, at {SIDE} px: size, format, alpha, frames and their timing have to be
equal, and the mean difference at most {SMOOTH:.0f} level of 255, or {NOISE:.0f} on noise and dither. The
pictures are those of the test suite, and real files from the suites of a dozen imaging projects. This page is
written by `python -m tests.engines.equality`; a test fails where it is out of date.
"""


def _cell(engine: ThumbnailEngine, members: Iterable[Source]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for source in members:
        if source.format not in engine.reads:
            counts["not read"] += 1
        elif problems(engine, source):
            counts["differ"] += 1
        else:
            counts["the same"] += 1
    return ", ".join(f"{counts[what]} {what}" for what in ("the same", "differ", "not read") if counts[what])


def _attempt(engine: ThumbnailEngine, source: Source) -> Rendering | str:
    try:
        return _rendered(engine, source)
    except ThumbnailError as error:
        return f"refused as {error.code}"


@cache
def _rendered(engine: ThumbnailEngine, source: Source) -> Rendering:
    info = engine.probe(source.data, source.format, MAX_FRAMES)
    default = wanted(SIDE, SIDE, None)
    specs = (source.spec, default, replace(default, animated=True))
    return Rendering(info, *engine.render(source.data, info, [plan(spec, info) for spec in specs]))


def _on(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", ground: int) -> "np.ndarray":
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + ground * (1 - alpha)


def _has_alpha(thumbnail: RenderedThumbnail) -> bool:
    return opened(thumbnail).has_transparency_data


def _delays(thumbnail: RenderedThumbnail) -> list[int]:
    image = opened(thumbnail)
    delays = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        delays.append(round(image.info.get("duration", 0)))
    return delays


def _plain() -> Iterator[Source]:
    looks = {
        "gradient": pictures.gradient_pixels(300, 200),
        "photo": pictures.photo_pixels(640, 480),
        "odd photo": pictures.photo_pixels(803, 599),
        "noise": pictures.noise_pixels(300, 200),
    }
    for image_format in pictures.RASTER_FORMATS:
        for look, pixels in looks.items():
            data = pictures.encode(pixels, image_format)
            yield Source(image_format, f"{look} {image_format}", data, noise=look == "noise")


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
        "filled, enlarged": wanted(200, 300, method="fill"),
    }
    for look, pixels in looks.items():
        for method, spec in methods.items():
            data = pictures.encode(pixels)
            yield Source("methods", f"{look}, {method}", data, noise=look == "noise", spec=spec)


def _turned() -> Iterator[Source]:
    for image_format in pictures.ORIENTED_FORMATS:
        for orientation in range(2, 9):
            data = pictures.oriented(orientation, image_format, pictures.photo_pixels(320, 240))
            yield Source("turned", f"orientation {orientation} {image_format}", data)


def _coloured() -> Iterator[Source]:
    photo = pictures.photo_pixels(320, 240)
    inks = np.dstack([photo, photo[..., :1] // 2])
    profiles = {"P3": pictures.P3, "Adobe RGB": pictures.ADOBE, "swapped": pictures.SWAPPED}
    for name, profile in profiles.items():
        for image_format in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
            data = pictures.encode(photo, image_format, icc_profile=profile.icc)
            yield Source("profiles", f"{name} {image_format}", data)
    for channels in (1, 2):
        data = pictures.encode(photo[..., :channels].copy(), icc_profile=pictures.grey_profile())
        yield Source("profiles", f"grey profile, {channels} channels", data)
    broken = {"cut": pictures.P3.icc[:200], "grey for RGB": pictures.grey_profile(), "garbage": b"garbage"}
    for name, profile in broken.items():
        yield Source("profiles", f"profile: {name}", pictures.encode(photo, icc_profile=profile))
    ink_profile = pictures.swapped_ink_profile()
    yield Source("CMYK and LAB", "CMYK JPEG", pictures.cmyk_jpeg(inks))
    yield Source("CMYK and LAB", "YCCK JPEG", pictures.ycck_jpeg(inks))
    yield Source("CMYK and LAB", "CMYK TIFF", pictures.cmyk_tiff(inks))
    yield Source("CMYK and LAB", "CMYK JPEG with profile", pictures.cmyk_jpeg(inks, icc_profile=ink_profile))
    yield Source("CMYK and LAB", "LAB TIFF", pictures.lab_tiff(photo))


def _deep() -> Iterator[Source]:
    wide = (pictures.photo_pixels(320, 240).astype(np.uint16) * 257) ^ 0x55
    grey = wide[..., 0]
    for channels in (1, 2, 3, 4):
        samples = np.dstack([wide, wide[..., :1]])[..., [0, 1, 2, 3][:channels]]
        yield Source("depth", f"16-bit PNG, {channels} channels", pictures.png16(samples))
    images = {
        "16-bit grey TIFF": Image.frombytes("I;16", (320, 240), grey.astype("<u2").tobytes()),
        "32-bit grey TIFF": Image.frombytes("I", (320, 240), grey.astype(np.int32).tobytes()),
        "float grey TIFF": Image.frombytes("F", (320, 240), grey.astype(np.float32).tobytes()),
    }
    for name, image in images.items():
        yield Source("depth", name, pictures.save(image, "TIFF"))
    for depth in (1, 2, 4, 8):
        data = pictures.low_bit_grey_png(depth, 0, 2**depth - 1)
        yield Source("depth", f"{depth}-bit grey PNG", data)
    photo = pictures.as_image(pictures.photo_pixels(320, 240))
    for image_format in ("PNG", "TIFF", "BMP", "GIF"):
        yield Source(
            "depth", f"1-bit {image_format}", pictures.save(photo.convert("1"), image_format), noise=True
        )
        yield Source("depth", f"palette {image_format}", pictures.save(photo.quantize(64), image_format))


def _transparent() -> Iterator[Source]:
    photo = pictures.photo_pixels(320, 240)
    ramp = np.broadcast_to(np.linspace(0, 255, 320).round()[None, :, None], (240, 320, 1)).astype(np.uint8)
    hole = np.where((ramp > 99) & (ramp < 160), 0, 255).astype(np.uint8)
    for name, alpha in {"ramp": ramp, "hole": hole}.items():
        for image_format in ("PNG", "WEBP", "TIFF", "AVIF"):
            data = pictures.encode(np.dstack([photo, alpha]), image_format)
            yield Source("alpha", f"{name} {image_format}", data)
        yield Source("alpha", f"grey {name} PNG", pictures.encode(np.dstack([photo[..., :1], alpha])))
    noise = pictures.encode(pictures.noise_pixels(320, 240, 4))
    yield Source("alpha", "noise with alpha PNG", noise, noise=True)
    data = pictures.palette_png([(200, 0, 0), (0, 200, 0), (0, 0, 200), (9, 9, 9)], [255, 0, 128, 255])
    yield Source("alpha", "palette with alpha PNG", data)
    for depth in (1, 2, 4, 8):
        top = 2**depth - 1
        data = pictures.low_bit_grey_png(depth, top // 2, top, transparent=top // 2)
        yield Source("alpha", f"transparent grey of {depth} bits PNG", data)


def _moving() -> Iterator[Source]:
    for image_format in ("GIF", "WEBP", "PNG", "AVIF"):
        yield Source("animations", f"two colours {image_format}", pictures.animated(image_format))
    for image_format in ("GIF", "WEBP", "PNG"):
        yield Source("animations", f"walking square {image_format}", pictures.timed(image_format))
    yield Source("animations", "pages of a TIFF", pictures.multipage_tiff())


def _from_the_corpus() -> Iterator[Source]:
    for row in ROWS:
        if row["must"] == "OK":
            data = (CORPUS / row["file"]).read_bytes()
            dithered = row["class"] == "1bit" or "_g4_" in row["file"]
            yield Source(f"corpus: {row['class']}", row["file"], data, noise=dithered)


if __name__ == "__main__":
    import django.conf

    django.conf.settings.configure()
    MATRIX.write_text(matrix(), "utf-8")
