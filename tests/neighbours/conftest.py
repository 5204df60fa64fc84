"""These tests need other packages, and settings of their own: `nox --session neighbours` runs them."""

from django.apps import apps

collect_ignore_glob = [] if apps.is_installed("rest_framework") else ["test_*.py"]
