"""The plans of all files of a responsive set, and the code that lists these files in the main file's name.

The main file is what the size and the format of a spec say. Each further width is a box of the same aspect.
If such a box would enlarge the picture, it is reduced, unless the spec allows it. Only real widths count: no
width occurs twice.
"""

from dataclasses import replace

from .images import RenderPlan, Size, SourceInfo
from .planning import SHRINK_MARGIN, plan, scaled_side
from .rendered import RenderedThumbnail
from .sets import SetCode
from .spec import ResizeMethod, ThumbnailSpec


def plan_set(spec: ThumbnailSpec, info: SourceInfo, shrink_margin: float = SHRINK_MARGIN) -> list[RenderPlan]:
    """Decide how to make all files of a set.

    Args:
        spec: The wanted thumbnail. Without further widths and formats, the set has one file.
        info: What the source's header says.
        shrink_margin: The decode floor as a multiple of the scaled size.

    Returns:
        The plan of the main file, and then those of its siblings in the order of `names.members`.

    Raises:
        ThumbnailError: `too-large`: one of the files would be too large.
    """
    alone = replace(spec, widths=(), further_formats=())
    main = plan(alone, info, shrink_margin)
    own = main.canvas.width
    by_width = {own: alone}
    widest = _widest(spec, info.display_size)
    for width in spec.widths if widest else ():
        other = _at_width(alone, min(width, widest))
        real = plan(other, info, shrink_margin).canvas.width
        if width < (spec.width or own) or real > own:  # a wider box must give a wider picture
            by_width.setdefault(real, other)
    formats = dict.fromkeys((*spec.further_formats, main.encoding.format))
    formats[main.encoding.format] = formats.pop(main.encoding.format)
    plans = [
        plan(replace(by_width[width], format=image_format), info, shrink_margin)
        for image_format in formats
        for width in sorted(by_width, key=lambda width: (width != own, width))
    ]
    # A placeholder is made of the main file alone.
    return [main, *(replace(each, preview=None) for each in plans if each != main)]


def set_code(thumbnail: RenderedThumbnail) -> SetCode:
    """Return which files are stored beside a thumbnail, for its name."""
    others = thumbnail.siblings
    formats = dict.fromkeys(each.format for each in others if each.format is not thumbnail.format)
    widths = {each.size.width for each in others} - {thumbnail.size.width}
    return SetCode(tuple(formats), tuple(sorted(widths)))


def _at_width(spec: ThumbnailSpec, width: int) -> ThumbnailSpec:
    """Return the spec of the same picture in a box of another width."""
    if spec.width is None or spec.height is None:
        return replace(spec, width=width, height=None)
    return replace(spec, width=width, height=scaled_side(spec.height, width, spec.width))


def _widest(spec: ThumbnailSpec, source: Size) -> int:
    """Return the width of the widest box that a further file can have; 0 if there is none.

    In that box of the spec's aspect, the picture is not enlarged. With `pad`, it is the smallest box in which
    the picture has its own size: a larger box would only add background.
    """
    if spec.upscale:
        return max(spec.widths, default=0)
    if spec.width is None or spec.height is None:
        return source.width
    if spec.method is ResizeMethod.FILL:
        # The largest width of which the height, rounded as everywhere, is not above that of the source.
        return min(source.width, (spec.width * (2 * source.height + 1) - 1) // (2 * spec.height))
    as_high = -(-spec.width * (2 * source.height - 1) // (2 * spec.height))
    return max(source.width, as_high)
