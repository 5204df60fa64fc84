"""Fills a new site of the demo with small files and the photographs: `python demo_rows.py`.

It is a process of its own, whose environment names the settings and the folder of the site, as
`demo_site.py` sets them.
"""

import logging

import django
from django.core.files.base import ContentFile
from django.core.management import call_command
from PIL import Image

from advthumb.testing.pictures.files import encode, save
from advthumb.testing.pictures.hostile import truncated
from advthumb.testing.pictures.oriented import oriented
from advthumb.testing.pictures.pixels import corner_pixels, gradient_pixels

PHOTOS = {
    "alps.jpg": encode(gradient_pixels(600, 400), "JPEG"),
    "see-through.png": save(Image.new("RGBA", (300, 400), (30, 90, 200, 120)), "PNG"),
    "cut-off.jpg": truncated("JPEG"),
    "orientation-3.jpg": oriented(3, upright=corner_pixels(480, 320)),
    "orientation-6.jpg": oriented(6, upright=corner_pixels(480, 320)),
}
DOCUMENTS = {
    "scan-with-a-name-as-long-as-those-that-scanners-give.tif": encode(gradient_pixels(600, 400), "TIFF"),
    "notes.txt": b"Nothing to see here.\n",
}


def fill() -> None:
    """Make the tables, the user `admin`, and the rows."""
    django.setup()
    logging.getLogger("advthumb").setLevel(logging.CRITICAL)  # two files have no thumbnail on purpose
    call_command("migrate", verbosity=0)

    from django.contrib.auth.models import User

    from gallery.models import Document, Photo
    from pictures import upload_pictures

    User.objects.create_superuser("admin", password="admin")
    for name, data in PHOTOS.items():
        Photo.objects.create(title=name, image=ContentFile(data, name=name))
    for name, data in DOCUMENTS.items():
        Document.objects.create(file=ContentFile(data, name=name))
    upload_pictures()


if __name__ == "__main__":
    fill()
