"""`prune_thumbnails` on storages that ignore case: a row may spell a name differently from the listing."""

import pytest
from django.core.files.storage import InMemoryStorage

from advthumb.management.caseless import knows_no_case
from tests.conftest import upload
from tests.testapp.models import Remote
from tests.testapp.storages import RemoteStorage

from .test_prune import litter_of, prune

pytestmark = pytest.mark.django_db(databases=["default", "other"])

ARGUMENTS = ("--model", "testapp.Remote", "--older-than", "0s")


@pytest.fixture
def row(monkeypatch):
    """Return a row that names its file in a different case than the storage listing."""
    row = Remote.objects.create(image=upload())
    folder, _, base = row.thumbnail.name.rpartition("/")
    Remote.objects.update(thumbnail=f"{folder}/{base[0].upper()}{base[1:]}")

    def exists(storage, name):
        _folders, files = storage.listdir(name.casefold().rpartition("/")[0])
        return name.casefold().rpartition("/")[2] in {file.casefold() for file in files}

    monkeypatch.setattr(RemoteStorage, "exists", exists)
    return row


def test_a_file_that_a_row_names_in_another_case_is_kept(row):
    litter = row.thumbnail.storage.save(litter_of(row), upload())
    deleted = prune(*ARGUMENTS, "--delete", "--yes")
    assert litter in deleted
    assert row.thumbnail.name not in deleted
    assert row.thumbnail.storage.exists(row.thumbnail.name)


def test_a_storage_of_unknown_kind_is_assumed_to_ignore_case(row, monkeypatch):
    monkeypatch.setattr(RemoteStorage, "exists", lambda *_: 1 / 0)
    assert knows_no_case(row.thumbnail.storage, row.thumbnail.name)


def test_a_case_sensitive_storage():
    storage = InMemoryStorage()
    name = storage.save("a.jpg", upload())
    assert not knows_no_case(storage, name)
