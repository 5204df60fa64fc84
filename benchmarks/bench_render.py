"""One picture in memory to thumbnails in memory: only the engines, against 2.0.1 and the decode floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contenders import BASELINE, FLOOR, SINGLE_SIZES, TRIPLE_SIZES, Contender, ours
from harness import corpus
from harness.command import Order, main, noted
from harness.judging import flaws, psnr
from harness.measuring import Figure, figure, interleaved, ratio
from harness.results import Claim, Report, Row, at_least, at_most
from harness.workers import ONE_THREAD, Worker, first_answers, hired

_GOOD_DB, _FAST_DB = 50, 43
_FAST_MARGIN = 1.5
_MANY_SIZES = tuple((side, side) for side in (1600, 1200, 800, 600, 300, 100))


@dataclass(frozen=True, slots=True)
class Work:
    """One picture to render, and the targets.

    Attributes:
        name: What the picture is.
        picture: Its file in the corpus.
        sizes: The boxes of the thumbnails.
        ratios: How many times as fast as 2.0.1 each engine should be.
        decibels: How close the pixels should be.
        milliseconds: How long it may take.
    """

    name: str
    picture: str
    sizes: Sequence[tuple[int, int]] = SINGLE_SIZES
    ratios: Mapping[str, float] = field(default_factory=dict)
    decibels: float | None = None
    milliseconds: float | None = None


WORKS = (
    Work(
        "12 MP JPEG",
        corpus.CAMERAS[0],
        ratios={"pillow": 3.0, "vips": 3.0, "imagemagick": 2.0},
        decibels=_GOOD_DB,
    ),
    Work(
        "12 MP JPEG, three sizes",
        corpus.CAMERAS[0],
        TRIPLE_SIZES,
        {"pillow": 4.2, "vips": 5.5},
    ),
    Work("12 MP JPEG", corpus.CAMERAS[0], ((800, 800),)),
    Work("12 MP JPEG", corpus.CAMERAS[0], ((1200, 1200),)),
    Work("12 MP JPEG, six sizes", corpus.CAMERAS[0], _MANY_SIZES),
    Work("12 MP JPEG, turned", corpus.CAMERAS[-1]),
    Work("12 MP JPEG, odd sides", corpus.ODD, decibels=_GOOD_DB),
    Work("12 MP JPEG, progressive", corpus.PROGRESSIVE),
    Work("12 MP JPEG, Display P3", corpus.DISPLAY_P3),
    Work("2.5 MP JPEG", corpus.SMALLS[0]),
    Work("2.5 MP PNG, alpha", corpus.ALPHA, ratios={"pillow": 1.4, "vips": 2.2}),
    Work("2.5 MP WebP", corpus.WEBP, ratios={"pillow": 1.0, "vips": 1.4}),
    Work("100 MP JPEG", corpus.HUGE, milliseconds=500),
)


def measure(order: Order, report: Report) -> None:
    """Add a row per kind of picture, then those for the digest, the faster margin and the memory."""
    with hired((*map(ours, order.engines), BASELINE, FLOOR), report.absent, ONE_THREAD) as workers:
        for work in WORKS:
            noted(report, _row(work, workers, order, report))
        present = [worker for worker in workers.values() if worker.contender.engine]
        if present:  # the digest is the same for all engines
            noted(report, _fingerprint(present[0], order))
    able = [worker.contender.engine for worker in present]
    _measure_faster_margin(able, order, report)
    noted(report, _memory([*map(ours, able)], order, report))


def _row(work: Work, workers: Mapping[str, Worker], order: Order, report: Report) -> Row:
    """Return the time of each contender for one picture, and the quality of its thumbnails."""
    request: dict[str, Any] = {"source": order.path(work.picture), "sizes": work.sizes}
    judged = first_answers(workers, report.absent, work.name, lambda worker: _judged(worker, **request))
    asks = {name: lambda name=name: workers[name].ask("rendering.render", **request) for name in judged}
    answers = interleaved(asks, _rounds(work.picture, order))
    row = Row(f"{work.name} to {_named(work.sizes)}", "ms")
    for name, (decibels, wrong) in judged.items():
        row.figures[name] = figure(answers[name]).scaled(1000)
        row.remarks[name] = ", ".join((f"{decibels:.0f} dB", *wrong)) if decibels else ""
        if engine := workers[name].contender.engine:
            faster = ratio(answers[name], answers[BASELINE.name]).median
            row.remarks[name] += f", {faster:.2f}x"
            row.claims += _claims(work, engine, faster, decibels, row.figures[name].median)
    return row


def _claims(work: Work, engine: str, faster: float, decibels: float, milliseconds: float) -> list[Claim]:
    claims = []
    if engine in work.ratios:
        claims.append(at_least(engine, work.ratios[engine], faster, "x"))
    if work.decibels is not None:
        claims.append(at_least(engine, work.decibels, decibels, " dB"))
    if work.milliseconds is not None:
        claims.append(at_most(engine, work.milliseconds, milliseconds, " ms"))
    return claims


def _judged(worker: Worker, source: str, sizes: Sequence[tuple[int, int]]) -> tuple[float, list[str]]:
    """Return the worst decibels of a contender's thumbnails (0 if there are none), and their faults."""
    answer = worker.ask("rendering.show", source=source, sizes=sizes)
    wrong = [flaws(path, source, box) for path, box in zip(answer["made"], sizes, strict=False)]
    decibels = min((psnr(path, source) for path in answer["lossless"]), default=0)
    return decibels, sorted(set().union(*wrong))


def _fingerprint(worker: Worker, order: Order) -> Row:
    """Return the share of the digest of the source in the time of a rendering."""
    name, source = worker.contender.name, order.path(corpus.CAMERAS[0])
    asks = {
        "digest": lambda: worker.ask("rendering.fingerprint", source=source),
        "render": lambda: worker.ask("rendering.render", source=source, sizes=SINGLE_SIZES),
    }
    answers = interleaved(asks, _rounds(source, order))
    share = 100 * ratio(answers["render"], answers["digest"]).median
    return Row(
        "fingerprint of a 12 MP JPEG",
        "ms",
        {name: figure(answers["digest"]).scaled(1000)},
        {name: f"{share:.1f} % of a render"},
        [at_most(worker.contender.engine, 3, share, " %")],
    )


def _measure_faster_margin(engines: Sequence[str], order: Order, report: Report) -> None:
    """Add the row of the documented trade-off: fewer pixels are decoded, for fewer decibels."""
    work = Work(
        f"12 MP JPEG, shrink_margin={_FAST_MARGIN}",
        corpus.CAMERAS[0],
        ratios=dict.fromkeys(engines, 3.6),
        decibels=_FAST_DB,
    )
    contenders = [ours(engine, shrink_margin=_FAST_MARGIN) for engine in engines]
    with hired((*contenders, BASELINE), report.absent, ONE_THREAD) as workers:
        if len(workers) > 1:
            noted(report, _row(work, workers, order, report))


def _memory(engines: Sequence[Contender], order: Order, report: Report) -> Row:
    """Return how much a process that has rendered a small picture grows with a 100 MP one."""
    row = Row("100 MP JPEG to 300 px: growth of the process", "MiB")
    with hired((*engines, BASELINE), report.absent, ONE_THREAD) as workers:
        for name, worker in workers.items():
            small, large = (
                worker.ask("rendering.render", source=order.path(picture), sizes=SINGLE_SIZES)["peak"]
                for picture in (corpus.ORIENTED[0], corpus.HUGE)
            )
            row.figures[name] = Figure.of([large - small])
            row.remarks[name] = worker.contender.elsewhere
            if worker.contender.engine:
                row.claims.append(at_most(worker.contender.engine, 60, large - small, " MiB"))
    return row


def _rounds(picture: str, order: Order) -> int:
    if picture == corpus.HUGE:
        return 1 if order.quick else 5
    return 3 if order.quick else 21


def _named(sizes: Sequence[tuple[int, int]]) -> str:
    return f"{', '.join(str(width) for width, _ in sizes)} px"


if __name__ == "__main__":
    main("render", measure)
