"""These tests need Wagtail and separate settings: `nox --session with_wagtail` runs them."""

from django.apps import apps

collect_ignore_glob = [] if apps.is_installed("wagtail") else ["test_*.py"]
