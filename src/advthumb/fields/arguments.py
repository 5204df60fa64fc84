"""The arguments of the field, checked one by one when the class is defined.

Every function returns the value in its normal form, or raises `ImproperlyConfigured` with the name of the
argument, the value and what to write instead. Our messages contain those of 2.x, because projects compare
them.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal, cast, get_args

from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.core import gravity as core_gravity
from advthumb.core.formats import OUTPUTS, Effort, ImageFormat
from advthumb.core.gravity import CENTRE, COMPASS, SMART, WHOLE, Point
from advthumb.core.images import RGB
from advthumb.core.spec import ResizeMethod
from advthumb.processing import Processor, problem_of

# The accepted words, for type checkers. A test compares them with what the code accepts.
ResizeMethodName = Literal["fit", "fill", "cover", "pad"]
FormatName = Literal["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
EffortName = Literal["fast", "balanced", "small"]
ModeName = Literal["inline", "task"]
GravityName = Literal[
    "center",
    "north",
    "northeast",
    "east",
    "southeast",
    "south",
    "southwest",
    "west",
    "northwest",
    "smart",
]
Gravity = GravityName | tuple[float, float]
Engines = conf.EngineReference | Sequence[conf.EngineReference]

RESIZE_FIT: Final = "fit"
RESIZE_FILL: Final = "fill"
RESIZE_PAD: Final = "pad"
RESIZE_COVER: Final = "cover"
"""Another word for `fill`, as in 2.x. The field keeps the word; the spec has `fill` for both."""

VALID_RESIZE_METHODS: Final[tuple[ResizeMethodName, ...]] = get_args(ResizeMethodName)

DEFAULT_SIZE = (300, 300)
DEFAULT_BACKGROUND = "#ffffff"
DEFAULT_GRAVITY: Final = "center"

Sides = tuple[int | None, int | None]


def refuse(name: str, value: object, wanted: str) -> ImproperlyConfigured:
    """Return the error for an argument with a wrong value, with the words for what it must be."""
    return ImproperlyConfigured(f"AdvanceThumbnailField: {name}={value!r}; it must be {wanted}")


def source_field(value: object) -> str:
    """Check the name of the source field; a system check finds out whether the field exists."""
    example = "Name the field that holds the source image, as in source_field='image'."
    if value is None or value == "":
        msg = f"AdvanceThumbnailField requires 'source_field' parameter, got {value!r}. {example}"
        raise ImproperlyConfigured(msg)
    if not isinstance(value, str):
        msg = (
            "AdvanceThumbnailField: 'source_field' must be a string, "
            f"got {type(value).__name__}: {value!r}. {example}"
        )
        raise ImproperlyConfigured(msg)
    return value


def size(value: object) -> Sides:
    """Check a box in pixels: two sides, one of which may be None."""
    if not isinstance(value, tuple | list):
        raise _refuse_size(value, f"must be a tuple or list, got {type(value).__name__}")
    if len(value) != len(DEFAULT_SIZE):
        raise _refuse_size(value, f"must have exactly 2 elements (width, height), got {len(value)}")
    sides = [side for side in value if side is not None]
    if not sides:
        raise _refuse_size(value, "must limit one side at least")
    if not all(isinstance(side, int) and not isinstance(side, bool) for side in sides):
        raise _refuse_size(value, "elements must be integers")
    if min(sides) < 1:
        raise _refuse_size(value, "dimensions must be positive integers")
    return (value[0], value[1])


def _refuse_size(value: object, problem: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"AdvanceThumbnailField: 'size' {problem}: {value!r}. Give (width, height) in pixels, such as "
        "(300, 300); one of the two may be None for no limit."
    )


def resize_method(value: object) -> str:
    """Check how the source is fitted into the box."""
    if value not in VALID_RESIZE_METHODS:
        msg = f"AdvanceThumbnailField: 'resize_method' must be one of {VALID_RESIZE_METHODS}, got {value!r}."
        raise ImproperlyConfigured(msg)
    return str(value)


def method_of(name: str) -> ResizeMethod:
    """Return what a checked `resize_method` means: `cover` is `fill`."""
    return ResizeMethod.FILL if name == RESIZE_COVER else ResizeMethod(name)


def gravity(value: object, name: str) -> Gravity:
    """Check which part of the source a crop keeps.

    Args:
        value: A point of the compass, `smart`, or two fractions.
        name: The checked `resize_method`; only `fill` crops.
    """
    point: Gravity
    if isinstance(value, str) and (value in COMPASS or value == SMART):
        point = cast("GravityName", value)
    elif isinstance(value, tuple | list) and len(value) == len(CENTRE) and all(map(_is_fraction, value)):
        point = (float(value[0]), float(value[1]))
    else:
        names = ", ".join([*COMPASS, SMART])
        wanted = f"one of {names}, or (x, y) as fractions of width and height from the top left"
        raise refuse("gravity", value, wanted)
    if point != DEFAULT_GRAVITY and method_of(name) is not ResizeMethod.FILL:
        raise refuse("gravity", value, f"{DEFAULT_GRAVITY!r} unless resize_method is 'fill': only it crops")
    return point


def focal_field(value: object, name: str) -> str | None:
    """Check the name of the column with the focal point; a system check finds out whether it exists.

    Args:
        value: The name, None for no such column.
        name: The checked `resize_method`; only `fill` crops.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise refuse("focal_field", value, "the name of a FocalPointField, or None")
    if method_of(name) is not ResizeMethod.FILL:
        raise refuse("focal_field", value, "None unless resize_method is 'fill': only it crops")
    return value


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def gravity_of(checked: Gravity) -> core_gravity.Gravity:
    """Return what a checked `gravity` means: `SMART`, or a point, rounded to thousandths."""
    if checked == SMART:
        return SMART
    if isinstance(checked, str):
        return COMPASS[checked]
    return Point(*(round(side * WHOLE) for side in checked))


def output_format(value: object) -> ImageFormat | None:
    """Check the output format; None means the setting, and then the format of the source."""
    if value is None:
        return None
    return conf.parse_output_format(str(value), "AdvanceThumbnailField: format")


def quality(value: object) -> int | None:
    """Check the quality for lossy formats; None means the setting."""
    if value is not None and not conf.is_quality(value):
        raise refuse("quality", value, "a whole number from 1 to 100, or None")
    return int(value) if isinstance(value, int) else None


def effort(value: object) -> Effort | None:
    """Check how much time encoders spend to save bytes; None means the setting."""
    return None if value is None else conf.parse_effort(value, "AdvanceThumbnailField: effort")


def lossless(value: object, wanted: Collection[ImageFormat | None]) -> bool:
    """Check whether no information may be lost, which JPEG cannot do.

    Args:
        value: The argument.
        wanted: The checked `format`, and the checked `formats`.
    """
    if flag("lossless", value) and ImageFormat.JPEG in wanted:
        needed = "False where format is 'JPEG' or formats has it, because JPEG always loses something"
        raise refuse("lossless", value, needed)
    return bool(value)


def max_bytes(value: object) -> int | None:
    """Check how many bytes a thumbnail may have; None for no limit."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refuse("max_bytes", value, "a whole number above 0, or None")
    return value


def processors(value: object, formats: Sequence[ImageFormat | None]) -> tuple[Processor, ...]:
    """Check what changes the finished thumbnail, in order.

    Args:
        value: Any number of processors.
        formats: The checked `format` and `formats`; what adds alpha needs formats that can hold it.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(each, Processor) for each in value):
        raise refuse("processors", value, "a list of processors, such as [Sharpen(0.6)]")
    for each in value:
        problem = problem_of(each)
        if problem:
            raise refuse("processors", value, f"a list of processors, and each must be {problem}")
        opaque = [one and one.value for one in formats if one is None or not OUTPUTS[one].alpha]
        if each.adds_alpha and opaque:
            argument = "format" if formats[0] is None or formats[0].value in opaque else "formats"
            with_alpha = ", ".join(name for name, facts in OUTPUTS.items() if facts.alpha)
            name = type(each).__name__
            raise refuse(argument, opaque[0], f"one of {with_alpha}, because {name} adds transparency")
    return tuple(value)


def background(value: object) -> RGB:
    """Check the colour that transparent pictures are composed on."""
    try:
        return RGB.parse(str(value))
    except ValueError:
        raise refuse("background", value, "a colour like '#ffffff' or '#fff'") from None


def flag(name: str, value: object) -> bool:
    """Check an argument that is True or False."""
    if not isinstance(value, bool):
        raise refuse(name, value, "True or False")
    return value


def mode(value: object) -> str | None:
    """Check when the thumbnail is made; None means the setting."""
    return None if value is None else conf.parse_mode(value, "AdvanceThumbnailField: mode")


def revision(value: object) -> int:
    """Check the revision of a field."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refuse("revision", value, "a whole number above 0")
    return value
