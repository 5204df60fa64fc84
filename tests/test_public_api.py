"""Public names change only on purpose."""

from importlib import import_module
from pathlib import Path
from typing import get_origin

from .public_api import MODULES, PINNED, public_api

STABILITY = Path(__file__).parents[1] / "docs" / "stability.md"


def test_public_names_and_signatures_match_the_recorded_ones():
    """After an intended change, run `python -m tests.public_api` and add a line to CHANGELOG.md."""
    assert public_api() == PINNED.read_text("utf-8")


def test_every_public_module_is_listed_in_the_docs():
    text = STABILITY.read_text("utf-8")
    assert [name for name in MODULES if f"`{name}`" not in text] == []


def test_every_public_name_has_a_docstring_or_is_a_plain_value():
    bare = [
        f"{module}.{name}"
        for module in MODULES
        for name in import_module(module).__all__
        if callable(value := getattr(import_module(module), name))
        and not (value.__doc__ or get_origin(value))
    ]
    assert bare == []
