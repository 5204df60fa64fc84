"""The conditions under which sources fail: limits, allowed formats and engines."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from . import conf
from .engines.registry import engine, engine_class


def conditions_of_failure(references: Sequence[conf.EngineReference]) -> str:
    """Return the limits, formats and engines that decide whether a source fails, as one text.

    A failed source is tried again when this text changes. The text is computed once for each version of the
    settings. The first call loads the engines, so call it only to compare or record a failure. For an
    isolated engine only the class is read, so that no process is started: a new build of its library is not
    noticed.

    Args:
        references: Engine references, in the order in which they are asked.
    """
    key = repr(references)
    texts = _texts()
    if key not in texts:
        texts[key] = " ".join([*_limits(), *(_of_engine(reference) for reference in references)])
    return texts[key]


@cache
def _texts() -> dict[str, str]:
    return {}


setting_changed.connect(lambda **_details: _texts.cache_clear(), weak=False)


def _limits() -> list[str]:
    limits: list[Any] = [
        conf.max_source_pixels(),
        conf.max_source_bytes(),
        conf.max_source_memory(),
        conf.max_frames(),
        sorted(conf.allowed_formats() or ["by engine"]),
    ]
    return [str(limit) for limit in limits]


def _of_engine(reference: conf.EngineReference) -> str:
    """Return the reference and revision of an engine, and the formats and versions of its build.

    An isolated engine gives only its reference and revision.
    """
    try:
        kind = engine_class(reference)
        parts = [repr(reference), str(kind.revision)]
        if not kind.isolated:
            made = engine(reference)
            parts += [str(sorted(made.reads)), str(sorted(made.versions().items()))]
    except ImproperlyConfigured as error:  # reported when the engine is to render
        return f"{reference!r}: {error}"
    return " ".join(parts)
