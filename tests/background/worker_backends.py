"""The backends that real workers are tested with; ADVTHUMB_WORKER_BACKEND names one of them.

Their settings and command lines follow docs/background.md.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import django

QUEUE = "thumbnails"
REDIS = os.environ.get("ADVTHUMB_WORKER_REDIS", "")
"""The URL of the Redis server that the test starts."""


class WorkerBackend(NamedTuple):
    """A backend of tasks, as a site uses it.

    Attributes:
        backend: The dotted path of its class.
        apps: What it adds to INSTALLED_APPS.
        worker: The command of a worker, as arguments of `python -m`.
        lost: How many tasks a killed worker may lose.
        redis: Whether it needs a Redis server.
        priorities: Whether tasks may have a priority.
        settings: Further settings.
        options: Options of the backend.
    """

    backend: str
    apps: Sequence[str]
    worker: Sequence[str]
    lost: int
    redis: bool = False
    priorities: bool = True
    settings: Mapping[str, Any] = {}
    options: Mapping[str, Any] = {}


_DB = WorkerBackend(
    backend="django_tasks_db.DatabaseBackend",
    apps=[*([] if django.VERSION >= (6, 0) else ["django_tasks"]), "django_tasks_db"],
    worker=["django", "db_worker", "--queue-name", QUEUE, "--interval", "0.1", "--no-startup-delay"],
    lost=1,
)
_CELERY = WorkerBackend(
    backend="django_tasks_celery.CeleryBackend",
    apps=[],
    worker=[
        *("celery", "--app", "tests.background.celery_app", "worker", "--include", "advthumb.background"),
        *("--queues", QUEUE, "--concurrency", "1"),
    ],
    lost=0,
    redis=True,
    settings={
        "CELERY_BROKER_URL": REDIS,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        # Tasks of a killed worker are delivered again after this many seconds, by default after an hour.
        "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 5},
    },
    options={"CELERY_APP": "tests.background.celery_app.app"},
)
_RQ = WorkerBackend(
    backend="django_tasks_rq.RQBackend",
    apps=["django_rq", "django_tasks_rq"],
    worker=["django", "rqworker", "--with-scheduler", "--job-class", "django_tasks_rq.Job", QUEUE],
    lost=1,
    redis=True,
    priorities=False,
    settings={"RQ_QUEUES": {QUEUE: {"URL": REDIS}}},
)
BACKEND = {"db": _DB, "celery": _CELERY, "rq": _RQ}[os.environ.get("ADVTHUMB_WORKER_BACKEND", "db")]
