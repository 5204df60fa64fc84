"""These tests need other packages and separate settings: `nox --session neighbours` runs them."""

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType

collect_ignore_glob = [] if apps.is_installed("rest_framework") else ["test_*.py"]


@pytest.fixture(autouse=True)
def _content_types_are_asked_again() -> None:
    """Forget the content types of the previous test, whose tables have been emptied."""
    ContentType.objects.clear_cache()
