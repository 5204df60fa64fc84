"""Thumbnails of 800 px, by format and effort: milliseconds, kilobytes, and similarity to the source.

The last rows are responsive sets.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from contenders import ours
from harness import corpus
from harness.command import Order, main, noted
from harness.measuring import figure, interleaved, ratio
from harness.results import Claim, Report, Row, at_least, at_most
from harness.similarity import ssim
from harness.workers import ONE_THREAD, Worker, first_answers, hired
from PIL import Image, ImageOps

_FAST, _BALANCED, _SMALL = "fast", "balanced", "small"
_EFFORTS = {_FAST: {"effort": _FAST}, _BALANCED: {}, _SMALL: {"effort": _SMALL}}
_LIMITED, _LIMIT = "max_bytes=40,000", 40_000
_WORKS = {
    "JPEG": {**_EFFORTS, "progressive": {"progressive": True}, _LIMITED: {"max_bytes": _LIMIT}},
    "PNG": _EFFORTS,
    "WEBP": {**_EFFORTS, "lossless": {"lossless": True}, _LIMITED: {"max_bytes": _LIMIT}},
    "AVIF": {
        **{way: _EFFORTS[way] for way in (_FAST, _BALANCED)},  # where `small` is the same as `balanced`
        "lossless": {"lossless": True},
        _LIMITED: {"max_bytes": _LIMIT},
    },
}
_FASTER = {"JPEG": 1.1, "PNG": 1.5, "WEBP": 1.5, "AVIF": 4.0}
"""How many times as fast as the default `fast` should be."""
_SIDE = 800
_SET_MS = 1200
"""How many milliseconds a set may take with the effort `fast`, so that a save can make it."""


class Judged(NamedTuple):
    """The thumbnails of all sources: their mean bytes, and their mean similarity to the source."""

    length: float
    similarity: float


def measure(order: Order, report: Report) -> None:
    """Add a row for each format and each way to write it."""
    sources = reduced(order)
    with hired(map(ours, order.engines), report.absent, ONE_THREAD) as workers:
        for image_format in _WORKS:
            for row in _rows(image_format, sources, workers, order, report):
                noted(report, row)
        for effort in (_FAST, _BALANCED):
            noted(report, _row_of_sets(effort, workers, order, report))


def reduced(order: Order) -> list[str]:
    """Return photos of the corpus at thumbnail size, as uncompressed pixels that cost no time to decode."""
    found = []
    for name in corpus.CAMERAS:
        path = Path(order.path(name)).with_suffix(".reduced.tiff")
        if not path.exists():
            with Image.open(order.path(name)) as image:
                picture = ImageOps.exif_transpose(image).convert("RGB")
            picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
            picture.save(path)
        found.append(str(path))
    return found


def _rows(
    image_format: str, sources: Sequence[str], workers: dict[str, Worker], order: Order, report: Report
) -> Iterable[Row]:
    """Return the time of each contender for each way to write a format, and the results."""
    judged, asks = {}, {}
    for way, options in _WORKS[image_format].items():
        request = {"sources": sources, "image_format": image_format, "options": options}
        able = first_answers(workers, report.absent, f"{image_format} {way}", partial(_judged, **request))
        for name, found in able.items():
            judged[f"{way} {name}"] = found
            asks[f"{way} {name}"] = partial(workers[name].ask, "encoding.encode", **request)
    answers = interleaved(asks, 1 if order.quick else 5)
    for way in _WORKS[image_format]:
        row = Row(f"{image_format}, {way}", "ms")
        for name, worker in workers.items():
            this, usual = f"{way} {name}", f"{_BALANCED} {name}"
            if this not in judged:
                continue
            row.figures[name] = figure(answers[this]).scaled(1000 / len(sources))
            row.remarks[name] = f"{judged[this].length / 1000:.1f} kB, SSIM {judged[this].similarity:.4f}"
            faster = ratio(answers[this], answers[usual]).median
            longer = judged[this].length / judged[usual].length
            row.claims += _claims(way, image_format, worker.contender.engine, faster, longer)
        yield row


def _row_of_sets(effort: str, workers: dict[str, Worker], order: Order, report: Report) -> Row:
    """Return the time of a set of four widths in three formats."""
    row = Row(f"12 MP JPEG, 4 widths in 3 formats, {effort}", "ms")
    request = {"source": order.path(corpus.CAMERAS[0]), "effort": effort}
    able = first_answers(
        workers, report.absent, f"sets {effort}", lambda worker: worker.ask("encoding.encode_set", **request)
    )
    asks = {name: partial(workers[name].ask, "encoding.encode_set", **request) for name in able}
    for name, answers in interleaved(asks, 1 if order.quick else 5).items():
        row.figures[name] = figure(answers).scaled(1000)
        if effort == _FAST:
            claim = at_most(workers[name].contender.engine, _SET_MS, row.figures[name].median, " ms")
            row.claims.append(claim)
    return row


def _judged(worker: Worker, sources: Sequence[str], **request: Any) -> Judged:
    made = worker.ask("encoding.show", sources=sources, **request)["made"]
    return Judged(
        mean(Path(path).stat().st_size for path in made),
        mean(ssim(path, source) for path, source in zip(made, sources, strict=True)),
    )


def _claims(way: str, image_format: str, engine: str, faster: float, longer: float) -> Iterable[Claim]:
    if way == _FAST:
        return [at_least(engine, _FASTER[image_format], faster, "x as fast")]
    if way == _SMALL:
        return [at_most(engine, 1, longer, "x of the bytes")]
    return []


if __name__ == "__main__":
    main("encoders", measure)
