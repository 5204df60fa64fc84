"""Which TIFFs are RAW files of cameras, of which the first picture is a preview (DNG, and makers' own)."""

from advthumb.core.errors import ThumbnailError

from .tiff_directory import Directory, File

_SUBFILE, _COMPRESSION, _PHOTOMETRIC, _MAKE, _DNG = 254, 259, 262, 271, 50706
_REDUCED = 1
"""The bit that says that a directory is a smaller version of another one."""
_SENSOR = frozenset({32803, 34892})
"""Photometric interpretations: a colour filter array, and linear raw."""
_MAKERS = frozenset({32767, 32769, 32770, 34713, 65000, 65535})
"""Compressions that only raw files use: Sony, packed, Samsung, Nikon, Kodak, Pentax."""
_CR2_START, _CR2 = 16, b"CR"


def is_raw(file: File) -> bool:
    """Return whether a file holds what a sensor saw, of which its first picture is at best a preview.

    Raises:
        ThumbnailError: `corrupt` or `too-large`, of the first directory.
    """
    if file.start == _CR2_START and file.data[8:10] == _CR2:
        return True
    if _is_preview(file.directory(file.start)):
        return True
    try:
        return any(_DNG in directory or _is_sensor(directory) for directory in file.directories())
    except ThumbnailError:
        return False  # A damaged page behind the first one tells nothing.


def _is_sensor(directory: Directory) -> bool:
    return directory.number(_PHOTOMETRIC, 0) in _SENSOR or directory.number(_COMPRESSION, 1) in _MAKERS


def _is_preview(first: Directory) -> bool:
    """Return whether a camera put a smaller version first; programs that edit begin with the picture."""
    return bool(first.number(_SUBFILE, 0) & _REDUCED) and _MAKE in first
