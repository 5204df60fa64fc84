"""Encode finished pictures with Pillow: what the engine does, and what is done after processors."""

from PIL import Image

from advthumb.core.containers import gif, webp
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Animation, Encoding

from .files import saved

_COLOURS = 256
"""The maximum number of colours in a palette."""
_OPAQUE_FROM = 128
"""GIF has no half-transparent pixels: alpha from this value on becomes opaque."""


def still(image: Image.Image, encoding: Encoding) -> bytes:
    """Encode a picture without any metadata. Its mode is L, LA, RGB or RGBA."""
    return saved(_ready(image, encoding), encoding)


def frames(animation: Animation[Image.Image], encoding: Encoding) -> bytes:
    """Encode an animation without any metadata."""
    images = [_ready(image, encoding) for image, _ in animation.frames]
    delays = [delay for _, delay in animation.frames]
    if encoding.format is ImageFormat.GIF:
        # Where pixels become transparent again, Pillow's own writer would show the previous frame.
        if any(image.mode == "RGBA" for image in images):
            images = [image if image.mode == "RGBA" else image.quantize(_COLOURS - 1) for image in images]
        stills = [saved(image, encoding) for image in images]
        return gif.animation(list(zip(stills, delays, strict=True)), animation.plays)
    first, *others = images
    data = saved(
        first,
        encoding,
        save_all=True,
        append_images=others,
        duration=delays,
        loop=animation.plays,
    )
    has_alpha = encoding.format is ImageFormat.WEBP and any(image.mode in {"LA", "RGBA"} for image in images)
    return webp.announcing_alpha(data) if has_alpha else data


def _ready(image: Image.Image, encoding: Encoding) -> Image.Image:
    """Return a picture in the form that an encoder needs, without metadata."""
    if encoding.format is ImageFormat.GIF and image.mode in {"LA", "RGBA"}:
        image = image.convert("RGBA")  # save() would drop the alpha of LA
        alpha = image.getchannel("A").point([0] * _OPAQUE_FROM + [255] * (256 - _OPAQUE_FROM))
        if alpha.getextrema() == (255, 255):
            image = image.convert("RGB")  # without transparency, the palette has room for one more colour
        else:
            image.putalpha(alpha)
    image.info = {}  # save() would write a comment, a profile or EXIF of the source from here
    return image
