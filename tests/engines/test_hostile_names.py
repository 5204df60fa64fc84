"""The uploader's file name never reaches a decoder: the thumbnail is the same for every name."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from advthumb.conf import EngineReference
from advthumb.core.formats import ImageFormat
from advthumb.engines.base import ThumbnailEngine
from tests import pictures
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db

NAMES = {
    "colon": "svg:holiday.jpg",
    "coder": "msl:holiday",
    "drive": "c:holiday.jpg",
    "stream": "holiday.jpg::$DATA",
    "brackets": "holiday.jpg[page=2]",
    "frame": "holiday.gif[0]",
    "size": "holiday.jpg[8000x8000]",
    "square": "[1-9].jpg",
    "braces": "{a,b}.jpg",
    "star": "*.jpg",
    "question": "ho?iday.jpg",
    "dash": "-holiday.jpg",
    "option": "--help",
    "percent": "%d.jpg",
    "escaped": "%2e%2e%2fholiday.jpg",
    "format": "%s%n%x.jpg",
    "at": "@holiday.jpg",
    "pipe": "|touch holiday.jpg",
    "command": "$(touch holiday).jpg",
    "backticks": "`touch holiday`.jpg",
    "semicolon": "holiday;touch holiday.jpg",
    "quotes": "holi'\"day.jpg",
    "backslash": "holi\\day.jpg",
    "newline": "holi\nday.jpg",
    "return": "holi\r\nday.jpg",
    "bell": "holi\a\x1bday.jpg",
    "spaces": "  holiday .jpg",
    "dots": "holiday...jpg",
    "no extension": "holiday",
    "other extension": "holiday.svg",
    "long": "h" * 200 + ".jpg",
    "chinese": "假期照片" * 10 + ".jpg",
    "right to left": "holi\u202egpj.exe\u202c\u200f.jpg",
}
PICTURE = pictures.encode(pictures.photo_pixels(160, 120), "JPEG")

names = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
ON_THE_DISK = {which: name for which, name in NAMES.items() if "\\" not in name}
"""Django's storages treat a backslash as a slash."""


@pytest.fixture(autouse=True)
def project(settings, tmp_path: Path, engine: ThumbnailEngine, reference: EngineReference) -> None:
    """Use a storage where only Django cleans up names, and render with each engine."""
    assert ImageFormat.JPEG in engine.reads
    settings.ADVANCE_THUMBNAIL_ENGINE = reference
    settings.ADVANCE_THUMBNAIL_RAISE = True
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def expected(project: None) -> bytes:
    """Return the thumbnail of a picture whose name is plain."""
    return saved(ContentFile(PICTURE, name="plain.jpg"))


def saved(image: object) -> bytes:
    """Save a row with a picture; return its thumbnail."""
    row = Photo.objects.create(image=image)
    row.refresh_from_db()
    with row.thumbnail.open("rb") as stored:
        return stored.read()


@names
def test_an_upload_with_any_name_gets_its_thumbnail(name: str, expected: bytes) -> None:
    """As in a form: Django cleans up the name for the storage."""
    assert saved(ContentFile(PICTURE, name=name)) == expected


@pytest.mark.parametrize("name", ON_THE_DISK.values(), ids=ON_THE_DISK.keys())
def test_a_stored_file_with_any_name_gets_its_thumbnail(name: str, expected: bytes, tmp_path: Path) -> None:
    """As another program stored it: the row has the exact name of the file on disk."""
    path = tmp_path / "images" / name
    path.write_bytes(PICTURE)
    assert path in path.parent.iterdir()
    assert saved(f"images/{name}") == expected


def test_there_are_33_distinct_names() -> None:
    assert len(set(NAMES.values())) == 33
