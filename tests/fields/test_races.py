"""Promise 1 and 4 where several instances of one row are saved: none knows what the others wrote."""

import pytest
from django.db import transaction

from advthumb.fields.refresh import refresh
from tests.conftest import colour_of, upload
from tests.testapp.models import Photo, Place, Remote, Restaurant

pytestmark = pytest.mark.django_db(transaction=True)

BLUE = (0, 0, 254)


def in_storage(file):
    return file.storage.exists(file.name)


def replaced(row):
    """Give a row another source, as another process does; return the row."""
    other = type(row)._base_manager.get(pk=row.pk)
    other.image = upload("b.jpg", "blue")
    other.save()
    return other


def test_a_stale_instance_never_brings_a_removed_thumbnail_back():
    stale = Remote.objects.create(image=upload())
    replaced(stale)
    stale.title = "new"
    stale.save()
    row = Remote.objects.get()
    assert (row.title, row.image.name) == ("new", stale.image.name)
    assert not row.thumbnail
    row.save()
    assert in_storage(Remote.objects.get().thumbnail)


def test_a_stale_instance_keeps_the_thumbnail_that_a_command_made_meanwhile():
    Remote.objects.create(image=upload())
    stale = Remote.objects.get()
    refresh(Remote.objects.get(), [Remote._meta.get_field("thumbnail")], using="default", force=True)
    made = Remote.objects.get().thumbnail
    stale.title = "new"
    stale.save()
    assert Remote.objects.get().thumbnail.name == made.name != stale.thumbnail.name
    assert in_storage(made)


def test_a_stale_instance_whose_source_is_deferred_leaves_the_thumbnail_alone():
    row = Photo.objects.create(image=upload())
    stale = Photo.objects.defer("image").get()
    now = replaced(row)
    stale.title = "new"
    stale.save()
    assert Photo.objects.get().thumbnail.name == now.thumbnail.name
    assert colour_of(Photo.objects.get().thumbnail) == BLUE


def test_a_stale_child_of_multi_table_inheritance_brings_nothing_back(settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    stale = Restaurant.objects.create(image=upload())
    replaced(stale)
    stale.name = "new"
    stale.save()
    row = Restaurant.objects.get()
    assert (row.name, row.image.name) == ("new", stale.image.name)
    assert not row.thumbnail
    assert not row.icon
    assert not Place.objects.get().thumbnail


def test_a_child_of_multi_table_inheritance_keeps_its_own(settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    child = Restaurant.objects.create(image=upload())
    names = child.thumbnail.name, child.icon.name
    child.name = "new"
    child.save()
    row = Restaurant.objects.get()
    assert (row.thumbnail.name, row.icon.name) == names


def test_a_thumbnail_saved_alone_is_never_of_a_source_that_the_row_has_not(stored):
    photo = Photo.objects.create(image=upload())
    other = Photo.objects.create(image=upload("b.jpg", "blue"))
    before = photo.thumbnail.name
    photo.image = other.image.name
    photo.save(update_fields=["thumbnail"])
    assert Photo.objects.get(pk=photo.pk).thumbnail.name == before
    assert stored("thumbnails/") == sorted([before, other.thumbnail.name])
    photo.save()
    assert colour_of(Photo.objects.get(pk=photo.pk).thumbnail) == BLUE


def test_an_emptied_thumbnail_saved_alone_is_made_anew(stored):
    photo = Photo.objects.create(image=upload())
    photo.thumbnail = None
    photo.save(update_fields=["thumbnail"])
    assert photo.thumbnail.name == Photo.objects.get().thumbnail.name
    assert stored("thumbnails/") == [photo.thumbnail.name]


@pytest.mark.parametrize("source", ["loaded", "deferred"])
@pytest.mark.parametrize("before", [None, "", "thumbnails/before.jpg"])
def test_a_name_given_by_hand_is_written(before, source, settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    Photo.objects.bulk_create([Photo(image="images/a.jpg", thumbnail=before)])
    row = Photo.objects.get() if source == "loaded" else Photo.objects.defer("image").get()
    row.thumbnail = "thumbnails/by-hand.jpg"
    row.save()
    assert Photo.objects.get().thumbnail.name == "thumbnails/by-hand.jpg"


def test_a_name_set_on_the_file_is_written_once(media, settings):
    photo = Photo.objects.create(image=upload())
    moved = photo.thumbnail.name.replace("thumbnails/", "thumbnails/moved/")
    (media / "thumbnails/moved").mkdir()
    (media / photo.thumbnail.name).rename(media / moved)
    photo.thumbnail.name = moved
    photo.save()
    assert Photo.objects.get().thumbnail.name == moved
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    refresh(Photo.objects.get(), [Photo._meta.get_field("thumbnail")], using="default", force=True)
    photo.save()
    assert in_storage(Photo.objects.get().thumbnail)


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_an_instance_saved_over_a_row_of_another_database_writes_its_names():
    photo = Photo.objects.create(image=upload())
    Photo(pk=photo.pk, image="images/other.jpg").save(using="other", force_insert=True)
    photo.save(using="other")
    assert Photo.objects.using("other").get().thumbnail.name == photo.thumbnail.name


def test_the_loser_of_a_race_removes_its_own_file_when_it_looks_after_the_commit(stored):
    row = Photo.objects.create(image=upload())
    first, second = Photo.objects.get(), Photo.objects.get()

    def second_saves():
        second.image = upload("b.jpg", "blue")
        second.save()

    with transaction.atomic():
        transaction.on_commit(second_saves)
        first.image = upload("c.jpg", "lime")
        first.save()
    row.refresh_from_db()
    assert colour_of(row.thumbnail) == BLUE
    assert stored("thumbnails/") == [row.thumbnail.name]


@pytest.mark.django_db(transaction=False)
def test_callbacks_that_a_testcase_captures_are_its_own(django_capture_on_commit_callbacks):
    """Ours come first after a real commit; here, where callbacks are told by position, they do not."""
    called = []
    transaction.on_commit(lambda: called.append("before"))
    with django_capture_on_commit_callbacks(execute=True):
        Photo.objects.create(image=upload())
        transaction.on_commit(lambda: called.append("captured"))
    assert called == ["captured"]


def test_a_callback_of_the_project_that_raises_takes_no_thumbnail_along(stored):
    """Django drops the callbacks behind one that raises, though the transaction is committed."""
    photo = Photo.objects.create(image=upload())
    with pytest.raises(LookupError), transaction.atomic():
        transaction.on_commit(lambda: {}["the queue is down"])
        photo.image = upload("b.jpg", "blue")
        photo.save()
    assert Photo.objects.get().thumbnail.name in stored()
