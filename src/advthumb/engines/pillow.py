"""The Pillow engine: the default, always there.

Decoders are the plugin classes themselves, named by the sniffed format. `Image.open` is avoided:
it tries plugins by itself, starts Ghostscript for PostScript, and applies the process-wide
`Image.MAX_IMAGE_PIXELS`, where our own limit has been checked already. HEIC comes from the plugin
class of pillow_heif, where that is installed; it is not registered with Pillow.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, cast

from PIL import Image, ImageCms, ImageFile, ImageMath, features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import RGB, Box, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation

from .pipeline import Animation, PipelineEngine
from .samples import SAMPLES

_DECODERS: dict[ImageFormat, type[ImageFile.ImageFile]] = {
    ImageFormat.JPEG: JpegImageFile,
    ImageFormat.PNG: PngImageFile,
    ImageFormat.GIF: GifImageFile,
    ImageFormat.WEBP: WebPImageFile,
    ImageFormat.AVIF: AvifImageFile,
    ImageFormat.TIFF: TiffImageFile,
    ImageFormat.BMP: BmpImageFile,
}
_FEATURES = {
    ImageFormat.JPEG: "jpg",
    ImageFormat.PNG: "zlib",
    ImageFormat.WEBP: "webp",
    ImageFormat.AVIF: "avif",
}
"""What a build of Pillow must have for a format; formats that are not listed need nothing."""
_LIBRARIES = {"Pillow": "pil", "libjpeg-turbo": "libjpeg_turbo", "libwebp": "webp", "libavif": "avif"}
"""What `versions` tells of, and Pillow's names for it."""

_TAG_WIDTH, _TAG_HEIGHT, _TAG_ORIENTATION = 256, 257, 274
_ROTATIONS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Pillow turns counter-clockwise, we count clockwise."""

_SAVE_OPTIONS: dict[ImageFormat, dict[str, Any]] = {
    ImageFormat.JPEG: {"optimize": True},
    ImageFormat.PNG: {"compress_level": 4},  # half the time of 6, for two percent of the bytes at the most
    ImageFormat.AVIF: {"max_threads": 1},
}
_KEY_SCALES = {"L;2": (85, 1), "L;4": (17, 1), "RGB;16B": (1, 256)}
"""What brings a sample of a PNG to 8 bits (multiply, divide), by Pillow's name of its packing."""
_REMEMBERED_PROFILE_BYTES = 2**20
"""Larger profiles are rare and used once: remembering them would hold what an upload brought."""
_EXTENT = "advthumb extent"
"""Where a shrunk JPEG notes the box (pixels, fractions included) that the source covers in it: its sides are
rounded up, so that up to one pixel at the right and at the bottom holds less than a pixel of the source."""

_REDUCING_GAP = 3.0
"""A picture is first averaged, by whole numbers, to no less than this multiple of the wanted size; the rest
is Lanczos. Takes half the time at 55 dB; 2.0 would give 50 (decibels against Lanczos alone)."""
_DELAY = 100
"""Milliseconds that a frame is shown which does not say how long: what browsers do."""
_OPAQUE_FROM = 128
"""GIF knows no half-transparent pixels: alpha from here on becomes opaque."""


class PillowEngine(PipelineEngine[Image.Image]):
    """Renders with Pillow; reads and writes what this build of Pillow was compiled with."""

    name = "pillow"
    picture_errors = (
        OSError,
        ValueError,
        SyntaxError,
        LookupError,
        EOFError,
        TypeError,
        ArithmeticError,
        RuntimeError,
        struct.error,
        zlib.error,
        Warning,  # where the host turns warnings into errors
    )
    # Some decoders apply the host's `Image.MAX_IMAGE_PIXELS` by themselves.
    size_errors = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)

    def __init__(self, **options: Any) -> None:
        """Ask the build which formats it has; `options` are those of every engine."""
        super().__init__(**options)
        self.reads = frozenset(filter(_built_in, [*_DECODERS, *_heif_decoders()]))
        self.writes = frozenset(filter(_built_in, OUTPUTS))
        self.animates = frozenset(name for name in self.writes & self.reads if OUTPUTS[name].animation)

    def versions(self) -> Mapping[str, str]:
        """Return the versions of Pillow, of its codecs, and of pillow_heif where that is there."""
        found = {name: features.version(feature) for name, feature in _LIBRARIES.items()}
        if _heif_decoders():
            import pillow_heif

            found |= {"pillow-heif": pillow_heif.__version__, "libheif": pillow_heif.libheif_version()}
        return {name: version for name, version in found.items() if version}

    def _probe(self, data: bytes, image_format: ImageFormat) -> SourceInfo:
        with _open(data, image_format) as image:
            return SourceInfo(image_format, *_lie(image), has_alpha=image.has_transparency_data)

    def _decode(self, data: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        with _open(data, info.format) as image:
            extent = None
            if info.format is ImageFormat.JPEG:  # for HEIC, draft() takes a preview that may show anything
                image.decodermaxblock = len(data)  # in one go, so that other threads are not waited for
                drafted = image.draft(None, floor)
                extent = drafted and drafted[1]
            _scale_transparent_colour(image)
            _check_strips(image)
            image.load()
            if extent:
                image.info[_EXTENT] = extent
            return image

    def _orient(self, image: Image.Image, orientation: Orientation) -> Image.Image:
        if _EXTENT in image.info:
            image.info[_EXTENT] = orientation.turned(image.info[_EXTENT], *image.size)
        if orientation.mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if orientation.clockwise:
            image = image.transpose(_ROTATIONS[orientation.clockwise])
        return image

    def _to_srgb(self, image: Image.Image, info: SourceInfo) -> Image.Image:
        profile = image.info.get("icc_profile")
        image = _to_eight_bit(image, alpha=info.has_alpha)
        if image.mode == "LAB":
            return _converted(image, _lab_to_srgb())
        if profile:
            image = _through_profile(image, profile)
        return image.convert("RGB") if image.mode == "CMYK" else image

    def _scale(self, image: Image.Image, plan: RenderPlan) -> Image.Image:
        left, top, right, bottom = image.info.get(_EXTENT) or (0, 0, *image.size)
        wide, high = right - left, bottom - top
        # Dividing last keeps the outer edges exact; Pillow refuses a box that is larger by 1e-13.
        box = (
            left + plan.crop.left * wide / plan.scaled.width,
            top + plan.crop.top * high / plan.scaled.height,
            left + plan.crop.right * wide / plan.scaled.width,
            top + plan.crop.bottom * high / plan.scaled.height,
        )
        scaled = image.resize(plan.crop.size, Image.Resampling.LANCZOS, box, reducing_gap=_REDUCING_GAP)
        scaled.info.pop(_EXTENT, None)
        return scaled

    def _compose(self, image: Image.Image, plan: RenderPlan) -> Image.Image:
        has_alpha = image.mode in {"LA", "RGBA"}
        if image.size == plan.canvas and not (plan.flatten and has_alpha):
            return image
        mode = "RGBA" if has_alpha else "RGB"
        ground = (*plan.background, 255 if plan.flatten else 0)
        canvas = Image.new(mode, plan.canvas, ground[: len(mode)])
        image = image.convert(mode)
        if plan.flatten and has_alpha:
            canvas.alpha_composite(image, plan.offset)
            return canvas.convert("RGB")
        canvas.paste(image, plan.offset)
        return canvas

    def _encode(self, image: Image.Image, encoding: Encoding) -> bytes:
        return _saved(_ready(image, encoding), encoding)

    def _size(self, image: Image.Image) -> Size:
        return Size(*image.size)

    def _count_frames(self, data: bytes, image_format: ImageFormat) -> int:
        with _open(data, image_format) as image:
            return getattr(image, "n_frames", 1)

    def _decode_frames(self, data: bytes, info: SourceInfo) -> Animation[Image.Image]:
        with _open(data, info.format) as image:
            plays = image.info.get("loop", 1)
            if info.format is ImageFormat.GIF and plays and "loop" in image.info:
                plays += 1  # GIF counts repetitions, the others count how often it is shown
        return Animation(_frames(data, info), plays)

    def _encode_frames(self, animation: Animation[Image.Image], encoding: Encoding) -> bytes:
        images, delays = zip(*animation.frames, strict=True)
        first, *others = [_ready(image, encoding) for image in images]
        options: dict[str, Any] = {"loop": animation.plays}
        if encoding.format is ImageFormat.GIF:
            options = {"disposal": 2}  # each frame stands alone, or what is transparent shows the last one
            if animation.plays != 1:
                options["loop"] = max(0, animation.plays - 1)
        return _saved(first, encoding, save_all=True, append_images=others, duration=list(delays), **options)


def _ready(image: Image.Image, encoding: Encoding) -> Image.Image:
    """Return a picture as an encoder should see it, with nothing but pixels."""
    if encoding.format is ImageFormat.GIF and image.mode in {"LA", "RGBA"}:
        image = image.convert("RGBA")  # of LA, save() would drop the alpha
        alpha = image.getchannel("A").point([0] * _OPAQUE_FROM + [255] * (256 - _OPAQUE_FROM))
        image.putalpha(alpha)
    image.info = {}  # where save() would find a comment, a profile or EXIF of the source
    return image


def _saved(image: Image.Image, encoding: Encoding, **options: Any) -> bytes:
    options |= _SAVE_OPTIONS.get(encoding.format, {})
    if encoding.quality is not None:
        options["quality"] = encoding.quality
    out = BytesIO()
    image.save(out, encoding.format.value, **options)
    return out.getvalue()


def _frames(data: bytes, info: SourceInfo) -> Iterator[tuple[Image.Image, int]]:
    with _open(data, info.format) as image:
        for number in range(info.frames):
            image.seek(number)
            image.load()
            yield image.copy(), round(image.info.get("duration", _DELAY))


def flattened(data: bytes, image_format: ImageFormat, ground: RGB) -> bytes:
    """Return the RGB samples of a picture that an engine made, row by row, on a ground of one colour."""
    with _open(data, image_format) as image:
        canvas = Image.new("RGBA", image.size, (*ground, 255))
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas.convert("RGB").tobytes()


def _built_in(image_format: ImageFormat) -> bool:
    needed = _FEATURES.get(image_format)
    return needed is None or bool(features.check(needed))


def _open(data: bytes, image_format: ImageFormat) -> ImageFile.ImageFile:
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


def _lie(image: ImageFile.ImageFile) -> tuple[Size, Orientation]:
    """Return the size and orientation that `_decode` will deliver."""
    if isinstance(image, TiffImageFile):
        # Pillow turns a TIFF upright while loading, and until then its `size` cannot be trusted.
        orientation = Orientation.from_tag(image.tag_v2.get(_TAG_ORIENTATION))
        stored = (image.tag_v2[_TAG_WIDTH], image.tag_v2[_TAG_HEIGHT])
        return Size(*orientation.display_size(*stored)), Orientation.NORMAL
    return Size(*image.size), Orientation.from_exif(image.info.get("exif") or b"")


def _scale_transparent_colour(image: ImageFile.ImageFile) -> None:
    """Scale the transparent colour of a PNG as `load` scales its pixels; Pillow compares it unscaled."""
    key = image.info.get("transparency")
    packing = image.tile[0].args if image.tile and image.format == "PNG" else None
    if key is None or packing not in _KEY_SCALES:
        return
    multiply, divide = _KEY_SCALES[packing]
    grey = isinstance(key, int)
    scaled = tuple(sample * multiply // divide for sample in ((key,) if grey else key))
    image.info["transparency"] = scaled[0] if grey else scaled


def _check_strips(image: ImageFile.ImageFile) -> None:
    """Refuse a TIFF that lists fewer strips than its size takes; Pillow would leave the rest black."""
    if isinstance(image, TiffImageFile):
        boxes = [Box(*map(int, tile.extents or ())) for tile in image.tile]
        listed = sum(box.size.pixels for box in boxes)
        if not listed or listed % (image.tag_v2[_TAG_WIDTH] * image.tag_v2[_TAG_HEIGHT]):
            msg = "strips are missing"
            raise ValueError(msg)


def _to_eight_bit(image: Image.Image, *, alpha: bool) -> Image.Image:
    """Return 8 bits per channel, alpha spelled out, colours otherwise as they are."""
    if image.mode.startswith("I;16"):
        return _from_sixteen_bit(image, image.info.get("transparency"))
    if image.mode in {"I", "F"}:
        return _stretched(image)
    if image.mode in {"CMYK", "LAB"}:
        return image
    grey = image.mode in {"1", "L", "LA", "La"}
    wanted = ("LA" if alpha else "L") if grey else ("RGBA" if alpha else "RGB")
    return image if image.mode == wanted else image.convert(wanted)


def _from_sixteen_bit(image: Image.Image, transparent: int | None) -> Image.Image:
    """Scale 16-bit grey to 8 (v / 257, rounded); `convert("L")` would clip it to white."""
    wide = image.convert("I")
    grey = wide.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if transparent is None:
        return grey
    alpha = ImageMath.lambda_eval(
        lambda names: names["convert"]((names["wide"] != transparent) * 255, "L"), wide=wide
    )
    return Image.merge("LA", (grey, alpha))


def _stretched(image: Image.Image) -> Image.Image:
    """Scale 32-bit and float grey, whose white is not told, from its darkest to its lightest."""
    low, high = cast("tuple[float, float]", image.getextrema())  # one channel: one pair
    factor = 255 / (high - low) if high > low else 0
    return image.point(lambda value: value * factor + (0.5 - low * factor)).convert("L")


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB by an embedded ICC profile; one that does not fit the pixels is ignored."""
    if image.mode == "LA":
        grey = _through_profile(image.getchannel("L"), profile)
        return Image.merge("LA", (grey, image.getchannel("A")))
    remembered = len(profile) <= _REMEMBERED_PROFILE_BYTES
    build = _to_srgb_transform if remembered else _to_srgb_transform.__wrapped__
    transform = build(profile, image.mode)
    if transform is None:
        return image
    converted = _converted(image, transform)
    return converted.convert("L") if image.mode == "L" else converted


def _converted(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    # None is returned only with inPlace=True.
    converted = cast("Image.Image", ImageCms.applyTransform(image, transform))
    converted.info = dict(image.info)
    return converted


@lru_cache(maxsize=16)
def _to_srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform of a profile, None if it cannot be used for pixels of this mode.

    Kept, because building one costs more than applying it to a small picture, and sites see the
    same few profiles again and again. Relative colorimetric with black point compensation, as
    browsers and photo editors do by default.
    """
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None


@lru_cache(maxsize=1)
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
