"""One source, n stored thumbnails: planning, engine and storage brought together, without ORM."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from django.core.files.storage import Storage

from . import conf, large_decodes, storages
from .core.byte_limit import LOWEST_QUALITY
from .core.errors import ErrorCode, ThumbnailError
from .core.fingerprints import Fingerprint, SourceFacts, content_token, spec_token
from .core.images import RenderedThumbnail, RenderPlan, SourceInfo
from .core.limits import check_bytes, check_memory, check_pixels, decoded_size
from .core.names import ThumbnailName, fitted_name, new_nonce, stem_of
from .core.planning import largest_floor, plan
from .core.sniffing import admit
from .core.spec import ThumbnailSpec
from .engines.base import ThumbnailEngine
from .engines.registry import isolated, probed
from .file_facts import FileFacts  # noqa: TC001 - no import is for types only in here

logger = logging.getLogger("advthumb")


@dataclass(frozen=True, slots=True)
class Target:
    """One thumbnail of a source: what is wanted and where it is kept.

    Attributes:
        spec: What is wanted.
        storage: Where thumbnails go.
        place: Adds the folder to a file name (`upload_to`).
        max_length: Characters that the column holds, None for any number.
        engines: Engine references, in the order they are asked.
    """

    spec: ThumbnailSpec
    storage: Storage
    place: Callable[[str], str]
    max_length: int | None
    engines: tuple[conf.EngineReference, ...]


def in_processes(target: Target, processes: int) -> Target:
    """Return the same target with engines that render in so many processes of their own."""
    return replace(target, engines=tuple(isolated(reference, processes) for reference in target.engines))


class Phase(StrEnum):
    """What is being done for a thumbnail; the same words in the commands' JSON."""

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
    """A thumbnail that lies in its storage.

    Attributes:
        name: The name that the storage gave it.
        fingerprint: What it was made of.
        named: Whether it is the name that was asked for, which carries the fingerprint and no other file
            ever had; if not, the fingerprint must be kept elsewhere.
    """

    name: str
    fingerprint: Fingerprint
    named: bool


class Source:
    """A source in its storage, looked at and read at most once, for however many thumbnails.

    Args:
        storage: Where it is.
        name: Its name there.
        data: Its bytes, where they are in hand already.

    Attributes:
        file: What its storage says of it, None until somebody looked.
    """

    def __init__(self, storage: Storage, name: str, data: bytes | None = None) -> None:
        self.storage = storage
        self.name = name
        self.file: FileFacts | None = None
        self._data = data
        self._facts = SourceFacts(name)

    def read(self) -> bytes:
        """Return the bytes, from the storage the first time.

        Raises:
            ThumbnailError: `storage` or `too-large`.
        """
        limit = conf.max_source_bytes()
        if self._data is None:
            size = storages.size_of_local_file(self.storage, self.name)
            self._facts = SourceFacts(self.name, size)
            check_bytes(size or 0, limit)
            self._data = storages.read(self.storage, self.name, limit)
        check_bytes(len(self._data), limit)
        return self._data

    def drop(self) -> None:
        """Let go of the bytes. Where they are needed, they are read from the storage again."""
        self._data = None
        self._facts = SourceFacts(self.name)

    def facts(self) -> SourceFacts:
        """Return what is known without another call: size and content once it was read."""
        if self._facts.content is None and self._data is not None:
            token = content_token(self._data)
            self._facts = SourceFacts(self.name, len(self._data), token)
        return self._facts


def generate(
    source: Source, targets: Sequence[Target], during: PhaseHook = unobserved
) -> list[StoredThumbnail | ThumbnailError]:
    """Render a source once and store a thumbnail for every target.

    Args:
        source: The source.
        targets: What is wanted of it.
        during: Is asked for a context for every phase.

    Returns:
        For each target, in order, what was stored or why nothing was.
    """
    outcomes: dict[int, StoredThumbnail | ThumbnailError] = {}
    by_engines: dict[str, dict[int, Target]] = {}
    for number, target in enumerate(targets):
        by_engines.setdefault(repr(target.engines), {})[number] = target
    for members in by_engines.values():
        try:
            outcomes |= _generate_with_one_engine(source, members, during)
        except ThumbnailError as error:
            outcomes |= dict.fromkeys(members, error)
    return [outcomes[number] for number in range(len(targets))]


def examine(
    data: bytes, engines: Sequence[conf.EngineReference], *, animated: bool = False
) -> tuple[ThumbnailEngine, SourceInfo]:
    """Let a source pass every check before a decoder; return who renders it, and what its header says.

    Args:
        data: The whole file.
        engines: Engine references, in the order they are asked.
        animated: Whether its frames are counted.

    Raises:
        EngineUnavailable: An engine that had to be asked is not available.
        ThumbnailError: The source is refused.
    """
    check_bytes(len(data), conf.max_source_bytes())
    image_format = admit(data, conf.allowed_formats())
    frames = conf.max_frames() if animated else 1
    engine, info = probed(data, image_format, engines, frames)
    check_pixels(info, conf.max_source_pixels())
    return engine, info


def _generate_with_one_engine(
    source: Source, targets: dict[int, Target], during: PhaseHook
) -> dict[int, StoredThumbnail | ThumbnailError]:
    with during(Phase.READ):
        data = source.read()
    with during(Phase.RENDER):
        rendered, revision = _rendered(data, targets)
    with during(Phase.STORE):
        return {
            number: made
            if isinstance(made, ThumbnailError)
            else _store(source, targets[number], made, revision)
            for number, made in rendered.items()
        }


def _rendered(
    data: bytes, targets: dict[int, Target]
) -> tuple[dict[int, RenderedThumbnail | ThumbnailError], int]:
    """Decode a source once; return what came of every target, and the revision of the engine."""
    animated = any(target.spec.animated for target in targets.values())
    engine, info = examine(data, next(iter(targets.values())).engines, animated=animated)
    outcomes: dict[int, RenderedThumbnail | ThumbnailError] = {}
    plans: dict[int, RenderPlan] = {}
    for number, target in targets.items():
        try:
            planned = plan(target.spec, info, engine.shrink_margin)
            engine.check_writable(planned)
            plans[number] = planned
        except ThumbnailError as error:
            outcomes[number] = error
    if plans:
        floor = largest_floor(plans.values())
        pixel_bytes = engine.pixel_bytes.get(info.format, 0)
        check_memory(info, floor, conf.max_source_memory(), pixel_bytes)
        # The memory of an isolated engine is not that of this process.
        pixels = 0 if engine.isolated else decoded_size(info, floor).pixels
        with large_decodes.turn(pixels):
            outcomes |= zip(plans, engine.render(data, info, list(plans.values())), strict=True)
    return outcomes, engine.revision


def _store(
    source: Source, target: Target, thumbnail: RenderedThumbnail, engine_revision: int
) -> StoredThumbnail | ThumbnailError:
    _warn_of_bytes(source.name, target.spec, thumbnail)
    token = spec_token(target.spec, thumbnail.format, engine_revision)
    fingerprint = Fingerprint.of(token, source.facts())
    wanted = ThumbnailName(stem_of(source.name), thumbnail.size, fingerprint, thumbnail.format, new_nonce())
    try:
        with storages.storage_errors("naming the thumbnail"):
            name = fitted_name(wanted, target.place, target.max_length)
        name = storages.write(target.storage, name, thumbnail.data, target.max_length)
    except ThumbnailError as error:
        return error
    parsed = ThumbnailName.parse(name)
    named = parsed is not None and (parsed.fingerprint, parsed.nonce) == (fingerprint, wanted.nonce)
    return StoredThumbnail(name, fingerprint, named)


def _warn_of_bytes(source: str, spec: ThumbnailSpec, thumbnail: RenderedThumbnail) -> None:
    """Log that a thumbnail is larger than the spec allows, and why it cannot be smaller."""
    length = len(thumbnail.data)
    if spec.max_bytes is None or length <= spec.max_bytes:
        return
    if spec.encoding(thumbnail.format).max_bytes is None:
        why = "is written without loss, so no quality can be lowered"
    else:
        why = f"is as small as the quality makes it, which is not lowered below {LOWEST_QUALITY}"
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

    Not so for storages and engines, nor where the time or the memory of this process ran out.
    """
    return not error.for_now and error.code in {ErrorCode.UNSUPPORTED, ErrorCode.TOO_LARGE, ErrorCode.CORRUPT}
