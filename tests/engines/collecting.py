"""Which tests are collected for which engine: those that its listed abilities allow.

Marks of a test say what it needs (`advthumb.testing.contract.abilities`). Tests that a build cannot run are
not collected for it, so that every skip in pytest's report deserves attention.

`@pytest.mark.smoke` marks what runs over the derived engines as well. They share their code with an engine
that is tested in full; a test or two of each clause show that nothing got lost on the way.
"""

import pytest

from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.abilities import lacking, needs, parameters

EXAMPLE = "docs.example_engine.ExampleEngine"
"""The engine of the documentation, named by its path like any third-party engine."""

INSIDE = "advthumb.engines.imagemagick.engine.WandEngine"
"""The engine that `imagemagick` runs in its processes, here in our own, so that tests can watch its steps."""

REAL = sorted(registry.ALIASES)
DERIVED = [EXAMPLE, INSIDE]
WITH_STEPS = [*(alias for alias in REAL if alias != "imagemagick"), INSIDE]
"""One engine for each library that works in this process, step by step."""


def is_for_its_engine(item: pytest.Item) -> bool:
    """Return whether the engine of a test can do what the test needs; true for tests of no engine."""
    given = parameters(item)
    reference = given.get("reference", given.get("pipeline"))
    if reference in DERIVED and "reference" in given and not item.get_closest_marker("smoke"):
        return False
    for mark in needs(item):
        found = _engine(mark.kwargs.get("engine", reference))
        if found and lacking(mark, found, item):
            return False
    return True


def _engine(reference: str) -> ThumbnailEngine | None:
    """Return an engine, or None if it is unavailable: its tests are skipped with the reason."""
    try:
        return registry.engine(reference)
    except EngineUnavailable:
        return None
