"""The answers of all packages in words: the table in docs/comparison.md, and a short one in the README."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness import BENCHMARKS, ROOT
from harness.corpus import DISPLAY_P3, ORIENTED
from harness.results import published
from harness.table import line, number

RESULTS = BENCHMARKS / "results" / "peers.json"
_PAGE, _README = ROOT / "docs" / "comparison.md", ROOT / "README.md"
_WITH_PREVIEWS = "advthumb with previews"
_SHOWN_BY_BROWSERS = {"JPEG", "PNG", "WEBP", "AVIF", "GIF"}

Answers = dict[str, Any]
Cell = Callable[[Answers], str]


def made_by(answers: Answers) -> str:
    """Say when a thumbnail is made."""
    return "the save" if answers["pictures"][ORIENTED[0]]["at_save"] else "the first page"


def upright(answers: Answers) -> str:
    """Say how many of the eight orientations come out upright."""
    judged = [answers["pictures"][name].get("flaws") for name in ORIENTED]
    right = sum(flaws is not None and "not upright" not in flaws for flaws in judged)
    return "all 8" if right == len(ORIENTED) else f"{right} of 8"


def wide_gamut(answers: Answers) -> str:
    """Say what becomes of a photo in Display P3."""
    answer = answers["pictures"][DISPLAY_P3]
    if failed := _failure(answer):
        return failed
    if "wrong colours" in answer["flaws"]:
        return "wrong colours"
    return "right, profile kept" if answer["profile"] else "right, in sRGB"


def cmyk(answers: Answers) -> str:
    """Say what becomes of a CMYK JPEG."""
    answer = answers["pictures"]["sample-cmyk.jpg"]
    return _failure(answer) or ("stays CMYK" if answer["mode"] == "CMYK" else "becomes RGB")


def deep(answers: Answers) -> str:
    """Say what becomes of a 16-bit grey picture with a mean of half of white."""
    answer = answers["pictures"]["sample-16-bit.png"]
    if failed := _failure(answer):
        return failed
    levels = answer["means"][0]
    if answer["mode"].startswith("I"):  # Pillow does not scale the levels of these when it converts them
        return "stays 16 bits"
    return "right" if abs(levels - 127) <= 3 else f"wrong: mean {levels}, not 127"


def animated(answers: Answers) -> str:
    """Say what becomes of an animated GIF by default."""
    answer = answers["pictures"]["sample-animated.gif"]
    return _failure(answer) or ("animated" if answer["frames"] > 1 else f"first frame, {answer['format']}")


def truncated(answers: Answers) -> str:
    """Say what a truncated JPEG does."""
    answer = answers["pictures"]["sample-truncated.jpg"]
    return _failure(answer) or "thumbnail of the intact part"


def no_picture(answers: Answers) -> str:
    """Say what a text file with the extension .jpg does."""
    return _failure(answers["pictures"]["sample-text.jpg"]) or "a thumbnail"


def formats(answers: Answers) -> str:
    """Name the less common formats that get a thumbnail which browsers can show."""
    names = {
        "TIFF": "sample-photo.tiff",
        "AVIF": "sample-photo.avif",
        "HEIC": "sample-photo.heic",
        "PSD": "sample-photoshop.psd",
        "SVG": "sample-drawing.svg",
        "PDF": "sample-document.pdf",
    }
    read = [kind for kind, name in names.items() if _is_shown(answers["pictures"][name])]
    return ", ".join(read) or "none"


def page_again(answers: Answers) -> str:
    """Say what a page of rows costs when it was shown before."""
    return _cost(answers["page"]["again"])


def page_in_short(answers: Answers) -> str:
    """Say the same without the kinds of calls."""
    return page_again(answers).partition(" (")[0]


def page_restarted(answers: Answers) -> str:
    """Say what the first page costs after the cache was emptied."""
    return _cost(answers["page"]["restarted"])


def changed(answers: Answers) -> str:
    """Say what a page shows right after its size was changed in the code, when thumbnails exist."""
    at_once = answers["changed"]["at_once"]
    shown = {300: "old size", 200: "new size, made by the page"}.get(at_once, str(at_once))
    return shown if at_once in {200, 300} else f"broken: {shown}"


def updated(answers: Answers) -> str:
    """Say what it shows after thumbnails of the whole table were made in the package's own way."""
    answer = answers["changed"]
    if answer["update"]:
        return f"fails: {answer['update']}"
    return {300: "still the old size", 200: "new size"}.get(answer["updated"], str(answer["updated"]))


def old_size(answers: Answers) -> str:
    """Say whether files of the old size are left after that."""
    return "stay" if answers["changed"]["old_files"] else "deleted"


def replaced(answers: Answers) -> str:
    """Say what becomes of the thumbnails of a replaced picture."""
    return "stay" if answers["replaced"]["left_by_replacing"] else "deleted"


def deleted(answers: Answers) -> str:
    """Say what becomes of the thumbnails of a deleted row."""
    return "stay" if answers["replaced"]["left_by_deleting"] else "deleted"


def rolled_back(answers: Answers) -> str:
    """Say what a page shows, and what is left, after a save was rolled back."""
    answer = answers["rolled_back"]
    page = "page as before" if answer["same"] else f"page broken ({answer['raised'] or 'file missing'})"
    return page if not answer["left"] else f"{page}, an unused thumbnail stays"


def command(answers: Answers) -> str:
    """Name the command that makes the thumbnails of a whole table, and say whether it works."""
    answer = answers["command"]
    if not answer["fills"]:
        return "none"
    if answer["raised"] or not answer["made"]:
        return f"`{answer['fills']}` fails: {answer['raised'] or 'it makes nothing'}"
    return f"`{answer['fills']}`"


ROWS: dict[str, Cell] = {
    "Thumbnails are made by": made_by,
    "A command for a whole table": command,
    "Page of {rows} rows, shown before": page_again,
    "Page of {rows} rows, cache emptied": page_restarted,
    "Photos turned upright, of 8 orientations": upright,
    "Photo in Display P3": wide_gamut,
    "CMYK JPEG": cmyk,
    "Grey PNG of 16 bits": deep,
    "Animated GIF, by default": animated,
    "Truncated JPEG": truncated,
    "Text file named .jpg": no_picture,
    "Other formats with a thumbnail that browsers show": formats,
    "Size changed in the code: the page shows": changed,
    "The same, after all thumbnails were made again": updated,
    "Files of the old size": old_size,
    "Picture replaced: its thumbnails": replaced,
    "Row deleted: its thumbnails": deleted,
    "Save rolled back": rolled_back,
}
_SPEED = "12 MP JPEGs, one field, 100 rows"
"""The row of the benchmark `bulk` that both tables end with."""
_SHORT: dict[str, Cell] = {
    "Thumbnails are made by": made_by,
    "Page of {rows} rows, shown before": page_in_short,
    "Photos turned upright, of 8 orientations": upright,
    "Photo in Display P3": wide_gamut,
    "Size changed in the code: the page shows": changed,
    "Picture replaced: its thumbnails": replaced,
}
"""What the README shows, in the fewest words."""


def write_pages() -> None:
    """Write the tables to the pages with markers for them."""
    answered = json.loads(RESULTS.read_text("utf-8"))
    for path, what, rows in ((_PAGE, "comparison", ROWS), (_README, "short comparison", _SHORT)):
        text = path.read_text("utf-8")
        path.write_text(with_table(text, what, table(answered, rows)), "utf-8")


def with_table(text: str, what: str, table_: str) -> str:
    """Return a page with a table between its two markers, or the page unchanged if it has none."""
    begin, end = f"<!-- {what}: written by benchmarks/compare_peers.py -->", f"<!-- end of {what} -->"
    if begin not in text:
        return text
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{table_}\n\n{end}{after}"


def table(answered: dict[str, Any], rows: Mapping[str, Cell]) -> str:
    """Return a table of what each package does.

    Args:
        answered: The published answers.
        rows: What is shown, with the function that puts it into words.
    """
    answers = answered["answers"]
    names = [name for name in _ORDER if name in answers]
    lines = [line(["", *names]), line(["---"] * (len(names) + 1))]
    for row, cell in rows.items():
        cells = [cell(answers[name]) for name in names]
        if cell is formats:
            cells[0] += f"; with [extras](previews.md) {formats(answers[_WITH_PREVIEWS])}"
        lines.append(line([row.format(rows=answered["rows"]), *cells]))
    return "\n".join((*lines, line(["12 MP JPEGs per second, in bulk", *_speeds(names)])))


def _speeds(names: Iterable[str]) -> list[str]:
    """Return how many photos per second each contender makes from a table, as the benchmark measured."""
    (bulk,) = published(["bulk"])
    figures = next(row.figures for row in bulk.rows if row.work == _SPEED)
    keys = [name if name in figures else f"{name} pillow" for name in names]
    return [number(figures[key].median) for key in keys]


_ORDER = ("advthumb", "sorl", "easy-thumbnails", "imagekit", "stdimage", "versatileimagefield", "pictures")


def _failure(answer: Answers) -> str:
    """Return what goes wrong with a picture, or an empty string."""
    if "crashed" in answer:
        return "process ends"
    if answer["save"]:
        return f"the save raises {answer['save']}"
    if answer["page"]:
        return f"the page raises {answer['page']}"
    if answer["lost"]:
        return "saved; the page links a missing file"
    if "format" in answer:
        return ""
    return "saved; an `img` without source" if answer["empty"] else "saved; no thumbnail"


def _is_shown(answer: Answers) -> bool:
    return not _failure(answer) and answer["format"] in _SHOWN_BY_BROWSERS and answer["same"]


def _cost(answer: Answers) -> str:
    calls = sum(answer["storage"].values())
    if not answer["queries"] and not calls:
        return "nothing"
    opened = answer["storage"].get("open", 0)
    kinds = f" ({opened} files opened)" if opened else ""
    queries = _count(answer["queries"], "query", "queries")
    return f"{queries}, {_count(calls, 'storage call', 'storage calls')}{kinds}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
