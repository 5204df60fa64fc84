"""Every code block of the documentation runs, or says why it does not."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import picture

from . import python_blocks, shell_blocks, template_blocks
from .blocks import Block, all_blocks

NOT_RUN = 0
"""How many blocks are marked as not run. Mark as few as possible, and update this number when you add one."""

READ: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "shell": shell_blocks.check,
}
"""Languages that are parsed and not run."""

OUTPUT = {"css", "html", "http", "text"}
"""Languages that show a result, or a file of another program."""

ELSEWHERE = {"nginx"}
"""Languages whose blocks run in a test module of their own."""

TEMPLATES = {"django", "jinja"}

# Checks of an app with a JSONField ask each database whether it has JSON.
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def blocks(*languages: str) -> list[object]:
    """Return the blocks in these languages that are run, as parameters."""
    found = [block for block in all_blocks() if block.language in languages and not block.reason]
    return [pytest.param(block, id=str(block), marks=skipping(block)) for block in found]


def skipping(block: Block) -> list[pytest.MarkDecorator]:
    """Return the mark that skips a block whose requirements are missing."""
    return [pytest.mark.skip(f"{block} needs {block.lacks}")] if block.lacks else []


@pytest.fixture(autouse=True)
def _the_reader_s_project(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the blocks a folder with a photo in it, and a second storage called `thumbnails`."""
    (tmp_path / "beach.jpg").write_bytes(picture(size=(900, 600)))
    monkeypatch.chdir(tmp_path)
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "thumbnails": memory}


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs_and_its_models_and_settings_pass_the_system_checks(block: Block) -> None:
    python_blocks.run(block)


@pytest.mark.parametrize("block", blocks(*TEMPLATES))
def test_a_template_renders_with_existing_variables_and_shows_its_pictures(block: Block) -> None:
    html = template_blocks.render(block)
    assert html.strip()
    assert "NO SUCH VARIABLE" not in html
    assert "<img" in html or "thumbnail" not in block.text


@pytest.mark.parametrize("block", blocks(*READ))
def test_commands_and_their_options_exist_and_files_can_be_parsed(block: Block) -> None:
    READ[block.language](block.text)


def test_every_block_has_a_language_that_is_tested() -> None:
    known = {"python", *TEMPLATES, *READ, *OUTPUT, *ELSEWHERE}
    unknown = [str(block) for block in all_blocks() if block.language not in known]
    assert not unknown, "give these blocks a language; `text` is for program output"


def test_blocks_that_are_not_run_say_why_and_are_counted() -> None:
    marked = [block for block in all_blocks() if block.reason]
    assert len(marked) == NOT_RUN, [str(block) for block in marked]
    assert all(len(block.reason) > 10 for block in marked)
