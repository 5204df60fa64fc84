"""libvips' own program `vipsthumbnail`, started by `xargs` for eight files at a time, one on each CPU.

This is what an administrator would do without a package: files are not checked, and rows are written at the
end.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import models

from contenders import QUALITY, SINGLE_SIZES

if not shutil.which("vipsthumbnail"):
    raise RuntimeError("vipsthumbnail is not installed: apt-get install libvips-tools")


class Single(models.Model):
    """A picture and the name of its thumbnail."""

    image = models.ImageField(upload_to="photos/")
    thumbnail = models.CharField(max_length=200, default="")


Triple = None  # it makes one size at a time, so it would decode each source three times


def fill(model: type[models.Model], _options: Sequence[str]) -> None:
    """Make the thumbnails of all rows, and write their names."""
    rows = list(model.objects.all())
    folder = Path(default_storage.path("thumbnails"))
    folder.mkdir(exist_ok=True)
    width, height = SINGLE_SIZES[0]
    output = f"{folder}/%s.jpg[Q={QUALITY},strip]"
    command = ["xargs", "-0", "-n", "8", "-P", str(os.cpu_count()), "vipsthumbnail"]
    command += ["--size", f"{width}x{height}>", "--rotate", "--eprofile", "srgb", "-o", output]
    subprocess.run(command, input="\0".join(row.image.path for row in rows), text=True, check=True)
    for row in rows:
        row.thumbnail = f"thumbnails/{Path(row.image.name).stem}.jpg"
    model.objects.bulk_update(rows, ["thumbnail"])


def stored(row: models.Model) -> list[str]:
    """Return the name of a row's thumbnail."""
    return [row.thumbnail]
