"""Files that other programs wrote, in `real/`, each with a PNG beside it that shows the same picture."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from advthumb.core.formats import ImageFormat

from .made import Made

FOLDER = Path(__file__).parent / "real"
FORMATS = {".psd": ImageFormat.PSD, ".psb": ImageFormat.PSD, ".xcf": ImageFormat.XCF}


def made() -> Iterator[Made]:
    """Return all of them."""
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in FORMATS:
            with Image.open(path.with_suffix(".png")) as image:
                shown = np.asarray(image)
            yield Made(path.name, FORMATS[path.suffix], path.read_bytes(), shown)
