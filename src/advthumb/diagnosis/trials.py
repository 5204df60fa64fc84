"""What each engine can really do on this machine, found out by trying it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from advthumb import conf
from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import ALIASES, PREVIEWS, engine
from advthumb.engines.samples import SAMPLES, sample_for
from advthumb.exceptions import EngineUnavailable

from .hazards import bad_versions

_SIDE = 8


@dataclass(frozen=True)
class EngineReport:
    """The facts about one engine.

    Attributes:
        engine: Its alias, dotted path or options, as a setting names it.
        in_use: Whether ADVANCE_THUMBNAIL_ENGINE names it.
        problem: Why it is not available and what to install; empty if it is available.
        versions: The versions of its library and codecs.
        reads: The formats of which it rendered a sample.
        untried: The formats that it claims to read, but of which there is no sample.
        writes: The output formats that it wrote, and read back if it reads them.
        warnings: What should be checked by a person.
    """

    engine: str
    in_use: bool
    problem: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[ImageFormat, ...] = ()
    untried: tuple[ImageFormat, ...] = ()
    writes: tuple[ImageFormat, ...] = ()
    warnings: tuple[str, ...] = ()


def references() -> dict[str, conf.EngineReference]:
    """Return all aliases and all other engines that the settings name, by the name to print."""
    named = {_name(reference): reference for reference in conf.engines()}
    return {alias: alias for alias in [*ALIASES, *PREVIEWS]} | named


def report(name: str, reference: conf.EngineReference) -> EngineReport:
    """Try one engine."""
    in_use = name in map(_name, conf.engines())
    try:
        found = engine(reference)
    except EngineUnavailable as error:
        return EngineReport(name, in_use, problem=str(error))
    warnings = [message.msg for message in found.check()]
    reads = _that_work(found.reads & SAMPLES.keys(), found, _read, warnings)
    writes = _that_work(found.writes & OUTPUTS.keys(), found, _write, warnings)
    return EngineReport(
        name,
        in_use,
        versions=dict(found.versions()),
        reads=reads,
        untried=tuple(sorted(found.reads - SAMPLES.keys())),
        writes=writes,
        warnings=(*warnings, *bad_versions(found.versions())),
    )


def _name(reference: conf.EngineReference) -> str:
    if isinstance(reference, str):
        return reference
    options = reference.get("OPTIONS")
    return f"{reference.get('BACKEND')} {options}" if options else str(reference.get("BACKEND"))


def _that_work(
    listed: Iterable[ImageFormat],
    found: ThumbnailEngine,
    attempt: Callable[[ThumbnailEngine, ImageFormat], None],
    warnings: list[str],
) -> tuple[ImageFormat, ...]:
    """Return the formats with which an attempt succeeds; add a warning for each of the others."""
    working = []
    for image_format in sorted(listed):
        try:
            attempt(found, image_format)
        except ThumbnailError as error:
            warnings.append(f"{image_format} is listed but does not work: {error}")
        else:
            working.append(image_format)
    return tuple(working)


def _read(found: ThumbnailEngine, image_format: ImageFormat) -> None:
    _render(found, sample_for(found.reads, image_format), image_format, ImageFormat.PNG)


def _write(found: ThumbnailEngine, image_format: ImageFormat) -> None:
    source = ImageFormat.PNG if ImageFormat.PNG in found.reads else min(found.reads & SAMPLES.keys())
    written = _render(found, sample_for(found.reads, source), source, image_format)
    if image_format in found.reads:
        _render(found, written.data, image_format, ImageFormat.PNG)


def _render(
    found: ThumbnailEngine, data: bytes, source: ImageFormat, output: ImageFormat
) -> RenderedThumbnail:
    info = found.probe(data, source)
    spec = ThumbnailSpec(width=_SIDE, height=_SIDE, format=output)
    [thumbnail] = found.render(data, info, [plan(spec, info)])
    return thumbnail
