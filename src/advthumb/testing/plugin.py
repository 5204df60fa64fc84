"""The pytest plugin: the fixture `fake_thumbnails`, and the markers of the contract suite.

pytest loads it in every project that has advthumb installed, so it does not import Django.
"""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("advthumb.testing.contract")

_MARKERS = (
    "reads: formats, or parameters that hold one, which an engine must decode for a test of its contract",
    "writes: the same for formats that it must encode",
    "animates: the same for formats that it must decode and encode with several frames",
    "lossless: the same for formats that it must encode without any loss",
    "smoke: a few tests of each clause of the contract, for an engine that shares its code with another one",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers of the contract suite."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def fake_thumbnails() -> Iterator[None]:
    """Make all thumbnail fields render with the fake engine in this test; see `override_thumbnails`."""
    from .overriding import override_thumbnails

    with override_thumbnails():
        yield
