"""One chart as SVG: how many 12 MP photos per second each contender turns into thumbnails."""

from html import escape
from pathlib import Path

from harness import BENCHMARKS
from harness.results import Report, Row

_PATH = BENCHMARKS / "results" / "bulk.svg"
_WIDTH, _LABEL, _BAR, _GAP, _TOP = 760, 190, 22, 10, 56
_ROOM_FOR_VALUE = 200
_STYLE = """
    text { font: 14px system-ui, sans-serif; fill: #24292f }
    .title { font-weight: 600; font-size: 16px }
    .note { fill: #57606a }
    .ours { fill: #0969da } .theirs { fill: #8c959f } .wrong { fill: #d0d7de }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .note { fill: #9198a1 }
      .ours { fill: #4493f8 } .theirs { fill: #656c76 } .wrong { fill: #3d444d }
    }
"""


def write_chart(report: Report) -> Path:
    """Draw the first table of the bulk report, fastest first, and return the path of the chart."""
    row = next(row for row in report.rows if row.figures)
    names = sorted(row.figures, key=lambda name: -row.figures[name].median)
    longest = row.figures[names[0]].median
    bars = "".join(_bar(row, name, place, longest) for place, name in enumerate(names))
    height = _TOP + len(names) * (_BAR + _GAP)
    title = escape(f"Photos per second: {row.work}, {report.facts['machine']['cores']} cores")
    _PATH.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">\n'
        f"  <title>{title}</title>\n  <style>{_STYLE}  </style>\n"
        f'  <text class="title" x="0" y="24">{title}</text>\n{bars}</svg>\n',
        "utf-8",
    )
    return _PATH


def _bar(row: Row, name: str, place: int, longest: float) -> str:
    """Return one contender's label, bar and value; the bar is pale if its pictures are wrong."""
    rate, wrong = row.figures[name].median, "upright" in row.remarks.get(name, "")
    kind = "ours" if name.startswith("advthumb") else "wrong" if wrong else "theirs"
    width = (_WIDTH - _LABEL - _ROOM_FOR_VALUE) * rate / longest
    top = _TOP + place * (_BAR + _GAP)
    middle = top + _BAR * 0.7
    value = f"{rate:.1f}{', not upright' if wrong else ''}"
    return (
        f'  <text x="{_LABEL - 10}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>\n'
        f'  <rect class="{kind}" x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="3"/>\n'
        f'  <text class="note" x="{_LABEL + width + 8:.1f}" y="{middle:.0f}">{value}</text>\n'
    )
