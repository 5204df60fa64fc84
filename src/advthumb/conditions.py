"""What decides, beside a source and its spec, whether it fails: limits, allowed formats and engines."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from . import conf
from .engines.registry import engine, engine_class


def conditions_of_failure(references: Sequence[conf.EngineReference]) -> str:
    """Return all that decides about a failure as one text; a failure is tried again when it changes.

    It is worked out once for each version of the settings. The first time engines are loaded, so ask only
    where there is a failure to compare or to note. Of an engine in processes of its own the class alone is
    asked, so that no process is started: another build of its library is not noticed.

    Args:
        references: Engine references, in the order they are asked.
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
    """Return what an engine is and can: its reference and revision, the versions and formats of its build."""
    try:
        kind = engine_class(reference)
        parts = [repr(reference), str(kind.revision)]
        if not kind.isolated:
            made = engine(reference)
            parts += [str(sorted(made.reads)), str(sorted(made.versions().items()))]
    except ImproperlyConfigured as error:  # told where it is to render
        return f"{reference!r}: {error}"
    return " ".join(parts)
