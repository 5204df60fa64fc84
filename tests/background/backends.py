"""Backends of tasks as projects have them: with workers, of which there are none here."""

from django.utils.module_loading import import_string

from .conftest import BACKENDS

_Base = import_string(f"{BACKENDS}.dummy.DummyBackend")


class DeferringBackend(_Base):
    """One that can run a task later."""


class NoDeferBackend(_Base):
    """One that cannot."""

    supports_defer = False


class NoPriorityBackend(DeferringBackend):
    """One that runs tasks in the order in which they were enqueued."""

    supports_priority = False
