"""An assertion about a thumbnail for tests."""

from collections.abc import Iterable, Iterator

from django.core.files.storage import Storage
from django.db import DEFAULT_DB_ALIAS

from advthumb import conf, storages
from advthumb.core import containers
from advthumb.core.detection import Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.core.images import SourceInfo
from advthumb.core.names import Member, members
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
    """Fail unless a row has this thumbnail, and its files are in the storage: all those of its set.

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
        info = _header(thumbnail.storage, name)
    except ThumbnailError as error:
        yield f"its file cannot be read: {error}"
        return
    yield from _problems_of_siblings(thumbnail.storage, members(name)[1:])
    if size is not None and any(
        expected not in (None, side) for expected, side in zip(size, info.display_size, strict=True)
    ):
        yield f"{name!r} is {info.display_size} px, expected {_in_words(size)}"
    if wanted is not None and conf.parse_output_format(wanted, "assert_thumbnail: format") != info.format:
        yield f"{name!r} is {info.format}, expected {wanted}"
    if fresh and found.verdict is not Verdict.FRESH:
        yield f"{name!r} is not fresh ({found.verdict}: {found.reason}); {of}"


def _problems_of_siblings(storage: Storage, siblings: Iterable[Member]) -> Iterator[str]:
    for sibling in siblings:
        try:
            info = _header(storage, sibling.name)
        except ThumbnailError as error:
            yield f"a further file of its set cannot be read: {error}"
            continue
        found = f"{info.format}, {info.display_size.width} px wide"
        expected = f"{sibling.format}, {sibling.width} px wide"
        if found != expected:
            yield f"{sibling.name!r} is {found}, expected {expected}"


def _header(storage: Storage, name: str) -> SourceInfo:
    """Return what the header of a stored picture says.

    Raises:
        ThumbnailError: It cannot be read.
    """
    with storages.storage_errors(f"reading {name!r}"), storage.open(name) as file:
        data = file.read()
    return containers.read(data, admit(data))


def _source(thumbnail: ThumbnailFieldFile) -> Source | None:
    file = getattr(thumbnail.instance, thumbnail.field.source_field.attname)
    name = stored_name(file)
    return Source(file.storage, name) if name else None


def _in_words(size: Sides) -> str:
    return "x".join("any" if side is None else str(side) for side in size) + " px"
