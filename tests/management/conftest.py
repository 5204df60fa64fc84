"""What tests of commands need of their process."""

import signal
from collections.abc import Iterator

import pytest

from tests.conftest import upload
from tests.testapp.models import Photo


@pytest.fixture(autouse=True)
def ctrl_c_works() -> Iterator[None]:
    """Undo that SIGINT is ignored, as a shell starts what runs in its background; children inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def six() -> list[int]:
    """Return the keys of six rows with fresh thumbnails."""
    return [Photo.objects.create(image=upload(f"{number}.jpg")).pk for number in range(6)]
