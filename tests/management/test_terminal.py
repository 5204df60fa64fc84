"""What a person at a terminal sees: the progress bar, and each failure once."""

import os
import subprocess
import sys

import pytest

from .commands import GENERATE, REGENERATE, broken_photo, photo, run
from .project import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def terminal():
    """Provide a real terminal to write to, and a function that reads what was drawn on it."""
    screen, keyboard = os.openpty()
    with os.fdopen(keyboard, "w") as stream:

        def drawn():
            stream.flush()
            os.set_blocking(screen, False)
            try:
                return os.read(screen, 65536).decode()
            except BlockingIOError:
                return ""

        yield stream, drawn
    os.close(screen)


def test_a_bar_is_drawn_on_a_terminal(terminal):
    stream, drawn = terminal
    for _ in range(3):
        photo()
    done = run(REGENERATE, stderr=stream)
    assert done.out.splitlines()[0] == "testapp.Photo.thumbnail: 3 fresh (by stat); nothing to do"
    assert "/3 [" in drawn()


def test_failures_are_printed_on_lines_of_their_own(terminal):
    stream, drawn = terminal
    row = broken_photo()
    run(GENERATE, stderr=stream, no_color=True)
    assert any(
        line.startswith(f"testapp.Photo.thumbnail pk={row.pk}: failed")
        for line in drawn().replace("\r", "\n").splitlines()
    )


@pytest.mark.parametrize("options", [["--no-progress"], []], ids=["not wanted", "tqdm is not installed"])
def test_no_bar_is_drawn_if_disabled_or_impossible(options, terminal, monkeypatch):
    if not options:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    stream, drawn = terminal
    photo(thumbnail="")
    done = run(GENERATE, *options, stderr=stream)
    assert (done.code, drawn()) == (0, "")
    assert "1 missing; 1 made" in done.out


def test_no_bar_is_drawn_in_a_pipe():
    photo()
    assert run(REGENERATE).err == ""


def test_tqdm_is_imported_only_when_a_bar_is_drawn():
    script = (
        "import sys, django; django.setup();"
        "from django.core.management import call_command;"
        "call_command('migrate', run_syncdb=True, verbosity=0);"
        "call_command('generate_thumbnails'); print('tqdm' in sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"
