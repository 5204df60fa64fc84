"""The engine that `imagemagick` means: it asks processes of its own, and never imports Wand."""

from pathlib import Path
from types import MappingProxyType

from advthumb.engines.isolation import MAX_PICTURES, MEMORY, TIMEOUT, IsolatedEngine


class ImageMagickEngine(IsolatedEngine):
    """Renders with ImageMagick 6 or 7.

    Args:
        timeout: Seconds that one picture may take from its header to its thumbnails, waiting for a free
            process included, before its process is killed.
        memory: Bytes of address space that a process may have; pixels get half of it.
        workers: How many processes there may be, None for one per CPU; threads beyond wait.
        max_pictures: How many pictures a process gets before another takes its place.
        shrink_margin: That of every engine.

    Raises:
        EngineUnavailable: Wand or ImageMagick is missing.
    """

    name = "imagemagick"
    environment = MappingProxyType(
        {
            "MAGICK_CONFIGURE_PATH": str(Path(__file__).with_name("policy")),
            "MAGICK_THREAD_LIMIT": "1",
            "OMP_NUM_THREADS": "1",
        }
    )

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
            engine={
                "BACKEND": "advthumb.engines.imagemagick.engine.WandEngine",
                "OPTIONS": {"memory": memory // 2},
            },
            timeout=timeout,
            memory=memory,
            workers=workers,
            max_pictures=max_pictures,
            sealed=True,  # it has loaded all its parts by trying them
            shrink_margin=shrink_margin,
        )
