"""Rows of `bulk` about advthumb alone: the gain from tuning the C library, and the share of the ceiling.

The ceiling is an engine that only renders, in as many processes as there are processors.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from contenders import ours
from harness import corpus
from harness.command import Order
from harness.measuring import Figure, interleaved, ratio
from harness.results import Report, Row, at_least
from harness.workers import ONE_THREAD, Worker, hired

from advthumb.cpus import available_cpus

_ENGINES = ("pillow", "vips")
"""The engines that render in the command's own process."""
_UNTUNED = "--no-malloc-tuning"
_SHARE = 0.88
_QUICK = 8


@dataclass(frozen=True, slots=True)
class Work:
    """A table to fill with a tuned and an untuned C library, and the target.

    Attributes:
        name: What the table holds.
        pictures: Files of the corpus, used in turn.
        rows: How many there are.
        faster: How many times as fast as untuned it should be, or None for no target.
    """

    name: str
    pictures: Sequence[str]
    rows: int
    faster: float | None


WORKS = (
    Work("2.5 MP WebPs, one field", (corpus.WEBP,), 100, 1.4),
    Work("12 MP JPEGs, one field", corpus.CAMERAS, 60, None),
)


def limits(order: Order, report: Report) -> Iterator[Row]:
    """Yield the rows: for each kind of work its rate and memory, then the share of the ceiling."""
    engines = [name for name in _ENGINES if name in order.engines]
    for work in WORKS:
        yield from _tuned(work, engines, order, report)
    yield _share(engines, order, report)


def _tuned(work: Work, engines: Sequence[str], order: Order, report: Report) -> tuple[Row, Row]:
    """Return the rate of each contender, and the growth of a process that has filled a small table."""
    tuned = [*map(ours, engines)]
    untuned = [replace(each, name=f"{each.name} {_UNTUNED}") for each in tuned]
    options = {each.name: (_UNTUNED,) for each in untuned}
    rate = Row(f"glibc tuned or not: {work.name}", "photos/s")
    growth = Row(f"glibc tuned or not: {work.name}, growth of the process", "MiB")
    with hired((*tuned, *untuned), report.absent) as workers:
        fills = {
            name: partial(_filled, worker, order, options=options.get(name, ()))
            for name, worker in workers.items()
        }
        small = {name: fill(corpus.ORIENTED, len(corpus.ORIENTED))["peak"] for name, fill in fills.items()}
        asks = {name: partial(fill, work.pictures, _rows(work, order)) for name, fill in fills.items()}
        answers = interleaved(asks, 1 if order.quick else 3, warm_up=0)
    for name, found in answers.items():
        rate.figures[name] = Figure.of([1 / answer["each"] for answer in found])
        growth.figures[name] = Figure.of([found[-1]["peak"] - small[name]])
    for one, other in zip(tuned, untuned, strict=True):
        if {one.name, other.name} <= answers.keys():
            faster = ratio(answers[one.name], answers[other.name], "each").median
            rate.remarks[one.name] = f"{faster:.2f}x"
            if work.faster:
                rate.claims.append(at_least(one.engine, work.faster, faster, "x of untuned"))
    return rate, growth


def _share(engines: Sequence[str], order: Order, report: Report) -> Row:
    """Return the share of the ceiling that the command reaches."""
    work, count = WORKS[-1], available_cpus()
    row = Row(f"share of {count} processors at engine speed: {work.name}", "")
    for engine in engines:
        contender = ours(engine)
        alone = [replace(contender, name=f"{contender.name}, alone {number}") for number in range(count)]
        with hired([contender], report.absent) as command, hired(alone, report.absent, ONE_THREAD) as workers:
            if len(command) + len(workers) <= count:
                continue
            rows = _rows(work, order)
            asks = {
                "command": partial(_filled, command[contender.name], order, work.pictures, rows),
                "alone": partial(_alone, workers, order.paths(work.pictures), rows // len(work.pictures)),
            }
            answers = interleaved(asks, 1 if order.quick else 5)
        shares = ratio(answers["command"], answers["alone"], "each")
        rates = [1 / Figure.of([each["each"] for each in answers[who]]).median for who in asks]
        row.figures[contender.name] = shares
        row.remarks[contender.name] = "{:.1f} of {:.1f} photos/s".format(*rates)
        row.claims.append(at_least(engine, _SHARE, shares.median, ""))
    return row


def _rows(work: Work, order: Order) -> int:
    return _QUICK if order.quick else work.rows


def _filled(
    worker: Worker, order: Order, pictures: Sequence[str], rows: int, options: Sequence[str] = ()
) -> dict[str, Any]:
    """Fill a table with the command, and return the seconds per row."""
    options = (*order.command_options, *options)
    answer = worker.ask(
        "filling.fill", kind="Single", sources=order.paths(pictures), rows=rows, options=options
    )
    return answer | {"each": answer["seconds"] / rows}


def _alone(workers: Mapping[str, Worker], sources: Sequence[str], times: int) -> dict[str, Any]:
    """Have all workers render at once, and return the seconds per picture for all of them together."""
    with ThreadPoolExecutor(len(workers)) as pool:
        asks = [
            pool.submit(worker.ask, "uploading.render", sources=sources, times=times)
            for worker in workers.values()
        ]
    rates = [len(sources) * times / ask.result()["seconds"] for ask in asks]
    return {"each": 1 / sum(rates)}
