"""The cost of a source of 100 megapixels at default settings: growth of the process, and time."""

from contenders import ours
from harness import ROOT
from harness.command import Order, main, noted
from harness.large import large
from harness.measuring import Figure
from harness.results import Report, Row, at_most, published
from harness.table import between_markers, line, number
from harness.workers import ONE_THREAD, hired

_SECURITY = ROOT / "SECURITY.md"
_MOST_GROWTH = 600


def measure(order: Order, report: Report) -> None:
    """Add a row per kind of picture, each measured in a separate process."""
    for what, path in large().items():
        row = Row(f"{what}, 100 MP, {path.stat().st_size / 2**20:.1f} MiB", "MiB")
        with hired(map(ours, order.engines), report.absent, ONE_THREAD) as workers:
            for name, worker in workers.items():
                small = worker.ask("costing.cost", source=order.path("orientation-1.jpg"))["peak"]
                answer = worker.ask("costing.cost", source=str(path))
                growth = answer["peak"] - small
                row.figures[name] = Figure.of([growth])
                row.remarks[name] = answer["refused"] or f"{answer['cpu']:.1f} s"
                row.claims.append(at_most(worker.contender.engine, _MOST_GROWTH, growth, " MiB"))
        noted(report, row)


def write_security() -> None:
    """Put the published table between its two markers in SECURITY.md."""
    for report in published(["memory"]):
        between_markers(_SECURITY, security(report))


def security(report: Report) -> str:
    """Return the table of a report: a row for each kind of picture, a column for each engine."""
    names = list(dict.fromkeys(name for row in report.rows for name in row.figures))
    table = [line(["source", *names]), line(["---", *("--:" for _ in names)])]
    for row in report.rows:
        cells = (f"+{number(row.figures[name].median)} MiB, {row.remarks[name]}" for name in names)
        table.append(line([row.work, *cells]))
    return "\n".join(table)


if __name__ == "__main__":
    main("memory", measure)
    write_security()
