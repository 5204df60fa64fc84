"""Makes the pictures of the documentation: `.venv/bin/python docs/pictures/make.py`, after `dev.py demo`.

The photographs are in demo/photos, with their licences. The contact sheet is the one that the demo drew.
"""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PHOTO = ROOT / "demo" / "photos" / "coffee.jpg"
SHEET = ROOT / "demo" / ".work" / "contact-sheet.png"
MOST_BYTES = 60_000
COVERS = ("coffee.jpg", "astronaut.jpg", "rocket.jpg")
METHODS = ("fit", "fill", "pad")
LOGO = "logo.png"
POINTS = {"allium-oreophilum.jpg": (0.5, 0.05), "rocket.jpg": (0.15, 0.4)}
MOST_WIDE = 240


def main() -> None:
    """Write every picture, none of them larger than MOST_BYTES."""
    settings.configure(
        INSTALLED_APPS=["advthumb"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        STORAGES={"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}},
    )
    django.setup()
    with Image.open(PHOTO) as photo:
        photo.thumbnail((480, 480))
        _write("source.webp", photo.convert("RGB"))
    default_storage.save(LOGO, ContentFile(_logo()))
    for name, data in _thumbnails().items():
        (HERE / f"{name}.webp").write_bytes(data)
    _write("placeholders.webp", _placeholders())
    _write("crops.webp", _crops())
    _write("set.webp", _set())
    with Image.open(SHEET) as sheet:
        sheet.thumbnail((1000, 4000))
        _write("contact-sheet.webp", sheet.convert("RGB").crop((0, 0, sheet.width, min(sheet.height, 640))))
    for picture in HERE.glob("*.webp"):
        size = picture.stat().st_size
        print(f"{picture.name:22}{size:8,} bytes")
        if size > MOST_BYTES:
            msg = f"{picture.name} has {size:,} bytes; at most {MOST_BYTES:,} belong into the documentation"
            raise SystemExit(msg)


def _thumbnails() -> dict[str, bytes]:
    """Return the thumbnails that fields make when a row is saved, by name.

    There is one of each resize method, and one of each processor.
    """
    from advthumb.fields import AdvanceThumbnailField
    from advthumb.processors import Blur, Greyscale, Rounded, Sharpen, Watermark

    arguments: dict[str, Any] = {
        **{method: {"resize_method": method} for method in METHODS},
        "sharpened": {"processors": [Sharpen(0.8)]},
        "blurred": {"processors": [Blur(4)]},
        "greyscale": {"processors": [Greyscale()]},
        "rounded": {"processors": [Rounded(24)]},
        "watermarked": {"processors": [Watermark(LOGO, "se", opacity=0.8, scale=0.25, storage="default")]},
    }
    fields: dict[str, Any] = {
        name: AdvanceThumbnailField(
            source_field="image", upload_to=name, size=(240, 240), format="WEBP", **given
        )
        for name, given in arguments.items()
    }
    row: Any = _model("Photo", fields)(image=ContentFile(PHOTO.read_bytes(), "coffee.jpg"))
    row.save()
    return {name: getattr(row, name).read() for name in fields}


def _logo() -> bytes:
    """Return a white logo with alpha: a ring, and a bean in it."""
    drawing = Image.new("RGBA", (800, 800), (255, 255, 255, 0))
    pen = ImageDraw.Draw(drawing)
    pen.ellipse((20, 20, 780, 780), outline="white", width=70)
    pen.ellipse((250, 170, 550, 630), fill="white")
    pen.arc((330, 150, 610, 650), 120, 240, fill=(255, 255, 255, 0), width=50)
    out = BytesIO()
    drawing.resize((200, 200), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _placeholders() -> Image.Image:
    """Return a row for each of three photographs: its thumbnail, its painted ThumbHash and its colour."""
    from advthumb.fields import AdvanceThumbnailField

    body = {
        "thumb_hash": models.CharField(max_length=40),
        "thumbnail": AdvanceThumbnailField(
            source_field="image",
            upload_to="covers",
            size=(240, 160),
            resize_method="fill",
            format="WEBP",
            placeholder=True,
            placeholder_field="thumb_hash",
        ),
    }
    cover_model = _model("Cover", body)
    sheet = Image.new("RGB", (3 * 248 - 8, 3 * 168 - 8), "white")
    for number, name in enumerate(COVERS):
        row: Any = cover_model(image=ContentFile((PHOTO.parent / name).read_bytes(), name))
        row.save()
        painted = base64.b64decode(row.thumbnail.placeholder_url.partition(",")[2])
        with Image.open(row.thumbnail) as thumbnail, Image.open(BytesIO(painted)) as blurred:
            sheet.paste(thumbnail, (0, number * 168))
            sheet.paste(blurred.resize(thumbnail.size, Image.Resampling.BILINEAR), (248, number * 168))
            sheet.paste(Image.new("RGB", thumbnail.size, row.thumbnail.color), (496, number * 168))
    return sheet


def _crops() -> Image.Image:
    """Return a row for each of two photographs: the whole with a marked point, and the crops.

    The crops are around the centre, smart, and around the point.
    """
    from advthumb.fields import AdvanceThumbnailField, FocalPointField

    fill: dict[str, Any] = {
        "source_field": "image",
        "upload_to": "crops",
        "size": (160, 160),
        "resize_method": "fill",
        "format": "PNG",
    }
    body = {
        "focus": FocalPointField(blank=True),
        "whole": AdvanceThumbnailField(**fill | {"resize_method": "fit", "size": (None, 160)}),
        "centre": AdvanceThumbnailField(**fill),
        "smart": AdvanceThumbnailField(**fill, gravity="smart"),
        "point": AdvanceThumbnailField(**fill, focal_field="focus"),
    }
    crop_model = _model("Crop", body)
    sheet = Image.new("RGB", (MOST_WIDE + 3 * 168, len(POINTS) * 168 - 8), "white")
    for number, (name, point) in enumerate(POINTS.items()):
        row: Any = crop_model(focus=point, image=ContentFile((PHOTO.parent / name).read_bytes(), name))
        row.save()
        with Image.open(row.whole) as whole:
            marked = whole.convert("RGB")
        across, down = (round(side * part) for side, part in zip(marked.size, point, strict=True))
        pen = ImageDraw.Draw(marked)
        pen.ellipse((across - 7, down - 7, across + 7, down + 7), outline="black", width=5)
        pen.ellipse((across - 6, down - 6, across + 6, down + 6), outline="white", width=3)
        sheet.paste(marked, (0, number * 168))
        for place, crop in enumerate((row.centre, row.smart, row.point)):
            with Image.open(crop) as opened:
                sheet.paste(opened, (MOST_WIDE + 8 + place * 168, number * 168))
    return sheet


def _set() -> Image.Image:
    """Return the files of a set in one format, beside each other."""
    from advthumb.core.names import members
    from advthumb.fields import AdvanceThumbnailField

    body = {
        "hero": AdvanceThumbnailField(
            source_field="image", upload_to="sets", size=(240, None), widths=(120, 360), format="PNG"
        )
    }
    row: Any = _model("Set", body)(image=ContentFile(PHOTO.read_bytes(), "coffee.jpg"))
    row.save()
    files = sorted(members(row.hero.name), key=lambda member: member.width)
    left, pictures = 0, []
    for member in files:
        with default_storage.open(member.name) as file, Image.open(file) as opened:
            pictures.append((left, opened.convert("RGB")))
            left += opened.width + 8
    height = max(picture.height for _, picture in pictures)
    sheet = Image.new("RGB", (left - 8, height), "white")
    for begin, picture in pictures:
        sheet.paste(picture, (begin, height - picture.height))
    return sheet


def _model(name: str, fields: dict[str, Any]) -> Any:
    """Return a model with a source and these fields, whose table exists."""
    meta = type("Meta", (), {"app_label": "pictures"})
    body = {"__module__": __name__, "Meta": meta, "image": models.ImageField(upload_to="sources"), **fields}
    model = type(name, (models.Model,), body)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    return model


def _write(name: str, picture: Image.Image) -> None:
    """Write a picture with the best quality that its size allows."""
    for quality in range(85, 20, -5):
        out = BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    (HERE / name).write_bytes(out.getvalue())


if __name__ == "__main__":
    main()
