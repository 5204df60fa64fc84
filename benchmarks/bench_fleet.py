"""Several machines share one table by `--shard`: processes on one PostgreSQL server and one slow S3 API.

    .ci/servers.sh start
    python benchmarks/bench_fleet.py [--quick]

It prints rows per second, calls and database time per row for 1, 2 and 4 machines, what the cost model
(`fleet/costs.py`) says of the same runs, and then its estimates for large tables. Nothing is published: the
machines are processes on one computer, so they share its processors.
"""

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence

from fleet import services
from fleet.costs import Estimate, Machine, PictureCost, Prices, estimate
from fleet.services import Services
from harness.corpus import SMALLS, corpus
from harness.table import line

from advthumb.cpus import available_cpus

_TABLES = (10**6, 10**8, 10**9)
_FLEETS = (1, 10, 100)
_PROCESSORS = 8
"""Of each machine in the estimates."""

_THREADS_PER_WORKER = 3
"""How many threads of a command call the storage for each worker."""


def run(where: Services, machines: int, workers: str) -> dict[str, float]:
    """Let a number of machines make all thumbnails of the table, and return the sums of what they say.

    The key `seconds` is the time of the slowest one.
    """
    shards = [f"{number}/{machines}" for number in range(1, machines + 1)]
    answers = services.answers_of(
        [services.machine_process(where, "work", shard, workers) for shard in shards]
    )
    total = {name: sum(answer[name] for answer in answers) for name in answers[0]}
    total["seconds"] = max(answer["seconds"] for answer in answers)
    return total


def cost_of(total: Mapping[str, float], call_seconds: float) -> PictureCost:
    """Return what one picture cost in a run."""
    made = total["made"]
    return PictureCost(
        processor_seconds=total["processor"] / made,
        reads=total["reads"] / made,
        writes=total["writes"] / made,
        call_seconds=call_seconds,
        database_seconds=total["database"] / made,
    )


def measured(
    where: Services, rows: int, pictures: Sequence[str], arguments: argparse.Namespace
) -> PictureCost:
    """Print what each fleet does, and what the model says of it; return the cost of a picture."""
    print(line(["machines", "rows/s", "calls/row", "database ms/row", "processor ms/row", "model rows/s"]))
    print(line(["--:"] * 6))
    costs = []
    for machines in arguments.machines:
        services.answers_of([services.machine_process(where, "fill", str(rows), *pictures)])
        total = run(where, machines, arguments.workers)
        if total["made"] != rows:
            msg = f"{total['made']} of {rows} thumbnails were made"
            raise AssertionError(msg)
        costs.append(cost_of(total, where.call_seconds))
        print(line(_cells(machines, total, costs[-1])), flush=True)
    return costs[0]


def _cells(machines: int, total: Mapping[str, float], each: PictureCost) -> list[str]:
    """Return the cells of one fleet. Its machines share the processors of this computer."""
    machine = Machine(available_cpus() / machines, total["workers"] / machines * _THREADS_PER_WORKER)
    model = estimate(round(total["made"]), each, machine, machines, Prices())
    return [
        str(machines),
        f"{total['made'] / total['seconds']:.1f}",
        f"{each.reads + each.writes:.2f}",
        f"{1000 * each.database_seconds:.2f}",
        f"{1000 * each.processor_seconds:.1f}",
        f"{model.rows_per_second:.1f} ({model.limit})",
    ]


def estimates(each: PictureCost) -> Iterable[tuple[int, int, Estimate]]:
    """Yield the pictures of a table, the machines of a fleet, and what the table costs it."""
    machine = Machine(_PROCESSORS, _PROCESSORS * _THREADS_PER_WORKER)
    for pictures in _TABLES:
        for machines in _FLEETS:
            yield pictures, machines, estimate(pictures, each, machine, machines, Prices())


def tell(each: PictureCost) -> None:
    """Print the estimates for large tables."""
    head = ["pictures", "machines", "hours", "limit", "processor hours", "requests", "dollars", "rows/s"]
    head.append("busy connections")
    print(f"\nEstimates for machines with {_PROCESSORS} processors; dollars are for requests alone.\n")
    print(line(head))
    print(line(["--:"] * len(head)))
    for pictures, machines, found in estimates(each):
        cells = [
            f"{pictures:,}",
            str(machines),
            f"{found.hours:,.1f}",
            found.limit,
            f"{found.processor_hours:,.0f}",
            f"{found.requests:,}",
            f"{found.request_price:,.2f}",
            f"{found.rows_per_second:,.0f}",
            f"{found.database_connections:.2f}",
        ]
        print(line(cells))


def main() -> None:
    """Measure the fleets, and print what large tables would cost."""
    options = argparse.ArgumentParser(description="Measure machines that share a table.")
    options.add_argument("--quick", action="store_true", help="few rows")
    options.add_argument("--rows", type=int, help="how many rows (400; 40 with --quick)")
    options.add_argument(
        "--milliseconds", type=float, default=50, help="how long a call of the storage takes"
    )
    options.add_argument("--machines", type=int, nargs="+", default=[1, 2, 4], help="the fleets: 1 2 4")
    options.add_argument("--workers", default="default", help="--workers of each machine")
    options.add_argument(
        "--server",
        default=os.environ.get("ADVTHUMB_TEST_DATABASE_URL", services.DEFAULT_SERVER),
        help="the URL of a PostgreSQL server; a database of its own is made there (%(default)s)",
    )
    arguments = options.parse_args()
    rows = arguments.rows or (40 if arguments.quick else 400)
    folder = corpus()
    pictures = [str(folder / name) for name in SMALLS]
    with services.started(arguments.server, arguments.milliseconds / 1000) as where:
        tell(measured(where, rows, pictures, arguments))


if __name__ == "__main__":
    main()
