"""Renders the same files with every engine, to compare the results, their cost and their differences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import sub
from pathlib import Path
from time import perf_counter

from advthumb import conf
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.images import RGB, Size
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.sniffing import sniff
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.registry import engine
from advthumb.rendering import examine

GROUND = RGB(204, 204, 204)
"""The background of transparent thumbnails when they are compared and shown."""

_RUNS = 3
_NOTHING = Size(0, 0)


@dataclass(frozen=True)
class Cell:
    """The result of one engine for one file.

    Attributes:
        file: The path as it was given.
        engine: The engine's name.
        error: Why there is no thumbnail; empty if there is one.
        size: The size of the thumbnail in pixels.
        length: The size of the thumbnail in bytes.
        milliseconds: The shortest time of a few runs, from the file's bytes to the thumbnail's bytes.
        difference: The average difference of a sample, in levels of 255, from the first engine that made a
            thumbnail; None if the sizes differ.
        pixels: The RGB samples, on `GROUND`.
    """

    file: str
    engine: str
    error: str = ""
    size: Size = _NOTHING
    length: int = 0
    milliseconds: float = 0
    difference: float | None = None
    pixels: bytes = b""


def compare(
    files: Iterable[Path], engines: Mapping[str, conf.EngineReference], spec: ThumbnailSpec
) -> list[list[Cell]]:
    """Return a row for each file with a cell for each engine, in the given order.

    Raises:
        OSError: A file cannot be read.
    """
    return [_row(path, engines, spec) for path in files]


def _row(path: Path, engines: Mapping[str, conf.EngineReference], spec: ThumbnailSpec) -> list[Cell]:
    data = path.read_bytes()
    row: list[Cell] = []
    for name, reference in engines.items():
        first = next((cell for cell in row if not cell.error), None)
        row.append(_filled(Cell(str(path), name), data, reference, spec, first))
    return row


def _filled(
    cell: Cell,
    data: bytes,
    reference: conf.EngineReference,
    spec: ThumbnailSpec,
    first: Cell | None,
) -> Cell:
    from advthumb.engines.pillow import flattened

    try:
        _check_format(data, reference)
        runs = [_timed(data, reference, spec) for _ in range(_RUNS)]
    except ThumbnailError as error:
        return replace(cell, error=str(error))
    thumbnail = runs[0][1]
    pixels = flattened(thumbnail.data, thumbnail.format, GROUND)
    return replace(
        cell,
        size=thumbnail.size,
        length=len(thumbnail.data),
        milliseconds=min(seconds for seconds, _ in runs) * 1000,
        difference=0.0 if first is None else _difference(first.pixels, pixels, first.size == thumbnail.size),
        pixels=pixels,
    )


def _check_format(data: bytes, reference: conf.EngineReference) -> None:
    """Refuse a file whose format the engine does not read, without advice about other engines.

    The advice that `examine` gives is for an upload that no engine reads. Here, the other engines are
    compared anyway.
    """
    found, image_format = engine(reference), sniff(data)
    if image_format is not None and image_format not in found.reads:
        msg = f"the {found.name} engine does not read {image_format}"
        raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)


def _timed(
    data: bytes, reference: conf.EngineReference, spec: ThumbnailSpec
) -> tuple[float, RenderedThumbnail]:
    started = perf_counter()
    found, info = examine(data, [reference])
    [thumbnail] = found.render(data, info, [plan(spec, info, found.shrink_margin)])
    return perf_counter() - started, thumbnail


def _difference(one: Sequence[int], other: Sequence[int], same_size: bool) -> float | None:
    return sum(map(abs, map(sub, one, other))) / len(one) if same_size else None
