"""What a test of the contract needs of an engine, and what the engine lacks of it.

A test says by marks what it needs. Each names formats, or parameters of the test that hold one:

    @pytest.mark.reads("TIFF")                the engine decodes TIFF
    @pytest.mark.writes("output")             it encodes what the parameter `output` says
    @pytest.mark.animates("source", "output") it does both with several frames
    @pytest.mark.lossless("output")           it encodes that without any loss

Nothing hides behind this: clause 15 proves that what is not listed is refused, and that every engine lists
what the web is made of.
"""

from typing import Any

import pytest

from advthumb.core.formats import ImageFormat
from advthumb.engines.base import ThumbnailEngine

ABILITIES = ("reads", "writes", "animates", "lossless")


def needs(item: pytest.Item) -> list[pytest.Mark]:
    """Return what a test needs of its engine."""
    return [mark for name in ABILITIES for mark in item.iter_markers(name)]


def lacking(mark: pytest.Mark, engine: ThumbnailEngine, item: pytest.Item) -> set[ImageFormat]:
    """Return the formats that a mark of a test names and the engine does not list."""
    named = (parameters(item).get(name, name) for name in mark.args)
    formats = {ImageFormat(value if isinstance(value, str) else value.format) for value in named}
    listed: frozenset[ImageFormat] = getattr(engine, mark.name)
    return formats - listed


def parameters(item: pytest.Item) -> dict[str, Any]:
    """Return the parameters of a test, none for one that has none."""
    callspec = getattr(item, "callspec", None)
    found: dict[str, Any] = callspec.params if callspec else {}
    return found
