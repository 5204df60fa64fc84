"""The smallest file of each format that an engine reads, for finding out what an engine supports.

Each file is `sample.<format>` in this folder; its picture has the smallest size that the format allows.
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
"""One file of each format. They are read on import, because a sealed process cannot read them later."""

PLUGGED = frozenset({ImageFormat.AVIF, ImageFormat.HEIC})
"""Formats that libheif reads. Its codecs can be built in, loaded as plugins, or missing, so an engine decodes
a sample to find out. The AVIF sample has alpha, because some decoders lose it."""

_TIFF_MARK = b"II*\0"
_RAW_TIFF = _TIFF_MARK + SAMPLES[ImageFormat.RAW][len(_TIFF_MARK) :]


def sample_for(reads: frozenset[ImageFormat], image_format: ImageFormat) -> bytes:
    """Return a sample of a format for an engine with these formats.

    An engine that reads RAW gets a RAW file as its TIFF, because it reads no other TIFF.
    """
    is_raw = image_format is ImageFormat.TIFF and ImageFormat.RAW in reads
    return _RAW_TIFF if is_raw else SAMPLES[image_format]
