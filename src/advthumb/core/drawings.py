"""The pixel size that is assumed for pages and drawings, which have no pixels."""

import re
from math import isfinite

from .errors import ErrorCode, ThumbnailError
from .images import Size

LONGEST_SIDE = 2048
"""The pixels on the longer side of a page or drawing. Thumbnails up to this size are sharp, even if the
drawing declares a smaller size. Only as many pixels are drawn as a thumbnail needs."""

_DEFAULT_WIDTH, _DEFAULT_HEIGHT = 300.0, 150.0
"""The size in CSS pixels of a drawing that does not declare one (CSS 2.2, 10.3.2)."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_LENGTH = re.compile(rf"({_NUMBER})\s*([a-zA-Z]*)", re.ASCII)
_VIEW_BOX = re.compile(rf"{_NUMBER}(?:[\s,]+{_NUMBER}){{3}}", re.ASCII)
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "pt": 96 / 72,
    "pc": 16.0,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
    "ch": 8.0,
}
"""CSS pixels per unit; units relative to a font use the default font."""


def drawn_size(width: float, height: float) -> Size:
    """Return the pixel size that is assumed for a page or drawing of this aspect ratio.

    The longer side has `LONGEST_SIDE` pixels, the other one at least 1.

    Raises:
        ThumbnailError: `corrupt`: a side is zero, negative or not a number.
    """
    if not (isfinite(width) and isfinite(height) and width > 0 and height > 0):
        msg = f"the file is damaged: it gives a size of {width:g} x {height:g}"
        raise ThumbnailError(msg, ErrorCode.CORRUPT)
    longer = max(width, height)
    across, down = (max(1, round(LONGEST_SIDE * (side / longer))) for side in (width, height))
    return Size(across, down)


def smallest_drawn(size: Size, floor: Size) -> Size:
    """Return the size to draw at: the floor, unless it is larger than the assumed size of the drawing."""
    return floor if floor.width <= size.width and floor.height <= size.height else size


def natural_size(width: str | None, height: str | None, view_box: str | None) -> tuple[float, float]:
    """Return the size of an SVG in CSS pixels, computed from the attributes of its root as browsers do.

    A side that is missing, or relative to the page, follows from the `viewBox`. Without a `viewBox`, it is
    the default of CSS (300 x 150).

    Args:
        width: The `width` attribute; None if it is missing.
        height: The `height` attribute; None if it is missing.
        view_box: The `viewBox` attribute; None if it is missing.
    """
    across, down, box = _pixels(width), _pixels(height), view_box_size(view_box)
    if box is None:
        return (
            _DEFAULT_WIDTH if across is None else across,
            _DEFAULT_HEIGHT if down is None else down,
        )
    wide, high = box
    if across is None and down is None:
        return box
    if across is None:
        across = (down or 0) * (wide / high)
    return across, across * (high / wide) if down is None else down


def view_box_size(view_box: str | None) -> tuple[float, float] | None:
    """Return the width and height of a `viewBox`; None if there is no valid one."""
    if view_box is None or not _VIEW_BOX.fullmatch(view_box.strip()):
        return None
    _, _, width, height = map(float, re.findall(_NUMBER, view_box))
    return (width, height) if _counts(width) and _counts(height) else None


def _pixels(length: str | None) -> float | None:
    """Return a length in pixels; None if it is missing, invalid or relative to the page."""
    found = _LENGTH.fullmatch((length or "").strip())
    if found is None or found[2].lower() not in _PIXELS:
        return None
    pixels = float(found[1]) * _PIXELS[found[2].lower()]
    return pixels if isfinite(pixels) and pixels >= 0 else None


def _counts(side: float) -> bool:
    return isfinite(side) and side > 0
