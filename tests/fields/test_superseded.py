"""Promise 1 and 4 for a row whose thumbnail is superseded, and for what an instance knows of its row.

Whoever gives the row its next thumbnail deletes the file behind the mark; to everybody else the
row has no thumbnail.
"""

import pickle
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.template import Context, Template

from advthumb.core.names import SUPERSEDED
from advthumb.fields import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.management.commands import GENERATE, REGENERATE, broken_photo, report, run
from tests.testapp.models import Overwritten, Page, Photo

from .conftest import column, replace

pytestmark = pytest.mark.django_db(transaction=True)

BLUE, GREEN = (0, 0, 254), (0, 255, 1)


@pytest.fixture
def superseded(media):
    """Return a row whose thumbnail is superseded, as a save leaves it that is killed after its commit."""
    photo = Photo.objects.create(image=upload())
    name = photo.thumbnail.name
    Photo.objects.update(thumbnail=Concat(F("thumbnail"), Value(SUPERSEDED)))
    assert column() == name + SUPERSEDED
    return Photo.objects.get()


def test_to_everybody_it_is_a_row_without_a_thumbnail(superseded):
    thumbnail = superseded.thumbnail
    assert not thumbnail
    assert (thumbnail.name, thumbnail.status, thumbnail.width, thumbnail.height) == (
        "",
        "missing",
        None,
        None,
    )
    assert thumbnail.url_or("none.jpg") == "none.jpg"
    template = Template("{% if p.thumbnail %}{{ p.thumbnail.url }}{% endif %}{{ p.thumbnail }}")
    assert template.render(Context({"p": superseded})) == ""
    assert not pickle.loads(pickle.dumps(superseded)).thumbnail


def saved(row):
    row.title = "new"
    row.save()


def refreshed(row):
    for _ in refresh_thumbnails(Photo.objects.all()):
        pass


@pytest.mark.parametrize(
    "repair", [saved, replace, refreshed, lambda _row: run(GENERATE), lambda row: saved(pickle_copy(row))]
)
def test_whoever_makes_the_next_thumbnail_deletes_the_file(repair, superseded, stored):
    before = stored("thumbnails/")
    repair(superseded)
    row = Photo.objects.get()
    assert row.thumbnail
    assert stored("thumbnails/") == [column()] == [row.thumbnail.name] != before


def pickle_copy(row):
    return pickle.loads(pickle.dumps(row))


def test_the_commands_see_that_it_is_missing(superseded):
    assert report(REGENERATE, "--model", "testapp.photo").verdicts == {"missing": 1}
    assert report(GENERATE, "--model", "testapp.photo").outcomes == {"made": 1}


def test_a_recorded_failure_beside_it_is_no_failure_of_regenerate():
    broken_photo()
    Photo.objects.update(thumbnail=f"thumbnails/before.jpg{SUPERSEDED}")
    done = report(REGENERATE, "--model", "testapp.photo")
    assert (done.verdicts, done.outcomes) == ({"failed": 1}, {"left": 1})


@pytest.mark.parametrize("repair", [lambda row: row.save(), lambda _row: run(GENERATE)])
def test_on_a_storage_that_overwrites_the_next_file_is_another(repair):
    """Whoever superseded this one may be about to delete it."""
    row = Overwritten.objects.create(image=upload())
    Overwritten.objects.update(thumbnail=row.thumbnail.name + SUPERSEDED)
    repair(Overwritten.objects.get())
    assert column(model=Overwritten) != row.thumbnail.name
    assert colour_of(Overwritten.objects.get().thumbnail)


def test_a_file_that_another_row_names_stays(superseded, stored):
    name = column().removesuffix(SUPERSEDED)
    twin = Photo.objects.create()
    Photo.objects.filter(pk=twin.pk).update(image=superseded.image.name, thumbnail=name)
    superseded.save()
    assert name in stored("thumbnails/")


@pytest.mark.parametrize("save", [lambda row: row.save(), lambda _row: run(REGENERATE)])
def test_without_a_source_it_is_dropped(save, superseded, stored):
    Photo.objects.update(image="")
    save(Photo.objects.get())
    assert column() == ""
    assert stored("thumbnails/") == []


@pytest.mark.parametrize("by_hand", [None, "by-hand.jpg"])
def test_a_source_that_fails_leaves_the_row_without(by_hand, superseded, stored):
    Path(superseded.image.path).write_bytes(b"no picture")
    if by_hand:
        superseded.thumbnail = upload(by_hand)
    superseded.save()
    assert column() == ""
    assert stored("thumbnails/") == []


def test_deleting_the_row_deletes_the_file(superseded, stored):
    superseded.delete()
    assert stored("thumbnails/") == []


def test_deleting_a_queryset_deletes_the_file(superseded, stored):
    Photo.objects.all().delete()
    assert stored("thumbnails/") == []


def test_a_copy_does_not_take_the_mark_along(superseded):
    superseded.pk = None
    superseded.save()
    assert colour_of(Photo.objects.get(pk=superseded.pk).thumbnail)
    (twin,) = Photo.objects.bulk_create(
        [Photo(image="images/a.jpg", thumbnail=Photo.objects.first().thumbnail)]
    )
    assert Photo.objects.values_list("thumbnail", flat=True).get(pk=twin.pk) == ""


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_prune_takes_the_file_and_the_row_stays_repairable(superseded, stored):
    run("prune_thumbnails", "--older-than", "0s", "--delete", "--model", "testapp.photo")
    assert stored("thumbnails/") == []
    superseded.save()
    assert stored("thumbnails/") == [column()]


def test_a_save_that_covers_neither_leaves_it(superseded):
    superseded.save(update_fields=["title"])
    for row in (Photo.objects.defer("image").get(), Photo.objects.defer("image", "thumbnail").get()):
        row.title = "new"
        row.save()
    assert column().endswith(SUPERSEDED)


# What an instance knows


def test_an_instance_that_is_read_anew_knows_the_row(killed, stored):
    photo = Photo.objects.create(image=upload())
    other = replace(Photo.objects.get())
    photo.refresh_from_db()
    replace(photo, "c.jpg")
    assert column() == photo.thumbnail.name
    killed.undo()
    photo.save()
    other.refresh_from_db(fields=["thumbnail", "image"])
    replace(other, "d.jpg")
    assert photo.thumbnail.name not in stored()


def test_an_instance_that_is_given_another_row_s_thumbnail_still_knows_its_own(stored):
    photo = Photo.objects.create(image=upload())
    other = Photo.objects.create(image=upload("b.jpg", "blue"))
    photo.thumbnail = other.thumbnail
    with transaction.atomic():
        photo.save()
        assert Photo.objects.get(pk=photo.pk).thumbnail.name == photo.thumbnail.name
    names = [row.thumbnail.name for row in Photo.objects.all()]
    assert stored("thumbnails/") == sorted(names)
    assert len(set(names)) == 2


def test_a_stale_save_of_another_column_leaves_nothing_behind(stored):
    """A save that looks at files sees that its thumbnail is lost, and makes it anew."""
    stale = Photo.objects.create(image=upload())
    replace(Photo.objects.get())
    stale.title = "new"
    stale.save()
    assert stored("thumbnails/") == [column()] == [stale.thumbnail.name]


def test_one_that_looks_at_names_leaves_nothing_behind_once_the_row_is_saved_again(stored, settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    stale = Photo.objects.create(image=upload())
    other = replace(Photo.objects.get())
    stale.title = "new"
    stale.save()
    assert column() == other.thumbnail.name + SUPERSEDED
    Photo.objects.get().save()
    assert stored("thumbnails/") == [column()]


def test_a_stale_save_without_a_source_leaves_nothing_behind_once_the_row_is_saved_again(stored):
    stale = Photo.objects.create()
    other = replace(Photo.objects.get())
    stale.title = "new"
    stale.save()
    assert column() == other.thumbnail.name + SUPERSEDED
    Photo.objects.get().save()
    assert column() == ""
    assert stored("thumbnails/") == []


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_a_save_to_another_database_takes_no_file_of_this_one(stored):
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk).save(using="other")
    before = photo.thumbnail.name
    photo.image = upload("b.jpg", "blue")
    photo.save(using="other")
    assert Photo.objects.using("default").get().thumbnail.name == before
    assert before in stored("thumbnails/")
    assert colour_of(Photo.objects.using("other").get().thumbnail) == BLUE


def test_a_row_under_a_key_of_any_kind(stored):
    Page.objects.create(key="one", image=upload())
    first, second = Page.objects.get(), Page.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    assert stored("thumbnails/") == [column(model=Page)] == [second.thumbnail.name]
