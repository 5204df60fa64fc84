"""Large tables with nothing to do: seconds, growth of the process, and whether the cost is linear."""

from collections.abc import Iterable, Sequence
from typing import Any

from contenders import BASELINE, ours
from harness import corpus
from harness.command import Order, main, noted
from harness.measuring import Figure
from harness.results import Report, Row, at_most
from harness.workers import Worker, hired

_COMMANDS = ("generate_thumbnails", "regenerate_thumbnails")
_BY_NAME = ("--verify", "name")
_MILLION = 1_000_000
_BASELINE_ROWS = 100_000
"""The largest table for version 2.0.1, which keeps the whole table in memory."""
_LINEAR = 1.25
"""The highest cost per row of the largest table, relative to the smallest."""
_PATIENCE = 240
"""The most seconds that both commands should take; slower ones are skipped."""


def measure(order: Order, report: Report) -> None:
    """Add a row per size of the table, by names alone and by the default of the commands."""
    sizes = (1_000, 10_000) if order.quick else (10_000, 100_000, _MILLION)
    name = ours(order.engines[0]).name
    for options, what in ((_BY_NAME, "--verify name"), ((), "files looked at")):
        each: list[float] = []
        for rows in sizes:
            if each and rows * each[-1] > _PATIENCE:
                report.absent[f"{rows:,} rows, {what}"] = f"would take {rows * each[-1]:.0f} s"
                break
            row = _row(rows, what, options, order, report)
            if name not in row.figures:
                return
            each.append(row.figures[name].median / rows)
            if rows == sizes[-1]:
                claim = at_most("a row", _LINEAR, each[-1] / each[0], f"x of one of {sizes[0]:,}")
                row.claims.append(claim)
            noted(report, row)


def _row(rows: int, what: str, options: Sequence[str], order: Order, report: Report) -> Row:
    """Return the time of both commands on a table of that size, one after the other."""
    row = Row(f"{rows:,} rows, {what}", "s")
    contenders = (ours(order.engines[0]), *((BASELINE,) if rows <= _BASELINE_ROWS and options else ()))
    with hired(contenders, report.absent) as workers:
        for name, worker in workers.items():
            mine = bool(worker.contender.engine)
            answers = list(_scans(worker, rows, [*options, "--json"] if mine else [], order))
            row.figures[name] = Figure.of([sum(one["seconds"] for one in pair) for pair in answers])
            growth = max(one["growth"] for pair in answers for one in pair)
            row.remarks[name] = f"+{growth:.0f} MiB{_surprise(answers, rows)}"
            if mine:
                row.claims.append(at_most("growth", 30, growth, " MiB"))
            if rows == _MILLION:
                row.claims.append(at_most("both commands", 8, row.figures[name].median, " s"))
    return row


def _scans(
    worker: Worker, rows: int, options: Sequence[str], order: Order
) -> Iterable[tuple[dict[str, Any], ...]]:
    """Yield the answers of both commands repeatedly, after a run on an empty table."""
    for command in _COMMANDS:
        worker.ask("scanning.scan", command=command, options=options)
    files = "--verify" not in options
    worker.ask("scanning.seed", source=order.path(corpus.ORIENTED[0]), rows=rows, files=files)
    for _ in range(1 if rows == _MILLION else 2 if order.quick else 5):
        yield tuple(worker.ask("scanning.scan", command=command, options=options) for command in _COMMANDS)


def _surprise(answers: Iterable[tuple[dict[str, Any], ...]], rows: int) -> str:
    """Return a complaint if a command found something to do although there is nothing."""
    for outcomes in (one["outcomes"] for pair in answers for one in pair if "outcomes" in one):
        if outcomes["left"] != rows:
            return f", but found work: {outcomes}"
    return ""


if __name__ == "__main__":
    main("scale", measure)
