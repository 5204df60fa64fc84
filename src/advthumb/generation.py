"""Make and store the thumbnails of one source: planning, engine and storage, without the ORM."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from django.core.files.storage import Storage

from . import conf, storages
from .core.byte_limit import LOWEST_QUALITY
from .core.errors import ErrorCode, ThumbnailError
from .core.fingerprints import Fingerprint, SourceFacts, content_token, spec_token
from .core.limits import check_bytes
from .core.names import ThumbnailName, fitted_name, new_nonce, stem_of
from .core.rendered import RenderedThumbnail
from .core.set_planning import set_code
from .core.spec import ThumbnailSpec
from .engines.registry import isolated
from .file_facts import FileFacts  # noqa: TC001 - no type-only imports here
from .observing import UNNAMED, PhaseNotes, Subject, Watch
from .rendering import Recipe, Rendering, Renderings, by_engines, examine, render
from .storing import store

logger = logging.getLogger("advthumb")


@dataclass(frozen=True)
class Target(Recipe):
    """One thumbnail of a source: how it is made and where it is kept.

    Attributes:
        storage: Where thumbnails go.
        place: Adds the folder to a file name (`upload_to`).
        max_length: How many characters the column holds, None for no limit.
        subject: The field and the verdict, for observers.
    """

    storage: Storage
    place: Callable[[str], str]
    max_length: int | None
    subject: Subject = UNNAMED


def in_processes(target: Target, processes: int) -> Target:
    """Return the same target with engines that render in this many separate processes."""
    return replace(target, engines=tuple(isolated(reference, processes) for reference in target.engines))


class Phase(StrEnum):
    """A phase of the work on a thumbnail; the commands' JSON uses the same words."""

    READ = "read"
    """Its source is read from the storage."""
    RENDER = "render"
    """The source is decoded and the thumbnail made."""
    STORE = "store"
    """The thumbnail is written to its storage."""
    DATABASE = "database"
    """Rows are loaded and written."""


PhaseHook = Callable[[Phase], AbstractContextManager[object]]
"""Called at the start of each phase; returns a context manager that can time or throttle the phase."""


def unobserved(_phase: Phase) -> AbstractContextManager[object]:
    """Neither time nor throttle a phase."""
    return nullcontext()


class StoredThumbnail(NamedTuple):
    """A thumbnail that is in its storage.

    Attributes:
        name: The name that the storage gave to its main file.
        fingerprint: What it was made from.
        named: Whether the name still carries the fingerprint and the nonce that were asked for, so that no
            other file ever had it. If not, the fingerprint must be kept elsewhere.
        bytes: The length of its file, or of all files of its set.
        thumbhash: Its ThumbHash as text, empty if the spec does not want one.
    """

    name: str
    fingerprint: Fingerprint
    named: bool
    bytes: int = 0
    thumbhash: str = ""


class Generated(NamedTuple):
    """The result for one target.

    Attributes:
        outcome: The stored thumbnail, or the error.
        seconds: How long it took to read, render and store. Targets that were rendered together share the
            time of reading and rendering. Waiting for other sources is not counted.
    """

    outcome: StoredThumbnail | ThumbnailError
    seconds: float


_NONE_RENDERED: Renderings = MappingProxyType({})


class Source:
    """A source in its storage. It is checked and read once, for any number of thumbnails.

    Args:
        storage: Where it is.
        name: Its name there.
        data: Its bytes, if they are already in memory.
        rendered: What was already rendered from these bytes.

    Attributes:
        file: What its storage reports about it, None before the first check.
        rendered: What was already rendered from its bytes, for example when an upload was validated.
    """

    def __init__(
        self,
        storage: Storage,
        name: str,
        data: bytes | None = None,
        rendered: Renderings = _NONE_RENDERED,
    ) -> None:
        self.storage = storage
        self.name = name
        self.file: FileFacts | None = None
        self.rendered = rendered
        self._data = data
        self._facts = SourceFacts(name)

    def read(self) -> bytes:
        """Return the bytes; they are read from the storage the first time.

        Raises:
            ThumbnailError: `storage` or `too-large`.
        """
        limit = conf.max_source_bytes()
        if self._data is None:
            size = storages.size_of_local_file(self.storage, self.name)
            self._check_size(size)
            self._data = storages.read(self.storage, self.name, limit, self._check_size)
        check_bytes(len(self._data), limit)
        return self._data

    def _check_size(self, size: int | None) -> None:
        """Refuse a file that is too large before it is read, if its size is known."""
        self._facts = SourceFacts(self.name, size)
        check_bytes(size or 0, conf.max_source_bytes())

    def drop(self) -> None:
        """Release the bytes. If they are needed again, they are read from the storage again."""
        self._data = None
        self.rendered = _NONE_RENDERED
        self._facts = SourceFacts(self.name)

    def facts(self) -> SourceFacts:
        """Return what is known without a storage call: size and content, once the source was read."""
        if self._facts.content is None and self._data is not None:
            token = content_token(self._data)
            self._facts = SourceFacts(self.name, len(self._data), token)
        return self._facts


def generate(source: Source, targets: Sequence[Target], during: PhaseHook = unobserved) -> list[Generated]:
    """Render a source once and store a thumbnail for every target.

    Args:
        source: The source.
        targets: The thumbnails to make.
        during: Called at the start of each phase; returns a context manager.

    Returns:
        For each target, in order, the stored thumbnail or the error.
    """
    outcomes: dict[int, Generated] = {}
    for members in by_engines(targets):
        watch = Watch([target.subject for target in members.values()])
        try:
            outcomes |= _generate_with_one_engine(source, members, during, watch)
        except ThumbnailError as error:
            outcomes |= dict.fromkeys(members, Generated(error, watch.seconds))
    return [outcomes[number] for number in range(len(targets))]


def _generate_with_one_engine(
    source: Source, targets: Mapping[int, Target], during: PhaseHook, watch: Watch
) -> dict[int, Generated]:
    with during(Phase.READ), watch.phase(Phase.READ) as notes:
        data = notes.source = source.read()
        notes.bytes = len(data)
    with during(Phase.RENDER), watch.phase(Phase.RENDER) as notes:
        notes.source = data
        rendered = _rendered(data, targets, source.rendered)
        _note(notes, rendered)
    with during(Phase.STORE):
        return {
            number: _store(source, targets[number], made, watch.seconds) for number, made in rendered.items()
        }


def _note(notes: PhaseNotes, rendered: Mapping[int, Rendering]) -> None:
    """Note the engine, the error and the length of renderings, for observers."""
    for each in rendered.values():
        notes.engine = notes.engine or each.engine
        if isinstance(each.outcome, ThumbnailError):
            notes.error = notes.error or str(each.outcome.code)
        else:
            notes.bytes += each.outcome.bytes


def _rendered(data: bytes, targets: Mapping[int, Target], before: Renderings) -> dict[int, Rendering]:
    """Return the rendering of every target; those that are not ready are rendered with one decode."""
    ready = {number: before[target.key] for number, target in targets.items() if target.key in before}
    due = {number: target for number, target in targets.items() if number not in ready}
    if due:
        engines = next(iter(due.values())).engines
        engine, info = examine(data, engines, animated=any(each.spec.animated for each in due.values()))
        ready |= render(data, due, engine, info)
    return ready


def _store(source: Source, target: Target, made: Rendering, seconds: float) -> Generated:
    thumbnail = made.outcome
    if isinstance(thumbnail, ThumbnailError):
        return Generated(thumbnail, seconds)
    watch = Watch([target.subject], seconds)
    try:
        with watch.phase(Phase.STORE) as notes:
            notes.engine, notes.format = made.engine, str(thumbnail.format)
            stored = _stored(source, target, thumbnail, made.revision)
            notes.bytes = stored.bytes
    except ThumbnailError as error:
        return Generated(error, watch.seconds)
    return Generated(stored, watch.seconds)


def _stored(source: Source, target: Target, thumbnail: RenderedThumbnail, revision: int) -> StoredThumbnail:
    """Write all files of a thumbnail to its storage.

    Raises:
        ThumbnailError: `storage`.
    """
    for each in (thumbnail, *thumbnail.siblings):
        _warn_of_bytes(source.name, target.spec, each)
    token = spec_token(target.spec, thumbnail.format, revision)
    point = "" if target.spec.focus is None else str(target.spec.focus)
    fingerprint = Fingerprint.of(token, source.facts()._replace(point=point))
    wanted = ThumbnailName(
        stem_of(source.name),
        thumbnail.size,
        fingerprint,
        thumbnail.format,
        new_nonce(),
        set_code(thumbnail),
        colour=thumbnail.colour if target.spec.colour else None,
    )
    with storages.storage_errors("naming the thumbnail"):
        name = fitted_name(wanted, target.place, target.max_length)
    name = store(target.storage, name, thumbnail, target.max_length)
    parsed = ThumbnailName.parse(name)
    named = parsed is not None and (parsed.fingerprint, parsed.nonce) == (fingerprint, wanted.nonce)
    hashed = thumbnail.thumbhash if target.spec.thumbhash else ""
    return StoredThumbnail(name, fingerprint, named, thumbnail.bytes, hashed)


def _warn_of_bytes(source: str, spec: ThumbnailSpec, thumbnail: RenderedThumbnail) -> None:
    """Log that a thumbnail is larger than the spec allows, and why it cannot be smaller."""
    length = len(thumbnail.data)
    if spec.max_bytes is None or length <= spec.max_bytes:
        return
    if spec.encoding(thumbnail.format).max_bytes is None:
        why = "is lossless, so its quality cannot be lowered"
    else:
        why = f"cannot be made smaller, because the quality is not lowered below {LOWEST_QUALITY}"
    logger.warning(
        "The thumbnail of %r (%s, %s px) has %d bytes, more than max_bytes=%d: it %s. It is kept.",
        source,
        thumbnail.format,
        thumbnail.size,
        length,
        spec.max_bytes,
        why,
    )


def is_lasting(error: ThumbnailError) -> bool:
    """Return whether the same source would fail again.

    Errors of storages and engines can pass. So can a lack of time or memory in this process.
    """
    return not error.for_now and error.code in {ErrorCode.UNSUPPORTED, ErrorCode.TOO_LARGE, ErrorCode.CORRUPT}
