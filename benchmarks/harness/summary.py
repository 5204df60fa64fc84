"""The table of engines in the project's README, with figures from the published reports."""

from collections.abc import Iterable, Mapping

from contenders import BASELINE, ENGINES, ours

from harness import ROOT
from harness.results import Report, Row
from harness.table import between_markers, facts, line, number

_README = ROOT / "README.md"
_SHOWN: Mapping[str, Mapping[str, str]] = {
    "render": {
        "12 MP JPEG to 300 px": "12 MP JPEG",
        "12 MP JPEG, three sizes to 800, 300, 100 px": "three sizes of it",
        "2.5 MP PNG, alpha to 300 px": "2.5 MP PNG, alpha",
    },
    "bulk": {"12 MP JPEGs, one field, 100 rows": "12 MP JPEGs, in bulk"},
}
"""The rows of each report that become columns, with their headings."""
_CHOICES: Mapping[str, tuple[str, str]] = {
    "pillow": ("included", "most sites"),
    "vips": ("`[vips]`", "large thumbnails, many sizes, transparency"),
    "imagemagick": ("`[imagemagick]`, ImageMagick", "Photoshop, JPEG 2000 and other formats"),
}
"""For each engine the extra that installs it, and when to choose it."""


def write_summary(reports: Iterable[Report]) -> None:
    """Put the table of engines between its two markers in the project's README."""
    between_markers(_README, summary(reports), "engines")


def summary(reports: Iterable[Report]) -> str:
    """Return the table: our engines, and version 2.0.1 below them."""
    found = {report.name: report for report in reports if report.name in _SHOWN}
    rows = [(row, heading) for name, report in found.items() for row, heading in _columns(name, report)]
    head = ["engine", "install", *(heading for _, heading in rows), "choose it for"]
    table = [line(head), line(["---", "---", *("--:" for _ in rows), "---"])]
    for engine in ENGINES:
        install, choose = _CHOICES[engine]
        cells = (_cell(row, ours(engine).name) for row, _ in rows)
        table.append(line([f"`{engine}`", install, *cells, choose]))
    table.append(line(["version 2.0.1", "", *(_cell(row, BASELINE.name) for row, _ in rows), ""]))
    measured = " ".join(dict.fromkeys(map(facts, found.values())))
    return "\n".join(
        (*table, "", f"Thumbnails have 300 px; the three sizes 800, 300 and 100. Measured: {measured}")
    )


def _columns(name: str, report: Report) -> list[tuple[Row, str]]:
    return [(row, _SHOWN[name][row.work]) for row in report.rows if row.work in _SHOWN[name]]


def _cell(row: Row, name: str) -> str:
    return f"{number(row.figures[name].median)} {row.unit}" if name in row.figures else ""
