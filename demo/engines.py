"""The same pictures through every available engine: the results, their times and their differences."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from advthumb.core.formats import ImageFormat
from advthumb.core.spec import ThumbnailSpec
from advthumb.diagnosis.comparison import Cell, compare
from advthumb.diagnosis.trials import report
from advthumb.engines.registry import ALIASES
from samples import Sample
from sheet import Card

Compared = list[tuple[Sample, list[Cell]]]

_MEAN_LEVELS = 1
"""How many of 255 levels engines may differ by on photos, on average."""


def render_all(files: Sequence[tuple[Sample, Path]], side: int) -> Compared:
    """Render every sample with every available engine, and say what the other engines lack.

    The output is PNG, which is lossless, to compare the engines and not their JPEG encoders.
    """
    reports = [report(alias, alias) for alias in ALIASES]
    for each in reports:
        if each.problem:
            print(f"The engine {each.engine} is not here: {each.problem}")
    engines = {each.engine: each.engine for each in reports if not each.problem}
    spec = ThumbnailSpec(width=side, height=side, format=ImageFormat.PNG)
    cells = compare([path for _, path in files], engines, spec)
    return list(zip([sample for sample, _ in files], cells, strict=True))


def table(compared: Compared) -> Iterator[str]:
    """Return the lines of a table: the milliseconds of each engine, and how many levels it differs by."""
    names = [cell.engine for cell in compared[0][1]]
    columns = "{:18} {:>9}" + " {:>24}" * len(names)
    yield columns.format("source", "thumbnail", *names)
    for sample, cells in compared:
        size = next((str(cell.size) for cell in cells if not cell.error), "-")
        yield columns.format(sample.name, size, *map(_in_words, cells))


def cards(compared: Compared) -> Iterator[Card]:
    """Return a card for each sample with the thumbnail of each engine."""
    for sample, cells in compared:
        made = [cell for cell in cells if not cell.error]
        pictures = [
            (Image.frombytes("RGB", cell.size, cell.pixels), f"{cell.engine}, {_in_words(cell)}")
            for cell in made
        ]
        note = "" if made else "Refused by every engine, as it should be."
        yield Card(sample.name, sample.why, pictures, note)


def complaints(compared: Compared) -> Iterator[str]:
    """Compare the engines' thumbnails with each other and with the expected ones."""
    for sample, cells in compared:
        for cell in cells:
            where = f"{sample.name} by {cell.engine}"
            if sample.readable == bool(cell.error):
                yield f"{where}: {cell.error or 'a picture was made of what cannot be read'}"
            elif not cell.error and cell.difference is None:
                yield f"{where} is {cell.size} px, not as large as by {cells[0].engine}"
            elif cell.difference and cell.difference > _MEAN_LEVELS:
                yield f"{where} differs by {cell.difference:.2f} levels"


def _in_words(cell: Cell) -> str:
    if cell.error:
        return "refused"
    differs = "another size" if cell.difference is None else f"{cell.difference:.2f} levels off"
    return f"{cell.milliseconds:.0f} ms, {differs}"
