"""The engine with the alias `imagemagick`: it uses separate processes, and never imports Wand."""

from pathlib import Path
from types import MappingProxyType

from advthumb.conf import EngineReference
from advthumb.engines.isolation import SealedEngine


class ImageMagickEngine(SealedEngine):
    """Renders with ImageMagick 6 or 7. Pixels may use half of the `memory` of a process."""

    name = "imagemagick"
    environment = MappingProxyType(
        {
            "MAGICK_CONFIGURE_PATH": str(Path(__file__).with_name("policy")),
            "MAGICK_THREAD_LIMIT": "1",
            "OMP_NUM_THREADS": "1",
        }
    )

    def _inside(self, memory: int) -> EngineReference:
        return {
            "BACKEND": "advthumb.engines.imagemagick.engine.WandEngine",
            "OPTIONS": {"memory": memory // 2},
        }
