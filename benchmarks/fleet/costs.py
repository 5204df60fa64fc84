"""What a number of pictures costs in work, requests, money and hours: a model, from the costs of one picture.

The work on a picture has three parts, which overlap with those of other pictures: rendering keeps a
processor busy, each call of the storage keeps a thread waiting, and the main thread of a process loads and
writes the row. The slowest of the three decides how long everything takes.
"""

from dataclasses import dataclass

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class PictureCost:
    """What one picture costs, as measured.

    Attributes:
        processor_seconds: Seconds of a processor, of everything that the process does.
        reads: Calls of the storage that are priced as reads (GET, HEAD).
        writes: Calls that are priced as writes (PUT, LIST).
        call_seconds: How long one call takes.
        main_seconds: How long the main thread takes to load and write the row, including the time in which it
            waits for its turn, because Python runs one thread of a process at a time.
        database_seconds: How long the database works on the row.
    """

    processor_seconds: float
    reads: float
    writes: float
    call_seconds: float
    main_seconds: float
    database_seconds: float


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of a fleet.

    Attributes:
        processors: How many processors it has, or which share of them.
        threads: How many threads call the storage at a time.
        processes: How many processes share its part of the table.
    """

    processors: float
    threads: float
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Prices:
    """What a storage asks for a thousand requests, in dollars; by default S3 Standard in us-east-1."""

    thousand_reads: float = 0.0004
    thousand_writes: float = 0.005


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a number of pictures costs.

    Attributes:
        processor_hours: Hours of a processor.
        requests: Requests to the storage.
        request_price: Their price in dollars.
        hours: How long it takes.
        limit: What decides that: `processors`, `storage` or `main threads`.
        database_connections: How many connections to the database are busy on average.
        rows_per_second: How many rows are loaded and written in a second.
    """

    processor_hours: float
    requests: int
    request_price: float
    hours: float
    limit: str
    database_connections: float
    rows_per_second: float


def estimate(pictures: int, each: PictureCost, machine: Machine, machines: int, prices: Prices) -> Estimate:
    """Return what a number of pictures costs on a number of equal machines.

    Args:
        pictures: How many.
        each: What one of them costs.
        machine: One machine.
        machines: How many machines share the table.
        prices: What requests cost.
    """
    calls = each.reads + each.writes
    seconds = {
        "processors": each.processor_seconds / machine.processors,
        "storage": calls * each.call_seconds / machine.threads,
        "main threads": each.main_seconds / machine.processes,
    }
    limit = max(seconds, key=lambda name: seconds[name])
    rows_per_second = machines / seconds[limit]
    return Estimate(
        processor_hours=pictures * each.processor_seconds / _HOUR,
        requests=round(pictures * calls),
        request_price=pictures
        * (each.reads * prices.thousand_reads + each.writes * prices.thousand_writes)
        / 1000,
        hours=pictures / rows_per_second / _HOUR,
        limit=limit,
        database_connections=rows_per_second * each.database_seconds,
        rows_per_second=rows_per_second,
    )
