"""Promise 4: new file, then row, then (after commit) the old file. Nothing leaks, nothing is lost."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from advthumb.fields import after_commit, refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.testapp.models import (
    Album,
    Article,
    Badge,
    Forced,
    Gallery,
    Overwritten,
    Page,
    Photo,
    PhotoProxy,
    Place,
    Remote,
    RemoteBadge,
    Restaurant,
)

pytestmark = pytest.mark.django_db(transaction=True)


def thumbnails_and_rows(stored):
    rows = sorted(photo.thumbnail.name for photo in Photo.objects.all() if photo.thumbnail)
    return stored("thumbnails/"), rows


@pytest.mark.parametrize("update_fields", [None, ["image"]])
def test_replacing_removes_the_old_file(update_fields, stored):
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=update_fields)
    files, rows = thumbnails_and_rows(stored)
    assert files == rows
    assert len(rows) == 1


def test_replacing_a_source_by_its_equal_keeps_the_new_file(stored):
    photo = Photo.objects.create(image=upload())
    photo.image = upload()
    photo.save()
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_regenerating_removes_the_old_file(stored):
    row = Forced.objects.create(image=upload())
    for _ in range(3):
        row.save()
    assert stored("thumbnails/") == [Forced.objects.get().thumbnail.name]


@pytest.mark.parametrize("update_fields", [None, ["image"]])
def test_clearing_removes_the_file(update_fields, stored):
    photo = Photo.objects.create(image=upload())
    photo.image = None
    photo.save(update_fields=update_fields)
    assert stored("thumbnails/") == []


def test_deleting_a_row_removes_the_file(stored):
    Photo.objects.create(image=upload()).delete()
    assert stored("thumbnails/") == []


def test_deleting_a_deferred_row_removes_the_file(stored):
    Photo.objects.create(image=upload())
    Photo.objects.only("pk").get().delete()
    assert stored("thumbnails/") == []


def test_deleting_a_proxy_removes_the_file(stored):
    Photo.objects.create(image=upload())
    PhotoProxy.objects.get().delete()
    assert stored("thumbnails/") == []


def test_deleting_many_rows_asks_for_references_once(stored):
    for number in range(5):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    with CaptureQueriesContext(connection) as queries:
        Photo.objects.all().delete()
    assert stored("thumbnails/") == []
    asked = [query for query in queries if "thumbnails/" in query["sql"] and "SELECT" in query["sql"]]
    tables = [query["sql"].split('FROM "')[1].split('"')[0] for query in asked]
    assert len(tables) == len(set(tables))


def test_cascades_remove_the_files(stored):
    album = Album.objects.create()
    for key in "abc":
        Page.objects.create(key=key, album=album, image=upload(f"{key}.jpg"))
    album.delete()
    assert stored("thumbnails/") == []


def test_deleting_a_multi_table_child_removes_the_files_of_both_tables(stored):
    Restaurant.objects.create(image=upload())
    Restaurant.objects.get().delete()
    assert stored("thumbnails/") == stored("icons/") == []


def test_deleting_a_child_and_keeping_its_parent_keeps_the_parent_s_file(stored):
    Restaurant.objects.create(image=upload())
    Restaurant.objects.get().delete(keep_parents=True)
    assert stored("thumbnails/") == [Place.objects.get().thumbnail.name]
    assert stored("icons/") == []


def test_a_file_that_another_row_names_stays(stored):
    photo = Photo.objects.create(image=upload())
    shared = photo.thumbnail.name
    Photo.objects.bulk_create([Photo(title="twin", image=photo.image.name, thumbnail=shared)])
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert shared in stored("thumbnails/")
    Photo.objects.get(title="twin").delete()
    assert shared not in stored("thumbnails/")


def test_a_file_that_another_column_names_stays(stored):
    gallery = Gallery.objects.create(image=upload())
    shared = gallery.small.name
    Gallery.objects.bulk_create([Gallery(image=gallery.image.name, square=shared)])
    gallery.delete()
    assert stored("small/") == [shared]


def test_a_file_that_a_row_of_another_model_names_stays(stored):
    photo = Photo.objects.create(image=upload())
    Article.objects.bulk_create([Article(image=photo.image.name, thumbnail=photo.thumbnail.name)])
    photo.delete()
    assert stored("thumbnails/") == [Article.objects.get().thumbnail.name]


def test_a_refreshed_row_is_saved_again_at_no_cost(stored):
    photo = Photo.objects.create(image=upload())
    refresh(photo, [Photo._meta.get_field("thumbnail")], using="default", force=True)
    with CaptureQueriesContext(connection) as queries:
        photo.save()
    assert len(queries) == 1


def test_a_file_that_is_another_row_s_source_stays(stored):
    photo = Photo.objects.create(image=upload())
    thumbnail = photo.thumbnail.name
    Photo.objects.bulk_create([Photo(image=thumbnail)])
    photo.delete()
    assert stored("thumbnails/") == [thumbnail]


def test_rollback_keeps_the_old_file_and_the_row(stored):
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    photo.image = upload("b.jpg", "blue")
    with pytest.raises(IntegrityError), transaction.atomic():
        photo.save()
        raise IntegrityError
    assert Photo.objects.get().thumbnail.name == before
    assert before in stored("thumbnails/")


def test_rollback_of_clear_and_delete_keeps_the_file(stored):
    photo = Photo.objects.create(image=upload())
    for undone in (lambda row: setattr(row, "image", None) or row.save(), lambda row: row.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            undone(Photo.objects.get())
            raise IntegrityError
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_the_old_file_is_there_until_commit(stored):
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    with transaction.atomic():
        photo.image = upload("b.jpg", "blue")
        photo.save()
        assert before in stored("thumbnails/")
    assert before not in stored("thumbnails/")


def test_an_inner_savepoint_rolled_back_takes_only_its_own_deletions_with_it(stored):
    photos = [Photo.objects.create(title=str(n), image=upload(f"{n}.jpg")) for n in range(3)]
    names = [photo.thumbnail.name for photo in photos]
    with transaction.atomic():
        photos[0].delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            photos[1].delete()
            raise IntegrityError
        with transaction.atomic():
            photos[2].delete()
    assert stored("thumbnails/") == [names[1]]


def test_a_storage_that_cannot_delete_is_logged_and_never_raised(monkeypatch, caplog):
    row = Remote.objects.create(image=upload())
    monkeypatch.setattr(Remote._meta.get_field("thumbnail").storage, "broken", frozenset({"delete"}))
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(Remote.objects.get().thumbnail) == (0, 0, 254)
    assert "the network is down during delete" in caplog.text
    row.delete()
    assert not Remote.objects.exists()


def test_a_row_that_moved_on_keeps_its_own_and_ours_is_deleted(stored):
    photo = Photo.objects.create(image=upload())
    field = Photo._meta.get_field("thumbnail")
    stale = Photo.objects.get()
    photo.image = upload("b.jpg", "blue")
    photo.save()
    (change,) = refresh(stale, [field], using="default", force=True)
    assert not change.made
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name
    assert stored("thumbnails/") == [photo.thumbnail.name]


def test_a_row_deleted_meanwhile_leaves_no_file(stored):
    Photo.objects.create(image=upload())
    stale = Photo.objects.get()
    Photo.objects.all().delete()
    (change,) = refresh(stale, [Photo._meta.get_field("thumbnail")], using="default", force=True)
    assert not change.made
    assert stored("thumbnails/") == []


def test_a_thumbnail_made_by_another_process_meanwhile_is_superseded(stored):
    Photo.objects.create(image=upload())
    field = Photo._meta.get_field("thumbnail")
    first, second = Photo.objects.get(), Photo.objects.get()
    refresh(first, [field], using="default", force=True)
    refresh(second, [field], using="default", force=True)
    assert stored("thumbnails/") == [Photo.objects.get().thumbnail.name]


def test_rollback_removes_the_new_file_at_once(stored):
    photo = Photo.objects.create(image=upload())
    before = photo.thumbnail.name
    photo.image = upload("b.jpg", "blue")
    with pytest.raises(IntegrityError), transaction.atomic():
        photo.save()
        assert len(stored("thumbnails/")) == 2
        raise IntegrityError
    assert stored("thumbnails/") == [before]


def test_rollback_of_a_savepoint_removes_its_new_file_and_keeps_the_others(stored):
    with transaction.atomic():
        kept = Photo.objects.create(image=upload())
        with pytest.raises(IntegrityError), transaction.atomic():
            Photo.objects.create(image=upload("b.jpg"))
            raise IntegrityError
        assert stored("thumbnails/") == [kept.thumbnail.name]
    assert stored("thumbnails/") == [kept.thumbnail.name]


@pytest.mark.parametrize("model", [Badge, RemoteBadge])
def test_an_instance_saved_again_after_a_rollback_gets_its_thumbnail_anew(model):
    row = model.objects.create(code="a", image=upload())
    row.image = upload("b.jpg", "blue")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
        raise IntegrityError
    row.save()
    assert colour_of(model.objects.get().thumbnail) == (0, 0, 254)


@pytest.mark.parametrize("model", [Badge, RemoteBadge])
def test_a_row_that_the_database_refused_in_a_transaction_gets_its_thumbnail_anew(model, stored):
    model.objects.create(code="a")
    row = model(code="a", image=upload())
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    assert stored("thumbnails/") == []
    row.code = "b"
    row.save()
    assert colour_of(model.objects.get(code="b").thumbnail) == (254, 0, 0)


def test_a_row_that_the_database_refused_is_saved_again_without_rendering_again(calls, stored):
    Badge.objects.create(code="a")
    row = Badge(code="a", image=upload())
    with pytest.raises(IntegrityError):
        row.save()
    row.code = "b"
    row.save()
    assert calls["save"] == 2
    assert stored("thumbnails/") == [Badge.objects.get(code="b").thumbnail.name]


def test_a_replacement_that_the_database_refused_takes_the_old_file_along_once_it_succeeds(stored):
    Badge.objects.create(code="a")
    row = Badge.objects.create(code="b", image=upload())
    row.code, row.image = "a", upload("b.jpg", "blue")
    with pytest.raises(IntegrityError):
        row.save()
    row.code = "b"
    row.save()
    assert stored("thumbnails/") == [Badge.objects.get(code="b").thumbnail.name]
    assert colour_of(row.thumbnail) == (0, 0, 254)


def test_another_source_after_the_database_refused_one_leaves_nothing_of_it(stored):
    Badge.objects.create(code="a")
    row = Badge(code="a", image=upload())
    with pytest.raises(IntegrityError):
        row.save()
    row.code, row.image = "b", upload("b.jpg", "blue")
    row.save()
    assert stored("thumbnails/") == [Badge.objects.get(code="b").thumbnail.name]


def test_a_row_read_anew_after_the_database_refused_another_picture_keeps_its_own(stored):
    """What was made for the refused one must not reach the row by a later save."""
    Badge.objects.create(code="a")
    row = Badge.objects.create(code="b", image=upload())
    row.code, row.image = "a", upload("b.jpg", "blue")
    with pytest.raises(IntegrityError):
        row.save()
    row.refresh_from_db()
    row.save()
    kept = Badge.objects.get(code="b").thumbnail
    assert colour_of(kept) == (254, 0, 0)
    assert stored("thumbnails/") == [kept.name]


def test_a_name_given_by_hand_and_saved_alone_leaves_no_file_behind(stored):
    one, other = Photo.objects.create(image=upload()), Photo.objects.create(image=upload("b.jpg", "blue"))
    one.thumbnail = other.thumbnail.name
    one.save(update_fields=["thumbnail"])
    one.refresh_from_db()
    assert colour_of(one.thumbnail) == (254, 0, 0)
    assert stored("thumbnails/") == sorted([one.thumbnail.name, other.thumbnail.name])


def test_a_name_given_by_hand_beside_a_deferred_source_is_written_as_it_is(django_assert_num_queries):
    photo = Photo.objects.create(image=upload())
    row = Photo.objects.only("thumbnail").get(pk=photo.pk)
    row.thumbnail = "thumbnails/mine.jpg"
    with django_assert_num_queries(1):
        row.save(update_fields=["thumbnail"])
    assert Photo.objects.get().thumbnail.name == "thumbnails/mine.jpg"


def test_rollback_of_bulk_create_and_of_a_refresh_removes_their_files(stored):
    photo = Photo.objects.create(image=upload())
    for undone in (
        lambda: Photo.objects.bulk_create([Photo(image=upload("b.jpg"))]),
        lambda: refresh(photo, [Photo._meta.get_field("thumbnail")], using="default", force=True),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            undone()
            assert len(stored("thumbnails/")) == 2
            raise IntegrityError
        photo.refresh_from_db()
        assert stored("thumbnails/") == [photo.thumbnail.name]


def test_a_storage_that_overwrites_loses_no_file_in_a_rollback():
    row = Overwritten.objects.create(image=upload())
    with pytest.raises(IntegrityError), transaction.atomic():
        twin = Overwritten.objects.create(image=row.image.name)
        assert twin.thumbnail.name == row.thumbnail.name
        raise IntegrityError
    assert colour_of(Overwritten.objects.get().thumbnail) == (254, 0, 0)


def test_on_a_storage_that_overwrites_a_copy_still_gets_its_own_file():
    row = Overwritten.objects.create(image=upload())
    clone = Overwritten.objects.get()
    clone.pk = None
    clone.save()
    assert clone.thumbnail.name != row.thumbnail.name
    refresh(row, [Overwritten._meta.get_field("thumbnail")], using="default", force=True)
    for one in Overwritten.objects.all():
        assert colour_of(one.thumbnail) == (254, 0, 0)


def test_transactions_managed_by_hand_are_left_to_the_project(stored):
    photo = Photo.objects.create(image=upload())
    transaction.set_autocommit(False)
    try:
        photo.image = upload("b.jpg", "blue")
        photo.save()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name
    assert len(stored("thumbnails/")) == 2


def test_many_refreshed_rows_ask_for_references_once_per_batch(stored):
    for number in range(5):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    with CaptureQueriesContext(connection) as queries:
        made = [change.made for change in refresh_thumbnails(Photo.objects.all(), force=True)]
    assert made == [True] * 5
    assert stored("thumbnails/") == sorted(photo.thumbnail.name for photo in Photo.objects.all())
    asked = [query["sql"] for query in queries if "IN ('thumbnails/" in query["sql"]]
    tables = [sql.split('FROM "')[1].split('"')[0] for sql in asked]
    assert "testapp_photo" in tables
    assert len(tables) == len(set(tables))


def test_full_batches_are_deleted_while_the_rows_are_gone_through(stored, monkeypatch):
    monkeypatch.setattr(after_commit, "_BATCH", 2)
    for number in range(5):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    most = 0
    for _change in refresh_thumbnails(Photo.objects.all(), force=True):
        most = max(most, len(stored("thumbnails/")))
    assert most <= 5 + 2
    assert len(stored("thumbnails/")) == 5
