"""The pytest plugin: a fixture. pytest loads it in every project, so it imports nothing of Django's."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def fake_thumbnails() -> Iterator[None]:
    """Have all thumbnail fields render with the fake engine in this test; see `override_thumbnails`."""
    from .overriding import override_thumbnails

    with override_thumbnails():
        yield
