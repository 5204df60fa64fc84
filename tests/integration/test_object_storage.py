"""Items 3 and 8 on the S3 API itself: django-storages against a server on this machine, requests counted."""

import json
import time
from collections import Counter
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction

from advthumb import refresh_thumbnails
from advthumb.core.names import files_of
from tests.conftest import colour_of, picture, upload
from tests.management.commands import GENERATE, report
from tests.testapp.models import Photo, Responsive

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

RED, BLUE = (254, 0, 0), (0, 0, 254)


def run(command, *arguments):
    out = StringIO()
    call_command(command, "--model", "testapp.photo", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_the_storage_calls_of_a_save(requests, request):
    """Creating a row takes two uploads and no read. A save without changes sends no request."""
    names_asked = 0 if "overwriting" in request.node.name else 1  # only Django's own, for the upload
    requests()
    photo = Photo.objects.create(image=upload())
    assert requests() == Counter(PUT=2, HEAD=names_asked)
    photo.title = "new"
    photo.save()
    assert (photo.thumbnail.width, photo.thumbnail.height) == (60, 40)
    assert requests() == Counter()
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert requests() == Counter(PUT=2, HEAD=names_asked, DELETE=1)
    photo.delete()
    assert requests() == Counter(DELETE=1)


def test_the_life_of_a_set(bucket, requests, request):
    """Each file is one upload, and all files of a set are deleted with one request."""
    row = Responsive.objects.create(image=upload())
    requests()
    row.image = upload("b.jpg", "blue")
    row.save()
    uploads = 1 + len(files_of(row.hero.name)) + len(files_of(row.tile.name))
    names_asked = 0 if "overwriting" in request.node.name else 1
    assert requests() == Counter({"PUT": uploads, "HEAD": names_asked, "DELETE MANY": 2})
    of_row = {row.hero.name, row.tile.name}
    in_bucket = [item.key for item in bucket.objects.all() if not item.key.startswith("images/")]
    assert sorted(in_bucket) == sorted(name for main in of_row for name in files_of(main))
    row.delete()
    assert [item.key for item in bucket.objects.all() if not item.key.startswith("images/")] == []


def test_the_life_of_a_row(kept):
    photo = Photo.objects.create(image=upload())
    assert colour_of(photo.thumbnail) == RED
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert colour_of(Photo.objects.get().thumbnail) == BLUE
    assert kept() == [photo.thumbnail.name]
    photo.image = None
    photo.save()
    assert kept() == []
    photo.image = upload("c.jpg")
    photo.save()
    photo.delete()
    assert kept() == []


def test_copies_get_their_own_files(kept):
    photo = Photo.objects.create(image=upload())
    twin = Photo.objects.get()
    twin.pk = None
    twin.save()
    (same_name,) = Photo.objects.bulk_create([Photo(image=photo.image.name, thumbnail=photo.thumbnail.name)])
    assert len(kept()) == 2
    for row in (twin, same_name):
        row.delete()
        assert colour_of(Photo.objects.get(pk=photo.pk).thumbnail) == RED
    assert kept() == [photo.thumbnail.name]


def test_a_rollback_loses_no_file_and_leaves_none(kept):
    """No name is ever used twice, so the new file can be deleted at once, even if the storage overwrites."""
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    with pytest.raises(LookupError), transaction.atomic():
        photo.image = upload("b.jpg", "blue")
        photo.save()
        assert len(kept()) == 2
        raise LookupError
    assert colour_of(Photo.objects.get().thumbnail) == RED
    assert kept() == [before]
    photo.save()
    assert colour_of(Photo.objects.get().image) == colour_of(Photo.objects.get().thumbnail) == BLUE
    assert kept() == [Photo.objects.get().thumbnail.name]


def test_uploads_with_the_same_name_get_separate_thumbnails(kept):
    one = Photo.objects.create(image=upload())
    other = Photo.objects.create(image=upload(colour="blue"))
    assert one.thumbnail.name != other.thumbnail.name
    assert colour_of(Photo.objects.get(pk=other.pk).thumbnail) == BLUE
    one.delete()
    assert kept() == [other.thumbnail.name]


@pytest.mark.parametrize("columns", [None, ["image"], ["thumbnail"], ["image", "thumbnail"]], ids=str)
def test_a_stale_instance_shows_no_other_picture(kept, columns):
    photo = Photo.objects.create(image=upload())
    stale = Photo.objects.get()
    photo.image = upload("b.jpg", "blue")
    photo.save()
    stale.save(update_fields=columns)
    row = Photo.objects.get()
    assert not row.thumbnail or colour_of(row.thumbnail) == colour_of(row.image)
    assert not row.thumbnail or row.thumbnail.name in kept()


@pytest.mark.parametrize("what", ["upload", "stored name", "clear"])
def test_a_partly_loaded_instance_with_a_new_source(kept, what):
    Photo.objects.create(image=upload())
    photo = Photo.objects.only("image").get()
    photo.image = {
        "upload": lambda: upload("b.jpg", "blue"),
        "stored name": lambda: default_storage.save("images/b.jpg", upload("b.jpg", "blue")),
        "clear": lambda: None,
    }[what]()
    photo.save()
    row = Photo.objects.get()
    if what == "clear":
        assert (not row.image, not row.thumbnail, kept()) == (True, True, [])
    else:
        assert colour_of(row.image) == colour_of(row.thumbnail) == BLUE
        assert kept() == [row.thumbnail.name]


def test_writes_that_bypass_the_field_are_repaired(kept):
    photo = Photo.objects.create(image=upload())
    Photo.objects.bulk_create([Photo(image=upload("c.jpg", "blue"))])
    Photo.objects.filter(pk=photo.pk).update(
        image=default_storage.save("images/b.jpg", upload("b.jpg", "blue"))
    )
    assert refresh_thumbnails(Photo.objects.all())[:3] == (1, 0, 1)
    rows = Photo.objects.all()
    assert [colour_of(row.thumbnail) for row in rows] == [BLUE, BLUE]
    assert kept() == sorted(row.thumbnail.name for row in rows)


def test_prune_searches_the_bucket_and_keeps_other_files(bucket, kept):
    photos = [Photo.objects.create(image=upload(f"{number}.jpg")) for number in range(3)]
    bucket.put_object(Key="thumbnails/by-hand.jpg", Body=b"not ours")
    elsewhere = photos[0].thumbnail.name.replace("thumbnails/", "elsewhere/")
    bucket.put_object(Key=elsewhere, Body=b"in no folder of ours")
    Photo.objects.filter(pk=photos[0].pk)._raw_delete("default")
    found = run("prune_thumbnails", "--json", "--older-than", "0s", "--delete")
    assert found["files"] == [photos[0].thumbnail.name]
    assert kept() == sorted(["thumbnails/by-hand.jpg", *(photo.thumbnail.name for photo in photos[1:])])


def test_status_checks_names_unless_asked_for_more(bucket, requests):
    """`--verify stat` detects a replaced source and a lost file.

    A source stored in the same second as its thumbnail is read once, because its time proves nothing.
    """
    fresh = Photo.objects.create(image=upload("a.jpg"))
    lost, changed = (Photo.objects.create(image=upload(name)) for name in ("b.jpg", "c.jpg"))
    bucket.Object(lost.thumbnail.name).delete()
    bucket.put_object(Key=changed.image.name, Body=picture("blue", (200, 200)))
    time.sleep(2.1)  # A change in the second of a check could not be detected.
    requests()
    assert run("thumbnail_status", "--json")["total"]["fresh"] == 3
    assert requests() == Counter()
    total = run("thumbnail_status", "--json", "--verify", "stat")["total"]
    assert (total["fresh"], total["lost"], total["source-changed"]) == (1, 1, 1)
    assert set(requests()) <= {"HEAD", "GET"}
    run("thumbnail_status", "--json", "--verify", "stat")
    assert set(requests()) == {"HEAD"}
    assert report(GENERATE, "--model", "testapp.photo", "--verify", "stat").outcomes == {"left": 2, "made": 1}
    assert colour_of(Photo.objects.get(pk=lost.pk).thumbnail) == RED
    assert Photo.objects.get(pk=fresh.pk).thumbnail.name == fresh.thumbnail.name


def test_a_bucket_that_is_gone(bucket, caplog):
    """Every request fails: saves and deletions still work, and the row is correct."""
    photo, other = (Photo.objects.create(image=upload(name)) for name in ("a.jpg", "b.jpg"))
    Photo.objects.filter(pk=photo.pk).update(thumbnail="")
    default_storage.bucket_name, default_storage._bucket = "no-such-bucket", None
    photo.title, photo.thumbnail = "new", None
    photo.save()
    row = Photo.objects.get(pk=photo.pk)
    assert (row.title, row.thumbnail.name, photo.thumbnail.name) == ("new", "", None)
    assert "No thumbnail for testapp.Photo.thumbnail" in caplog.text
    other.delete()
    assert Photo.objects.get() == row
