"""Reports as Markdown: one table per benchmark, and the README around them."""

from collections.abc import Iterable
from pathlib import Path

from harness import BENCHMARKS
from harness.measuring import Figure
from harness.results import Claim, Report, Row

_README = BENCHMARKS / "README.md"
_BEGIN, _END = "<!-- results: written by benchmarks/run.py -->", "<!-- end of results -->"


def markdown(report: Report) -> str:
    """Return a report as a heading, a table and a line for each who is absent."""
    names = list(dict.fromkeys(name for row in report.rows for name in (*row.figures, *row.remarks)))
    lines = [f"### {report.name}", "", line(["work", "unit", *names, "target: measured"])]
    lines.append(line(["---"] * (len(names) + 3)))
    lines += [line(_cells(row, names)) for row in report.rows]
    lines += ["", *(f"- not here: {name}: {reason}" for name, reason in report.absent.items()), ""]
    met = [claim.met for row in report.rows for claim in row.claims]
    lines.append(f"{sum(met)} of {len(met)} targets met. {_facts(report)}" if met else _facts(report))
    return "\n".join(lines)


def write_readme(reports: Iterable[Report]) -> None:
    """Put the tables of published reports into the README, between its two markers."""
    between_markers(_README, "\n\n".join(markdown(report) for report in reports))


def between_markers(path: Path, text: str) -> None:
    """Put a text into a page, between its two markers."""
    before, _, rest = path.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}", "utf-8")


def _cells(row: Row, names: list[str]) -> list[str]:
    claims = "<br>".join(_told(claim) for claim in row.claims)
    return [row.work, row.unit, *(cell(row, name) for name in names), claims]


def cell(row: Row, name: str) -> str:
    """Return a contender's figure and remark."""
    figure = _shown(row.figures[name]) if name in row.figures else ""
    return f"{figure} {row.remarks.get(name, '')}".strip()


def _shown(figure: Figure) -> str:
    """Return a median, with its quartiles where they differ from it as shown."""
    texts = [number(value) for value in (figure.median, figure.low, figure.high)]
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ({texts[1]}-{texts[2]})"


def number(value: float) -> str:
    """Return a number with three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _told(claim: Claim) -> str:
    verdict = "met" if claim.met else "**missed**"
    return f"{claim.who} {claim.target}: {claim.measured} {verdict}".strip()


def line(cells: list[str]) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"


def _facts(report: Report) -> str:
    facts = report.facts
    changed = " with changes" if facts["changed_since"] else ""
    shown = ", ".join(f"{name} {facts['versions'][name]}" for name in ("Python", "Django", "Pillow"))
    machine = f"{facts['machine']['cores']} cores ({facts['machine']['cpu']})"
    return f"{facts['date']}, commit {facts['commit']}{changed}, {machine}, {shown}."
