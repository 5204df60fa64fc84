"""The memory that ImageMagick needs for each pixel of a source, for the page on choosing an engine.

`python -m tests.engines.memory_table` measures the installed build of ImageMagick and writes its column into
`docs/engines.md`. `.ci/imagemagick7.sh` tests the columns of the other two.

A figure is the lowest limit with which ImageMagick decodes a picture at full size, divided by its pixels. It
is exact, because ImageMagick counts the memory that it takes for pixels and compares the sum with the limit.
"""

import os
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from advthumb.engines.isolation.engine import MEMORY

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "engines.md"
POLICY = ROOT / "src" / "advthumb" / "engines" / "imagemagick" / "policy"
BUILDS = ("6 (Q16)", "7 (Q16)", "7 (Q16-HDRI)")
"""The builds in the table: those of Debian 12 and 13."""

_BEGIN, _END = (f"<!-- memory: {what} -->\n" for what in ("written by tests/engines/memory_table.py", "end"))
_LARGEST = "any of them with the default `memory`"
_BUDGET = MEMORY // 2
"""The bytes for pixels with the default `memory` of a process."""
_SIDE = 500
_MOST = 64
"""Bytes per pixel; no kind needs as much."""


def _saved(mode: str, image_format: str, **options: Any) -> Callable[[], bytes]:
    def recipe() -> bytes:
        across = Image.linear_gradient("L").resize((_SIDE, _SIDE))
        down = across.transpose(Image.Transpose.ROTATE_90)
        bands = {"RGB": 3, "RGBA": 4, "CMYK": 4}.get(mode, 1)
        picture = Image.merge(mode, [across, down, across, down][:bands]) if bands > 1 else across
        out = BytesIO()
        picture.convert(mode).save(out, image_format, **options)
        return out.getvalue()

    return recipe


KINDS: Mapping[str, Callable[[], bytes]] = {
    "JPEG in colour": _saved("RGB", "JPEG"),
    "JPEG, grey": _saved("L", "JPEG"),
    "JPEG, CMYK": _saved("CMYK", "JPEG"),
    "PNG in colour": _saved("RGB", "PNG"),
    "PNG in colour, with transparency": _saved("RGBA", "PNG"),
    "PNG, grey": _saved("L", "PNG"),
    "PNG with a palette": _saved("P", "PNG"),
    "PNG with a palette and transparency": _saved("P", "PNG", transparency=3),
    "WebP": _saved("RGB", "WEBP"),
    "WebP with transparency": _saved("RGBA", "WEBP"),
    "GIF": _saved("P", "GIF"),
    "TIFF in colour": _saved("RGB", "TIFF"),
    "TIFF in colour, with transparency": _saved("RGBA", "TIFF"),
    "BMP in colour": _saved("RGB", "BMP"),
}
"""Pictures of half a thousand pixels on each side."""


def table(figures: Mapping[str, Mapping[str, int]]) -> str:
    """Return the table.

    Args:
        figures: For each build, the bytes per pixel of each kind.
    """
    lines = [_line(["", *(f"ImageMagick {build}" for build in BUILDS)])]
    lines.append(_line(["---", *("--:" for _ in BUILDS)]))
    lines += [_line([kind, *(str(figures[build][kind]) for build in BUILDS)]) for kind in KINDS]
    largest = (_BUDGET // max(figures[build].values()) // 10**6 for build in BUILDS)
    lines.append(_line([_LARGEST, *(f"up to {megapixels} MP" for megapixels in largest)]))
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def written(page: str) -> str:
    """Return the table that is in a page."""
    return page.partition(_BEGIN)[2].partition(_END)[0]


def figures_in(page: str) -> dict[str, dict[str, int]]:
    """Return the figures that are in a page; kinds that it lacks count as 0."""
    rows = {cells[0]: cells[1:] for cells in map(_cells, written(page).splitlines())}
    return {
        build: {kind: int(rows[kind][place]) if kind in rows else 0 for kind in KINDS}
        for place, build in enumerate(BUILDS)
    }


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def measured() -> tuple[str, dict[str, int]]:
    """Return the name of the installed build, and the bytes per pixel of each kind.

    It changes the limits of ImageMagick in this process.
    """
    os.environ |= {"MAGICK_CONFIGURE_PATH": str(POLICY), "MAGICK_THREAD_LIMIT": "1"}
    from wand.version import MAGICK_VERSION

    from advthumb.engines.imagemagick.engine import WandEngine

    _, version, precision, *_ = MAGICK_VERSION.split()
    engine = WandEngine()
    return f"{version[0]} ({precision})", {kind: _needed(engine, recipe()) for kind, recipe in KINDS.items()}


def _needed(engine: Any, data: bytes) -> int:
    """Return the lowest sufficient limit in bytes per pixel."""
    low, high = 0.0, float(_MOST)
    assert _suffices(engine, data, high)
    while high - low > 0.1:  # the true figure is a whole number, and a little for each row
        middle = (low + high) / 2
        low, high = (low, middle) if _suffices(engine, data, middle) else (middle, high)
    return round((low + high) / 2)


def _suffices(engine: Any, data: bytes, bytes_per_pixel: float) -> bool:
    """Try a limit in a process of its own, because a refused picture can keep a part of the limit taken."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    status = 2
    try:
        status = int(not _decodes(engine, data, round(bytes_per_pixel * _SIDE**2)))
    finally:
        os._exit(status)


def _decodes(engine: Any, data: bytes, limit: int) -> bool:
    from wand.resource import limits

    from advthumb.core import containers
    from advthumb.core.sniffing import sniff

    limits["memory"] = limit
    image_format = sniff(data)
    assert image_format
    info = containers.read(data, image_format)
    try:
        engine._decode(containers.clean(data, info), info, info.size)
    except (*engine.picture_errors, *engine.size_errors):
        return False
    return True


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    build, found = measured()
    before, _, rest = page.partition(_BEGIN)
    new = table({**figures_in(page), build: found})
    PAGE.write_text(f"{before}{_BEGIN}{new}{_END}{rest.partition(_END)[2]}", "utf-8")
