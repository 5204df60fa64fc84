"""The formats on the page on choosing an engine match what the engines on this machine do."""

import pytest

from advthumb.core.formats import ImageFormat
from advthumb.engines import registry
from advthumb.engines.registry import ALIASES, PREVIEWS
from advthumb.exceptions import EngineUnavailable

from .conftest import REQUIRED
from .format_table import KINDS, PAGE, table, written


def test_the_table_in_the_docs_is_up_to_date() -> None:
    for alias in [*ALIASES, *PREVIEWS]:
        try:
            registry.engine(alias)
        except EngineUnavailable as error:
            if alias in REQUIRED:
                raise
            pytest.skip(str(error))
    assert written(PAGE.read_text("utf-8")) == table(), "run python -m tests.engines.format_table"


def test_the_table_has_every_format_that_is_recognised() -> None:
    assert set(KINDS) == set(ImageFormat)
    assert sum(map(len, KINDS.values())) >= 40
