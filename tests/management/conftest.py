"""Fixtures that prepare this process for tests of commands."""

import signal
import threading
from collections.abc import Iterator

import pytest

from tests.conftest import upload
from tests.testapp.models import Photo


@pytest.fixture(autouse=True)
def ctrl_c_works() -> Iterator[None]:
    """Restore SIGINT, which a shell ignores in background jobs; child processes inherit this."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test(media: object) -> Iterator[None]:
    """Wait for threads that a second Ctrl-C left behind, while they still use this test's storage."""
    yield
    for thread in threading.enumerate():
        if thread.name == "advthumb":
            thread.join(30)
            assert not thread.is_alive(), "a thread of a command never ends"


@pytest.fixture
def six() -> list[int]:
    """Return the keys of six rows with fresh thumbnails."""
    return [Photo.objects.create(image=upload(f"{number}.jpg")).pk for number in range(6)]
