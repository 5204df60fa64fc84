"""Checks of the settings, and of the engines, the observer and the static file that they name."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.observing import load_observer

from .engines import check_engines

_STATIC_FILES = "django.contrib.staticfiles"


def check_settings(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Check every setting, and that the configured engines can be used."""
    messages: list[checks.CheckMessage] = []
    for read in (
        conf.check_on_save,
        conf.output_format,
        conf.qualities,
        conf.effort,
        conf.allowed_formats,
        conf.max_source_pixels,
        conf.max_source_bytes,
        conf.max_source_memory,
        conf.max_large_decodes,
        conf.max_frames,
        conf.keep_superseded,
        conf.fallback,
        conf.mode,
        conf.task,
    ):
        try:
            read()
        except ImproperlyConfigured as error:
            messages.append(checks.Error(str(error), id="advthumb.E008"))
    if conf.cache_alias() not in settings.CACHES:
        messages.append(
            checks.Warning(
                f"ADVANCE_THUMBNAIL_CACHE is {conf.cache_alias()!r}, which CACHES does not have.",
                hint="Everything works without a cache, only slower. Name an alias of CACHES.",
                id="advthumb.W001",
            )
        )
    return messages + check_engines(conf.engines)


def check_observer(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Check that `ADVANCE_THUMBNAIL_OBSERVER` names something that can be loaded and called."""
    try:
        path = conf.observer()
        if path is not None:
            load_observer(path)
    except ImproperlyConfigured as error:
        hint = "Saves go on without it. Correct the path, or install what it imports."
        return [checks.Error(str(error), hint=hint, id="advthumb.E012")]
    return []


def check_fallback(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Check that the static file of `ADVANCE_THUMBNAIL_FALLBACK` exists."""
    try:
        path = conf.fallback()
    except ImproperlyConfigured:
        return []  # `check_settings` reports it
    if not isinstance(path, str) or path == conf.SOURCE or not apps.is_installed(_STATIC_FILES):
        return []
    from django.contrib.staticfiles import finders

    if finders.find(path):
        return []
    return [
        checks.Warning(
            f"ADVANCE_THUMBNAIL_FALLBACK is {path!r}, and no static file has that name.",
            hint="Put it into the folder static/ of an app or one of STATICFILES_DIRS, or correct the path.",
            id="advthumb.W006",
        )
    ]
