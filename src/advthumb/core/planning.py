"""All geometry and every decision about the output: turns a spec and a header into a plan.

One rounding rule holds everywhere: a side is rounded to the nearest pixel, halves up, and is
never below 1. The arithmetic is in integers, so every engine gets the same numbers.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from math import ceil

from . import attention
from .errors import ErrorCode, ThumbnailError
from .formats import OUTPUTS, ImageFormat, output_format
from .gravity import CENTRE, SMART, crop_box
from .images import Box, RenderPlan, Size, SourceInfo
from .samples import Samples
from .spec import ResizeMethod, ThumbnailSpec

RENDER_REVISION = 1
"""Increased when the pipeline makes better pixels from the same plan, so that old thumbnails are reported as
`spec-changed` and can be regenerated."""

SHRINK_MARGIN = 2
"""A decoder that shrinks while loading stays at or above this multiple of the scaled size. Below 2, the loss
compared with a full decode becomes visible (53 dB at 2, 43 dB at 1.5). The same multiple decides whether a
thumbnail can be made from a larger one of the same source."""


PREVIEW_SIDE = 32
"""The longer side of a preview in pixels: enough for a colour and a ThumbHash, which keeps 7 half waves."""

MAX_THUMBNAIL_PIXELS = 100_000_000
"""Limits boxes with one free side, so that a source with an extreme aspect ratio cannot fill the memory."""


def plan(spec: ThumbnailSpec, info: SourceInfo, shrink_margin: float = SHRINK_MARGIN) -> RenderPlan:
    """Decide how to make one thumbnail of one source.

    Args:
        spec: The wanted thumbnail.
        info: What the source's header says.
        shrink_margin: The decode floor as a multiple of the scaled size, rounded up to whole pixels.

    Raises:
        ThumbnailError: `too-large`: the thumbnail would be larger than its format allows, or than
            `MAX_THUMBNAIL_PIXELS`.
    """
    image_format = spec.format or output_format(info.format, has_alpha=info.has_alpha)
    if spec.method is ResizeMethod.FILL:
        scaled = _cover(info.display_size, spec)
    else:
        scaled = _inside(info.display_size, spec)
    if spec.method is ResizeMethod.FIT:
        canvas = scaled
    else:
        canvas = Size(spec.width or scaled.width, spec.height or scaled.height)
    _check_size(canvas, image_format)
    kept = Size(min(scaled.width, canvas.width), min(scaled.height, canvas.height))
    smart = spec.gravity == SMART and spec.focus is None and kept != scaled
    point = spec.focus or (CENTRE if spec.gravity == SMART else spec.gravity)
    crop = crop_box(scaled, kept, point)
    least = _floor(scaled, shrink_margin)
    if smart:
        least = _larger(least, _floor(_reduced(info.display_size, attention.PREVIEW_SIDE), shrink_margin))
    return RenderPlan(
        scaled=scaled,
        crop=crop,
        canvas=canvas,
        offset=((canvas.width - crop.size.width) // 2, (canvas.height - crop.size.height) // 2),
        decode_floor=least,
        background=spec.background,
        flatten=not (info.has_alpha and OUTPUTS[image_format].alpha),
        encoding=spec.encoding(image_format),
        frames=info.frames if spec.animated and OUTPUTS[image_format].animation else 1,
        raw=bool(spec.processors),
        preview=_reduced(canvas, PREVIEW_SIDE) if spec.previewed else None,
        smart=smart,
    )


def plan_of_preview(planned: RenderPlan, size: Size) -> RenderPlan:
    """Return the plan with which a finished picture is scaled to its preview."""
    whole = Box(0, 0, *size)
    return replace(planned, scaled=size, crop=whole, canvas=size, offset=(0, 0), preview=None)


def decided(plan: RenderPlan, preview: Samples) -> RenderPlan:
    """Return the final form of a smart plan, and any other plan as it is.

    Args:
        plan: A plan.
        preview: Its source, upright and small.
    """
    if not plan.smart:
        return plan
    point = attention.focus(preview, plan.crop.size, plan.scaled)
    return replace(plan, crop=crop_box(plan.scaled, plan.crop.size, point), smart=False)


def _reduced(size: Size, longest: int) -> Size:
    """Return a size of the same aspect ratio whose longer side has at most this many pixels."""
    longer = max(size)
    if longer <= longest:
        return size
    return Size(*(scaled_side(side, longest, longer) for side in size))


def largest_floor(plans: Iterable[RenderPlan]) -> Size:
    """Return the smallest size, in display orientation, that a decoder may deliver for all of the plans."""
    return reduce(_larger, (plan.decode_floor for plan in plans))


def extended_side(side: int, scale: float) -> tuple[int, int]:
    """Return how many pixels a side must be extended to, and how many pixels the scaled result has.

    This is for libraries that scale whole pixels to whole pixels and adjust the scale accordingly. The side
    is extended by at most half of its length, to the length whose scaled length is closest to a whole number.
    """
    sides = range(side, side + side // 2 + 1)
    best = min(sides, key=lambda extended: abs(extended * scale - round(extended * scale)))
    return best, round(best * scale)


def scaled_side(side: int, numerator: int, denominator: int) -> int:
    """Return `side * numerator / denominator` to the nearest pixel, halves up, at least 1."""
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))


def _by_width(source: Size, width: int) -> Size:
    return Size(width, scaled_side(source.height, width, source.width))


def _by_height(source: Size, height: int) -> Size:
    return Size(scaled_side(source.width, height, source.height), height)


def _inside(source: Size, spec: ThumbnailSpec) -> Size:
    """Return the largest size with the source's aspect ratio inside the box; a free side has no limit."""
    width, height = spec.width, spec.height
    if (
        not spec.upscale
        and (width is None or source.width <= width)
        and (height is None or source.height <= height)
    ):
        return source
    if width is None:
        return _by_height(source, _given(height))
    if height is None or source.width * height >= source.height * width:
        return _by_width(source, width)
    return _by_height(source, height)


def _cover(source: Size, spec: ThumbnailSpec) -> Size:
    """Return the smallest size with the source's aspect ratio that covers the box."""
    width, height = spec.width, spec.height
    if width is None:
        return _by_height(source, _given(height))
    if height is None or source.width * height <= source.height * width:
        return _by_width(source, width)
    return _by_height(source, height)


def _floor(scaled: Size, shrink_margin: float) -> Size:
    return Size(ceil(scaled.width * shrink_margin), ceil(scaled.height * shrink_margin))


def _larger(one: Size, other: Size) -> Size:
    """Return the smallest size that is as wide and as high as both."""
    return Size(max(one.width, other.width), max(one.height, other.height))


def _given(side: int | None) -> int:
    if side is None:
        msg = "a spec needs a width or a height"
        raise ValueError(msg)
    return side


def _check_size(canvas: Size, image_format: ImageFormat) -> None:
    limit = OUTPUTS[image_format].max_side
    if max(canvas) > limit or canvas.pixels > MAX_THUMBNAIL_PIXELS:
        msg = (
            f"the thumbnail would be {canvas} px; {image_format} allows {limit} px per side "
            f"and thumbnails may have {MAX_THUMBNAIL_PIXELS} pixels: give the field a width and a height"
        )
        raise ThumbnailError(msg, ErrorCode.TOO_LARGE)
