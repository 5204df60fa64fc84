"""The engines under test: every alias there is, unless its library is missing."""

import os

import pytest

from advthumb.engines import registry
from advthumb.engines.base import AnyEngine
from advthumb.exceptions import EngineUnavailable

REQUIRED = frozenset(filter(None, os.environ.get("ADVTHUMB_REQUIRE_ENGINES", "").split(",")))
"""Engines that must not be skipped here: in CI a missing library is a failure."""


@pytest.fixture(scope="session", params=sorted(registry.ALIASES))
def engine(request: pytest.FixtureRequest) -> AnyEngine:
    """Each engine in turn; one that cannot be had is skipped, or fails where it is required."""
    try:
        return registry.engine(request.param)
    except EngineUnavailable as error:
        if request.param in REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def media() -> None:
    """Take the place of the suite's storage: nothing is stored here."""
