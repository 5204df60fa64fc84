"""The engines under test: every alias there is, unless its library is missing, and the documented example."""

import os
from typing import Any

import pytest

from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.imagemagick import ImageMagickEngine
from advthumb.engines.pipeline import PipelineEngine
from advthumb.exceptions import EngineUnavailable

EXAMPLE = "docs.example_engine.ExampleEngine"
"""The engine of the documentation, which is named by its path as any engine outside of advthumb is."""

INSIDE = "advthumb.engines.imagemagick.engine.WandEngine"
"""The engine in the processes of `imagemagick`, here in our own: where its steps can be watched."""

# It is not alone there: the same policy holds, which this process and the children of tests have to be told.
os.environ.update(ImageMagickEngine.environment)

REFERENCES = [*sorted(registry.ALIASES), EXAMPLE, INSIDE]
WITH_STEPS = [name for name in REFERENCES if name != "imagemagick"]
"""The engines that do what they do in this process, step by step."""

REQUIRED = frozenset(filter(None, os.environ.get("ADVTHUMB_REQUIRE_ENGINES", "").split(",")))
"""Engines that must not be skipped here: in CI a missing library is a failure."""


@pytest.fixture(scope="session", params=REFERENCES)
def reference(request: pytest.FixtureRequest) -> str:
    """What a setting names each engine by, in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def engine(reference: str) -> ThumbnailEngine:
    """Each engine in turn; one that cannot be had is skipped, or fails where it is required."""
    return had(reference)


@pytest.fixture(scope="session", params=WITH_STEPS)
def pipeline(request: pytest.FixtureRequest) -> PipelineEngine[Any]:
    """Each engine in turn whose steps can be watched."""
    found = had(request.param)
    assert isinstance(found, PipelineEngine)
    return found


def had(reference: str) -> ThumbnailEngine:
    """Return an engine; one that cannot be had is skipped, or fails where it is required."""
    try:
        return registry.engine(reference)
    except EngineUnavailable as error:
        required = REQUIRED | {EXAMPLE} | ({INSIDE} if "imagemagick" in REQUIRED else set())
        if reference in required:
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def media() -> None:
    """Take the place of the suite's storage: nothing is stored here."""
