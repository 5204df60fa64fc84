"""How thumbnails are encoded: `effort` and `max_bytes`, from field and setting to the stored file."""

import logging

import pytest
from PIL import Image

from advthumb import refresh_thumbnails
from advthumb.core.detection import Verdict
from advthumb.core.formats import Effort, ImageFormat
from advthumb.generation import Source
from tests.conftest import upload
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def field():
    return Photo._meta.get_field("thumbnail")


def verdict(field, row):
    source = Source(row.image.storage, row.image.name)
    return field.inspector("default", "name").assess(source, row.thumbnail.name, "").verdict


def stored_bytes(row):
    with row.thumbnail.open("rb") as stream:
        return stream.read()


@pytest.mark.parametrize(
    ("argument", "value"),
    [("effort", Effort.SMALL), ("progressive", True), ("max_bytes", 100_000)],
)
def test_adding_an_option_to_a_field_makes_its_thumbnails_spec_changed(field, monkeypatch, argument, value):
    row = Photo.objects.create(image=upload())
    assert verdict(field, row) is Verdict.FRESH
    monkeypatch.setattr(field, argument, value)
    assert verdict(field, row) is Verdict.SPEC_CHANGED
    assert refresh_thumbnails([row]).made == 1
    assert verdict(field, row) is Verdict.FRESH


def test_an_option_without_effect_on_a_format_keeps_its_thumbnails_fresh(field, monkeypatch):
    row = Photo.objects.create(image=upload(name="a.png", image_format="PNG"))
    monkeypatch.setattr(field, "progressive", True)
    monkeypatch.setattr(field, "lossless", True)
    monkeypatch.setattr(field, "max_bytes", 100_000)
    assert verdict(field, row) is Verdict.FRESH


def test_the_setting_changes_the_thumbnails_of_fields_without_an_effort(field, monkeypatch, settings):
    row = Photo.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_EFFORT = "small"
    assert row.thumbnail.status == "spec-changed"
    assert refresh_thumbnails([row]).made == 1
    with row.thumbnail.open("rb") as stream, Image.open(stream) as image:
        assert image.info["progressive"]
    monkeypatch.setattr(field, "effort", Effort.BALANCED)
    assert row.thumbnail.status == "spec-changed"


def test_a_limit_that_cannot_be_kept_is_logged_and_the_lowest_quality_kept(field, monkeypatch, caplog):
    monkeypatch.setattr(field, "max_bytes", 50)
    row = Photo.objects.create(image=upload())
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    length = row.thumbnail.size
    told = f"'images/a.jpg' (JPEG, 60x40 px) has {length} bytes, more than max_bytes=50"
    assert told in record.getMessage()
    assert "not lowered below 20" in record.getMessage()
    monkeypatch.setattr(field, "max_bytes", None)
    monkeypatch.setattr(field, "quality", 20)
    assert stored_bytes(Photo.objects.create(image=upload())) == stored_bytes(row)


@pytest.mark.parametrize(("image_format", "lossless"), [("PNG", False), ("GIF", False), ("WEBP", True)])
def test_a_limit_on_a_format_without_quality_is_logged(field, monkeypatch, caplog, image_format, lossless):
    monkeypatch.setattr(field, "format", ImageFormat(image_format))
    monkeypatch.setattr(field, "lossless", lossless)
    monkeypatch.setattr(field, "max_bytes", 10)
    row = Photo.objects.create(image=upload())
    assert row.thumbnail.size > 10
    (record,) = caplog.records
    assert f"({image_format}, 60x40 px)" in record.getMessage()
    assert "is lossless, so its quality cannot be lowered" in record.getMessage()


def test_a_limit_that_is_kept_is_not_logged(field, monkeypatch, caplog):
    monkeypatch.setattr(field, "quality", 40)
    smaller = Photo.objects.create(image=upload()).thumbnail.size
    monkeypatch.setattr(field, "quality", 100)
    larger = Photo.objects.create(image=upload()).thumbnail.size
    assert smaller < larger
    monkeypatch.setattr(field, "max_bytes", smaller)
    assert Photo.objects.create(image=upload()).thumbnail.size <= smaller
    assert not caplog.records


def test_lossless_avif_is_refused_clearly_if_the_engine_lacks_it(field, monkeypatch, caplog):
    monkeypatch.setattr(field, "engine", "pillow")
    monkeypatch.setattr(field, "format", ImageFormat.AVIF)
    monkeypatch.setattr(field, "lossless", True)
    assert not Photo.objects.create(image=upload()).thumbnail
    assert "the pillow engine cannot write AVIF without loss" in caplog.text
