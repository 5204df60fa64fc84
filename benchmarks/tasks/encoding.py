"""Writing thumbnails with different encoder options: sources already have the size of their thumbnails."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings

from advthumb import conf
from advthumb.core.formats import OUTPUTS, Effort, ImageFormat
from advthumb.core.planning import plan
from advthumb.core.set_planning import plan_set
from advthumb.core.spec import ThumbnailSpec
from advthumb.rendering import examine
from tasks import Answer, timed, write_all

_SIDE = 800


def encode(
    _contender: ModuleType, sources: Sequence[str], image_format: str, options: Mapping[str, Any]
) -> Answer:
    """Time the thumbnails of these sources."""
    pictures, spec = _read(sources), _spec(image_format, options)
    return timed(lambda: _written(pictures, spec))


def show(
    _contender: ModuleType, sources: Sequence[str], image_format: str, options: Mapping[str, Any]
) -> Answer:
    """Return the paths of the same thumbnails."""
    spec = _spec(image_format, options)
    suffix = OUTPUTS[ImageFormat(image_format)].extension
    return {"made": write_all(_written(_read(sources), spec), settings.FILE_UPLOAD_TEMP_DIR, suffix)}


def encode_set(_contender: ModuleType, source: str, effort: str) -> Answer:
    """Time a responsive set of four widths in three formats."""
    [data] = _read([source])
    spec = ThumbnailSpec(
        width=800,
        height=None,
        format=ImageFormat.JPEG,
        widths=(400, 1200, 1600),
        further_formats=(ImageFormat.AVIF, ImageFormat.WEBP),
        effort=Effort(effort),
    )

    def made() -> None:
        engine, info = examine(data, conf.engines())
        engine.render(data, info, plan_set(spec, info, engine.shrink_margin))

    return timed(made)


def _read(sources: Sequence[str]) -> list[bytes]:
    return [Path(source).read_bytes() for source in sources]


def _spec(image_format: str, options: Mapping[str, Any]) -> ThumbnailSpec:
    effort = Effort(options.get("effort", Effort.BALANCED))
    wanted = {**options, "effort": effort, "format": ImageFormat(image_format)}
    return ThumbnailSpec(width=_SIDE, height=_SIDE, **wanted)


def _written(pictures: Sequence[bytes], spec: ThumbnailSpec) -> list[bytes]:
    made = []
    for data in pictures:
        engine, info = examine(data, conf.engines())
        [thumbnail] = engine.render(data, info, [plan(spec, info, engine.shrink_margin)])
        made.append(thumbnail.data)
    return made
