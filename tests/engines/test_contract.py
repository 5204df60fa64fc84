"""The contract suite that ships with advthumb, over every engine of ours and those derived from them."""

import pytest

from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import EngineContract

from .differences import DIFFERENCES


class TestContract(EngineContract):
    """Gets its engines from `conftest`, which leaves out tests that an engine cannot run."""

    engine = pipeline = watched = None  # so that the fixtures of `conftest` are used

    @pytest.fixture
    def may_refuse(self, engine: ThumbnailEngine) -> frozenset[str]:
        """The cases that the docs list as a difference of this engine."""
        return frozenset(kind for name, kind in DIFFERENCES if name == engine.name)
