"""The engines under test: every alias, unless its library is missing, and those derived from them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.imagemagick import ImageMagickEngine
from advthumb.engines.pipeline import PipelineEngine
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.watch import Watched

from .collecting import DERIVED, EXAMPLE, INSIDE, REAL, WITH_STEPS, is_for_its_engine

HERE = Path(__file__).parent

# The policy of ImageMagick also applies if its primitives run in this process or in children of tests.
os.environ.update(ImageMagickEngine.environment)

REQUIRED = frozenset(filter(None, os.environ.get("ADVTHUMB_REQUIRE_ENGINES", "").split(",")))
"""Engines that must not be skipped here: in CI a missing library is a failure."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what an engine cannot do (`collecting`)."""
    items[:] = [item for item in items if HERE not in item.path.parents or is_for_its_engine(item)]


@pytest.fixture(scope="session", params=[*REAL, *DERIVED])
def reference(request: pytest.FixtureRequest) -> str:
    """The reference by which a setting names each engine, in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def engine(reference: str) -> ThumbnailEngine:
    """Each engine in turn; an unavailable one is skipped, or fails if it is required."""
    return had(reference)


@pytest.fixture(scope="session")
def watched(reference: str) -> Iterator[Watched]:
    """Return a child process with the engine, for hostile files: one for all tests, as it starts slowly."""
    had(reference)
    with Watched(reference) as child:
        yield child


@pytest.fixture(scope="session", params=WITH_STEPS)
def pipeline(request: pytest.FixtureRequest) -> PipelineEngine[Any]:
    """Each engine in turn whose steps can be watched."""
    found = had(request.param)
    assert isinstance(found, PipelineEngine)
    return found


def had(reference: str) -> ThumbnailEngine:
    """Return an engine; an unavailable one is skipped, or fails if it is required."""
    try:
        return registry.engine(reference)
    except EngineUnavailable as error:
        required = REQUIRED | {EXAMPLE} | ({INSIDE} if "imagemagick" in REQUIRED else set())
        if reference in required:
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def media() -> None:
    """Replace the storage of the suite: nothing is stored here."""
