"""The tables of docs/outgrowing-one-machine.md: what fleets did, and what large tables would cost."""

from collections.abc import Iterator

from harness.results import Report
from harness.table import facts, line, number

from advthumb.management.thread_count import MOST_THREADS_PER_WORKER

from .costs import Estimate, Machine, PictureCost, Prices, estimate

MEASURED = "measured"
MODEL = "model"
"""The names of the columns of the report."""

_PROCESSORS = 8
_PROCESSES = 4
"""Of each machine in the estimates."""

_TABLES = (10**6, 10**8, 10**9)
_FLEETS = (1, 10, 100)


def fleet(machines: int) -> str:
    """Return the name of the row for a number of machines."""
    return f"{machines} machine{'s' * (machines > 1)}"


def runs(report: Report) -> str:
    """Return how fast fleets were, beside what the model says, and what decides that."""
    rows = [row for row in report.rows if row.unit == "rows/s"]
    table = [
        line(["", "rows per second", "the model says", "because of"]),
        line(["---", "--:", "--:", "---"]),
    ]
    for row in rows:
        figures = (number(row.figures[name].median) for name in (MEASURED, MODEL))
        table.append(line([row.work, *figures, row.remarks[MODEL]]))
    return "\n".join([*table, "", f"Measured: {facts(report)}"])


def estimates(each: PictureCost) -> Iterator[tuple[int, int, Estimate]]:
    """Yield the pictures of a table, the machines of a fleet, and what the table costs it."""
    machine = Machine(_PROCESSORS, _PROCESSORS * MOST_THREADS_PER_WORKER, _PROCESSES)
    for pictures in _TABLES:
        for machines in _FLEETS:
            yield pictures, machines, estimate(pictures, each, machine, machines, Prices())


def costs(report: Report) -> str:
    """Return what large tables would cost fleets if each picture cost what it did in the report."""
    each = PictureCost(**report.facts["picture"])
    head = ["pictures", "machines", "hours", "processor hours", "requests", "dollars for requests"]
    table = [line([*head, "rows per second", "busy connections"]), line(["--:"] * (len(head) + 2))]
    for pictures, machines, found in estimates(each):
        cells = [
            f"{pictures:,}",
            str(machines),
            f"{found.hours:,.1f}",
            f"{found.processor_hours:,.0f}",
            f"{found.requests:,}",
            f"{found.request_price:,.0f}",
            f"{found.rows_per_second:,.0f}",
            f"{found.database_connections:.2f}",
        ]
        table.append(line(cells))
    rendering, call, main, database = (
        f"{number(1000 * seconds)} ms"
        for seconds in (each.processor_seconds, each.call_seconds, each.main_seconds, each.database_seconds)
    )
    said = (
        f"Each machine has {_PROCESSORS} processors and runs {_PROCESSES} processes. One picture costs "
        f"{rendering} of a processor, {each.reads:.1f} reads and {each.writes:.1f} writes of {call} each, "
        f"{main} of a main thread, and {database} of the database."
    )
    return "\n".join([said, "", *table])
