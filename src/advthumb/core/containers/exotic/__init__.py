"""What the containers of `EXOTIC_FORMATS` say, one file for each.

Each reader has the functions `read` and `clean`, as those of the common formats have.
"""

from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.containers.reading import Reader
from advthumb.core.formats import ImageFormat

from . import cin, dpx, fits, hdr, miff, pict, pnm, qoi, sgi, sun, xbm, xpm

READERS: Mapping[ImageFormat, Reader] = MappingProxyType(
    {
        ImageFormat.CIN: cin,
        ImageFormat.DPX: dpx,
        ImageFormat.FITS: fits,
        ImageFormat.HDR: hdr,
        ImageFormat.MIFF: miff,
        ImageFormat.PICT: pict,
        ImageFormat.PNM: pnm,
        ImageFormat.QOI: qoi,
        ImageFormat.SGI: sgi,
        ImageFormat.SUN: sun,
        ImageFormat.XBM: xbm,
        ImageFormat.XPM: xpm,
    }
)
"""The reader of each format."""
