"""Sources of 100 megapixels in every format: the largest that default settings allow."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from harness import CACHE

_SIDE = 10_000


def large() -> dict[str, Path]:
    """Return the pictures by description, after making the missing ones."""
    folder = CACHE / "large"
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for what, recipe in _RECIPES.items():
        path = folder / what.replace(" ", "-").replace(",", "")
        if not path.exists():
            print(f"Making a {what} of 100 MP", flush=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(recipe())
            unfinished.rename(path)
        found[what] = path
    return found


def _saved(mode: str, image_format: str, **options: Any) -> Callable[[], bytes]:
    def recipe() -> bytes:
        across = Image.linear_gradient("L").resize((_SIDE, _SIDE))
        down = across.transpose(Image.Transpose.ROTATE_90)
        bands = {"L": 1, "P": 1, "RGB": 3, "RGBA": 4, "CMYK": 4}.get(mode, 1)
        picture = Image.merge(mode, [across, down, across, down][:bands]) if bands > 1 else across
        if mode == "P":
            picture = picture.convert("P")
        elif mode == "I;16":
            picture = across.convert("I").point(lambda value: value * 257.0).convert("I;16")
        out = BytesIO()
        picture.save(out, image_format, **options)
        return out.getvalue()

    return recipe


_RECIPES: Mapping[str, Callable[[], bytes]] = {
    "JPEG": _saved("RGB", "JPEG"),
    "JPEG, progressive": _saved("RGB", "JPEG", progressive=True),
    "JPEG, CMYK": _saved("CMYK", "JPEG"),
    "PNG": _saved("RGB", "PNG", compress_level=1),
    "PNG, alpha": _saved("RGBA", "PNG", compress_level=1),
    "PNG, grey of 16 bits": _saved("I;16", "PNG", compress_level=1),
    "WebP": _saved("RGB", "WEBP", method=0),
    "AVIF": _saved("RGB", "AVIF", speed=10),
    "GIF": _saved("P", "GIF"),
    "TIFF, deflate": _saved("RGB", "TIFF", compression="tiff_adobe_deflate"),
    "TIFF, deflate, alpha": _saved("RGBA", "TIFF", compression="tiff_adobe_deflate"),
    "BMP": _saved("L", "BMP"),
}
