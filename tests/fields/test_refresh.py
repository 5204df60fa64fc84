"""`refresh_thumbnails` and its relatives update rows that were written without the field's knowledge."""

import threading

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import advthumb
from advthumb import arefresh_thumbnails, iter_thumbnails, refresh_thumbnails
from advthumb.core.detection import Verdict
from advthumb.fields import Refreshed, after_commit
from tests.conftest import colour_of, picture, upload
from tests.invariants import named, violations
from tests.testapp.models import Document, Fingerprinted, Gallery, Photo, Restaurant

from .conftest import BLUE, GREEN, column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)


def photos(count):
    return [Photo.objects.create(title=str(number), image=upload(f"{number}.jpg")) for number in range(count)]


def turned_blue(row):
    """Change a row's source without the field noticing."""
    name = row.image.storage.save("images/blue.jpg", upload(colour="blue"))
    type(row)._base_manager.filter(pk=row.pk).update(image=name)


# What is done, and reported


def test_one_call_refreshes_all_and_returns_the_counts(media):
    fresh, changed, cleared, missing, broken, _empty = (*photos(5), Photo.objects.create())
    turned_blue(changed)
    Photo.objects.filter(pk=cleared.pk).update(image="")
    Photo.objects.filter(pk=missing.pk).update(thumbnail="")
    (media / "images/bad.jpg").write_bytes(b"no picture")
    Photo.objects.filter(pk=broken.pk).update(image="images/bad.jpg")
    done = refresh_thumbnails(Photo.objects.all())
    assert done[:3] == Refreshed(2, 1, 1, ())[:3]
    (error,) = done.errors
    assert error.startswith(f"Photo(pk={broken.pk}).thumbnail: ")
    assert "[unsupported]" in error
    assert colour_of(in_database(changed).thumbnail) == BLUE
    assert in_database(fresh).thumbnail.name == fresh.thumbnail.name
    assert not in_database(cleared).thumbnail
    assert not in_database(broken).thumbnail
    assert violations(Photo.objects.all().exclude(pk=broken.pk), media) == []
    assert refresh_thumbnails(Photo.objects.all()) == Refreshed(0, 0, 4, ())


def test_instances_get_the_new_names_and_need_not_be_fresh_themselves():
    row = Photo.objects.create(image=upload())
    turned_blue(row)
    assert refresh_thumbnails([row]).made == 1
    assert row.thumbnail.name == column()
    assert colour_of(row.thumbnail) == BLUE


def test_force_remakes_all_and_leaves_no_unused_file(stored):
    rows = photos(2)
    assert refresh_thumbnails(Photo.objects.all(), force=True) == Refreshed(2, 0, 0, ())
    names = sorted(photo.thumbnail.name for photo in Photo.objects.all())
    assert stored("thumbnails/") == names
    assert not set(names) & {row.thumbnail.name for row in rows}


def test_only_some_fields():
    row = Gallery.objects.create(image=upload())
    done = refresh_thumbnails([row], fields=["small", "webp"], force=True)
    assert done == Refreshed(2, 0, 0, ())
    assert in_database(row).square.name == row.square.name


def test_the_verify_argument_sets_the_level(media):
    row = Photo.objects.create(image=upload())
    (media / row.thumbnail.name).unlink()
    assert refresh_thumbnails([row], verify="name").left == 1
    assert refresh_thumbnails([row], verify="stat").made == 1


@pytest.mark.parametrize("deferred", [["image"], ["thumbnail"], ["image", "thumbnail"], ["title"]])
def test_partly_loaded_rows(deferred):
    row = Photo.objects.create(image=upload())
    turned_blue(row)
    assert refresh_thumbnails(Photo.objects.defer(*deferred)).made == 1
    assert colour_of(in_database(row).thumbnail) == BLUE


def test_rows_in_two_tables(media):
    row = Restaurant.objects.create(image=upload())
    turned_blue(row)
    assert refresh_thumbnails(Restaurant.objects.defer("image")).made == 2
    assert violations(Restaurant.objects.all(), media) == []


def test_size_and_fingerprint_columns_are_written_too():
    document = Document.objects.create(file=upload(size=(80, 120)))
    recorded = Fingerprinted.objects.create(image=upload())
    Document.objects.update(thumbnail="", width=None, height=None)
    Fingerprinted.objects.update(thumbnail="", fingerprint="")
    refresh_thumbnails(Document.objects.all())
    refresh_thumbnails(Fingerprinted.objects.all())
    assert (in_database(document).width, in_database(document).height) == (40, 60)
    assert in_database(recorded).thumbnail.status == "fresh"


def test_each_change_is_yielded_when_done():
    first, second = photos(2)
    Photo.objects.update(thumbnail="")
    seen = []
    for change in iter_thumbnails(Photo.objects.order_by("-pk")):
        assert change.new == in_database(change.instance).thumbnail.name != ""
        seen.append((change.instance.pk, change.field.name, change.assessment.verdict, change.made))
    assert seen == [(row.pk, "thumbnail", Verdict.MISSING, True) for row in (first, second)]


def test_asynchronous_code_runs_it_in_the_database_thread():
    photos(2)
    Photo.objects.update(thumbnail="")
    refresh = async_to_sync(arefresh_thumbnails)
    assert refresh(Photo.objects.all()) == Refreshed(2, 0, 0, ())
    assert refresh(Photo.objects.all(), force=True, fields=["thumbnail"]).made == 2
    with pytest.raises(ValueError, match="no such thumbnail field"):
        refresh(Photo.objects.all(), fields=["thumb"])


def test_regenerate_thumbnails_of_version_2():
    field = Photo._meta.get_field("thumbnail")
    Photo.objects.create(image=upload())
    Photo.objects.bulk_create([Photo(image="images/a.jpg"), Photo(image="images/none.jpg"), Photo()])
    missing = Photo.objects.get(image="images/none.jpg")
    count, errors = field.regenerate_thumbnails(Photo)
    assert count == 1
    assert len(errors) == 1
    assert errors[0].startswith(f"Photo(pk={missing.pk})")
    assert field.regenerate_thumbnails(Photo)[0] == 0
    assert field.regenerate_thumbnails(Photo, force=True)[0] == 2
    assert Photo.objects.exclude(thumbnail="").count() == 2


def test_all_of_it_is_public():
    assert {"refresh_thumbnails", "arefresh_thumbnails", "iter_thumbnails"} <= set(advthumb.__all__)


# What is refused, before anything is done


@pytest.mark.parametrize("call", [refresh_thumbnails, iter_thumbnails])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fields": ["thumb"]}, "fields 'thumb': no such thumbnail field. Choose from: thumbnail."),
        ({"fields": ["title"]}, "fields 'title': no such thumbnail field. Choose from: thumbnail."),
        ({"verify": "all"}, "verify 'all': choose from auto, name, stat, content."),
    ],
)
def test_a_wrong_argument_is_refused_at_once(options, said, call):
    photos(1)
    with pytest.raises(ValueError, match=f"^{said}$"):
        call(Photo.objects.all(), **options)


def test_a_wrong_field_is_refused_for_instances_too():
    with pytest.raises(ValueError, match="no such thumbnail field"):
        refresh_thumbnails(photos(1), fields=["thumb"])


@pytest.mark.parametrize("call", [refresh_thumbnails, iter_thumbnails])
def test_a_sliced_queryset_is_refused_with_what_to_do(call):
    photos(2)
    with pytest.raises(ValueError, match=r"is sliced.*pass a list of instances"):
        call(Photo.objects.all()[:1], force=True)
    assert refresh_thumbnails(list(Photo.objects.all()[:1]), force=True).made == 1


# A suspended iteration


def test_a_suspended_iteration_does_not_block_other_saves(stored):
    first, second, third = photos(3)
    changes = iter_thumbnails(Photo.objects.all(), force=True)
    next(changes)
    replace(second, "b.jpg", "blue")
    one, other = in_database(third), in_database(third)
    replace(one, "c.jpg", "blue")
    replace(other, "d.jpg", "lime")
    assert colour_of(in_database(third).thumbnail) == GREEN
    now = {row.thumbnail.name for row in Photo.objects.all()}
    assert set(stored("thumbnails/")) == now | {first.thumbnail.name}
    changes.close()
    assert set(stored("thumbnails/")) == now


def test_an_iteration_that_another_thread_closes(stored):
    first, second = photos(2)
    changes = iter_thumbnails([first], force=True)
    next(changes)
    raised = []

    def close():
        try:
            changes.close()
            connection.connection.close()  # Django keeps connections to in-memory databases open
        except BaseException as error:  # noqa: BLE001 - nobody else would see a thread's error
            raised.append(error)

    thread = threading.Thread(target=close)
    thread.start()
    thread.join()
    assert raised == []
    replace(second, "b.jpg", "blue")
    assert stored("thumbnails/") == sorted(row.thumbnail.name for row in Photo.objects.all())


def test_an_iteration_that_is_dropped_finishes_what_it_did(stored):
    (row,) = photos(1)
    for _change in iter_thumbnails([row], force=True):
        break
    del _change
    assert stored("thumbnails/") == [column()]


# Superseded files are deleted in batches


def test_many_rows_ask_for_references_once_for_all_of_them(stored):
    photos(5)
    with CaptureQueriesContext(connection) as queries:
        assert refresh_thumbnails(Photo.objects.all(), force=True).made == 5
    assert stored("thumbnails/") == sorted(photo.thumbnail.name for photo in Photo.objects.all())
    asked = [query["sql"] for query in queries if "IN ('thumbnails/" in query["sql"]]
    assert any("testapp_photo" in sql for sql in asked)
    assert len(asked) == len(set(asked))


def test_full_batches_are_deleted_during_the_iteration(stored, monkeypatch):
    monkeypatch.setattr(after_commit, "_BATCH", 2)
    photos(5)
    most = 0
    for _change in iter_thumbnails(Photo.objects.all(), force=True):
        most = max(most, len(stored("thumbnails/")))
    assert most <= 5 + 2
    assert len(stored("thumbnails/")) == 5


def test_a_refresh_in_a_transaction_deletes_after_the_commit(stored):
    """By then the refresh has ended, and so has the collection of its rows' files."""
    rows = photos(3)
    with transaction.atomic():
        refresh_thumbnails(rows, force=True)
        assert len(stored("thumbnails/")) == 6
    assert stored("thumbnails/") == sorted(named(rows))


def test_a_picture_removed_by_an_update(media):
    """A script replaced the source in place and kept its name."""
    (row,) = photos(1)
    (media / row.image.name).write_bytes(picture("blue", (200, 200)))
    assert refresh_thumbnails([row]).made == 1
    assert colour_of(in_database(row).thumbnail) == BLUE
