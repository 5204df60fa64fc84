"""The messages that people get when an upload is refused: what is wrong with it, and what to do.

Each function returns a `ValidationError` with a stable code. Its `params` have the values of the message. If
an engine gave a reason, they also have `reason`, the technical sentence for logs and APIs.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .core.errors import ErrorCode, ThumbnailError
from .core.formats import ImageFormat
from .core.images import Size, SourceInfo
from .core.media_types import MEDIA_TYPES

_MILLION = 1_000_000

EMPTY = "empty"
TOO_MANY_BYTES = "too-many-bytes"
TOO_MANY_PIXELS = "too-many-pixels"
TOO_SMALL = "too-small"
WRONG_EXTENSION = "wrong-extension"
UNAVAILABLE = "unavailable"
"""The codes that are not in `ErrorCode`; the others are its `unsupported`, `corrupt` and `too-large`."""


def empty() -> ValidationError:
    """Return the error for an empty file."""
    return ValidationError(gettext_lazy("This file is empty."), EMPTY)


def too_many_bytes(size: int, limit: int) -> ValidationError:
    """Return the error for a file of `size` bytes, more than `limit`."""
    return ValidationError(
        gettext_lazy("This file has %(size)s; at most %(limit)s are allowed."),
        TOO_MANY_BYTES,
        {"size": filesizeformat(size), "limit": filesizeformat(limit)},
    )


def too_many_pixels(info: SourceInfo, limit: int) -> ValidationError:
    """Return the error for a picture of more than `limit` pixels, counting all of its frames."""
    params = _sides(info.display_size) | {"limit": _pixels(limit)}
    if info.frames > 1:
        message = gettext_lazy(
            "This animation has %(frames)s frames of %(width)s × %(height)s pixels; "
            "at most %(limit)s are allowed in all frames together."
        )
        return ValidationError(message, TOO_MANY_PIXELS, params | {"frames": _number(info.frames)})
    message = gettext_lazy("This picture is %(width)s × %(height)s pixels; at most %(limit)s are allowed.")
    return ValidationError(message, TOO_MANY_PIXELS, params)


def too_small(size: Size, least: Size) -> ValidationError:
    """Return the error for a picture with less than the least width or height."""
    return ValidationError(
        gettext_lazy(
            "This picture is %(width)s × %(height)s pixels; "
            "at least %(least_width)s × %(least_height)s pixels are needed."
        ),
        TOO_SMALL,
        _sides(size) | {"least_width": _number(least.width), "least_height": _number(least.height)},
    )


def wrong_extension(found: ImageFormat) -> ValidationError:
    """Return the error for a file whose extension belongs to no accepted format."""
    return ValidationError(
        gettext_lazy("The name of this file must end in “%(extension)s”, because it is a %(format)s file."),
        WRONG_EXTENSION,
        {"extension": MEDIA_TYPES[found].extensions[0], "format": found.value},
    )


def unknown_format(accepted: Iterable[ImageFormat]) -> ValidationError:
    """Return the error for a file whose content is in none of the formats that can be detected."""
    return ValidationError(
        gettext_lazy("This file is in none of the accepted formats: %(formats)s."),
        ErrorCode.UNSUPPORTED.value,
        {"formats": ", ".join(accepted)},
    )


def unaccepted_format(found: ImageFormat, accepted: Iterable[ImageFormat]) -> ValidationError:
    """Return the error for a file of a format that is not accepted."""
    return ValidationError(
        gettext_lazy("%(format)s files are not accepted here. Accepted formats: %(formats)s."),
        ErrorCode.UNSUPPORTED.value,
        {"format": found.value, "formats": ", ".join(accepted)},
    )


def refused(error: ThumbnailError, found: ImageFormat) -> ValidationError:
    """Return the error for a file that an engine refuses, and would refuse again."""
    messages = {
        ErrorCode.UNSUPPORTED: gettext_lazy(
            "This kind of %(format)s file cannot be read here. Save it as JPEG or PNG and upload it again."
        ),
        ErrorCode.CORRUPT: gettext_lazy(
            "This file is damaged or incomplete. Save it again, or upload another one."
        ),
        ErrorCode.TOO_LARGE: gettext_lazy(
            "This picture is too large to be processed here. Upload a smaller version of it."
        ),
    }
    return ValidationError(
        messages[error.code], error.code.value, {"format": found.value, "reason": error.message}
    )


def unavailable(error: ThumbnailError) -> ValidationError:
    """Return the error for a file that could not be checked, for a reason that is not the file's fault."""
    return ValidationError(
        gettext_lazy("This file could not be processed just now. It may be fine; please try again later."),
        UNAVAILABLE,
        {"reason": error.message},
    )


def _number(value: float) -> str:
    """Return a number as people of the active language write it."""
    return number_format(value, force_grouping=True)


def _sides(size: Size) -> dict[str, str]:
    return {"width": _number(size.width), "height": _number(size.height)}


def _pixels(count: int) -> str:
    """Return a number of pixels in words; millions are rounded down to a tenth."""
    if count < 2 * _MILLION:
        return _("%(number)s pixels") % {"number": _number(count)}
    tenths = count * 10 // _MILLION
    return _("%(number)s million pixels") % {"number": _number(tenths / 10 if tenths % 10 else tenths // 10)}
