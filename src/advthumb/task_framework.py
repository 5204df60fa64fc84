"""Django's Tasks framework: part of Django since 6.0, and the package django-tasks before."""

from importlib import import_module
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured


def framework() -> Any:
    """Return the module that has `task` and `task_backends`.

    Raises:
        ImproperlyConfigured: This Django has no tasks, and django-tasks is not installed.
    """
    if django.VERSION >= (6, 0):
        return import_module("django.tasks")
    try:
        return import_module("django_tasks")
    except ImportError as error:
        raise ImproperlyConfigured(
            f"Django {django.get_version()} has no tasks: pip install 'django-advance-thumbnail[tasks]'"
        ) from error
