"""Fixtures that tests of forms share."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Restore the language: a language that a request of the test client activates stays active."""
    with translation.override("en"):
        yield
