"""An assertion about a thumbnail for tests."""

from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS

from advthumb import conf, storages
from advthumb.core import containers
from advthumb.core.detection import Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.core.sniffing import admit
from advthumb.fields.arguments import FormatName, Sides
from advthumb.fields.files import ThumbnailFieldFile, stored_name
from advthumb.generation import Source


def assert_thumbnail(
    thumbnail: object,
    *,
    size: Sides | None = None,
    format: FormatName | None = None,  # noqa: A002 - the same word as the field's
    fresh: bool = True,
) -> None:
    """Fail unless a row has this thumbnail, and its file is in the storage.

    Args:
        thumbnail: The attribute of an instance, such as `product.thumbnail`.
        size: Its (width, height) in pixels, read from the file. Use None for a side that may have any length.
        format: Its format, read from the file.
        fresh: Whether it must be made from the current source, with the current arguments and settings.

    Raises:
        AssertionError: Something differs; the message lists all differences.
        TypeError: `thumbnail` is not the attribute of a thumbnail field.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    if not isinstance(thumbnail, ThumbnailFieldFile):
        msg = (
            f"assert_thumbnail: {thumbnail!r} is of type {type(thumbnail).__name__}; give the attribute of "
            "an instance, such as product.thumbnail"
        )
        raise TypeError(msg)
    problems = list(_problems(thumbnail, size, format, fresh=fresh))
    if problems:
        instance = thumbnail.instance
        where = f"{type(instance).__name__}(pk={instance.pk!r}).{thumbnail.field.name}"
        raise AssertionError(f"{where}: " + "; ".join(problems))


def _problems(
    thumbnail: ThumbnailFieldFile, size: Sides | None, wanted: str | None, *, fresh: bool
) -> Iterator[str]:
    name, source = stored_name(thumbnail), _source(thumbnail)
    of = f"its source is {source.name!r}" if source else "it has no source"
    inspector = thumbnail.field.inspector(thumbnail.instance._state.db or DEFAULT_DB_ALIAS, conf.AUTO)
    record = thumbnail.field.fingerprint_field
    kept = getattr(thumbnail.instance, record) if record else ""
    point = thumbnail.field.point_of(thumbnail.instance)
    found = inspector.assess(source, name, kept or "", point=point)
    if not name:
        yield f"there is no thumbnail ({found.verdict}: {found.reason}); {of}"
        return
    try:
        with storages.storage_errors(f"reading {name!r}"), thumbnail.storage.open(name) as file:
            data = file.read()
        image_format = admit(data)
        info = containers.read(data, image_format)
    except ThumbnailError as error:
        yield f"its file cannot be read: {error}"
        return
    if size is not None and any(
        expected not in (None, side) for expected, side in zip(size, info.display_size, strict=True)
    ):
        yield f"{name!r} is {info.display_size} px, expected {_in_words(size)}"
    if wanted is not None and conf.parse_output_format(wanted, "assert_thumbnail: format") != image_format:
        yield f"{name!r} is {image_format}, expected {wanted}"
    if fresh and found.verdict is not Verdict.FRESH:
        yield f"{name!r} is not fresh ({found.verdict}: {found.reason}); {of}"


def _source(thumbnail: ThumbnailFieldFile) -> Source | None:
    file = getattr(thumbnail.instance, thumbnail.field.source_field.attname)
    name = stored_name(file)
    return Source(file.storage, name) if name else None


def _in_words(size: Sides) -> str:
    return "x".join("any" if side is None else str(side) for side in size) + " px"
