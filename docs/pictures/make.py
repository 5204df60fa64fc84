"""Makes the pictures of the documentation: `.venv/bin/python docs/pictures/make.py`, after `dev.py demo`.

The photograph is one of demo/photos, which has its licence (CC0). The contact sheet is the one that the demo
drew.
"""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import django
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, models
from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PHOTO = ROOT / "demo" / "photos" / "coffee.jpg"
SHEET = ROOT / "demo" / ".work" / "contact-sheet.png"
MOST_BYTES = 60_000
COVERS = ("coffee.jpg", "astronaut.jpg", "rocket.jpg")
METHODS: tuple[Literal["fit", "fill", "pad"], ...] = ("fit", "fill", "pad")


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
    for method, data in _thumbnails().items():
        (HERE / f"{method}.webp").write_bytes(data)
    _write("placeholders.webp", _placeholders())
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
    """Return the thumbnails that fields of each resize method make when a row is saved, by the method."""
    from advthumb.fields import AdvanceThumbnailField

    fields: dict[str, Any] = {
        method: AdvanceThumbnailField(
            source_field="image", upload_to=method, size=(240, 240), resize_method=method, format="WEBP"
        )
        for method in METHODS
    }
    meta = type("Meta", (), {"app_label": "pictures"})
    body = {"__module__": __name__, "Meta": meta, "image": models.ImageField(upload_to="sources"), **fields}
    photo_model = type("Photo", (models.Model,), body)
    with connection.schema_editor() as editor:
        editor.create_model(photo_model)
    row: Any = photo_model(image=ContentFile(PHOTO.read_bytes(), "coffee.jpg"))
    row.save()
    return {method: getattr(row, method).read() for method in METHODS}


def _placeholders() -> Image.Image:
    """Return a row for each of three photographs: its thumbnail, its painted ThumbHash and its colour."""
    from advthumb.fields import AdvanceThumbnailField

    meta = type("Meta", (), {"app_label": "pictures"})
    body = {
        "__module__": __name__,
        "Meta": meta,
        "image": models.ImageField(upload_to="sources"),
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
    cover_model = type("Cover", (models.Model,), body)
    with connection.schema_editor() as editor:
        editor.create_model(cover_model)
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
