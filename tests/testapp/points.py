"""Functions that find the point of a crop, as a project writes them. Each notes the pictures that it gets."""

import numpy as np

from advthumb.core.samples import Samples

seen: list[Samples] = []
"""The pictures that functions got. A test that looks into it empties it first."""

ANSWERS: dict[str, object] = {}
"""What `answer` returns, under the name `answer`."""


def brightest(preview: Samples) -> tuple[float, float]:
    """Return the middle of the brightest part."""
    seen.append(preview)
    levels = np.frombuffer(preview.data, np.uint8).reshape(preview.size.height, preview.size.width, -1)
    light = levels.astype(int).sum(axis=2)
    rows, columns = np.nonzero(light >= light.max() - 60)
    return (columns.mean() + 0.5) / preview.size.width, (rows.mean() + 0.5) / preview.size.height


def leftmost(preview: Samples) -> tuple[int, int]:
    """Return the upper left corner."""
    seen.append(preview)
    return 0, 0


def nothing(preview: Samples) -> None:
    """Find nothing."""
    seen.append(preview)


def failing(preview: Samples) -> tuple[float, float]:
    """Raise an exception of its own."""
    seen.append(preview)
    msg = "the model file is missing"
    raise LookupError(msg)


def answer(preview: Samples) -> object:
    """Return what a test asks for."""
    seen.append(preview)
    return ANSWERS["answer"]


not_a_function = (0.5, 0.5)
