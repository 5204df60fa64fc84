"""What must be true of the demo's thumbnails; each function returns its complaints, if any."""

from collections.abc import Iterator
from pathlib import Path

from django.db.models.fields.files import ImageFieldFile
from PIL import Image, ImageChops, ImageOps

from gallery.models import Photo
from samples import Sample
from scenes import Size

FIELDS = ("thumbnail", "square", "preview")
_GRID = (8, 8)
_TOLERANCE = 12
"""How many of 255 levels the mean colour of one of 8 x 8 parts of a picture may differ by."""
_FORMATS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}


def complaints_about(photo: Photo, sample: Sample, path: Path, side: int) -> Iterator[str]:
    """Check the thumbnails of one photo, the first of which fits a square of that side.

    Args:
        photo: The row.
        sample: What was uploaded.
        path: The uploaded file; a small picture of what it shows lies next to it.
        side: The side of the box of `Photo.thumbnail`.
    """
    width, height = sample.display_size
    scale = side / max(width, height)
    sizes = {
        "thumbnail": (round(width * scale), round(height * scale)),
        "square": (160, 160),
        "preview": (480, round(480 * height / width)),
    }
    with Image.open(path.with_name(sample.upright)) as image:
        upright = image.copy()
    for field, size in sizes.items():
        thumbnail = getattr(photo, field)
        if not sample.readable:
            complaints = ["was made of a picture that cannot be read"] if thumbnail else []
        elif not thumbnail:
            complaints = ["was not made"]
        else:
            complaints = list(_complaints_about_file(thumbnail, upright, size))
        for complaint in complaints:
            yield f"{sample.name}: {field} {complaint}"


def complaints_about_leftovers(folder: Path) -> Iterator[str]:
    """Compare the thumbnails in a folder with those that the rows name."""
    named = {Path(name).name for names in Photo.objects.values_list(*FIELDS) for name in names if name}
    present = {path.name for path in folder.iterdir()}
    for name in sorted(present - named):
        yield f"{name} was left behind"
    for name in sorted(named - present):
        yield f"{name} is gone"


def _complaints_about_file(thumbnail: ImageFieldFile, upright: Image.Image, size: Size) -> Iterator[str]:
    """Check one thumbnail by its pixels and its metadata."""
    if (thumbnail.width, thumbnail.height) != size:
        yield f"says it is {thumbnail.width} x {thumbnail.height}, not {size[0]} x {size[1]}"
    with Image.open(thumbnail.path) as image:
        if image.size != size:
            yield f"is {image.size[0]} x {image.size[1]}, not {size[0]} x {size[1]}"
        if image.format != _FORMATS.get(Path(thumbnail.name or "").suffix):
            yield f"is {image.format}, and its name is {thumbnail.name}"
        if image.getexif():
            yield f"carries EXIF: {dict(image.getexif())}"
        pixels = image.convert("RGBA")
    # If the proportions differ, as with a square, the thumbnail should show the middle.
    wanted = ImageOps.fit(upright, size, Image.Resampling.BICUBIC)
    for ground in ("white", "black"):  # On both black and white, so that transparency counts.
        difference = ImageChops.difference(_grid(pixels, ground), _grid(wanted, ground))
        levels = max(difference.tobytes())
        if levels > _TOLERANCE:
            yield f"is up to {levels} levels off the same picture, upright and in the right colours"


def _grid(picture: Image.Image, ground: str) -> Image.Image:
    """Return the mean colours of 8 x 8 parts of a picture, on a background."""
    flat = Image.new("RGBA", picture.size, ground)
    flat.alpha_composite(picture)
    return flat.convert("RGB").resize(_GRID, Image.Resampling.BOX)
