"""Checks of engines: whether they can be used, and whether they can write what a field asks for."""

from collections.abc import Callable, Iterator, Sequence

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from advthumb import conf
from advthumb.core.formats import ImageFormat
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import engine
from advthumb.fields.column import ThumbnailColumn
from advthumb.rendering import writer


def check_engines(
    references: Callable[[], Sequence[conf.EngineReference]], field: ThumbnailColumn | None = None
) -> list[checks.CheckMessage]:
    """Check that engines can be used, and return what they report about themselves.

    Args:
        references: Returns the engines, or raises `ImproperlyConfigured`.
        field: The field that names them, None if the settings do.
    """
    try:
        found = [engine(reference) for reference in references()]
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), obj=field, id="advthumb.E004")]
    return [message for one in found for message in one.check()]


def check_output(field: ThumbnailColumn) -> Iterator[checks.CheckMessage]:
    """Check that every engine that may render a field can write what the field asks for."""
    try:
        spec = field.spec
        found = [engine(reference) for reference in field.engines]
    except ImproperlyConfigured:
        return  # the checks of settings and engines report it
    writers = list(dict.fromkeys(writer(spec, one) for one in found))
    for image_format in filter(None, (spec.format, *spec.further_formats)):
        yield from _check_format(field, image_format, writers)
    still = [one.name for one in found if spec.animated and not _animates(one, spec)]
    if still:
        yield checks.Warning(
            f"animated=True: the engine {', '.join(still)} cannot animate {spec.format or 'pictures'}.",
            hint="Its thumbnails show the first frame. Choose GIF, WEBP or PNG, and an engine that can.",
            obj=field,
            id="advthumb.W002",
        )


def _check_format(
    field: ThumbnailColumn, image_format: ImageFormat, writers: Sequence[ThumbnailEngine]
) -> Iterator[checks.CheckMessage]:
    pillow = " With processors, Pillow writes the thumbnails." if field.processors else ""
    unable = [one.name for one in writers if image_format not in one.writes]
    if unable:
        yield checks.Error(
            f"the engine {', '.join(unable)} cannot write {image_format} here.",
            hint=f"Choose another format or engine, or install a build that has the encoder.{pillow}",
            obj=field,
            id="advthumb.E009",
        )
    asked = field.spec.encoding(image_format).lossless
    lossy = [one.name for one in writers if asked and image_format not in one.lossless]
    if lossy:
        yield checks.Error(
            f"lossless=True: the engine {', '.join(lossy)} cannot write {image_format} without loss.",
            hint=f"Choose WEBP or PNG, or another engine, or leave out lossless=True.{pillow}",
            obj=field,
            id="advthumb.E009",
        )


def _animates(one: ThumbnailEngine, spec: ThumbnailSpec) -> bool:
    """Return whether an engine keeps frames at all, and what encodes its thumbnails can write them."""
    return bool(one.animates) and not writer(spec, one).animates.isdisjoint(spec.formats)
