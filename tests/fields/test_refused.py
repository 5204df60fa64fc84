"""Promises 1 and 4 if a save raises: its files are deleted at once, and the next save is right (R8)."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save, pre_save

from advthumb.fields import state
from tests.conftest import colour_of, picture, upload
from tests.testapp.models import Badge, RemoteBadge

from .conftest import BLUE, RED

pytestmark = pytest.mark.django_db(transaction=True)


def badge(code):
    return Badge.objects.get(code=code)


def refused(row, **options):
    """Save a row with the code of another row."""
    row.code = "taken"
    with pytest.raises(IntegrityError):
        row.save(**options)


@pytest.fixture(autouse=True)
def taken(media):
    """Provide a row whose code is taken, and check at the end that no save is remembered."""
    for model in (Badge, RemoteBadge):
        model.objects.create(code="taken")
    yield
    assert state._running == {}


def test_a_refused_row_leaves_no_thumbnail_behind(stored):
    refused(Badge(image=upload()))
    assert stored("thumbnails/") == []


@pytest.mark.parametrize("update_fields", [None, ["code", "image"], ["code", "image", "thumbnail"]])
def test_a_refused_replacement_leaves_the_old_thumbnail_alone(update_fields, stored):
    row = Badge.objects.create(code="a", image=upload())
    before = row.thumbnail.name
    row.image = upload("b.jpg", "blue")
    refused(row, update_fields=update_fields)
    assert stored("thumbnails/") == [before] == [badge("a").thumbnail.name]


@pytest.mark.parametrize("model", [Badge, RemoteBadge])
@pytest.mark.parametrize("atomic", [False, True])
def test_a_row_saved_again_after_it_was_refused_has_a_thumbnail(atomic, model):
    row = model(image=upload())
    if atomic:
        with transaction.atomic():
            with transaction.atomic():
                model.objects.create(code="beside")
            refused_in_savepoint(row)
            row.code = "b"
            row.save()
    else:
        refused(row)
        row.code = "b"
        row.save()
    thumbnail = model.objects.get(code="b").thumbnail
    assert colour_of(thumbnail) == RED
    assert thumbnail.name == row.thumbnail.name


def refused_in_savepoint(row):
    row.code = "taken"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_row_saved_again_after_it_was_refused_is_rendered_from_the_upload_in_memory(calls, stored):
    row = Badge(image=upload())
    refused(row)
    row.code = "b"
    row.save()
    assert (calls["save"], calls["open"]) == (3, 0)
    assert stored("thumbnails/") == [badge("b").thumbnail.name]


def test_a_replacement_saved_again_deletes_the_old_file(stored):
    row = Badge.objects.create(code="b", image=upload())
    row.image = upload("b.jpg", "blue")
    refused(row)
    row.code = "b"
    row.save()
    assert stored("thumbnails/") == [badge("b").thumbnail.name]
    assert colour_of(row.thumbnail) == BLUE


def test_another_source_after_one_was_refused_leaves_nothing_of_it(stored):
    row = Badge(image=upload())
    refused(row)
    row.code, row.image = "b", upload("b.jpg", "blue")
    row.save()
    assert stored("thumbnails/") == [badge("b").thumbnail.name]
    assert colour_of(badge("b").thumbnail) == BLUE


def test_the_old_source_after_another_was_refused_has_the_old_thumbnail(stored):
    row = Badge.objects.create(code="b", image=upload())
    source, before = row.image.name, row.thumbnail.name
    row.image = upload("b.jpg", "blue")
    refused(row)
    row.code, row.image = "b", source
    row.save()
    assert row.thumbnail.name == badge("b").thumbnail.name == before
    assert stored("thumbnails/") == [before]


def test_a_row_reloaded_after_another_picture_was_refused_keeps_its_own(stored):
    row = Badge.objects.create(code="b", image=upload())
    row.image = upload("b.jpg", "blue")
    refused(row)
    row.refresh_from_db()
    row.save()
    assert colour_of(badge("b").thumbnail) == RED
    assert stored("thumbnails/") == [badge("b").thumbnail.name]


def test_a_source_cleared_after_another_was_refused_leaves_nothing(stored):
    row = Badge.objects.create(code="b", image=upload())
    row.image = upload("b.jpg", "blue")
    refused(row)
    row.code, row.image = "b", ""
    row.save()
    assert not badge("b").thumbnail
    assert stored("thumbnails/") == []


@pytest.mark.parametrize("update", [{}, {"image": ""}])
def test_a_refused_row_inserted_by_bulk_create_names_no_deleted_file(update, media, stored):
    (media / "images").mkdir()
    (media / "images/a.jpg").write_bytes(picture())
    row = Badge(image="images/a.jpg")
    refused(row)
    row.code = "b"
    for name, value in update.items():
        setattr(row, name, value)
    Badge.objects.bulk_create([row])
    assert badge("b").thumbnail.name == ""
    assert not row.thumbnail
    assert stored("thumbnails/") == []


def test_a_refused_upload_inserted_by_bulk_create_is_rendered_from_memory(calls, stored):
    row = Badge(image=upload())
    refused(row)
    row.code = "b"
    Badge.objects.bulk_create([row])
    assert colour_of(badge("b").thumbnail) == RED
    assert stored("thumbnails/") == [badge("b").thumbnail.name] == [row.thumbnail.name]
    assert (calls["save"], calls["open"]) == (3, 1)  # opened by this test


def test_a_receiver_that_raises_causes_the_file_to_be_deleted(receiving, stored):
    """With a signal that Django sends before the row is written."""

    def refuse(instance, **_kwargs):
        if instance.thumbnail:
            raise LookupError

    row = Badge.objects.create(code="b")
    receiving(pre_save, refuse)
    row.image = upload()
    row.save()
    row.image = upload("b.jpg", "blue")
    with pytest.raises(LookupError):
        row.save()
    assert stored("thumbnails/") == [badge("b").thumbnail.name]
    assert colour_of(badge("b").thumbnail) == RED


def test_a_receiver_that_raises_after_an_autocommit_write_deletes_nothing(receiving):
    """Django writes a single table outside a transaction: the row stays, whatever a receiver then does."""

    def refuse(**_kwargs):
        raise LookupError

    row = Badge.objects.create(code="b")
    receiving(post_save, refuse)
    row.image = upload()
    with pytest.raises(LookupError):
        row.save()
    made = badge("b").thumbnail
    assert colour_of(made) == RED
    with pytest.raises(LookupError):
        row.save()
    assert badge("b").thumbnail.name == made.name
