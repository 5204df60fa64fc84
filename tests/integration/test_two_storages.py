"""Sources in S3 and thumbnails on the local disk, and the reverse."""

import time
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage

from advthumb.core.detection import Level
from advthumb.inspection import level_for
from tests.conftest import colour_of, picture, upload
from tests.management.commands import GENERATE, SYNC, report
from tests.testapp.models import Photo

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "other"]),
    pytest.mark.parametrize("bucket", [True], indirect=True, ids=["s3"]),
]

PHOTOS = ("--model", "testapp.photo")
RED, BLUE = (254, 0, 0), (0, 0, 254)


class Place:
    """A storage of one of the two fields, seen from outside.

    Args:
        field: The field.
        bucket: The bucket, None for the local disk.
    """

    def __init__(self, field, bucket):
        self._field, self._bucket = field, bucket

    def names(self, folder):
        """Return the files below a folder."""
        if self._bucket is not None:
            return sorted(item.key for item in self._bucket.objects.filter(Prefix=folder))
        root = Path(self._field.storage.location)
        files = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(name for name in files if name.startswith(folder))

    def put(self, name, data):
        if self._bucket is not None:
            self._bucket.put_object(Key=name, Body=data)
            return
        path = Path(self._field.storage.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, name):
        if self._bucket is not None:
            self._bucket.Object(name).delete()
        else:
            Path(self._field.storage.path(name)).unlink()


@pytest.fixture(params=["source in S3", "thumbnail in S3"])
def places(request, bucket, monkeypatch, tmp_path):
    """Put the sources into one kind of storage and the thumbnails into the other."""
    fields = {name: Photo._meta.get_field(name) for name in ("image", "thumbnail")}
    disk = FileSystemStorage(location=tmp_path / "disk")
    remote = "image" if request.param == "source in S3" else "thumbnail"
    for name, field in fields.items():
        monkeypatch.setattr(field, "storage", default_storage if name == remote else disk)
    return {name: Place(field, bucket if name == remote else None) for name, field in fields.items()}


def test_the_level_is_name_because_one_of_them_is_remote(places):
    fields = [Photo._meta.get_field(name).storage for name in ("image", "thumbnail")]
    assert level_for("auto", *fields) is Level.NAME


def test_the_life_of_a_row(places):
    photo = Photo.objects.create(image=upload())
    assert colour_of(Photo.objects.get().thumbnail) == RED
    photo.image = upload("b.jpg", "blue")
    photo.save()
    row = Photo.objects.get()
    assert colour_of(row.thumbnail) == BLUE
    assert places["thumbnail"].names("") == [row.thumbnail.name]
    assert len(places["image"].names("")) == 2  # the old source belongs to the project
    row.delete()
    assert places["thumbnail"].names("") == []
    assert len(places["image"].names("")) == 2


def test_force_makes_another_file_and_deletes_the_old_one(places):
    photo = Photo.objects.create(image=upload())
    assert report(GENERATE, *PHOTOS, "--force").outcomes == {"made": 1}
    row = Photo.objects.get()
    assert row.thumbnail.name != photo.thumbnail.name
    assert places["thumbnail"].names("") == [row.thumbnail.name]
    assert places["image"].names("") == [photo.image.name]


def test_stat_finds_a_lost_thumbnail_and_a_replaced_source(places):
    fresh, lost, changed = (Photo.objects.create(image=upload(f"{name}.jpg")) for name in "abc")
    time.sleep(2.1 - time.time() % 1)  # the bucket counts whole seconds
    places["thumbnail"].remove(lost.thumbnail.name)
    places["image"].put(changed.image.name, picture("blue", (200, 200)))
    assert report(SYNC, *PHOTOS).outcomes == {"left": 3}
    done = report(SYNC, *PHOTOS, "--verify", "stat")
    assert done.verdicts == {"fresh": 1, "lost": 1, "source-changed": 1}
    assert done.outcomes == {"left": 1, "made": 2}
    for row, colour in ((fresh, RED), (lost, RED), (changed, BLUE)):
        row.refresh_from_db()
        assert colour_of(row.thumbnail) == colour
    names = sorted(Photo.objects.values_list("thumbnail", flat=True))
    assert places["thumbnail"].names("") == names


def test_prune_deletes_unused_thumbnails_and_nothing_beside_the_sources(places):
    photo = Photo.objects.create(image=upload())
    unused = photo.thumbnail.name.replace("a_", "b_")
    places["thumbnail"].put(unused, b"unused")
    # The same name where the sources are: no field keeps thumbnails there.
    places["image"].put("images/a.jpg", picture())
    beside = f"images/{Path(unused).name}"
    places["image"].put(beside, b"not a thumbnail of this storage")
    done = report("prune_thumbnails", *PHOTOS, "--older-than", "0s", "--delete")
    assert done.json["files"] == [unused]
    assert places["thumbnail"].names("") == [photo.thumbnail.name]
    assert beside in places["image"].names("")


def test_a_source_that_is_named_like_a_thumbnail_keeps_its_file(places):
    """A row may use a thumbnail as its source, in another storage: the names say nothing of each other."""
    photo = Photo.objects.create(image=upload())
    places["image"].put(photo.thumbnail.name, picture("blue"))
    Photo.objects.create(image=photo.thumbnail.name)
    photo.delete()
    row = Photo.objects.get()
    assert colour_of(row.image) == colour_of(row.thumbnail) == BLUE
    assert places["thumbnail"].names("") == [row.thumbnail.name]
