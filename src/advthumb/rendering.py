"""Render the thumbnails of one source: checks before any decoder, planning and engine, without storage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from . import conf, large_decodes
from .core.errors import ThumbnailError
from .core.images import RenderPlan, SourceInfo
from .core.limits import check_bytes, check_memory, check_pixels, decoded_size
from .core.planning import largest_floor
from .core.rendered import RenderedThumbnail
from .core.set_planning import plan_set
from .core.sniffing import admit
from .core.spec import ThumbnailSpec
from .engines.base import ThumbnailEngine
from .engines.registry import engine as loaded
from .engines.registry import probed
from .processing import Processor


@dataclass(frozen=True)
class Recipe:
    """How one thumbnail of a source is made.

    Attributes:
        spec: What is wanted.
        engines: Engine references, in the order in which they are asked.
        processors: What changes the finished thumbnail; `spec.processors` represents them.
    """

    spec: ThumbnailSpec
    engines: tuple[conf.EngineReference, ...]
    processors: tuple[Processor, ...] = field(default=(), kw_only=True)

    @property
    def key(self) -> tuple[ThumbnailSpec, str]:
        """A key that two recipes share if they make the same thumbnail of a source."""
        return self.spec, repr(self.engines)


RecipeT = TypeVar("RecipeT", bound=Recipe)


class Rendering(NamedTuple):
    """The result of rendering a recipe.

    Attributes:
        outcome: The thumbnail, or the error.
        revision: The revision of the engine.
        engine: The name of the engine; empty if none was chosen.
    """

    outcome: RenderedThumbnail | ThumbnailError
    revision: int = 1
    engine: str = ""


Renderings = Mapping[tuple[ThumbnailSpec, str], Rendering]
"""Renderings of one source by the keys of their recipes."""


def bytes_of(renderings: Renderings) -> int:
    """Return how many bytes the thumbnails among the renderings have together."""
    outcomes = [rendering.outcome for rendering in renderings.values()]
    return sum(each.bytes for each in outcomes if isinstance(each, RenderedThumbnail))


def by_engines(recipes: Sequence[RecipeT]) -> list[dict[int, RecipeT]]:
    """Return the recipes, by their number, grouped by engines: one decode serves a group."""
    groups: dict[str, dict[int, RecipeT]] = {}
    for number, recipe in enumerate(recipes):
        groups.setdefault(repr(recipe.engines), {})[number] = recipe
    return list(groups.values())


def examine(
    data: bytes, engines: Sequence[conf.EngineReference], *, animated: bool = False
) -> tuple[ThumbnailEngine, SourceInfo]:
    """Run every check that comes before a decoder; return the engine for a source, and what its header says.

    Args:
        data: The whole file.
        engines: Engine references, in the order in which they are asked.
        animated: Whether its frames are counted.

    Raises:
        EngineUnavailable: An engine that had to be asked is not available.
        ThumbnailError: The source is refused.
    """
    engine, info = identify(data, engines, animated=animated)
    check_pixels(info, conf.max_source_pixels())
    return engine, info


def identify(
    data: bytes, engines: Sequence[conf.EngineReference], *, animated: bool = False
) -> tuple[ThumbnailEngine, SourceInfo]:
    """Return the engine for a source, and what its header says, without a limit on its pixels.

    The arguments and errors are those of `examine`.
    """
    check_bytes(len(data), conf.max_source_bytes())
    image_format = admit(data, conf.allowed_formats())
    return probed(data, image_format, engines, conf.max_frames() if animated else 1)


def render(
    data: bytes, recipes: Mapping[int, Recipe], engine: ThumbnailEngine, info: SourceInfo
) -> dict[int, Rendering]:
    """Decode a source once, and return the rendering of every recipe, with all files of its set.

    Args:
        data: The whole file.
        recipes: Recipes with the same engines, by number.
        engine: The one of these engines that renders.
        info: What the header says.

    Raises:
        ThumbnailError: Nothing could be rendered.
    """
    outcomes: dict[int, RenderedThumbnail | ThumbnailError] = {}
    planned: dict[int, list[RenderPlan]] = {}
    for number, recipe in recipes.items():
        try:
            plans = plan_set(recipe.spec, info, engine.shrink_margin)
            for each in plans:
                writer(recipe.spec, engine).check_writable(each)
            planned[number] = plans
        except ThumbnailError as error:
            outcomes[number] = error
    if planned:
        made = _rendered(data, planned, engine, info)
        outcomes |= {
            number: _finished(made[number], plans, recipes[number].processors)
            for number, plans in planned.items()
        }
    return {number: Rendering(outcome, engine.revision, engine.name) for number, outcome in outcomes.items()}


def writer(spec: ThumbnailSpec, engine: ThumbnailEngine) -> ThumbnailEngine:
    """Return the engine that encodes a thumbnail: Pillow if there are processors, so that all engines agree.

    Args:
        spec: What is wanted.
        engine: The engine that renders.
    """
    return loaded("pillow") if spec.processors else engine


def _rendered(
    data: bytes, planned: Mapping[int, Sequence[RenderPlan]], engine: ThumbnailEngine, info: SourceInfo
) -> dict[int, list[RenderedThumbnail]]:
    """Render all files of all sets with one decode, and return the files of each set by its number.

    Raises:
        ThumbnailError: Nothing could be rendered.
    """
    together = [each for plans in planned.values() for each in plans]
    floor = largest_floor(together)
    pixel_bytes = engine.pixel_bytes.get(info.format, 0)
    check_memory(info, floor, conf.max_source_memory(), pixel_bytes)
    # An isolated engine does not use the memory of this process.
    pixels = 0 if engine.isolated else decoded_size(info, floor).pixels
    with large_decodes.turn(pixels):
        made = iter(engine.render(data, info, together))
    return {number: [next(made) for _ in plans] for number, plans in planned.items()}


def _finished(
    files: Sequence[RenderedThumbnail], plans: Sequence[RenderPlan], processors: Sequence[Processor]
) -> RenderedThumbnail | ThumbnailError:
    """Return the thumbnail with the other files of its set, after the processors, if there are any."""
    if processors:
        from .finishing import finished  # loads Pillow, which most processes with another engine never need

        try:
            files = finished(files, plans, processors)
        except ThumbnailError as error:
            return error
    main, *siblings = files
    return replace(main, siblings=tuple(siblings))
