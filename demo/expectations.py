"""What must be true of the demo's thumbnails; each function gives its complaints, none if all is well."""

from collections.abc import Iterator
from pathlib import Path

from django.db.models.fields.files import ImageFieldFile
from PIL import Image

from gallery.models import Photo
from samples import Sample
from scenes import Color, Size, compass_points

FIELDS = ("thumbnail", "square", "preview")
_COLOR_TOLERANCE = 20
_FORMATS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}


def complaints_about(photo: Photo, sample: Sample, side: int) -> Iterator[str]:
    """Judge the thumbnails of one photo, the first of which fits a square of that side."""
    width, height = sample.display_size
    scale = side / max(width, height)
    sizes = {
        "thumbnail": (round(width * scale), round(height * scale)),
        "square": (160, 160),
        "preview": (480, round(480 * height / width)),
    }
    for field, size in sizes.items():
        thumbnail = getattr(photo, field)
        if not sample.readable:
            complaints = ["was made of a picture that cannot be read"] if thumbnail else []
        elif not thumbnail:
            complaints = ["was not made"]
        else:
            complaints = list(_complaints_about_file(thumbnail, sample, size))
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


def _complaints_about_file(thumbnail: ImageFieldFile, sample: Sample, size: Size) -> Iterator[str]:
    """Judge one thumbnail by its pixels and by what travels with them."""
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
    if sample.transparent != (_color_at(pixels, (0, 0))[3] == 0):
        yield "has not kept its transparency as it was"
    for color, point in compass_points(size).items():
        wanted = _grey(color) if sample.grey else color
        seen = _color_at(pixels, point)[:3]
        if max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) > _COLOR_TOLERANCE:
            yield f"shows {seen} at {point}, where an upright picture in the right colours has {wanted}"


def _color_at(image: Image.Image, point: tuple[int, int]) -> tuple[int, ...]:
    """Give the channels' means over the few pixels round a point."""
    x, y = point
    box = (max(0, x - 2), max(0, y - 2), x + 3, y + 3)
    return tuple(image.resize((1, 1), Image.Resampling.BOX, box).tobytes())


def _grey(color: Color) -> Color:
    """Give the grey that a colour turns into."""
    return (round((299 * color[0] + 587 * color[1] + 114 * color[2]) / 1000),) * 3
