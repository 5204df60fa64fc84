"""Checks of task mode: each names the setting, and how a worker is started."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.enqueuing import configured_task
from advthumb.fields.relations import local_thumbnail_fields

_WORKERS: Mapping[str, str] = {
    "django_tasks_db": "python manage.py db_worker --backend {backend} --queue-name {queue}",
    "django_tasks_rq": "python manage.py rqworker --with-scheduler --job-class django_tasks_rq.Job {queue}",
    "django_tasks_celery": "celery --app PROJECT worker --include advthumb.background --queues {queue}",
}
"""How workers are started, by the package of the backend, as docs/background.md says."""

_NO_WORKER = ("ImmediateBackend", "DummyBackend")
"""Backends that hand a task to no other process."""


def check_tasks(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Check that tasks can be enqueued, if any thumbnail is made by tasks."""
    try:
        fields = _made_by_tasks()
        wanted = conf.task()
    except ImproperlyConfigured:
        return []  # `check_settings` reports it
    if not fields:
        return []
    try:
        task = configured_task()
    except Exception as error:  # noqa: BLE001 - each framework has its own exceptions
        return [
            checks.Error(
                f"No task can be enqueued for thumbnails: {error}",
                hint=f"ADVANCE_THUMBNAIL_TASK is {wanted._asdict()}. {_advice(wanted)}",
                id="advthumb.E011",
            )
        ]
    return [*_check_backend(task.get_backend(), wanted), *_check_cache(fields)]


def _made_by_tasks() -> list[ThumbnailColumn]:
    models = (model for model in apps.get_models() if not model._meta.proxy)
    return [field for model in models for field in local_thumbnail_fields(model) if field.made_by_task]


def _advice(wanted: conf.TaskSettings) -> str:
    """Return how a worker of the project's backend is started, or an example if no such backend is known."""
    package = ""
    with suppress(AttributeError, KeyError, TypeError):  # there is no TASKS, or it is malformed
        package = settings.TASKS[wanted.backend]["BACKEND"].partition(".")[0]
    return _worker(package, wanted) if package in _WORKERS else _example(wanted)


def _worker(package: str, wanted: conf.TaskSettings) -> str:
    return f"Start a worker: {_WORKERS[package].format(**wanted._asdict())}"


def _example(wanted: conf.TaskSettings) -> str:
    """Return what to do where no backend works yet."""
    backend = {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [wanted.queue]}
    return (
        f"For example, install django-tasks-db, and set TASKS to {{{wanted.backend!r}: {backend}}}. "
        f"{_worker('django_tasks_db', wanted)}"
    )


def _check_backend(backend: Any, wanted: conf.TaskSettings) -> Iterator[checks.CheckMessage]:
    """Check that the backend has workers, and can run a failed task again later."""
    name = type(backend).__name__
    if name in _NO_WORKER:
        what = "makes them in the process that saves" if name == _NO_WORKER[0] else "never makes them"
        yield checks.Warning(
            f"Tasks make thumbnails, and the backend {wanted.backend!r} of TASKS is a {name}, which {what}.",
            hint=f"Use a backend with workers, except in tests. {_example(wanted)}",
            id="advthumb.W009",
        )
    elif wanted.retries and not backend.supports_defer:
        yield checks.Warning(
            f"The backend {wanted.backend!r} of TASKS, a {name}, cannot run a task later: what fails for a "
            "storage or an engine is not tried again.",
            hint="Set 'retries' to 0 in ADVANCE_THUMBNAIL_TASK, and run sync_thumbnails from time to time.",
            id="advthumb.W010",
        )


def _check_cache(fields: Sequence[ThumbnailColumn]) -> Iterator[checks.CheckMessage]:
    """Check that the web processes see what workers note in the cache."""
    alias = conf.cache_alias()
    if alias not in settings.CACHES or not isinstance(caches[alias], LocMemCache | DummyCache):
        return
    for field in fields:
        if not field.fingerprint_field:
            yield checks.Warning(
                f"Tasks make the thumbnail, and the cache {alias!r} belongs to one process: failures that a "
                "worker notes there are unknown elsewhere, and each save enqueues another task.",
                hint="Name a shared cache, such as Redis, in ADVANCE_THUMBNAIL_CACHE, or give the field a "
                "fingerprint_field.",
                obj=field,
                id="advthumb.W011",
            )
