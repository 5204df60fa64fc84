"""The arguments of the field, checked one by one at class definition.

Every function returns the value in its normal form or raises `ImproperlyConfigured` with the name
of the argument and the value.
"""

from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.core.formats import ImageFormat
from advthumb.core.images import RGB
from advthumb.core.spec import ResizeMethod

RESIZE_FIT = ResizeMethod.FIT.value
RESIZE_FILL = ResizeMethod.FILL.value
RESIZE_PAD = ResizeMethod.PAD.value
RESIZE_COVER = "cover"
"""Another word for `fill`, as in 2.x; the field turns it into `fill`."""

VALID_RESIZE_METHODS = (RESIZE_FIT, RESIZE_FILL, RESIZE_COVER, RESIZE_PAD)

DEFAULT_SIZE = (300, 300)
DEFAULT_BACKGROUND = "#ffffff"

Sides = tuple[int | None, int | None]


def _refuse(name: str, value: object, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"AdvanceThumbnailField: {name}={value!r}; it must be {wanted}")


def source_field(value: object) -> str:
    """Check the name of the source field; whether it exists is a system check."""
    if not isinstance(value, str) or not value:
        raise _refuse("source_field", value, "the name of the field that holds the source image")
    return value


def size(value: object) -> Sides:
    """Check a box in pixels: two sides, of which one may be None."""
    wanted = "(width, height) in whole pixels above 0, of which one may be None"
    if not isinstance(value, tuple | list) or len(value) != len(DEFAULT_SIZE):
        raise _refuse("size", value, wanted)
    if value[0] is None and value[1] is None:
        raise _refuse("size", value, wanted)
    for side in value:
        if side is not None and (not isinstance(side, int) or isinstance(side, bool) or side < 1):
            raise _refuse("size", value, wanted)
    return (value[0], value[1])


def resize_method(value: object) -> str:
    """Check how the source is brought into the box; `cover` becomes `fill`."""
    if value not in VALID_RESIZE_METHODS:
        raise _refuse("resize_method", value, f"one of {VALID_RESIZE_METHODS}")
    return RESIZE_FILL if value == RESIZE_COVER else str(value)


def output_format(value: object) -> ImageFormat | None:
    """Check the output format; None leaves it to the setting and the source."""
    if value is None:
        return None
    return conf.parse_output_format(str(value), "AdvanceThumbnailField: format")


def quality(value: object) -> int | None:
    """Check the quality for lossy formats; None leaves it to the setting."""
    if value is not None and not conf.is_quality(value):
        raise _refuse("quality", value, "a whole number from 1 to 100, or None")
    return int(value) if isinstance(value, int) else None


def background(value: object) -> RGB:
    """Check the colour that transparent pictures are composed on."""
    try:
        return RGB.parse(str(value))
    except ValueError:
        raise _refuse("background", value, "a colour like '#ffffff' or '#fff'") from None


def flag(name: str, value: object) -> bool:
    """Check an argument that is True or False."""
    if not isinstance(value, bool):
        raise _refuse(name, value, "True or False")
    return value
