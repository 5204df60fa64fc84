"""Promise 1 and 4 where a save writes over a thumbnail that its instance never knew.

The row's column then has the name of that thumbnail, marked; the row has none until the save, or
the next one to bring the row in step, gives it its own and deletes the file behind the mark.
"""

import pickle
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from advthumb.core.detection import SUPERSEDED
from advthumb.fields import refresh_thumbnails, settling
from advthumb.fields.concurrency import Claim
from advthumb.fields.refresh import refresh
from tests.conftest import colour_of, upload
from tests.management.commands import GENERATE, REGENERATE, report, run
from tests.testapp.models import Document, Fingerprinted, Gallery, Overwritten, Page, Photo, Restaurant

pytestmark = pytest.mark.django_db(transaction=True)

BLUE, GREEN = (0, 0, 254), (0, 255, 1)


def column(attname="thumbnail", model=Photo):
    """Return what is really in the column of the only row."""
    return model._base_manager.values_list(attname, flat=True).get()


def replace(row, name="b.jpg", colour="blue", **options):
    row.image = upload(name, colour)
    row.save(**options)
    return row


@pytest.fixture
def superseded(media):
    """Return a row whose thumbnail is superseded, as a save leaves it that is killed after its commit."""
    photo = Photo.objects.create(image=upload())
    name = photo.thumbnail.name
    Photo.objects.update(thumbnail=Concat(F("thumbnail"), Value(SUPERSEDED)))
    assert column() == name + SUPERSEDED
    return Photo.objects.get()


@pytest.fixture
def killed(monkeypatch):
    """Have all that follows a commit never happen."""
    monkeypatch.setattr(settling._Disposal, "__call__", lambda _self: None)
    return monkeypatch


# The save that wrote over another's thumbnail


@pytest.mark.parametrize("update_fields", [None, ["image"], ["image", "thumbnail"]])
def test_whoever_replaces_what_another_has_replaced_leaves_nothing_behind(update_fields, stored):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime", update_fields=update_fields)
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()] == [second.thumbnail.name]


def test_it_costs_the_same_update_and_three_queries_after_the_commit():
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    with CaptureQueriesContext(connection) as queries:
        replace(second, "c.jpg", "lime")
    verbs = [query["sql"].split()[0] for query in queries]
    assert verbs[0] == "UPDATE"
    assert verbs.count("UPDATE") == 2
    own = [query["sql"] for query in queries if 'FROM "testapp_photo"' in query["sql"]]
    assert len(own) == 3  # which files are named; what the row has; and whether what it had is named


def test_many_writers_of_one_row(stored):
    Photo.objects.create(image=upload())
    rows = [Photo.objects.get() for _ in range(4)]
    for number, row in enumerate(rows):
        replace(row, f"{number}.jpg", "lime" if row is rows[-1] else "blue")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_a_name_is_marked_once_whoever_writes_over_it_next(killed, stored):
    Photo.objects.create(image=upload())
    first, second, third = (Photo.objects.get() for _ in range(3))
    replace(first)
    replace(second, "c.jpg")
    assert column() == first.thumbnail.name + SUPERSEDED
    assert not Photo.objects.get().thumbnail
    killed.undo()
    replace(third, "d.jpg", "lime")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert first.thumbnail.name not in stored()


def test_the_first_pictures_of_a_row_that_had_none(stored):
    Photo.objects.create()
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_a_column_with_null_is_written_at_once(killed):
    Photo.objects.bulk_create([Photo(image="images/a.jpg")])
    Photo.objects.update(thumbnail=None)
    row = replace(Photo.objects.get())
    assert column() == row.thumbnail.name


def test_the_same_thumbnail_made_twice_is_written_at_once(killed):
    """On a storage that overwrites, both are one file."""
    Overwritten.objects.create(image=upload())
    other = Overwritten.objects.create(image=upload("b.jpg", "blue"))
    first, second = (Overwritten.objects.exclude(pk=other.pk).get() for _ in range(2))
    other.delete()
    for row in (first, second):
        row.image = other.image.name
        row.save()
    assert column(model=Overwritten) == first.thumbnail.name == second.thumbnail.name


def test_a_clear_takes_what_it_did_not_know_along(stored):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    second.image = None
    second.save()
    assert column() == ""
    assert stored("thumbnails/") == []


def test_a_bad_picture_takes_what_it_did_not_know_along(stored):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    second.image = ContentFile(b"no picture", name="bad.jpg")
    second.save()
    assert column() == ""
    assert stored("thumbnails/") == []
    assert Photo.objects.get().thumbnail.status == "missing"


def test_several_thumbnails_of_one_source(stored):
    Gallery.objects.create(image=upload())
    first, second = Gallery.objects.get(), Gallery.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Gallery.objects.get()
    for name in ("small", "square", "webp"):
        assert colour_of(getattr(row, name))[1] > 200
        assert stored(f"{name}/") == [column(name, Gallery)]


def test_tables_of_parent_and_child(stored):
    Restaurant.objects.create(image=upload())
    first, second = Restaurant.objects.get(), Restaurant.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Restaurant.objects.get()
    assert colour_of(row.thumbnail)[1] > 200
    assert colour_of(row.icon)[1] > 200
    assert stored("thumbnails/") == [row.thumbnail.name]
    assert stored("icons/") == [row.icon.name]


def test_columns_of_size_are_those_of_the_thumbnail_in_the_row():
    Document.objects.create(file=upload())
    first, second = Document.objects.get(), Document.objects.get()
    for row, size in ((first, (80, 120)), (second, (120, 120))):
        row.file = upload("b.jpg", size=size)
        row.save()
    row = Document.objects.get()
    assert (row.width, row.height) == (row.thumbnail.width, row.thumbnail.height) == (60, 60)


def test_the_fingerprint_column_is_that_of_the_thumbnail_in_the_row(killed):
    Fingerprinted.objects.create(image=upload())
    first, second = Fingerprinted.objects.get(), Fingerprinted.objects.get()
    replace(first)
    replace(second, "c.jpg", "lime")
    row = Fingerprinted.objects.get()
    assert row.thumbnail.status == "missing"  # whatever the column says
    killed.undo()
    row.save()
    assert Fingerprinted.objects.get().thumbnail.status == "fresh"
    assert Fingerprinted.objects.get().fingerprint == row.fingerprint != first.fingerprint


def test_a_full_column_loses_the_name_and_never_the_save(stored):
    photo = Photo.objects.create(image=upload())
    longest = "x" * Photo._meta.get_field("thumbnail").max_length
    Photo.objects.update(thumbnail=longest)
    replace(photo)
    assert column() == photo.thumbnail.name


def test_an_instance_made_by_hand_writes_over_a_row(stored):
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk, image=upload("b.jpg", "blue")).save()
    assert colour_of(Photo.objects.get().thumbnail) == BLUE
    assert stored("thumbnails/") == [column()]


def test_a_row_that_moved_on_again_is_left_alone(killed, stored):
    """Between the commit and the look after it a third process gave the row another source."""
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg")
    late = _claim_of(second)
    killed.undo()
    third = replace(Photo.objects.get(), "d.jpg", "lime")
    assert late.enforce() is None
    assert column() == third.thumbnail.name


def test_a_row_that_a_command_filled_meanwhile_is_left_alone(killed):
    Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()
    replace(first)
    replace(second, "c.jpg")
    killed.undo()
    run(GENERATE)
    made = column()
    assert _claim_of(second).enforce() is None
    assert column() == made != second.thumbnail.name


def _claim_of(photo):
    values = {"thumbnail": photo.thumbnail.name}
    field = Photo._meta.get_field("thumbnail")
    return Claim(field, "default", photo.pk, photo.image.name, frozenset(), values)


# Inside of a transaction


def test_instances_that_do_not_know_of_each_other_in_one_transaction(stored):
    """Nothing is looked at before the commit, so the row must have its thumbnail at once."""
    photo = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(Photo.objects.get())
        replace(photo, "c.jpg", "lime")
        assert column() == photo.thumbnail.name
        replace(Photo.objects.get(), "d.jpg", update_fields=["image"])
        replace(photo, "e.jpg", "lime")
        assert column() == photo.thumbnail.name
    assert stored("thumbnails/") == [column()]


def test_what_a_rolled_back_savepoint_wrote_is_not_taken_for_known(stored):
    photo = Photo.objects.create(image=upload())
    with transaction.atomic():
        replace(Photo.objects.get())
        with pytest.raises(LookupError), transaction.atomic():
            replace(Photo.objects.get(), "c.jpg")
            raise LookupError
        replace(photo, "d.jpg", "lime")
        assert column() == photo.thumbnail.name
    assert stored("thumbnails/") == [column()]


@pytest.mark.django_db(transaction=False)
def test_in_a_test_case_the_thumbnail_is_there_at_once():
    photo = Photo.objects.create(image=upload())
    refresh(Photo.objects.get(), [Photo._meta.get_field("thumbnail")], using="default", force=True)
    replace(photo)
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name


def test_a_rollback_of_a_save_that_wrote_over_another(stored):
    photo = Photo.objects.create(image=upload())
    first = replace(Photo.objects.get())
    with pytest.raises(LookupError), transaction.atomic():
        replace(photo, "c.jpg")
        assert column() == first.thumbnail.name + SUPERSEDED
        raise LookupError
    assert stored("thumbnails/") == [column()] == [first.thumbnail.name]


def test_a_save_inside_of_a_run_takes_its_place_at_the_end_of_the_run(stored):
    """What commands supersede is looked at in batches; so are saves of receivers among it."""
    photo = Photo.objects.create(image=upload())
    replace(Photo.objects.get())
    with settling.gathering():
        replace(photo, "c.jpg", "lime")
    assert colour_of(Photo.objects.get().thumbnail) == GREEN
    assert stored("thumbnails/") == [column()]


def test_transactions_managed_by_hand_write_over_what_they_do_not_know():
    photo = Photo.objects.create(image=upload())
    replace(Photo.objects.get())
    transaction.set_autocommit(False)
    try:
        replace(photo, "c.jpg", "lime")
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert column() == photo.thumbnail.name


# A row that was left with a superseded thumbnail


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


def test_a_source_that_fails_leaves_the_row_without(superseded, stored):
    Path(superseded.image.path).write_bytes(b"no picture")
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
