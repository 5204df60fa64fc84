"""What a save leaves to a task: one for each row and source, after the commit."""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.conftest import colour_of, upload
from tests.fields.conftest import BLUE, RED, in_database
from tests.testapp.models import Forced, Gallery, Hidden, Photo, PhotoProxy, Place, Plot, Restaurant

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_save_enqueues_one_task_and_renders_nothing(queue, stored):
    photo = Photo.objects.create(image=upload())
    assert queue.kwargs == [
        {
            "model": "testapp.Photo",
            "key": [str(photo.pk)],
            "using": "default",
            "source": "images/a.jpg",
            "fields": ["thumbnail"],
            "replaced": {},
            "attempt": 0,
        }
    ]
    assert stored() == ["images/a.jpg"]
    assert not photo.thumbnail


def test_the_task_makes_the_thumbnail(queue):
    photo = Photo.objects.create(image=upload())
    assert queue.run() == {"thumbnail": "made"}
    assert colour_of(in_database(photo).thumbnail) == RED


def test_a_save_with_a_backend_that_runs_at_once_has_its_thumbnail(at_once):
    photo = Photo.objects.create(image=upload())
    assert colour_of(in_database(photo).thumbnail) == RED


def test_all_thumbnails_of_a_source_are_one_task(queue):
    gallery = Gallery.objects.create(image=upload())
    assert [kwargs["fields"] for kwargs in queue.kwargs] == [["small", "square", "webp"]]
    queue.run()
    gallery = in_database(gallery)
    assert all([gallery.small, gallery.square, gallery.webp])


def test_a_small_preview_is_made_at_once_and_the_rest_later(queue, monkeypatch):
    monkeypatch.setattr(Gallery._meta.get_field("small"), "mode", "inline")
    gallery = Gallery.objects.create(image=upload())
    assert colour_of(gallery.small) == RED
    assert not gallery.square
    assert [kwargs["fields"] for kwargs in queue.kwargs] == [["square", "webp"]]
    small = gallery.small.name
    queue.run()
    gallery = in_database(gallery)
    assert gallery.square
    assert gallery.small.name == small


def test_mode_task_of_one_field_needs_no_setting(queue, settings, monkeypatch):
    settings.ADVANCE_THUMBNAIL_MODE = "inline"
    monkeypatch.setattr(Gallery._meta.get_field("square"), "mode", "task")
    gallery = Gallery.objects.create(image=upload())
    assert gallery.small
    assert [kwargs["fields"] for kwargs in queue.kwargs] == [["square"]]


def test_a_rolled_back_save_enqueues_nothing(queue):
    with pytest.raises(RuntimeError), transaction.atomic():
        Photo.objects.create(image=upload())
        raise RuntimeError
    assert not len(queue)


def test_a_task_is_enqueued_after_the_commit(queue):
    with transaction.atomic():
        Photo.objects.create(image=upload())
        assert not len(queue)
    assert len(queue) == 1


def test_unrelated_saves_enqueue_nothing_while_the_task_waits(queue):
    photo = Photo.objects.create(image=upload())
    photo.title = "new"
    photo.save()
    in_database(photo).save()
    assert len(queue) == 1


def test_with_the_cache_lost_one_more_task_finds_nothing_to_do(queue):
    photo = Photo.objects.create(image=upload())
    cache.clear()
    photo.save()
    photo.save()
    assert len(queue) == 2
    assert queue.run_all() == [{"thumbnail": "made"}, {"thumbnail": "left"}]


def killed(*_args, **_kwargs):
    raise SystemExit


def test_a_save_after_a_worker_was_killed_enqueues_another_task(queue, monkeypatch):
    photo = Photo.objects.create(image=upload())
    with monkeypatch.context() as patched:
        patched.setattr("advthumb.background.Pictures.render", killed)
        with pytest.raises(SystemExit):
            queue.run()
    photo.save()
    assert len(queue) == 1


def test_replacing_the_source_takes_the_old_thumbnail_away_at_once(queue, stored):
    photo = Photo.objects.create(image=upload())
    queue.run()
    photo = in_database(photo)
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert not in_database(photo).thumbnail
    assert stored("thumbnails/") == []
    queue.run()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_another_size_keeps_the_old_thumbnail_until_the_new_one_is_made(queue, stored, monkeypatch):
    photo = Photo.objects.create(image=upload())
    queue.run()
    photo = in_database(photo)
    old = photo.thumbnail.name
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (20, 20))
    photo.save()
    assert in_database(photo).thumbnail.name == old
    assert queue.run() == {"thumbnail": "made"}
    assert in_database(photo).thumbnail.width == 20
    assert len(stored("thumbnails/")) == 1


def test_clearing_the_source_needs_no_task(queue, stored):
    photo = Photo.objects.create(image=upload())
    queue.run()
    photo = in_database(photo)
    photo.image = None
    photo.save()
    assert not in_database(photo).thumbnail
    assert not len(queue)
    assert stored("thumbnails/") == []


def test_an_instance_that_knows_no_thumbnail_does_not_take_away_the_one_that_a_task_made(queue):
    photo = Photo.objects.create(image=upload())
    queue.run()
    photo.title = "from before"
    photo.save()
    assert colour_of(in_database(photo).thumbnail) == RED
    assert not len(queue)


def test_update_fields_with_the_source_alone(queue):
    photo = Photo.objects.create(image=upload())
    queue.run()
    photo = in_database(photo)
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=["image"])
    assert not in_database(photo).thumbnail
    queue.run()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_update_fields_with_the_thumbnail_alone(queue):
    photo = Photo.objects.create(image=upload())
    queue.lose()
    cache.clear()
    photo.save(update_fields=["thumbnail"])
    assert len(queue) == 1


@pytest.mark.parametrize("model", [PhotoProxy, Restaurant, Plot, Hidden])
def test_kinds_of_models_and_keys(queue, model):
    more = {"pk": ("A 1/ä", 7)} if model is Plot else {}
    row = model(image=upload(), **more)
    row.save()
    queue.run_all()
    assert colour_of(in_database(row).thumbnail) == RED
    row = in_database(row)
    row.save()
    assert not len(queue)


def test_a_parent_that_is_saved_alone_has_the_thumbnails_of_its_child_made(queue):
    restaurant = Restaurant.objects.create(image=upload())
    queue.run_all()
    place = Place.objects.get(pk=restaurant.pk)
    place.image = upload("b.jpg", "blue")
    place.save()
    assert not in_database(restaurant).icon
    queue.run_all()
    assert colour_of(in_database(restaurant).icon) == BLUE


def test_force_regenerate_makes_a_thumbnail_again_but_once_for_each_task(queue):
    forced = Forced.objects.create(image=upload())
    queue.run()
    name = in_database(forced).thumbnail.name
    in_database(forced).save()
    assert queue.run(keep=True) == {"thumbnail": "made"}
    again = in_database(forced).thumbnail.name
    assert again != name
    assert queue.run() == {"thumbnail": "left"}
    assert in_database(forced).thumbnail.name == again


def test_an_upload_is_not_read_in_the_process_that_saves_it(queue, monkeypatch):
    def refuse(*_args):
        raise AssertionError("read")

    monkeypatch.setattr("advthumb.fields.uploads.read_ahead", refuse)
    Photo.objects.create(image=upload())
    queue.run()


@pytest.mark.costs
def test_what_a_save_costs(queue, calls, settings):
    with CaptureQueriesContext(connection) as queries:
        photo = Photo.objects.create(image=upload())
    assert len(queries) == 1
    assert calls == {"exists": 1, "save": 1}
    queue.run()
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    photo = in_database(photo)
    calls.clear()
    photo.title = "unrelated"
    with CaptureQueriesContext(connection) as queries:
        photo.save()
    assert len(queries) == 1
    assert not calls


def test_a_broken_cache_keeps_no_task_from_being_enqueued(queue, settings):
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.BrokenCache"}}
    Photo.objects.create(image=upload())
    assert queue.run() == {"thumbnail": "made"}
