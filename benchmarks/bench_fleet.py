"""Several machines share one table by `--shard`: processes on one PostgreSQL server and one slow S3 API.

    .ci/servers.sh start
    python benchmarks/bench_fleet.py [--quick]

It compares what 1, 2 and 4 machines do with what the cost model (`fleet/costs.py`) says of the same runs. The
machines are processes on one computer, so they share its processors with each other and with the S3 API. The
model is told so: the processor time of the S3 API is added to that of a picture.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial

from fleet import services
from fleet.costs import Machine, PictureCost, Prices, estimate
from fleet.services import Services
from fleet.tables import MEASURED, MODEL, fleet
from harness.command import Order, carry_out, noted, parser, prepare
from harness.corpus import SMALLS
from harness.measuring import Figure
from harness.results import Report, Row, at_least, at_most

from advthumb.cpus import available_cpus

_FLEETS = (1, 2, 4)
_SECONDS_PER_CALL = 0.05
_ROUNDS = 3
_OFF_BY = 0.25
"""How much the model may be off, as a share."""


def run(where: Services, machines: int) -> dict[str, float]:
    """Let a number of machines make all thumbnails of the table, and return the sums of what they say.

    The key `seconds` is the time of the slowest one, `service` the processor time of the S3 API, `database`
    how long the database worked.
    """
    shards = [f"{number}/{machines}" for number in range(1, machines + 1)]
    before = where.processor_seconds(), where.database_seconds()
    answers = services.answers_of([services.machine_process(where, "work", shard) for shard in shards])
    total = {name: sum(answer[name] for answer in answers) for name in answers[0]}
    total["seconds"] = max(answer["seconds"] for answer in answers)
    total["service"] = where.processor_seconds() - before[0]
    total["database"] = where.database_seconds() - before[1]
    return total


def cost_of(total: Mapping[str, float], call_seconds: float) -> PictureCost:
    """Return what one picture cost in a run."""
    made = total["made"]
    return PictureCost(
        processor_seconds=total["processor"] / made,
        reads=total["reads"] / made,
        writes=total["writes"] / made,
        call_seconds=call_seconds,
        main_seconds=total["main"] / made,
        database_seconds=total["database"] / made,
    )


def modelled(total: Mapping[str, float], call_seconds: float, machines: int) -> tuple[float, str]:
    """Return how many rows per second the model expects of a run on this computer, and what limits them."""
    each = asdict(cost_of(total, call_seconds))
    each["processor_seconds"] += total["service"] / total["made"]
    machine = Machine(available_cpus() / machines, total["threads"] / machines)
    found = estimate(round(total["made"]), PictureCost(**each), machine, machines, Prices())
    return found.rows_per_second, found.limit


def measure(server: str, order: Order, report: Report) -> None:
    """Add rows for each fleet, and keep the cost of a picture for the estimates."""
    rows = 40 if order.quick else 400
    pictures = order.paths(SMALLS)
    with services.started(server, _SECONDS_PER_CALL) as where:
        for machines in _FLEETS:
            totals = []
            for _ in range(1 if order.quick else _ROUNDS):
                services.answers_of([services.machine_process(where, "fill", str(rows), *pictures)])
                totals.append(run(where, machines))
                if totals[-1]["made"] != rows:
                    msg = f"{totals[-1]['made']} of {rows} thumbnails were made"
                    raise AssertionError(msg)
            for row in _rows(machines, totals):
                noted(report, row)
            if machines == 1:
                middle = sorted(totals, key=lambda total: total["seconds"])[len(totals) // 2]
                report.facts["picture"] = asdict(cost_of(middle, _SECONDS_PER_CALL))


def _rows(machines: int, totals: Sequence[Mapping[str, float]]) -> list[Row]:
    """Return what was measured of one fleet, and what the model says of it."""
    measured = [total["made"] / total["seconds"] for total in totals]
    model = [modelled(total, _SECONDS_PER_CALL, machines) for total in totals]
    speed = Row(fleet(machines), "rows/s")
    speed.figures = {MEASURED: Figure.of(measured), MODEL: Figure.of([found for found, _ in model])}
    speed.remarks[MODEL] = ", ".join(sorted({limit for _, limit in model}))
    share = speed.figures[MODEL].median / speed.figures[MEASURED].median
    speed.claims = [
        at_most("model", 1 + _OFF_BY, share, "x"),
        at_least("model", 1 / (1 + _OFF_BY), share, "x"),
    ]
    found = [speed]
    for what, unit, factor, names in (
        ("calls of the storage per row", "", 1, ("reads", "writes")),
        ("processor time per row", "ms", 1000, ("processor",)),
        ("main thread's time per row", "ms", 1000, ("main",)),
        ("database's time per row", "ms", 1000, ("database",)),
        ("threads of all machines", "", 1, ("threads",)),
    ):
        per_row = [1 if names == ("threads",) else total["made"] for total in totals]
        values = [
            factor * sum(total[name] for name in names) / made
            for total, made in zip(totals, per_row, strict=True)
        ]
        found.append(Row(f"{fleet(machines)}: {what}", unit, {MEASURED: Figure.of(values)}))
    return found


def main() -> None:
    """Measure the fleets."""
    options = parser("Measure machines that share a table.")
    options.add_argument(
        "--server",
        default=os.environ.get("ADVTHUMB_TEST_DATABASE_URL", services.DEFAULT_SERVER),
        help="the URL of a PostgreSQL server; a database of its own is made there (%(default)s)",
    )
    arguments = options.parse_args()
    carry_out("fleet", partial(measure, arguments.server), prepare(arguments))


if __name__ == "__main__":
    main()
