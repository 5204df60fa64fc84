"""Whole tables of stored photos: our command against that of version 2.0.1 and what the peers offer.

Further options for `generate_thumbnails` follow `--`: `bench_bulk.py --quick -- --workers 1`. Only
advthumb gets them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bulk_limits import limits
from contenders import BASELINE, PEERS, PROGRAM, SINGLE_SIZES, TRIPLE_SIZES, Contender, ours
from harness import corpus
from harness.command import Order, main, noted
from harness.judging import flaws, psnr
from harness.measuring import Answers, Figure, interleaved, ratio
from harness.results import Claim, Report, Row, at_least, at_most
from harness.workers import Worker, first_answers, hired

_BOXES = {"Single": SINGLE_SIZES, "Triple": TRIPLE_SIZES}
_GROWTH = {"pillow": 50, "vips": 80}
_TWO_WORKERS = ("--workers", "2")


@dataclass(frozen=True, slots=True)
class Work:
    """A table to fill, and the targets.

    Attributes:
        name: What the table holds.
        kind: The model: `Single` or `Triple`.
        pictures: Files of the corpus, used in turn.
        rows: How many rows advthumb and version 2.0.1 fill.
        faster: How many times as fast as version 2.0.1 it should be.
        faster_than_peers: The same against the fastest peer that gets the pictures upright.
    """

    name: str
    kind: str
    pictures: Sequence[str]
    rows: int
    faster: float
    faster_than_peers: float | None = None

    def rows_for(self, contender: Contender, *, quick: bool) -> int:
        """Return how many rows a contender fills: because rates are compared, peers need not fill all."""
        rows = self.rows * 2 // 25 if quick else self.rows
        return max(len(self.pictures), rows // 5 if contender in PEERS else rows)


WORKS = (
    Work("12 MP JPEGs, one field", "Single", corpus.CAMERAS, 100, 5, 2.5),
    Work("12 MP JPEGs, three fields", "Triple", corpus.CAMERAS, 100, 9),
    Work("2.5 MP JPEGs, one field", "Single", corpus.SMALLS, 200, 3.2),
)


def measure(order: Order, report: Report) -> None:
    """Add a row of each contender's mistakes, one per table, one for memory, and those of `bulk_limits`."""
    engines = [*map(ours, order.engines)]
    with hired((*engines, BASELINE, PROGRAM, *PEERS), report.absent) as workers:
        correctness = _correctness(workers, order, report)
        noted(report, correctness)
        able = {name: workers[name] for name in correctness.remarks}
        for work in WORKS:
            noted(report, _row(work, able, order))
    noted(report, _memory((*engines, BASELINE), order, report))
    for row in limits(order, report):
        noted(report, row)


def _correctness(workers: Mapping[str, Worker], order: Order, report: Report) -> Row:
    """Return each contender's mistakes with small pictures: untimed, because no table has all of these."""
    row = Row("right: 8 orientations, Display P3", "")
    sources = order.paths((*corpus.ORIENTED, corpus.DISPLAY_P3))
    request = {"kind": "Single", "sources": sources, "rows": len(sources)}
    answers = first_answers(
        workers, report.absent, row.work, lambda worker: worker.ask("filling.fill", **request)
    )
    for name, answer in answers.items():
        contender = workers[name].contender
        wrong = [_flaws(contender, source, paths, "Single") for source, paths in answer["made"]]
        turned = [str(number) for number, found in enumerate(wrong[:-1], start=1) if found]
        said = [f"wrong: orientation {', '.join(turned)}"] if turned else []
        row.remarks[name] = "; ".join([*said, *sorted(wrong[-1])]) or "all"
    return row


def _row(work: Work, workers: Mapping[str, Worker], order: Order) -> Row:
    """Return how many photos per second each contender processes."""
    asks = {
        name: lambda worker=worker: _fill(worker, work, order)
        for name, worker in workers.items()
        if _takes_part(worker, work, order)
    }
    answers = interleaved(asks, 2 if order.quick else 3, warm_up=0)  # they have filled a table already
    row = Row(f"{work.name}, {work.rows_for(BASELINE, quick=order.quick)} rows", "photos/s")
    upright = []
    for name in answers:
        row.figures[name] = Figure.of([1 / answer["each"] for answer in answers[name]])
        row.remarks[name], wrong = _judged(workers[name].contender, answers[name], work)
        if workers[name].contender in PEERS and not wrong:
            upright.append(name)
    fastest = max(upright, key=lambda name: row.figures[name].median, default="")
    for name, worker in workers.items():
        if worker.contender.engine:
            faster = ratio(answers[name], answers[BASELINE.name], "each").median
            row.remarks[name] += f", {faster:.2f}x"
            row.claims.append(at_least(worker.contender.engine, work.faster, faster, "x"))
            row.claims += _against(fastest, name, worker.contender.engine, answers, work)
    return row


def _takes_part(worker: Worker, work: Work, order: Order) -> bool:
    """Return whether a contender can do this; in a quick run, peers only do what has a target."""
    if order.quick and worker.contender in PEERS and work.faster_than_peers is None:
        return False
    return bool(worker.ask("filling.takes_part", kind=work.kind)["takes_part"])


def _against(peer: str, name: str, engine: str, answers: Mapping[str, Answers], work: Work) -> list[Claim]:
    """Return the claim against the fastest peer with right pictures, if there is a target."""
    if work.faster_than_peers is None or not peer:
        return []
    faster = ratio(answers[name], answers[peer], "each").median
    return [at_least(f"{engine} against {peer}", work.faster_than_peers, faster, "x")]


def _fill(worker: Worker, work: Work, order: Order) -> dict[str, Any]:
    rows = work.rows_for(worker.contender, quick=order.quick)
    options = order.command_options if worker.contender.engine else ()
    answer = worker.ask(
        "filling.fill", kind=work.kind, sources=order.paths(work.pictures), rows=rows, options=options
    )
    return answer | {"each": answer["seconds"] / rows}


def _judged(contender: Contender, answers: Answers, work: Work) -> tuple[str, set[str]]:
    """Return a remark with the decibels of the files and their faults, and then the faults again."""
    made = answers[-1]["made"]
    wrong = set().union(*(_flaws(contender, source, paths, work.kind) for source, paths in made))
    decibels = min(psnr(path, source) for source, paths in made for path in paths)
    return ", ".join((f"{decibels:.0f} dB", *sorted(wrong))), wrong


def _flaws(contender: Contender, source: str, paths: list[str], kind: str) -> set[str]:
    boxes = [contender.box] if contender.box else _BOXES[kind]
    return set().union(*(flaws(path, source, box) for path, box in zip(paths, boxes, strict=True)))


def _memory(contenders: Iterable[Contender], order: Order, report: Report) -> Row:
    """Return how much a process that has filled a small table grows when it fills a large one."""
    row = Row("12 MP JPEGs, one field, 2 workers: growth of the process", "MiB")
    rows = 8 if order.quick else 40
    with hired(contenders, report.absent) as workers:
        for name, worker in workers.items():
            peaks = [
                worker.ask(
                    "filling.fill",
                    kind="Single",
                    sources=order.paths(sources),
                    rows=rows,
                    options=_for_memory(worker, order),
                )["peak"]
                for sources in (corpus.ORIENTED, corpus.CAMERAS)
            ]
            row.figures[name] = Figure.of([peaks[1] - peaks[0]])
            row.remarks[name] = worker.contender.elsewhere
            if worker.contender.engine in _GROWTH:
                limit = _GROWTH[worker.contender.engine]
                row.claims.append(at_most(worker.contender.engine, limit, peaks[1] - peaks[0], " MiB"))
    return row


def _for_memory(worker: Worker, order: Order) -> Sequence[str]:
    """Return the options that limit our command to two workers, if it has such an option."""
    if not worker.contender.engine:
        return ()
    known = worker.ask("filling.accepts", option="--workers")["accepts"]
    return (*order.command_options, *(_TWO_WORKERS if known else ()))


if __name__ == "__main__":
    main("bulk", measure)
