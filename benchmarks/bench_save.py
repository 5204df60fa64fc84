"""The daily work of a site: uploads, saves unrelated to the picture, and pages."""

from collections.abc import Mapping
from typing import Any

from contenders import BASELINE, PLAIN, SINGLE_SIZES, ours
from harness import corpus
from harness.command import Order, main, noted
from harness.judging import flaws
from harness.measuring import Answers, Figure, figure, interleaved, ratio
from harness.results import Report, Row, at_most
from harness.workers import Worker, hired


def measure(order: Order, report: Report) -> None:
    """Add the rows for uploads, unrelated saves and pages."""
    with hired((*map(ours, order.engines), BASELINE, PLAIN), report.absent) as workers:
        noted(report, _create(workers, order))
    # From here on no thumbnail is made, so one engine represents all.
    with hired((ours(order.engines[0]), BASELINE, PLAIN), report.absent) as workers:
        noted(report, _touch(workers, order, "default", "SQLite on disk"))
        noted(report, _touch(workers, order, "memory", "SQLite in memory"))
        noted(report, _page(workers, order))
        noted(report, _image(workers, order))
        noted(report, _picture(workers, order))


def _create(workers: Mapping[str, Worker], order: Order) -> Row:
    """Return the time to create a row with a fresh upload of 12 MP."""
    source = order.path(corpus.CAMERAS[-1])
    asks = {
        name: lambda worker=worker: worker.ask("saving.create", source=source)
        for name, worker in workers.items()
    }
    answers = interleaved(asks, 5 if order.quick else 15)
    row = Row("create with a fresh 12 MP upload", "ms")
    for name, worker in workers.items():
        answer = answers[name][-1]
        made = answer["made"]
        wrong = set().union(*(flaws(path, source, SINGLE_SIZES[0]) for path in made))
        row.figures[name] = figure(answers[name]).scaled(1000)
        row.remarks[name] = ", ".join((_costs(answer), *sorted(wrong)))
        if engine := worker.contender.engine:
            share = 1 / ratio(answers[name], answers[BASELINE.name]).median
            row.claims += [
                at_most(engine, 0.4, share, "x"),
                at_most(engine, 1, answer["queries"], " queries"),
                at_most(engine, 0, answer["storage"].get("open", 0), " reads"),
            ]
    return row


def _touch(workers: Mapping[str, Worker], order: Order, using: str, where: str) -> Row:
    """Return the time of `save()` for a row whose picture does not change."""
    asks = {
        name: lambda worker=worker: worker.ask(
            "saving.touch", source=order.path(corpus.ORIENTED[0]), rows=100, using=using
        )
        for name, worker in workers.items()
    }
    answers = interleaved(asks, 7 if order.quick else 25)
    row = _costly(f"unrelated save(), {where}", answers)
    for name, worker in workers.items():
        if engine := worker.contender.engine:
            share = 1 / ratio(answers[name], answers[PLAIN.name]).median
            row.remarks[name] += f", {share:.2f}x plain"
            if using == "default":
                row.claims.append(at_most(engine, 1.15, share, "x"))
    return row


def _page(workers: Mapping[str, Worker], order: Order) -> Row:
    """Return the time to read url, width and height of a thumbnail, beyond reading the plain url."""
    asks = {
        name: lambda worker=worker: worker.ask("saving.page", source=order.path(corpus.ORIENTED[0]), rows=100)
        for name, worker in workers.items()
    }
    answers = interleaved(asks, 7 if order.quick else 25)
    row = _costly("url, width and height for a page", answers)
    for name, worker in workers.items():
        over = Figure.of([answer["seconds"] - answer["url"] for answer in answers[name]]).scaled(1e6)
        row.remarks[name] += f", {over.median:.3g} over plain url"
        if engine := worker.contender.engine:
            answer = answers[name][-1]
            calls = sum(answer["storage"].values())
            row.claims += [
                at_most(engine, 5, over.median, " us over plain url"),
                at_most(engine, 0, answer["queries"], " queries"),
                at_most(engine, 0, calls, " storage calls"),
            ]
    return row


def _image(workers: Mapping[str, Worker], order: Order) -> Row:
    """Return the time of a template for the `<img>` of a row, with our tag or written by hand."""
    asks = {
        name: lambda worker=worker: worker.ask(
            "saving.image", source=order.path(corpus.ORIENTED[0]), rows=100
        )
        for name, worker in workers.items()
    }
    answers = interleaved(asks, 7 if order.quick else 25)
    row = _costly("an img element in a template", answers)
    for name, worker in workers.items():
        if engine := worker.contender.engine:
            answer = answers[name][-1]
            row.remarks[name] += ", by {% thumbnail %}"
            row.claims += [
                at_most(engine, 0, answer["queries"], " queries"),
                at_most(engine, 0, sum(answer["storage"].values()), " storage calls"),
            ]
    return row


def _picture(workers: Mapping[str, Worker], order: Order) -> Row:
    """Return the time of a template for the `<picture>` of a row with 3 formats and 4 widths."""
    asks = {
        name: lambda worker=worker: worker.ask(
            "saving.picture", source=order.path(corpus.ORIENTED[0]), rows=100
        )
        for name, worker in workers.items()
        if worker.contender.engine
    }
    answers = interleaved(asks, 7 if order.quick else 25)
    row = _costly("a picture element in a template, 3 formats and 4 widths", answers)
    for name, given in answers.items():
        engine = workers[name].contender.engine
        row.remarks[name] += ", by {% picture %}"
        row.claims += [
            at_most(engine, 300, row.figures[name].median, " us"),
            at_most(engine, 0, given[-1]["queries"], " queries"),
            at_most(engine, 0, sum(given[-1]["storage"].values()), " storage calls"),
        ]
    return row


def _costly(work: str, answers: Mapping[str, Answers]) -> Row:
    """Return a row of microseconds, with the queries and storage calls of each contender."""
    return Row(
        work,
        "us",
        {name: figure(given).scaled(1e6) for name, given in answers.items()},
        {name: _costs(given[-1]) for name, given in answers.items()},
    )


def _costs(answer: Mapping[str, Any]) -> str:
    calls = ", ".join(f"{number} {name}" for name, number in answer["storage"].items())
    return f"queries: {answer['queries']}; storage: {calls or 'nothing'}"


if __name__ == "__main__":
    main("save", measure)
