"""Engines that render in sealed processes and nowhere else."""

from abc import ABC
from typing import ClassVar

from advthumb.conf import EngineReference

from .engine import MAX_PICTURES, MEMORY, TIMEOUT, IsolatedEngine


class SealedEngine(IsolatedEngine, ABC):
    """Has the engine `inside` render in sealed processes; rendering its samples must load all its parts.

    Args:
        timeout: Seconds that one picture may take from its header to its thumbnails, waiting for a free
            process included, before its process is killed.
        memory: Bytes of address space that a process may have.
        workers: How many processes there may be, None for one per CPU; threads beyond wait.
        max_pictures: How many pictures a process gets before another takes its place.
        shrink_margin: That of every engine.

    Raises:
        EngineUnavailable: The library of the engine inside is missing.
    """

    inside: ClassVar[EngineReference]
    """The engine in the processes, as a setting would name it."""

    def __init__(
        self,
        *,
        timeout: float = TIMEOUT,
        memory: int = MEMORY,
        workers: int | None = None,
        max_pictures: int = MAX_PICTURES,
        shrink_margin: float | None = None,
    ) -> None:
        super().__init__(
            engine=self._inside(memory),
            timeout=timeout,
            memory=memory,
            workers=workers,
            max_pictures=max_pictures,
            sealed=True,
            shrink_margin=shrink_margin,
        )

    def _inside(self, memory: int) -> EngineReference:
        """Return the engine inside for processes of so many bytes."""
        del memory
        return self.inside
