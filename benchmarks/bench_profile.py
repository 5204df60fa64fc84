"""Where the time of a rendering and of an unrelated save is spent, and how much could still be saved."""

from collections.abc import Sequence

from contenders import SINGLE_SIZES, TRIPLE_SIZES, ours
from harness import corpus
from harness.command import Order, main, noted
from harness.measuring import Answers, Figure, interleaved
from harness.results import Report, Row
from harness.workers import ONE_THREAD, hired

_PICTURES: Sequence[tuple[str, str, Sequence[tuple[int, int]]]] = (
    ("12 MP JPEG to 300 px", corpus.CAMERAS[0], SINGLE_SIZES),
    ("12 MP JPEG, three sizes", corpus.CAMERAS[0], TRIPLE_SIZES),
    ("2.5 MP JPEG to 300 px", corpus.SMALLS[0], SINGLE_SIZES),
    ("2.5 MP PNG, alpha, to 300 px", corpus.ALPHA, SINGLE_SIZES),
    ("2.5 MP WebP to 300 px", corpus.WEBP, SINGLE_SIZES),
)


def measure(order: Order, report: Report) -> None:
    """Add a row for each part of each kind of work."""
    with hired(map(ours, order.engines), report.absent, ONE_THREAD) as workers:
        for work, picture, sizes in _PICTURES:
            request = {"source": order.path(picture), "sizes": sizes}
            asks = {
                name: lambda worker=worker, request=request: worker.ask("profiling.render", **request)
                for name, worker in workers.items()
            }
            _add_parts(work, "ms", 1000, interleaved(asks, 3 if order.quick else 21), report)
        first = next(iter(workers.values()), None)
        if first is not None:
            source = order.path(corpus.ORIENTED[0])
            asks = {"advthumb": lambda: first.ask("profiling.save", source=source, rows=100)}
            _add_parts("unrelated save()", "us", 1e6, interleaved(asks, 5 if order.quick else 25), report)


def _add_parts(work: str, unit: str, factor: float, answers: dict[str, Answers], report: Report) -> None:
    names = dict.fromkeys(part for given in answers.values() for one in given for part in one["parts"])
    for part in names:
        row = Row(f"{work}: {part}", unit)
        for name, given in answers.items():
            if part in given[0]["parts"]:
                row.figures[name] = Figure.of([one["parts"][part] for one in given]).scaled(factor)
        noted(report, row)


if __name__ == "__main__":
    main("profile", measure)
