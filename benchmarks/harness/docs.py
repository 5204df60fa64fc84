"""The figures in the pages of `docs/`, taken from the published reports."""

from collections.abc import Mapping
from pathlib import Path

from contenders import ENGINES, PREVIEWS, ours
from fleet import tables

from harness import ROOT
from harness.results import Report, Row
from harness.table import between_markers, facts, line, number

_DOCS = ROOT / "docs"
FIRST_USE = "first use in a fresh process, up to the first thumbnail"
IDLE_MEMORY = "idle memory of one sealed process (RSS)"
ISOLATION = "what isolation adds to a picture"
"""The names of the rows of `formats` that pages show."""
_ISOLATED = {"imagemagick": "`imagemagick`", "pillow": "`pillow`, sealed", "vips": "`vips`, sealed"}
_SPEED = ("12 MP JPEG", "2.5 MP", "100 MP JPEG")
"""How the rows of `render` that compare engines begin."""
_SAME = 1.1
"""The ratio up to which two engines count as equally fast."""


def write_docs(reports: Mapping[str, Report]) -> None:
    """Put the published figures into the pages, each between its markers."""
    for path, name, text in texts(reports):
        between_markers(path, text, name)


def texts(reports: Mapping[str, Report]) -> list[tuple[Path, str, str]]:
    """Return what goes where: the page, the name of its markers, and the text."""
    found = []
    if formats := reports.get("formats"):
        found.append((_DOCS / "previews.md", "figures", previews(formats)))
        found.append((_DOCS / "engines.md", "processes", _with_facts(processes(formats, _ISOLATED), formats)))
    if render := reports.get("render"):
        found.append((_DOCS / "engines.md", "speed", speed(render)))
    if fleet := reports.get("fleet"):
        page = _DOCS / "outgrowing-one-machine.md"
        found += [(page, "fleets", tables.runs(fleet)), (page, "costs", tables.costs(fleet))]
    return found


def previews(report: Report) -> str:
    """Return the cost of preview engines: their processes, then each kind of file."""
    names = {name: f"`{name}`" for name in PREVIEWS}
    table = [line(["file", "time"]), line(["---", "--:"])]
    for row in report.rows:
        if row.unit == "ms" and not row.work.startswith(ISOLATION):
            figures = [row.figures[ours(name).name] for name in PREVIEWS if ours(name).name in row.figures]
            table += [line([row.work, f"{number(figure.median)} ms"]) for figure in figures]
    return _with_facts("\n\n".join((processes(report, names), "\n".join(table))), report)


def processes(report: Report, names: Mapping[str, str]) -> str:
    """Return the cost of the processes of engines.

    Args:
        report: The report of `formats`.
        names: The engines, with their names in the table heading.
    """
    rows = [row for row in report.rows if row.work.startswith((FIRST_USE, IDLE_MEMORY, ISOLATION))]
    there = [name for name in names if any(ours(name).name in row.figures for row in rows)]
    table = [line(["", *(names[name] for name in there)]), line(["---"] * (len(there) + 1))]
    for row in rows:
        cells = [_short(row, ours(name).name) for name in there]
        if any(cells):
            table.append(line([row.work, *cells]))
    return "\n".join(table)


def speed(report: Report) -> str:
    """Return how fast engines are, and where vips is faster or slower than Pillow."""
    rows = [row for row in report.rows if row.work.startswith(_SPEED) and _both(row)]
    table = [line(["", *(f"`{name}`" for name in ENGINES), "vips is"])]
    table.append(line(["---", *("--:" for _ in ENGINES), "--:"]))
    faster: dict[str, list[str]] = {"faster": [], "as fast": [], "slower": []}
    for row in rows:
        cells = [_short(row, ours(name).name) for name in ENGINES]
        if row.unit != "ms":
            table.append(line([row.work, *cells, ""]))
            continue
        ratio = row.figures[ours("pillow").name].median / row.figures[ours("vips").name].median
        table.append(line([row.work, *cells, f"{ratio:.2f}x"]))
        verdict = "faster" if ratio >= _SAME else "slower" if ratio <= 1 / _SAME else "as fast"
        faster[verdict].append(f"{row.work} ({ratio:.2f}x)")
    said = (f"- {verdict}: {'; '.join(works)}" for verdict, works in faster.items() if works)
    summary = "\n".join(("Compared to Pillow, vips is, where a tenth makes no difference,", "", *said))
    return _with_facts("\n\n".join(("\n".join(table), summary)), report)


def _both(row: Row) -> bool:
    return {ours("pillow").name, ours("vips").name} <= row.figures.keys()


def _short(row: Row, name: str) -> str:
    """Return a median with its unit and, for memory, its remark."""
    if name not in row.figures:
        return ""
    remark = row.remarks.get(name, "") if row.unit == "MiB" else ""
    return ", ".join(part for part in (f"{number(row.figures[name].median)} {row.unit}", remark) if part)


def _with_facts(text: str, report: Report) -> str:
    return f"{text}\n\nMeasured: {facts(report)}"
