"""Thumbnails made by tasks: a queue that tests can look into, run, repeat and lose."""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.local import Local

from advthumb.task_framework import framework

FRAMEWORK = framework()
BACKENDS = f"{FRAMEWORK.__name__}.backends"


def use_backend(settings: Any, backend: str, **more: Any) -> None:
    """Give the project one backend of tasks; backends that were made before are dropped."""
    settings.TASKS = {"default": {"BACKEND": backend, **more}}
    forget_backends()


def forget_backends() -> None:
    backends = FRAMEWORK.task_backends
    backends._settings = None
    backends.__dict__.pop("settings", None)
    backends._connections = Local()


class Queue:
    """The tasks that were enqueued and did not run."""

    @property
    def results(self) -> list[Any]:
        return FRAMEWORK.task_backends["default"].results

    def __len__(self) -> int:
        return len(self.results)

    @property
    def kwargs(self) -> list[dict[str, Any]]:
        return [result.kwargs for result in self.results]

    def run(self, number: int = 0, *, keep: bool = False) -> Any:
        """Run a task; with `keep` it is delivered once more."""
        result = self.results[number] if keep else self.results.pop(number)
        return result.task.call(*result.args, **result.kwargs)

    def run_all(self) -> list[Any]:
        return [self.run() for _ in range(len(self.results))]

    def lose(self) -> None:
        self.results.clear()


@pytest.fixture
def queue(settings) -> Iterator[Queue]:
    """Have tasks make all thumbnails, and put them into a queue."""
    settings.ADVANCE_THUMBNAIL_MODE = "task"
    use_backend(settings, f"{BACKENDS}.dummy.DummyBackend")
    yield Queue()
    forget_backends()


@pytest.fixture
def at_once(settings) -> Iterator[None]:
    """Have tasks make all thumbnails, right after the commit."""
    settings.ADVANCE_THUMBNAIL_MODE = "task"
    use_backend(settings, f"{BACKENDS}.immediate.ImmediateBackend")
    yield
    forget_backends()
