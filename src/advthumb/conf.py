"""The only module that reads settings: typed, with their defaults.

A value is kept until Django reports that a setting changed (`setting_changed`). So `override_settings` works,
and a save, which needs several settings, does not read them again. Importing this module needs no settings.
"""

import posixpath
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from .core.detection import Level
from .core.formats import OUTPUTS, Effort, ImageFormat
from .core.spec import Qualities
from .core.spec import qualities as all_qualities

T = TypeVar("T")

EngineReference = str | Mapping[str, Any]
"""An alias, a dotted path, or `{"BACKEND": ..., "OPTIONS": {...}}`."""

AUTO: Final = "auto"
"""The check level that depends on the storage: `stat` if it is local, else `name`."""

Fallback = str | Callable[[Any], Any] | None
"""What is shown in place of a missing thumbnail; see `fallback`."""

INLINE: Final = "inline"
"""The mode in which a save makes thumbnails itself."""

TASK: Final = "task"
"""The mode in which a save leaves thumbnails to a task."""

SOURCE = "source"
"""The fallback that shows the source itself."""

LEVELS: Mapping[str, Level] = {level.name.lower(): level for level in Level}


version: object = object()
"""A new object after each change of a setting. Compare it before you reuse what was made from settings."""


def _renew(**_details: object) -> None:
    global version  # noqa: PLW0603 - read directly, because a save reads it several times
    version = object()


setting_changed.connect(_renew)


def _kept(reader: Callable[[], T]) -> Callable[[], T]:
    """Read and check a setting once, and again after a change; a refused value is not kept."""
    kept = cache(reader)
    setting_changed.connect(lambda **_details: kept.cache_clear(), weak=False)
    return kept


def _get(name: str, default: T) -> T:
    value: T = getattr(settings, f"ADVANCE_THUMBNAIL_{name}", default)
    return value


def _refuse(name: str, value: object, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"ADVANCE_THUMBNAIL_{name} is {value!r}; it must be {wanted}")


@_kept
def engines() -> tuple[EngineReference, ...]:
    """Return the configured engines, in the order in which they are asked whether they read a format."""
    value: Any = _get("ENGINE", "pillow")
    return as_references(value)


def engines_of(argument: Any) -> tuple[EngineReference, ...]:
    """Return the engines for a field's argument `engine`; None means those of the setting.

    `ADVANCE_THUMBNAIL_TEST_ENGINE` overrides both.
    """
    return _test_engines() or (engines() if argument is None else as_references(argument))


@_kept
def _test_engines() -> tuple[EngineReference, ...]:
    value: Any = _get("TEST_ENGINE", None)
    return () if value is None else as_references(value)


def as_references(value: Any) -> tuple[EngineReference, ...]:
    """Return the engines of a setting or field argument: one reference, or a list of them."""
    single = isinstance(value, str | Mapping)
    references = (value,) if single or not isinstance(value, Iterable) else tuple(value)
    if not references or not all(isinstance(each, str | Mapping) for each in references):
        msg = f"engines are named by alias, dotted path or mapping, at least one of them; not {value!r}"
        raise ImproperlyConfigured(msg)
    return references


@_kept
def cache_alias() -> str:
    """Return the alias in CACHES of the cache that advthumb uses."""
    return _get("CACHE", "default")


@_kept
def check_on_save() -> str:
    """Return how much a save checks: `auto`, `name`, `stat` or `content`."""
    value = _get("CHECK_ON_SAVE", AUTO)
    if value != AUTO and value not in LEVELS:
        raise _refuse("CHECK_ON_SAVE", value, f"one of {[AUTO, *LEVELS]}")
    return value


@_kept
def output_format() -> ImageFormat | None:
    """Return the output format for fields that name none; None keeps the format of the source."""
    value = _get("FORMAT", None)
    return None if value is None else parse_output_format(value, "ADVANCE_THUMBNAIL_FORMAT")


def parse_output_format(value: str, where: str) -> ImageFormat:
    """Return the output format with this name, in upper or lower case (`JPG` is JPEG).

    Raises:
        ImproperlyConfigured: There is no such output format; `where` names the wrong argument or setting.
    """
    name = str(value).upper()
    name = "JPEG" if name == "JPG" else name
    if name not in [image_format.value for image_format in OUTPUTS]:
        msg = f"{where} is {value!r}; it must be one of {', '.join(OUTPUTS)}"
        raise ImproperlyConfigured(msg)
    return ImageFormat(name)


@_kept
def qualities() -> Qualities:
    """Return the quality of every lossy format; formats that the setting leaves out keep their default."""
    value: Any = _get("QUALITY", {})
    if not isinstance(value, Mapping):
        raise _refuse("QUALITY", value, "a mapping such as {'JPEG': 85}")
    found = {
        parse_output_format(name, "a key of ADVANCE_THUMBNAIL_QUALITY"): quality
        for name, quality in value.items()
    }
    for quality in found.values():
        if not is_quality(quality):
            raise _refuse("QUALITY", value, "a mapping of formats to whole numbers from 1 to 100")
    return all_qualities(found)


def is_quality(value: object) -> bool:
    """Return whether a value is a quality: a whole number from 1 to 100."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100


@_kept
def effort() -> Effort:
    """Return how much time encoders spend to save bytes, for fields that do not say so."""
    return parse_effort(_get("EFFORT", Effort.BALANCED), "ADVANCE_THUMBNAIL_EFFORT")


def parse_effort(value: object, where: str) -> Effort:
    """Return the effort with this name.

    Raises:
        ImproperlyConfigured: There is no such effort; `where` names the wrong argument or setting.
    """
    if value not in list(Effort):
        choices = ", ".join(map(repr, map(str, Effort)))
        msg = f"{where} is {value!r}; it must be one of {choices}"
        raise ImproperlyConfigured(msg)
    return Effort(str(value))


def _limit(name: str, default: int) -> int:
    value: Any = _get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _refuse(name, value, "a whole number above 0")
    return value


@_kept
def max_source_pixels() -> int:
    """Return the limit on the pixels of a source, counting all of its frames."""
    return _limit("MAX_SOURCE_PIXELS", 100_000_000)


@_kept
def max_source_bytes() -> int:
    """Return the limit on the file size of a source."""
    return _limit("MAX_SOURCE_BYTES", 100 * 2**20)


@_kept
def max_source_memory() -> int:
    """Return the limit on the memory, in bytes, that decoding one source needs at once."""
    return _limit("MAX_SOURCE_MEMORY", 512 * 2**20)


@_kept
def max_large_decodes() -> int:
    """Return how many large sources are decoded at the same time in one process."""
    return _limit("MAX_LARGE_DECODES", 2)


@_kept
def max_frames() -> int:
    """Return how many frames of an animation are kept at most."""
    return _limit("MAX_FRAMES", 200)


@_kept
def allowed_formats() -> frozenset[ImageFormat] | None:
    """Return the formats, detected by content, that may reach a decoder in any process.

    None, the default, means `SAFE_FORMATS`, and everything that an engine with sealed processes reads.
    """
    value: Iterable[str] | None = _get("ALLOWED_FORMATS", None)
    try:
        return None if value is None else frozenset(ImageFormat(str(name).upper()) for name in value)
    except (TypeError, ValueError):
        raise _refuse("ALLOWED_FORMATS", value, f"a list with any of {', '.join(ImageFormat)}") from None


@_kept
def keep_superseded() -> timedelta:
    """Return how long the file of a superseded thumbnail stays for pages that still link to it."""
    value: Any = _get("KEEP_SUPERSEDED", timedelta(0))
    if not isinstance(value, timedelta) or value < timedelta(0):
        raise _refuse("KEEP_SUPERSEDED", value, "a datetime.timedelta that is not negative")
    return value


@_kept
def fallback() -> Fallback:
    """Return what a page shows in place of a missing thumbnail.

    This is the path of a static file, a function that gets the empty `ThumbnailFieldFile` and returns a URL
    or None, `SOURCE`, or None for nothing.
    """
    value: Any = _get("FALLBACK", None)
    if value is None or callable(value) or (isinstance(value, str) and _is_static_path(value)):
        found: Fallback = value
        return found
    raise _refuse(
        "FALLBACK",
        value,
        "the path of a static file below STATIC_URL such as 'img/no-picture.svg', a function that gets the "
        "thumbnail's file and returns any URL or None, 'source', or None for nothing",
    )


def _is_static_path(value: str) -> bool:
    """Return whether a text is a path for `{% static %}`: relative, inside the folder, and not a URL."""
    return posixpath.normpath(value) == value and not value.startswith(("/", ".")) and ":" not in value


@_kept
def mode() -> str:
    """Return when thumbnails are made, for fields that do not say so: `inline` or `task`."""
    return parse_mode(_get("MODE", INLINE), "ADVANCE_THUMBNAIL_MODE")


def parse_mode(value: object, where: str) -> str:
    """Return the mode with this name.

    Raises:
        ImproperlyConfigured: There is no such mode; `where` names the wrong argument or setting.
    """
    if value not in (INLINE, TASK):
        msg = f"{where} is {value!r}; it must be {INLINE!r} or {TASK!r}"
        raise ImproperlyConfigured(msg)
    return str(value)


class TaskSettings(NamedTuple):
    """How tasks are enqueued; `queue`, `backend` and `priority` mean what they do in Django's `TASKS`."""

    queue: str = "default"
    backend: str = "default"
    priority: int = 0
    retries: int = 3


@_kept
def task() -> TaskSettings:
    """Return how tasks are enqueued."""
    value: Any = _get("TASK", {})
    if isinstance(value, Mapping) and value.keys() <= set(TaskSettings._fields):
        found = TaskSettings(**value)
        names = isinstance(found.queue, str) and isinstance(found.backend, str)
        numbers = all(type(each) is int for each in (found.priority, found.retries))
        if names and numbers and abs(found.priority) <= 100 and found.retries >= 0:
            return found
    raise _refuse(
        "TASK",
        value,
        "a mapping with any of 'queue' and 'backend' (names), 'priority' (a whole number from -100 to 100) "
        "and 'retries' (a whole number, at least 0)",
    )


@_kept
def observer() -> str | None:
    """Return the dotted path of what is called after each phase of the work; None for nothing."""
    value: Any = _get("OBSERVER", None)
    if value is None or (isinstance(value, str) and value):
        return value
    raise _refuse("OBSERVER", value, "the dotted path of a function or class, or None")


@_kept
def raise_errors() -> bool:
    """Return whether `save()` raises an error when a thumbnail fails."""
    return bool(_get("RAISE", False))
