"""The engine contract as a class of tests; `engines/base.py` has the numbered clauses.

    from advthumb.testing import EngineContract

    class TestMyEngine(EngineContract):
        engine_under_test = "mysite.engines.MyEngine"

It needs pytest and numpy (the extra `testing`). Every picture is made in code.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from advthumb.conf import EngineReference
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.pipeline import PipelineEngine

from .abilities import lacking, needs
from .clause_01_size import SizeClause
from .clause_02_orientation import OrientationClause
from .clause_03_colour import ColourClause
from .clause_04_depth import DepthClause
from .clause_05_alpha import AlphaClause
from .clause_06_filter import FilterClause
from .clause_07_format import FormatClause
from .clause_08_metadata import MetadataClause
from .clause_09_errors import ErrorsClause
from .clause_10_limits import LimitsClause
from .clause_11_threads import ThreadsClause
from .clause_12_globals import GlobalsClause
from .clause_13_one_decode import OneDecodeClause
from .clause_14_frames import FramesClause
from .clause_15_capabilities import CapabilitiesClause
from .clause_16_isolation import IsolationClause
from .clause_17_animation import AnimationClause
from .clause_18_header import HeaderClause
from .clause_19_samples import SamplesClause
from .clause_20_raw import RawClause
from .clause_21_preview import PreviewClause
from .clause_22_attention import AttentionClause
from .watch import Watched


class EngineContract(
    SizeClause,
    OrientationClause,
    ColourClause,
    DepthClause,
    AlphaClause,
    FilterClause,
    FormatClause,
    MetadataClause,
    ErrorsClause,
    LimitsClause,
    ThreadsClause,
    GlobalsClause,
    OneDecodeClause,
    FramesClause,
    CapabilitiesClause,
    IsolationClause,
    AnimationClause,
    HeaderClause,
    SamplesClause,
    RawClause,
    PreviewClause,
    AttentionClause,
):
    """Every clause of the contract as tests; subclass it and name your engine.

    A test that needs a format which the engine does not list is skipped, with a message. If your library
    cannot pass a test, set `test_of_that_name = None` in your class, and give the reason in a comment.

    Attributes:
        engine_under_test: The engine as `ADVANCE_THUMBNAIL_ENGINE` names it: a dotted path, or a mapping
            with its options.
        may_be_refused: The kinds of samples that your library cannot hold, so that your engine may refuse
            them as `unsupported`. Possible values are `"32-bit grey TIFF"` and `"float grey TIFF"`.
    """

    engine_under_test: ClassVar[EngineReference]
    may_be_refused: ClassVar[frozenset[str]] = frozenset()

    @pytest.fixture
    def engine(self) -> ThumbnailEngine:
        """Return the engine, the same for all tests."""
        return registry.engine(self.engine_under_test)

    @pytest.fixture
    def pipeline(self, engine: ThumbnailEngine) -> PipelineEngine[Any]:
        """Return the engine, or skip the test if the engine's steps cannot be observed."""
        if not isinstance(engine, PipelineEngine):
            pytest.skip(f"the {engine.name} engine renders as a whole: it is not a PipelineEngine")
        return engine

    @pytest.fixture(scope="class")
    @classmethod
    def watched(cls) -> Iterator[Watched]:
        """Return a child process with the engine, for hostile files. It starts slowly, so tests share it."""
        with Watched(cls.engine_under_test) as child:
            yield child

    @pytest.fixture
    def may_refuse(self) -> frozenset[str]:
        """Return the kinds of pictures that the engine may refuse."""
        return self.may_be_refused

    @pytest.fixture(autouse=True)
    def _for_able_engines(self, request: pytest.FixtureRequest) -> None:
        """Skip a test that needs a format which the engine does not list."""
        marks = needs(request.node)
        name = "pipeline" if "pipeline" in request.fixturenames else "engine"
        engine: ThumbnailEngine | None = request.getfixturevalue(name) if marks else None
        for mark in marks:
            if engine is not None and (formats := lacking(mark, engine, request.node)):
                pytest.skip(f"the {engine.name} engine does not list {', '.join(formats)} in `{mark.name}`")
