"""`--verify stat` on the S3 API with listings: moto in this process, asked by django-storages and boto3."""

import datetime as dt
from collections import Counter
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage

from advthumb.file_facts import FileChecker, as_facts
from advthumb.storages.adapters import adapter_for
from tests.conftest import picture
from tests.testapp.models import Photo

from .commands import SYNC, fresh_name, report

moto = pytest.importorskip("moto", reason="moto[server] is not installed")
s3 = pytest.importorskip("storages.backends.s3", reason="django-storages[s3] is not installed")
models = pytest.importorskip("moto.s3.models")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.costs]

PHOTO = Photo._meta.get_field("thumbnail")
PHOTOS = ("--model", "testapp.Photo")


class CountingS3(s3.S3Storage):
    """Counts its requests; can be denied the permission `s3:ListBucket`."""

    may_list = True

    def __init__(self, **options):
        super().__init__(**options)
        self.requests = Counter()

    def _create_session(self):
        session = super()._create_session()
        session.events.register("before-call.s3", self._count)
        return session

    def _count(self, model, params, **_details):
        kind = {"HeadObject": "HEAD", "GetObject": "GET", "ListObjectsV2": "LIST"}.get(model.name, model.name)
        self.requests[kind] += 1
        if kind == "LIST" and not self.may_list:
            error = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            return SimpleNamespace(status_code=403), error
        return None


class OtherSizes(CountingS3):
    """Reports other sizes than a listing, as a storage that encrypts its files may."""

    def size(self, name):
        return super().size(name)


class Tenants(CountingS3):
    """Keeps its files where its own method says."""

    def _normalize_name(self, name):
        return super()._normalize_name(f"tenants/7/{name}")


@pytest.fixture
def bucket(settings, monkeypatch):
    """Return a function that keeps all files in a bucket and returns one that puts an object into it."""
    with moto.mock_aws():

        def use(storage_class="CountingS3", **options):
            keys = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}
            options = {"bucket_name": "media"} | keys | options
            settings.STORAGES = settings.STORAGES | {
                "default": {"BACKEND": f"{__name__}.{storage_class}", "OPTIONS": options}
            }
            default_storage.connection.create_bucket(Bucket="media")
            return put

        yield use


def put(key, data=b"abc", seconds=0):
    """Put an object into the bucket, written so many seconds after a moment in 2026."""
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    backend = models.s3_backends["123456789012"]["aws"]
    backend.put_object("media", key, data).last_modified = moment.replace(tzinfo=None)


def fresh(names):
    """Insert rows with fresh thumbnails for these names of sources."""
    rows = [Photo(image=name, thumbnail=fresh_name(PHOTO, name)) for name in names]
    for row in rows:
        put(default_storage._normalize_name(s3.clean_name(row.image.name)))
        put(default_storage._normalize_name(row.thumbnail.name), b"thumbnail", 60)
    return Photo.objects.bulk_create(rows)


def numbered(count):
    return [f"images/photo-{number:06}.jpg" for number in range(count)]


def asked(*arguments):
    """Return the verdicts of `thumbnail_status` without zeros, and the requests meanwhile."""
    default_storage.requests.clear()
    counts = report("thumbnail_status", *PHOTOS, "--verify", "stat", *arguments).json["total"]
    return {name: count for name, count in counts.items() if count}, Counter(default_storage.requests)


@pytest.mark.parametrize(("overwrites", "rows", "lists"), [(True, 1000, 2), (False, 30, 1)])
def test_a_thousand_fresh_rows_cost_two_requests(bucket, overwrites, rows, lists):
    bucket(file_overwrite=overwrites)
    fresh(numbered(rows))
    assert asked() == ({"fresh": rows}, Counter(LIST=lists))


@pytest.mark.parametrize("storage_class", ["CountingS3", "Tenants"])
@pytest.mark.parametrize("location", ["", "site", "site/a"])
def test_only_files_of_the_storage_s_own_location_are_listed(bucket, location, storage_class):
    bucket(storage_class, location=location)
    for number in range(30):  # as if they were of the same rows
        put(f"images/photo-{number:06}.jpg", b"other bytes")
        put(f"site/ab/photo-{number:06}.jpg")
    fresh(numbered(30))
    assert asked() == ({"fresh": 30}, Counter(LIST=1))


def test_names_that_sort_differently_by_bytes_and_by_locale(bucket):
    bucket()
    starts = [
        "a",
        "B",
        "b",
        "Z",
        "é",
        "e\u0301",
        "ß",
        "\uff5e",
        "\U0001f600",
        "i",
        "\u0131",
        "-",
        "_",
        "~",
        "0",
    ]
    rests = ["", " x", "+", "%20", "&<>'\"", "=?#"]
    fresh(f"images/{start}{rest}.jpg" for start in starts for rest in rests)
    assert asked() == ({"fresh": 90}, Counter(LIST=1))


def test_names_are_listed_under_the_keys_that_the_storage_makes_of_them(bucket):
    bucket(location="site")
    fresh(f"images//./x/../photo-{number}.jpg" for number in range(60))
    assert asked() == ({"fresh": 60}, Counter(LIST=1))


def test_few_rows_in_a_bucket_with_many_other_files(bucket):
    bucket()
    for number in range(3000):
        put(f"images/photo-{number:06}-other.jpg")
    fresh(numbered(3000)[::100])
    assert asked() == ({"fresh": 30}, Counter(LIST=2, HEAD=60 - 20))


def test_a_lost_thumbnail_costs_one_request_more(bucket):
    bucket()
    rows = fresh(numbered(60))
    default_storage.delete(rows[50].thumbnail.name)
    assert asked() == ({"fresh": 59, "lost": 1}, Counter(LIST=1, HEAD=1))


def test_a_changed_source_is_found_and_its_thumbnail_made(bucket):
    bucket()
    rows = fresh(numbered(60))
    put(rows[7].image.name, b"abcd", 7200)  # another length
    put(rows[8].image.name, b"xyz", 7200)  # other bytes
    put(rows[9].image.name, b"abc", 7200)  # the same bytes, written again
    assert asked() == ({"fresh": 58, "source-changed": 2}, Counter(LIST=1, GET=2))
    assert asked() == ({"fresh": 58, "source-changed": 2}, Counter(LIST=1, GET=1))  # it remembers the third
    put(rows[7].image.name, picture(), 7200)
    put(rows[8].image.name, picture(), 7200)
    assert report(SYNC, *PHOTOS, "--verify", "stat").outcomes == {"left": 58, "made": 2}
    assert asked()[0] == {"fresh": 60}


def test_a_listing_and_a_look_report_the_same(bucket, monkeypatch):
    """If not, sources that were read after one would be read again after the other."""
    bucket()
    fresh(numbered(3))
    client = default_storage.bucket.meta.client
    list_objects = client.list_objects_v2

    def list_milliseconds(**parameters):
        """Return what some services list."""
        answer = list_objects(**parameters)
        for item in answer["Contents"]:
            item["LastModified"] = item["LastModified"].replace(microsecond=678_000)
        return answer

    monkeypatch.setattr(client, "list_objects_v2", list_milliseconds)
    adapter = adapter_for(default_storage, "list_after")
    listed = {key: as_facts(found, 0) for key, found in adapter.list_after("")}
    assert len(listed) == 6
    check = FileChecker(default_storage).check
    assert {key: facts.stamp for key, facts in listed.items()} == {key: check(key).stamp for key in listed}


def test_without_the_permission_to_list_each_file_is_asked_for(bucket, monkeypatch, caplog):
    bucket()
    fresh(numbered(30))
    monkeypatch.setattr(CountingS3, "may_list", False)
    assert asked() == ({"fresh": 30}, Counter(LIST=1, HEAD=60))
    (record,) = caplog.records
    assert "AccessDenied" in record.getMessage()


def test_a_storage_that_reports_other_sizes_is_not_listed(bucket):
    bucket("OtherSizes")
    fresh(numbered(30))
    verdicts, requests = asked()
    assert verdicts == {"fresh": 30}
    assert not requests["LIST"]


def test_the_bucket_s_owner_is_named_in_a_listing(bucket, monkeypatch):
    bucket(
        location="site",
        object_parameters={
            "CacheControl": "max-age=60",
            "ExpectedBucketOwner": "1",
            "RequestPayer": "requester",
        },
    )
    put("images/a.jpg")
    given = {}
    monkeypatch.setattr(
        default_storage.bucket.meta.client,
        "list_objects_v2",
        lambda **parameters: given.update(parameters) or {},
    )
    assert adapter_for(default_storage, "list_after").list_after("images/") == []
    assert given == {
        "Bucket": "media",
        "Prefix": "site/",
        "StartAfter": "images/",
        "ExpectedBucketOwner": "1",
        "RequestPayer": "requester",
    }
