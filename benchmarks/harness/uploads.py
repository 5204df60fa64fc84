"""Large files of every kind that people upload besides ordinary photos, made by code and cached."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from harness import CACHE, ROOT, recipes
from harness.recipes import RECIPES, Recipe, as_image, scene


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, and what its thumbnail is compared with.

    Attributes:
        what: Its kind and size: `PSD, 12 MP`.
        format: The format that sniffing finds, as `ImageFormat` names it.
        path: The path of the file.
        shown: The picture that it shows, as a file that Pillow reads; None if that is not known.
    """

    what: str
    format: str
    path: Path
    shown: Path | None


def uploads() -> list[Upload]:
    """Return the files, after making the missing ones."""
    folder = CACHE / f"uploads-{_digest()}"
    folder.mkdir(parents=True, exist_ok=True)
    return [_upload(folder, what, recipe) for what, recipe in RECIPES.items()]


def _digest() -> str:
    """Return a value that changes with the recipes and with the libraries that make the files."""
    ingredients = [ROOT / "demo" / "scenes.py", *sorted((ROOT / "tests" / "pictures").rglob("*.py"))]
    sources = (path.read_bytes() for path in (Path(recipes.__file__), *ingredients))
    return hashlib.sha256(b"".join(sources)).hexdigest()[:10]


def _upload(folder: Path, what: str, recipe: Recipe) -> Upload:
    path = folder / "".join(letter if letter.isalnum() else "-" for letter in what)
    shown = path.with_suffix(".shown.tiff") if recipe.shown else None
    if not path.exists():
        print(f"Making a file: {what}", flush=True)
        _make(path, shown, recipe)
    return Upload(what, recipe.format, path, shown)


def _make(path: Path, shown: Path | None, recipe: Recipe) -> None:
    pixels = scene(recipe.size)
    if shown and recipe.shown:
        as_image(recipe.shown(pixels)).save(shown)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(recipe.written(pixels))
    unfinished.rename(path)
