"""Which tests are collected for which engine: those that it can do by what it lists.

A test says by marks what it needs. Each names formats, or parameters of the test that hold one:

    @pytest.mark.reads("TIFF")                the engine decodes TIFF
    @pytest.mark.writes("output")             it encodes what the parameter `output` says
    @pytest.mark.animates("source", "output") it does both with several frames
    @pytest.mark.lossless("output")           it encodes that without any loss

What a build cannot do is not collected for it, so that every skip which pytest reports is one to look at.
Nothing hides behind this: clause 15 proves that what is not listed is refused, and that every engine lists
what the web is made of.

`@pytest.mark.smoke` marks what runs over the derived engines as well. They share their code with an engine
that is tested in full; a test or two of each clause show that nothing got lost on the way.
"""

from typing import Any

import pytest

from advthumb.core.formats import ImageFormat
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.exceptions import EngineUnavailable

_ABILITIES = ("reads", "writes", "animates", "lossless")

EXAMPLE = "docs.example_engine.ExampleEngine"
"""The engine of the documentation, which is named by its path as any engine outside of advthumb is."""

INSIDE = "advthumb.engines.imagemagick.engine.WandEngine"
"""The engine in the processes of `imagemagick`, here in our own: where its steps can be watched."""

REAL = sorted(registry.ALIASES)
DERIVED = [EXAMPLE, INSIDE]
WITH_STEPS = [*(alias for alias in REAL if alias != "imagemagick"), INSIDE]
"""One of each library that does what it does in this process, step by step."""


def is_for_its_engine(item: pytest.Item) -> bool:
    """Return whether the engine of a test can do what the test needs; true for tests of no engine."""
    marks = [mark for name in _ABILITIES for mark in item.iter_markers(name)]
    parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    reference = parameters.get("reference", parameters.get("pipeline"))
    if reference in DERIVED and "reference" in parameters and not item.get_closest_marker("smoke"):
        return False
    for mark in marks:
        found = _engine(mark.kwargs.get("engine", reference))
        if found and not _formats(mark, parameters) <= getattr(found, mark.name):
            return False
    return True


def _engine(reference: str) -> ThumbnailEngine | None:
    """Return an engine, None for one that cannot be had: its tests are skipped, and say why."""
    try:
        return registry.engine(reference)
    except EngineUnavailable:
        return None


def _formats(mark: pytest.Mark, parameters: dict[str, Any]) -> set[ImageFormat]:
    named = (parameters.get(name, name) for name in mark.args)
    return {ImageFormat(value if isinstance(value, str) else value.format) for value in named}
