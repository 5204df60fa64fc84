"""The task itself: late, twice, in any order, for a row that is gone, and after a failure."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.fields import enqueuing
from advthumb.signals import thumbnail_generated
from tests.conftest import colour_of, upload
from tests.fields.conftest import BLUE, RED, in_database
from tests.testapp.models import Fingerprinted, Photo, Remote, Renamed

from .conftest import BACKENDS, use_backend

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_task_that_runs_twice_changes_nothing_the_second_time(queue, stored):
    photo = Photo.objects.create(image=upload())
    queue.run(keep=True)
    name, files = in_database(photo).thumbnail.name, stored()
    assert queue.run() == {"thumbnail": "left"}
    assert in_database(photo).thumbnail.name == name
    assert stored() == files


def test_tasks_in_reverse_make_the_thumbnail_of_the_newest_source(queue, stored):
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save()
    assert queue.run(1) == {"thumbnail": "made"}
    name = in_database(photo).thumbnail.name
    assert queue.run(0) == {}
    assert in_database(photo).thumbnail.name == name
    assert colour_of(in_database(photo).thumbnail) == BLUE
    assert stored("thumbnails/") == [name]


def test_a_source_that_is_replaced_while_the_task_renders(queue, stored, monkeypatch):
    from advthumb.fields.pictures import Pictures

    photo = Photo.objects.create(image=upload())
    original = Pictures.render

    def render(pictures, *args, **kwargs):
        found = original(pictures, *args, **kwargs)
        monkeypatch.setattr(Pictures, "render", original)
        photo.image = upload("b.jpg", "blue")
        photo.save()
        return found

    monkeypatch.setattr(Pictures, "render", render)
    queue.run()
    assert not in_database(photo).thumbnail
    assert stored("thumbnails/") == []
    queue.run_all()
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_a_row_that_was_deleted(queue, stored):
    Photo.objects.create(image=upload()).delete()
    assert queue.run() == {}
    assert stored("thumbnails/") == []


def test_a_field_that_no_longer_exists(queue):
    Photo.objects.create(image=upload())
    queue.results[0].kwargs["fields"] = ["gone"]
    assert queue.run() == {}


def test_a_source_that_was_cleared(queue):
    photo = Photo.objects.create(image=upload())
    photo.image = None
    photo.save()
    assert queue.run_all() == [{}]
    assert not in_database(photo).thumbnail


def test_new_content_under_the_same_name_is_not_taken_for_the_old(queue):
    """As on a storage that overwrites: the first task reads the old content, and writes after an upload."""
    photo = Remote.objects.create(image=upload())
    queue.run(keep=True)
    name = photo.image.name
    photo.image.storage.delete(name)
    photo.image.storage.save(name, upload("a.jpg", "blue"))
    assert queue.run() == {"thumbnail": "made"}
    assert colour_of(in_database(photo).thumbnail) == BLUE


def test_signals_are_sent_in_the_worker(queue):
    received = []

    def receive(**details):
        received.append(details["instance"].pk)

    thumbnail_generated.connect(receive, sender=Photo)
    try:
        photo = Photo.objects.create(image=upload())
        assert received == []
        queue.run()
    finally:
        thumbnail_generated.disconnect(receive, sender=Photo)
    assert received == [photo.pk]


@pytest.mark.parametrize("model", [Fingerprinted, Renamed])
def test_a_storage_that_replaces_names(queue, model):
    row = model.objects.create(image=upload())
    queue.run()
    row = in_database(row)
    assert colour_of(row.thumbnail) == RED
    row.save()
    assert not len(queue)


def test_a_bad_picture_is_recorded_and_not_tried_again(queue):
    upload_ = upload()
    upload_.file.seek(0)
    upload_.file.truncate(200)
    row = Fingerprinted.objects.create(image=upload_)
    assert queue.run() == {"thumbnail": "corrupt"}
    assert not len(queue)
    row = in_database(row)
    row.save()
    assert not len(queue)
    assert row.thumbnail.explain().status == "failed"


# Failures that may pass


@pytest.fixture
def failing(monkeypatch):
    """Have the storage of sources fail until it is mended; return what mends it."""

    def fail(*_args):
        raise ThumbnailError("the network is down", ErrorCode.STORAGE)

    with monkeypatch.context() as patched:
        patched.setattr("advthumb.generation.Source.read", fail)
        yield patched.undo


def test_a_failing_storage_is_tried_again_later_and_later(queue, failing):
    photo = Photo.objects.create(image=upload())
    delays = []
    for attempt in range(4):
        result = queue.results[0]
        assert result.kwargs["attempt"] == attempt
        if attempt:
            delays.append(round((result.task.run_after - timezone.now()) / timedelta(seconds=30)))
        assert queue.run() == {"thumbnail": "storage"}
    assert delays == [1, 4, 16]
    assert not len(queue)
    failing()
    photo.save()
    assert queue.run() == {"thumbnail": "made"}


def test_a_retry_makes_the_thumbnail(queue, failing):
    photo = Photo.objects.create(image=upload())
    queue.run()
    assert photo.thumbnail.explain().status == "waiting"
    failing()
    assert queue.run() == {"thumbnail": "made"}


def test_no_retries_are_made_if_none_are_wanted(queue, failing, settings):
    settings.ADVANCE_THUMBNAIL_TASK = {"retries": 0}
    Photo.objects.create(image=upload())
    queue.run()
    assert not len(queue)


def test_a_backend_that_cannot_defer_leaves_it_to_the_commands(at_once, failing, caplog):
    photo = Photo.objects.create(image=upload())
    assert "not tried again by a task" in caplog.text
    assert not in_database(photo).thumbnail


# A queue that does not take the task


@pytest.fixture
def refusing(queue, monkeypatch):
    """Have the backend fail as a broker does that is down."""

    def refuse(*_args, **_kwargs):
        raise ConnectionError("the broker is down")

    with monkeypatch.context() as patched:
        patched.setattr(f"{BACKENDS}.dummy.DummyBackend.enqueue", refuse)
        yield patched.undo


def test_a_broker_that_is_down_never_breaks_a_save(refusing, queue, caplog):
    with caplog.at_level(logging.ERROR, logger="advthumb"):
        photo = Photo.objects.create(image=upload())
    assert "the broker is down" in caplog.text
    assert "ADVANCE_THUMBNAIL_TASK" in caplog.text
    assert f"Photo(pk={photo.pk})" in caplog.text
    assert photo.thumbnail.explain().status == "missing"
    refusing()
    photo.save()
    assert queue.run() == {"thumbnail": "made"}


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        ({"queue": "nothing"}, "Queue 'nothing' is not valid"),
        ({"backend": "nothing"}, "TASKS has no backend 'nothing', only 'default'"),
    ],
)
def test_a_queue_that_is_not_listed_never_breaks_a_save(queue, settings, caplog, task, complaint):
    settings.ADVANCE_THUMBNAIL_TASK = task
    Photo.objects.create(image=upload())
    assert complaint in caplog.text
    assert not len(queue)


def test_a_priority_that_the_backend_does_not_take_never_breaks_a_save(queue, settings, caplog, monkeypatch):
    settings.ADVANCE_THUMBNAIL_TASK = {"priority": 5}
    monkeypatch.setattr(f"{BACKENDS}.dummy.DummyBackend.supports_priority", False)
    Photo.objects.create(image=upload())
    assert "priority" in caplog.text


def test_a_missing_framework_never_breaks_a_save(queue, caplog, monkeypatch):
    def missing():
        raise ImproperlyConfigured("Django 5.2.0 has no tasks")

    monkeypatch.setattr(enqueuing, "framework", missing)
    Photo.objects.create(image=upload())
    assert "has no tasks" in caplog.text


def test_queue_and_priority_of_the_settings_reach_the_task(queue, settings):
    use_backend(settings, f"{BACKENDS}.dummy.DummyBackend", QUEUES=["default", "thumbnails"])
    settings.ADVANCE_THUMBNAIL_TASK = {"queue": "thumbnails", "priority": -5}
    Photo.objects.create(image=upload())
    task = queue.results[0].task
    assert (task.queue_name, task.priority) == ("thumbnails", -5)
