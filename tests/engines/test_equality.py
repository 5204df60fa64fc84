"""The same picture from every engine: each is compared with Pillow on all formats that both read."""

import pytest

from advthumb.core.formats import SAFE_FORMATS
from advthumb.core.sniffing import admit
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.exceptions import EngineUnavailable

from .conftest import REQUIRED
from .corpus import MISSING, ROWS
from .differences import DIFFERENCES
from .equality import MATRIX, OTHERS, REFERENCE, matrix, problems
from .equality_sources import Source, sources

SOURCES = sources()
COMPARED = [source for source in SOURCES if source.format in registry.engine(REFERENCE).reads]


@pytest.mark.reads("source")
@pytest.mark.parametrize("source", COMPARED, ids=lambda source: source.name)
@pytest.mark.parametrize("reference", OTHERS, indirect=True)
def test_every_engine_makes_the_same_picture(engine: ThumbnailEngine, source: Source) -> None:
    """Size, format, alpha, frames and timing are equal; levels within 1, or 3 on noise."""
    assert admit(source.data, SAFE_FORMATS) is source.format
    found = problems(engine, source)
    if (engine.name, source.name) in DIFFERENCES:
        assert found, "it no longer differs: remove it from the list"
    else:
        assert not found


def test_listed_differences_name_an_existing_engine_and_source() -> None:
    names = {source.name for source in SOURCES}
    if ROWS:
        assert {name for _, name in DIFFERENCES} <= names
    assert {alias for alias, _ in DIFFERENCES} <= set(OTHERS)
    assert len(names) == len(SOURCES)


def test_the_matrix_in_the_docs_is_up_to_date() -> None:
    """Skipped unless every engine and the corpus are available, as in CI.

    It shows the limits that the test above checks, so nothing is rendered again.
    """
    if not ROWS:
        pytest.skip(MISSING)
    for alias in OTHERS:
        try:
            registry.engine(alias)
        except EngineUnavailable as error:
            if alias in REQUIRED:
                pytest.fail(str(error))
            pytest.skip(str(error))
    assert MATRIX.read_text("utf-8") == matrix(), "run python -m tests.engines.equality"
