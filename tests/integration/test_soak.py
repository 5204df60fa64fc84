"""Item 13 in its short form; CONTRIBUTING.md says how to run the long one."""

import subprocess
import sys

import pytest

from tests.children import ROOT


@pytest.mark.usefixtures("postgresql")
def test_half_a_minute_of_everything_at_once(tell):
    line = [sys.executable, "-m", "tests.soak", "--seconds", "30", "--seed", "7", "--processes", "4"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("0 violations\n")
    tell(done.stdout)
