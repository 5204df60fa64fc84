"""Rendering only: from bytes in memory to encoded thumbnails in memory."""

from pathlib import Path
from types import ModuleType

from django.conf import settings

from tasks import Answer, timed, write_all


def render(contender: ModuleType, source: str, sizes: list[tuple[int, int]]) -> Answer:
    """Time the rendering of all sizes of one source."""
    data, name = Path(source).read_bytes(), Path(source).name
    return timed(lambda: contender.render(data, name, sizes, lossless=False))


def show(contender: ModuleType, source: str, sizes: list[tuple[int, int]]) -> Answer:
    """Return the paths of thumbnails, and of lossless ones to check pixels without the encoder."""
    data, name, folder = Path(source).read_bytes(), Path(source).name, settings.FILE_UPLOAD_TEMP_DIR
    return {
        "made": write_all(contender.render(data, name, sizes, lossless=False), folder, Path(name).suffix),
        "lossless": write_all(contender.render(data, name, sizes, lossless=True), folder, ".lossless.png"),
    }


def fingerprint(contender: ModuleType, source: str) -> Answer:
    """Time the digest of one source."""
    data = Path(source).read_bytes()
    return timed(lambda: contender.fingerprint(data))
