"""These tests need the six peers: `nox --session coming-from` installs them and runs the tests."""

import os
from importlib.util import find_spec

import pytest

MISSING = [
    name
    for name in ("sorl", "easy_thumbnails", "imagekit", "stdimage", "pictures", "versatileimagefield")
    if find_spec(name) is None
]
collect_ignore_glob = ["test_recipes.py"] if MISSING else []

if MISSING and os.environ.get("ADVTHUMB_REQUIRE_PEERS"):
    raise pytest.UsageError(f"not installed: {', '.join(MISSING)}")
