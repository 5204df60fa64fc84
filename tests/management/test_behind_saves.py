"""`update()`, `bulk_update()`, `bulk_create()` and SQL bypass saves: what detects and repairs this."""

import json

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.testapp.models import Photo

from .commands import GENERATE, REGENERATE, report, run

pytestmark = pytest.mark.django_db(transaction=True)

BLUE = (0, 0, 254)
PHOTOS = ("--model", "testapp.photo", "--verify", "name")


@pytest.fixture
def blue():
    """Return the name of a stored source that no row has."""
    return default_storage.save("images/blue.jpg", upload(colour="blue"))


def by_update(name):
    Photo.objects.create(image=upload())
    Photo.objects.update(image=name)


def by_bulk_update(name):
    row = Photo.objects.create(image=upload())
    row.image = name
    Photo.objects.bulk_update([row], ["image"])


def by_bulk_create(name):
    Photo.objects.bulk_create([Photo(image=name)])


def by_bulk_create_over_a_row(name):
    row = Photo.objects.create(image=upload())
    options = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": ["image"]}
    Photo.objects.bulk_create([Photo(id=row.pk, image=name)], **options)


def by_sql(name):
    Photo.objects.create(image=upload())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_photo SET image = %s", [name])


def commands():
    run(GENERATE, *PHOTOS)
    run(REGENERATE, *PHOTOS)


def helper():
    assert refresh_thumbnails(Photo.objects.all(), verify="name").made == 1


def next_save():
    Photo.objects.get().save()


@pytest.mark.parametrize("repair", [commands, helper, next_save])
@pytest.mark.parametrize(
    "write", [by_update, by_bulk_update, by_bulk_create, by_bulk_create_over_a_row, by_sql]
)
def test_changes_that_bypass_saves_are_found_and_repaired(write, repair, blue, stored):
    write(blue)
    found = {verdict: count for verdict, count in _status().items() if count}
    bulk_created = write in (by_bulk_create, by_bulk_create_over_a_row)
    assert found == ({"missing": 1} if bulk_created else {"source-changed": 1})
    assert run("thumbnail_status", *PHOTOS, "--fail-on", "stale,missing").code == 1
    repair()
    assert colour_of(Photo.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == [Photo.objects.get().thumbnail.name]
    assert run("thumbnail_status", *PHOTOS, "--fail-on", "stale,missing").code == 0
    assert report(REGENERATE, *PHOTOS).outcomes == {"left": 1}


def _status():
    return json.loads(run("thumbnail_status", *PHOTOS, "--json").out)["total"]
