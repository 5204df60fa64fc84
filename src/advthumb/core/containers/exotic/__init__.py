"""What the containers of `EXOTIC_FORMATS` say, one file for each.

Each reader has the functions `read` and `clean`, as those of the common formats have.
"""

from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.containers.reading import Reader
from advthumb.core.formats import ImageFormat

from . import dds, icns, ico, jp2, pcx, psd, tga

READERS: Mapping[ImageFormat, Reader] = MappingProxyType(
    {
        ImageFormat.DDS: dds,
        ImageFormat.ICNS: icns,
        ImageFormat.ICO: ico,
        ImageFormat.JP2: jp2,
        ImageFormat.PCX: pcx,
        ImageFormat.PSD: psd,
        ImageFormat.TGA: tga,
    }
)
"""The reader of each format."""
