"""The memory per pixel in the docs is what the installed build of ImageMagick needs."""

import json
import os
import subprocess
import sys

import pytest

from .conftest import had
from .memory_table import BUILDS, PAGE, ROOT, figures_in, table, written

MEASURE = """
import json
from tests.engines.memory_table import measured
build, found = measured()
from advthumb.engines.imagemagick.engine import BYTES_PER_PIXEL
print(json.dumps([build, found, BYTES_PER_PIXEL]))
"""


def test_the_docs_have_the_memory_per_pixel_of_the_installed_imagemagick() -> None:
    """It is measured in another process, whose limits may be changed."""
    had("imagemagick")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-c", MEASURE]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert answer.returncode == 0, answer.stderr
    build, found, most = json.loads(answer.stdout)
    assert max(found.values()) == most
    if build not in BUILDS:
        pytest.skip(f"the docs do not list ImageMagick {build}")
    assert figures_in(PAGE.read_text("utf-8"))[build] == found, "run python -m tests.engines.memory_table"


def test_the_docs_have_the_largest_picture_that_follows_from_the_memory_per_pixel() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == table(figures_in(page))
