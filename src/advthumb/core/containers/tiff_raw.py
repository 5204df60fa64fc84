"""Detects TIFFs that are RAW files of cameras, whose first picture is a preview (DNG and vendor formats)."""

from advthumb.core.errors import ThumbnailError

from .tiff_directory import Directory, File

_SUBFILE, _COMPRESSION, _PHOTOMETRIC, _MAKE, _DNG = 254, 259, 262, 271, 50706
_REDUCED = 1
"""The bit for a directory that is a smaller version of another one."""
_SENSOR = frozenset({32803, 34892})
"""Photometric interpretations of raw data: a colour filter array, and linear raw."""
_MAKERS = frozenset({32767, 32769, 32770, 34713, 65000, 65535})
"""Compressions that only raw files use: Sony, packed, Samsung, Nikon, Kodak, Pentax."""
_CR2_START, _CR2 = 16, b"CR"


def is_raw(file: File) -> bool:
    """Return whether a file holds raw sensor data, so that its first picture is at best a preview.

    Raises:
        ThumbnailError: `corrupt` or `too-large`, for the first directory.
    """
    if file.start == _CR2_START and file.data[8:10] == _CR2:
        return True
    if _is_preview(file.directory(file.start)):
        return True
    try:
        return any(_DNG in directory or _is_sensor(directory) for directory in file.directories())
    except ThumbnailError:
        return False  # A damaged page after the first one proves nothing.


def _is_sensor(directory: Directory) -> bool:
    return directory.number(_PHOTOMETRIC, 0) in _SENSOR or directory.number(_COMPRESSION, 1) in _MAKERS


def _is_preview(first: Directory) -> bool:
    """Return whether the first picture is a preview by a camera; editors store the full picture first."""
    return bool(first.number(_SUBFILE, 0) & _REDUCED) and _MAKE in first
