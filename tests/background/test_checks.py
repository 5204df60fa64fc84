"""System checks of task mode."""

import pytest

from advthumb.checks import check_tasks
from advthumb.fields import enqueuing

from .conftest import BACKENDS, forget_backends, use_backend

WORKER = "python manage.py db_worker --backend default --queue-name"


@pytest.fixture(autouse=True)
def _a_shared_cache(settings, tmp_path):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path / "cache"),
        }
    }


def found():
    return [(message.id, message.msg, message.hint) for message in check_tasks(None)]


def test_nothing_is_said_of_inline_thumbnails(settings):
    settings.TASKS = {}
    assert found() == []


def test_a_queue_that_is_not_listed(queue, settings):
    settings.ADVANCE_THUMBNAIL_TASK = {"queue": "thumbnails"}
    ((code, message, hint),) = found()
    assert code == "advthumb.E011"
    assert "Queue 'thumbnails' is not valid" in message
    assert "ADVANCE_THUMBNAIL_TASK is {'queue': 'thumbnails'" in hint
    assert f"{WORKER} thumbnails" in hint


def test_a_backend_that_does_not_exist(queue, settings):
    settings.ADVANCE_THUMBNAIL_TASK = {"backend": "nothing"}
    assert [code for code, *_ in found()] == ["advthumb.E011"]


def test_a_framework_that_is_missing(queue, monkeypatch):
    def missing():
        raise enqueuing.ImproperlyConfigured("no tasks")

    monkeypatch.setattr(enqueuing, "framework", missing)
    assert [(code, message) for code, message, _ in found()] == [
        ("advthumb.E011", "No task can be enqueued for thumbnails: no tasks")
    ]


def test_backends_without_workers(queue, settings):
    ((code, message, hint),) = found()
    assert code == "advthumb.W009"
    assert "never makes them" in message
    assert f"{WORKER} default" in hint
    use_backend(settings, f"{BACKENDS}.immediate.ImmediateBackend")
    assert "in the process that saves" in found()[0][1]


def test_a_backend_that_cannot_defer(queue, settings):
    use_backend(settings, "tests.background.backends.NoDeferBackend")
    ((code, _message, hint),) = found()
    assert code == "advthumb.W010"
    assert "'retries' to 0 in ADVANCE_THUMBNAIL_TASK" in hint
    settings.ADVANCE_THUMBNAIL_TASK = {"retries": 0}
    assert found() == []


def test_a_backend_that_knows_no_priorities(queue, settings):
    use_backend(settings, "tests.background.backends.NoPriorityBackend")
    assert found() == []
    settings.ADVANCE_THUMBNAIL_TASK = {"priority": 10}
    ((code, message, hint),) = found()
    assert code == "advthumb.E011"
    assert "'priority' must be 0, because the backend 'default' of TASKS has no priorities" in message
    assert "'priority': 10" in hint


@pytest.mark.parametrize(
    ("package", "worker"),
    [
        ("django_tasks_db.DatabaseBackend", f"{WORKER} thumbnails"),
        ("django_tasks_rq.RQBackend", "rqworker --with-scheduler --job-class django_tasks_rq.Job thumbnails"),
        ("django_tasks_celery.CeleryBackend", "--include advthumb.background --queues thumbnails"),
    ],
)
def test_the_hint_names_the_worker_of_the_backend_that_is_set(queue, settings, package, worker):
    settings.ADVANCE_THUMBNAIL_TASK = {"queue": "thumbnails"}
    use_backend(settings, package, QUEUES=["another"])
    ((code, _message, hint),) = found()
    assert code == "advthumb.E011"
    assert hint.endswith(worker)
    assert "For example" not in hint


@pytest.mark.parametrize("tasks", [{}, {"default": {}}, {"default": {"BACKEND": None}}, []], ids=repr)
def test_the_hint_has_an_example_if_no_backend_is_set(queue, settings, tasks):
    settings.TASKS = tasks
    forget_backends()
    ((code, _message, hint),) = found()
    assert code == "advthumb.E011"
    assert "For example, install django-tasks-db" in hint


def test_a_cache_of_one_process(queue, settings):
    use_backend(settings, "tests.background.backends.DeferringBackend")
    assert found() == []
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    objects = {message.obj.model.__name__: message.id for message in check_tasks(None)}
    assert objects["Photo"] == "advthumb.W011"
    assert "Fingerprinted" not in objects


def test_wrong_settings_are_left_to_the_check_of_settings(queue, settings):
    settings.ADVANCE_THUMBNAIL_TASK = {"queue": 3}
    assert found() == []
    settings.ADVANCE_THUMBNAIL_MODE = "sometimes"
    assert found() == []
