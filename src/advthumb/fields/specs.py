"""The spec that the arguments of a field give, with the settings for what they leave open."""

from functools import lru_cache

from advthumb.core.formats import OUTPUTS, Effort, ImageFormat
from advthumb.core.images import RGB
from advthumb.core.spec import Qualities, ThumbnailSpec, qualities

from . import arguments, set_arguments


@lru_cache(maxsize=1024)
def spec_of(
    size: arguments.Sides,
    resize_method: str,
    gravity: arguments.Gravity,
    image_format: ImageFormat | None,
    quality: int | Qualities,
    effort: Effort,
    progressive: bool,
    lossless: bool,
    max_bytes: int | None,
    widths: tuple[int, ...],
    densities: tuple[float, ...],
    further_formats: tuple[ImageFormat, ...],
    processors: str,
    background: RGB,
    upscale: bool,
    animated: bool,
    colour: bool,
    thumbhash: bool,
    revision: int,
    engine_revisions: tuple[int, ...],
) -> ThumbnailSpec:
    """Return a spec; every save and every row of a page needs one of the same few.

    Each argument is passed separately, because together they are the key of the cache.
    """
    return ThumbnailSpec(
        width=size[0],
        height=size[1],
        method=arguments.method_of(resize_method),
        gravity=arguments.gravity_of(gravity),
        format=image_format,
        qualities=qualities(dict.fromkeys(OUTPUTS, quality)) if isinstance(quality, int) else quality,
        effort=effort,
        progressive=progressive,
        lossless=lossless,
        max_bytes=max_bytes,
        widths=set_arguments.further_widths(widths, densities, size),
        further_formats=further_formats,
        processors=processors,
        background=background,
        upscale=upscale,
        animated=animated,
        colour=colour,
        thumbhash=thumbhash,
        revision=revision,
        engine_revisions=engine_revisions,
    )
