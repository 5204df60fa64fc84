"""The few figures in the project's README, taken from the published reports."""

from collections.abc import Iterable

from harness import ROOT
from harness.results import Report, Row
from harness.table import between_markers, line, number

_README = ROOT / "README.md"
_SHOWN = {
    "render": (
        "12 MP JPEG to 300 px",
        "12 MP JPEG, three sizes",
        "2.5 MP PNG",
        "2.5 MP WebP",
        "100 MP JPEG to 300 px",
    ),
    "bulk": ("12 MP JPEGs, one field", "12 MP JPEGs, three fields"),
    "save": ("create with", "url, width"),
    "scale": ("1,000,000 rows, --verify name",),
}
"""How the rows begin that are shown from each report."""


def write_summary(reports: Iterable[Report]) -> None:
    """Put a table of the main figures between its two markers in the project's README."""
    rows = [row for report in reports for row in report.rows if _is_shown(report.name, row)]
    names = list(dict.fromkeys(name for row in rows for name in row.figures if _takes_part(name)))
    table = [line(["work", *names]), line(["---", *("--:" for _ in names)])]
    table += [line([f"{row.work} [{row.unit}]", *(_cell(row, name) for name in names)]) for row in rows]
    between_markers(_README, "\n".join(table))


def _is_shown(report: str, row: Row) -> bool:
    return row.work.startswith(_SHOWN.get(report, ())) and "growth" not in row.work


def _takes_part(name: str) -> bool:
    return name == "2.0.1" or (name.startswith("advthumb") and "margin" not in name)


def _cell(row: Row, name: str) -> str:
    return number(row.figures[name].median) if name in row.figures else ""
