"""The formats that a test of the contract needs, and those of them that an engine lacks.

A test declares its needs with marks. Each names formats, or parameters of the test that contain one:

    @pytest.mark.reads("TIFF")                the engine decodes TIFF
    @pytest.mark.writes("output")             it encodes the format in the parameter `output`
    @pytest.mark.animates("source", "output") it handles both formats with several frames
    @pytest.mark.lossless("output")           it encodes this format without any loss

This cannot hide failures: clause 15 checks that a format which is not listed is refused, and that every
engine lists the common formats of the web.
"""

from typing import Any

import pytest

from advthumb.core.formats import ImageFormat
from advthumb.engines.base import ThumbnailEngine

ABILITIES = ("reads", "writes", "animates", "lossless")


def needs(item: pytest.Item) -> list[pytest.Mark]:
    """Return the marks that say what a test needs."""
    return [mark for name in ABILITIES for mark in item.iter_markers(name)]


def lacking(mark: pytest.Mark, engine: ThumbnailEngine, item: pytest.Item) -> set[ImageFormat]:
    """Return the formats that a mark of a test names, but the engine does not list."""
    named = (parameters(item).get(name, name) for name in mark.args)
    formats = {ImageFormat(value if isinstance(value, str) else value.format) for value in named}
    listed: frozenset[ImageFormat] = getattr(engine, mark.name)
    return formats - listed


def parameters(item: pytest.Item) -> dict[str, Any]:
    """Return the parameters of a test, empty if it has none."""
    callspec = getattr(item, "callspec", None)
    found: dict[str, Any] = callspec.params if callspec else {}
    return found
