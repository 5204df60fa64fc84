"""The base class of engines that render only in sealed processes."""

from abc import ABC
from typing import ClassVar

from advthumb.conf import EngineReference

from .engine import MAX_PICTURES, MEMORY, TIMEOUT, IsolatedEngine


class SealedEngine(IsolatedEngine, ABC):
    """Renders with the engine `inside`, in sealed processes. Rendering its samples must load all its parts.

    Args:
        timeout: The time in seconds that one picture may take from its header to its thumbnails, including
            the wait for a free process. After that, its process is killed.
        memory: The maximum address space of a process, in bytes.
        workers: The maximum number of processes, None for one per CPU. When all are busy, threads wait.
        max_pictures: A process is replaced after this many pictures, because libraries leak memory.
        shrink_margin: As for every engine; None uses the margin of the engine inside.

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
        """Return the engine inside, for processes with this many bytes of memory."""
        del memory
        return self.inside
