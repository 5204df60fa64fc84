"""Photographs as pages need them: responsive sets, placeholders, crops around a focal point, processors."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from advthumb import FocalPoint
from advthumb.core.names import members
from advthumb.fields import AdvanceThumbnailField
from gallery.models import PICTURES, Picture
from scenes import PHOTOS

_FORMATS = {"AVIF", "WEBP", "JPEG"}
_CROPPED_BY_ALL = "Boats in Nagasaki"
"""The photograph to move a point on: no crop has its aspect ratio, so each shows a part of it."""
_ELSEWHERE = FocalPoint(0, 1)
"""A point far from that of the photograph, to move it to."""


class Photograph(NamedTuple):
    """One of the photographs.

    Attributes:
        name: Its file, without the suffix.
        title: What it shows.
        credit: Who made it, and when if that is known.
        focus: What its crops keep in view.
    """

    name: str
    title: str
    credit: str
    focus: str


PHOTOGRAPHS = (
    Photograph("cat", "Chelsea the cat", "Stefan van der Walt", "0.53,0.45"),
    Photograph("french-alpine-landscape", "French Alps", "Adolphe Braun, 1865 to 1870", "0.62,0.2"),
    Photograph("coffee", "Espresso", "Rachel Michetti", "0.48,0.3"),
    Photograph("nagasaki-boats", "Boats in Nagasaki", "Felice Beato, about 1865", "0.6,0.55"),
    Photograph("astronaut", "Eileen Collins", "NASA", "0.44,0.25"),
    Photograph("allium-oreophilum", "Pink lily leek", "Karl Blossfeldt, 1928", "0.5,0.3"),
    Photograph("rocket", "Falcon 9", "SpaceX", "0.5,0.7"),
    Photograph("galaxies", "Galaxies", "NASA, Hubble eXtreme Deep Field", "0.73,0.54"),
    Photograph("airplane-from-above", "Airplane from above", "Fédèle Azari, 1914 to 1929", "0.55,0.3"),
)


def upload_pictures() -> list[Picture]:
    """Save every photograph with its focal point, and print how long that took."""
    started = perf_counter()
    pictures = []
    for photograph in PHOTOGRAPHS:
        name = f"{photograph.name}.jpg"
        picture = Picture(
            title=photograph.title,
            credit=photograph.credit,
            image=ContentFile((PHOTOS / name).read_bytes(), name=name),
            focus=photograph.focus,
        )
        picture.save()
        pictures.append(picture)
    files = sum(len(_files(picture)) for picture in pictures)
    print(
        f"{len(pictures)} rows with {files} files were saved in {perf_counter() - started:.1f} s.", flush=True
    )
    return pictures


def complaints_about_pictures(pictures: list[Picture]) -> Iterator[str]:
    """Check the sets, the placeholders, the crops before and after a point is moved, and the pages."""
    for picture in pictures:
        for complaint in (*_about_set(picture), *_about_placeholder(picture)):
            yield f"{picture}: {complaint}"
    yield from _about_moving(next(picture for picture in pictures if picture.title == _CROPPED_BY_ALL))
    yield from _about_files(settings.MEDIA_ROOT / PICTURES)
    yield from _about_page(reverse("pictures"))
    yield from _about_page(pictures[0].get_absolute_url())


def _about_set(picture: Picture) -> Iterator[str]:
    """Check that every file of the set is there, with the format and the width that its name says."""
    files = members(picture.cover.name or "")
    formats = {file.format.value for file in files}
    if formats != _FORMATS:
        yield f"the set has {sorted(formats)}"
    for file in files:
        try:
            with Image.open(settings.MEDIA_ROOT / file.name) as image:
                found = image.format, image.width
        except FileNotFoundError:
            yield f"{file.name} is gone"
            continue
        if found != (file.format.value, file.width):
            yield f"{file.name} is {found[0]}, {found[1]} pixels wide"


def _about_placeholder(picture: Picture) -> Iterator[str]:
    """Check that the row has both kinds."""
    if not picture.thumb_hash:
        yield "the ThumbHash is missing"
    if not picture.cover.color:
        yield "the dominant colour is missing"


def _about_moving(picture: Picture) -> Iterator[str]:
    """Move the focal point, check that exactly the crops that follow it changed, and move it back."""
    before, point = _crops(picture), picture.focus
    picture.focus = _ELSEWHERE
    picture.save()
    after = _crops(picture)
    for name, follows in _followers().items():
        if (before[name] != after[name]) is not follows:
            yield f"{picture}: {name} {'did not follow' if follows else 'changed with'} the focal point"
    picture.focus = point
    picture.save()
    if _crops(picture) != before:
        yield f"{picture}: the crops are not what they were, with the same point again"


def _about_files(folder: Path) -> Iterator[str]:
    """Compare the files in the folder of all thumbnails with those that the names in the rows list."""
    named = {Path(file).name for picture in Picture.objects.all() for file in _files(picture)}
    present = {path.name for path in folder.iterdir()}
    for name in sorted(present - named):
        yield f"{name} was left behind"
    for name in sorted(named - present):
        yield f"{name} is gone"


def _about_page(path: str) -> Iterator[str]:
    """Check that a page costs one query."""
    with CaptureQueriesContext(connection) as queries:
        response = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0]).get(path)
    if response.status_code != 200 or len(queries) != 1:
        yield f"{path} answers with {response.status_code} after {len(queries)} queries"


def _followers() -> dict[str, bool]:
    """Return the names of all thumbnails of a picture, each with whether it follows the focal point."""
    fields = [field for field in Picture._meta.get_fields() if isinstance(field, AdvanceThumbnailField)]
    return {field.name: bool(field.focal_field) for field in fields}


def _crops(picture: Picture) -> dict[str, bytes]:
    """Return the bytes of each thumbnail."""
    return {name: Path(getattr(picture, name).path).read_bytes() for name in _followers()}


def _files(picture: Picture) -> list[str]:
    """Return the names of all files of all thumbnails."""
    return [file.name for name in _followers() for file in members(getattr(picture, name).name)]
