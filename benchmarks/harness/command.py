"""The shared parts of the scripts: options, set-up and published results."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contenders import ENGINES

from harness.chart import write_chart
from harness.corpus import corpus
from harness.docs import write_docs
from harness.environments import set_up_peers
from harness.results import Report, Row, published
from harness.summary import write_summary
from harness.table import cell, markdown, write_readme

NAMES = ("render", "bulk", "save", "scale", "profile", "memory", "encoders", "formats", "fleet", "against")


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure, and how thoroughly.

    Attributes:
        quick: Whether few samples of less work are enough.
        engines: Our engines that take part.
        command_options: Further options for our command `generate_thumbnails`.
        pictures: The folder of the corpus.
    """

    quick: bool
    engines: tuple[str, ...]
    command_options: tuple[str, ...]
    pictures: Path

    @property
    def complete(self) -> bool:
        """Whether the run is complete, so that its results can be published."""
        return not self.quick and self.engines == ENGINES and not self.command_options

    def path(self, name: str) -> str:
        """Return the path of a picture."""
        return str(self.pictures / name)

    def paths(self, names: Sequence[str]) -> list[str]:
        """Return the paths of pictures."""
        return [self.path(name) for name in names]


Measure = Callable[[Order, Report], None]
"""Adds its rows to a report."""


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser for the options that all scripts have."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--quick", action="store_true", help="few samples of less work; not published")
    options.add_argument("--engine", choices=ENGINES, help="only this engine of ours; not published")
    options.add_argument(
        "command_options", nargs="*", help="after --: further options for generate_thumbnails (bulk)"
    )
    return options


def prepare(options: argparse.Namespace) -> Order:
    """Set up the peers and the pictures, and return the order that the options describe."""
    set_up_peers()
    engines = (options.engine,) if options.engine else ENGINES
    return Order(options.quick, engines, tuple(options.command_options), corpus())


def carry_out(name: str, measure: Measure, order: Order) -> None:
    """Measure, print the table, and publish the report if it is complete."""
    print(f"\n{name}:", flush=True)
    report = Report(name, order.complete)
    measure(order, report)
    path = report.write()
    print(f"\n{markdown(report)}\n{path}", flush=True)
    if report.complete:
        reports = {report.name: report for report in published(NAMES)}
        write_readme(reports.values())
        write_summary(reports.values())
        write_docs(reports)
        if "bulk" in reports:
            write_chart(reports["bulk"])


def main(name: str, measure: Measure) -> None:
    """Run one benchmark as a script."""
    carry_out(name, measure, prepare(parser(f"Measure: {name}.").parse_args()))


def noted(report: Report, row: Row) -> None:
    """Add a row to a report and print a line, because the next one takes a while."""
    report.rows.append(row)
    everybody = "; ".join(f"{name} {cell(row, name)}" for name in {**row.figures, **row.remarks})
    print(f"  {row.work} [{row.unit}]: {everybody}", flush=True)
