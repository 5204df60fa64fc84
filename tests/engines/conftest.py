"""The engines under test: every alias there is, unless its library is missing, and the documented example."""

import os

import pytest

from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.exceptions import EngineUnavailable

EXAMPLE = "docs.example_engine.ExampleEngine"
"""The engine of the documentation, which is named by its path as any engine outside of advthumb is."""

REQUIRED = frozenset(filter(None, os.environ.get("ADVTHUMB_REQUIRE_ENGINES", "").split(",")))
"""Engines that must not be skipped here: in CI a missing library is a failure."""


@pytest.fixture(scope="session", params=[*sorted(registry.ALIASES), EXAMPLE])
def reference(request: pytest.FixtureRequest) -> str:
    """What a setting names each engine by, in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def engine(reference: str) -> ThumbnailEngine:
    """Each engine in turn; one that cannot be had is skipped, or fails where it is required."""
    try:
        return registry.engine(reference)
    except EngineUnavailable as error:
        if reference in {EXAMPLE, *REQUIRED}:
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def media() -> None:
    """Take the place of the suite's storage: nothing is stored here."""
