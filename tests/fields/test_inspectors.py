"""A field's inspectors, which give its verdicts, are built once, and again when their inputs change."""

import copy

import pytest

from advthumb.core.detection import Level, Verdict
from advthumb.generation import Source
from tests.conftest import made_later, upload
from tests.testapp.models import Article, Photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def field():
    return Photo._meta.get_field("thumbnail")


def test_a_field_keeps_one_inspector_for_each_database_and_level(field):
    first = field.inspector("default", "auto")
    assert field.inspector("default", "auto") is first
    assert field.inspector("other", "auto") is not first
    assert field.inspector("default", "name") is not first


def test_a_changed_setting_gives_another_one(field, settings):
    first = field.inspector("default", "auto")
    settings.ADVANCE_THUMBNAIL_FORMAT = "PNG"
    second = field.inspector("default", "auto")
    assert second is not first
    assert field.inspector("default", "auto") is second


def test_a_changed_field_gives_another_one(field, monkeypatch):
    row = Photo.objects.create(image=upload())
    source = Source(row.image.storage, row.image.name)
    assert field.inspector("default", "name").assess(source, row.thumbnail.name, "").verdict is Verdict.FRESH
    monkeypatch.setattr(field, "size", (30, 30))
    found = field.inspector("default", "name").assess(source, row.thumbnail.name, "")
    assert found.verdict is Verdict.SPEC_CHANGED


def test_a_changed_media_root_is_noticed(settings, tmp_path, field):
    """A storage reads it again after `setting_changed`; so must an inspector, which knows the folder."""
    settings.STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    row = Photo.objects.create(image=upload())
    made_later(row.thumbnail)
    assert field.inspector("default", "stat").surely_fresh(row.image.name, row.thumbnail.name)
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    assert not field.inspector("default", "stat").surely_fresh(row.image.name, row.thumbnail.name)


def test_a_copied_field_has_its_own_inspectors(field):
    """Fields of an abstract model are copied to each child."""
    first = field.inspector("default", "auto")
    twin = copy.deepcopy(field)
    twin.size = (30, 30)
    assert twin.inspector("default", "auto") is not first
    assert field.inspector("default", "auto") is first
    assert Article._meta.get_field("thumbnail").inspector("default", "auto") is not first


@pytest.mark.parametrize(("verify", "level"), [("auto", Level.STAT), ("name", Level.NAME)])
def test_an_inspector_has_a_level(field, verify, level):
    assert field.inspector("default", verify).level is level
