"""Help for tests of projects and of engines: `docs/howto.md` shows how.

    override_thumbnails   all fields render with the fake engine, or with another one
    assert_thumbnail      fails unless there is a thumbnail of that size and format, made of this source
    FakeEngine            paints one colour, in microseconds
    EngineContract        the numbered clauses of the contract as tests, for an engine of your own

The names are loaded on first use: pytest imports this package in every project that has advthumb installed.
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
