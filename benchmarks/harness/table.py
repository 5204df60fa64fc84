"""Reports as Markdown: one table per benchmark, and the README around them."""

from collections.abc import Iterable
from pathlib import Path

from harness import BENCHMARKS
from harness.measuring import Figure
from harness.results import Claim, Report, Row

_README = BENCHMARKS / "README.md"
_RESULTS = "results"


def markdown(report: Report) -> str:
    """Return a report as a heading, a table and a line for each absent contender."""
    names = list(dict.fromkeys(name for row in report.rows for name in (*row.figures, *row.remarks)))
    lines = [f"### {report.name}", "", line(["work", "unit", *names, "target: measured"])]
    lines.append(line(["---"] * (len(names) + 3)))
    lines += [line(_cells(row, names)) for row in report.rows]
    lines += ["", *(f"- not here: {name}: {reason}" for name, reason in report.absent.items()), ""]
    met = [claim.met for row in report.rows for claim in row.claims]
    lines.append(f"{sum(met)} of {len(met)} targets met. {facts(report)}" if met else facts(report))
    return "\n".join(lines)


def write_readme(reports: Iterable[Report]) -> None:
    """Put the tables of published reports, and the missed targets, between their markers in the README."""
    for name, text in texts(list(reports)).items():
        between_markers(_README, text, name)


def texts(reports: list[Report]) -> dict[str, str]:
    """Return what goes between the markers in the README, by their names."""
    missed = [
        f"- {report.name}: {row.work}: {claim.who} {claim.measured}, target {claim.target}"
        for report in reports
        for row in report.rows
        for claim in row.claims
        if not claim.met
    ]
    return {"missed": "\n".join(missed), _RESULTS: "\n\n".join(map(markdown, reports)).strip()}


def between_markers(path: Path, text: str, name: str = _RESULTS) -> None:
    """Put a text between the two markers of that name in a page.

    Raises:
        ValueError: The page has no such markers.
    """
    page = path.read_text("utf-8")
    place = _marked(page, name)
    path.write_text(f"{page[: place.start]}\n\n{text}\n\n{page[place.stop :]}", "utf-8")


def shown(path: Path, name: str = _RESULTS) -> str:
    """Return the text between the two markers of that name in a page.

    Raises:
        ValueError: The page has no such markers.
    """
    page = path.read_text("utf-8")
    return page[_marked(page, name)].strip()


def _marked(page: str, name: str) -> slice:
    begin, end = f"<!-- {name}: written by benchmarks/run.py -->", f"<!-- end of {name} -->"
    start = page.index(begin) + len(begin)
    return slice(start, page.index(end, start))


def _cells(row: Row, names: list[str]) -> list[str]:
    claims = "<br>".join(_told(claim) for claim in row.claims)
    return [row.work, row.unit, *(cell(row, name) for name in names), claims]


def cell(row: Row, name: str) -> str:
    """Return a contender's figure and remark."""
    figure = _shown(row.figures[name]) if name in row.figures else ""
    return f"{figure} {row.remarks.get(name, '')}".strip()


def _shown(figure: Figure) -> str:
    """Return a median, with its quartiles if their displayed values differ from it."""
    texts = [number(value) for value in (figure.median, figure.low, figure.high)]
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ({texts[1]}-{texts[2]})"


def number(value: float) -> str:
    """Return a number with three digits, or all digits before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _told(claim: Claim) -> str:
    verdict = "met" if claim.met else "**missed**"
    return f"{claim.who} {claim.target}: {claim.measured} {verdict}".strip()


def line(cells: list[str]) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"


def facts(report: Report) -> str:
    """Return when, at which commit, and on which machine a report was measured."""
    known = report.facts
    changed = " with changes" if known["changed_since"] else ""
    shown = ", ".join(f"{name} {known['versions'][name]}" for name in ("Python", "Django", "Pillow"))
    machine = f"{known['machine']['cores']} cores ({known['machine']['cpu']})"
    return f"{known['date']}, commit {known['commit']}{changed}, {machine}, {shown}."
