"""Tools for testing projects and engines; `docs/howto.md` shows how to use them.

    override_thumbnails   makes all fields render with the fake engine, or with another one
    assert_thumbnail      fails unless a thumbnail exists with this size and format, made from its source
    FakeEngine            paints one colour, in microseconds
    EngineContract        the numbered clauses of the engine contract as tests, for your own engine

The names are loaded on first use, because pytest imports this package in every project that has advthumb
installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asserting import assert_thumbnail
    from .contract.suite import EngineContract
    from .fake import FakeEngine
    from .overriding import override_thumbnails

__all__ = ["EngineContract", "FakeEngine", "assert_thumbnail", "override_thumbnails"]

_HOMES = {
    "EngineContract": "contract.suite",
    "FakeEngine": "fake",
    "assert_thumbnail": "asserting",
    "override_thumbnails": "overriding",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home module."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the lazy names too."""
    return sorted({*globals(), *__all__})
