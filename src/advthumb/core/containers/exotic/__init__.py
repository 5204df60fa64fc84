"""Readers for the containers of `EXOTIC_FORMATS`, one module for each.

Each reader has the functions `read` and `clean`, like the readers of the common formats.
"""

from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.containers.reading import Reader
from advthumb.core.formats import ImageFormat

from . import (
    cin,
    dds,
    dpx,
    fits,
    hdr,
    icns,
    ico,
    jp2,
    miff,
    pcx,
    pict,
    pnm,
    psd,
    qoi,
    sgi,
    sun,
    tga,
    xbm,
    xcf,
    xpm,
)

READERS: Mapping[ImageFormat, Reader] = MappingProxyType(
    {
        ImageFormat.CIN: cin,
        ImageFormat.DDS: dds,
        ImageFormat.DPX: dpx,
        ImageFormat.FITS: fits,
        ImageFormat.HDR: hdr,
        ImageFormat.ICNS: icns,
        ImageFormat.ICO: ico,
        ImageFormat.JP2: jp2,
        ImageFormat.MIFF: miff,
        ImageFormat.PCX: pcx,
        ImageFormat.PICT: pict,
        ImageFormat.PNM: pnm,
        ImageFormat.PSD: psd,
        ImageFormat.QOI: qoi,
        ImageFormat.SGI: sgi,
        ImageFormat.SUN: sun,
        ImageFormat.TGA: tga,
        ImageFormat.XBM: xbm,
        ImageFormat.XCF: xcf,
        ImageFormat.XPM: xpm,
    }
)
"""The reader of each format."""
