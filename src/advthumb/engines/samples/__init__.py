"""The smallest file of each format that an engine reads, for finding out what an engine can.

Each is `sample.<format>` beside this module, with pixels of a size that the format has at the least.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from advthumb.core.formats import ImageFormat

SAMPLES: Mapping[ImageFormat, bytes] = MappingProxyType(
    {
        ImageFormat(path.suffix[1:].upper()): path.read_bytes()
        for path in sorted(Path(__file__).parent.glob("sample.*"))
    }
)
"""One file of each format. They are read at once: a sealed process could not do so later."""

PLUGGED = frozenset({ImageFormat.AVIF, ImageFormat.HEIC})
"""Formats that libheif reads, with codecs that are built in, loaded as plugins, or missing: only decoding a
picture tells. That of AVIF has alpha, which some decoders lose."""

_TIFF_MARK = b"II*\0"
_RAW_TIFF = _TIFF_MARK + SAMPLES[ImageFormat.RAW][len(_TIFF_MARK) :]


def sample_for(reads: frozenset[ImageFormat], image_format: ImageFormat) -> bytes:
    """Return a file of a format for an engine with these formats: one that reads RAW reads no other TIFF."""
    is_raw = image_format is ImageFormat.TIFF and ImageFormat.RAW in reads
    return _RAW_TIFF if is_raw else SAMPLES[image_format]
