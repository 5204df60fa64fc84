"""Files that other programs wrote from pixels made here: `files/README.md` says which and how."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from advthumb.core.sniffing import sniff
from tests.pictures import Pixels
from tests.pictures.exotic.light import srgb
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import grey, photo, translucent

FILES = Path(__file__).with_name("files")
_SIDES = (20, 16)


def made() -> Iterator[Made]:
    """Return all of them."""
    colours, greys = photo(*_SIDES), grey(*_SIDES)
    black_and_white = (greys > 127) * np.uint8(255)
    shown = {
        "netpbm.xpm": colours // 64 * 85,
        "netpbm.pict": colours // 64 * 85,
        "netpbm.xbm": black_and_white,
        "ffmpeg-alpha.tga": translucent(colours),
        "netpbm-alpha.qoi": translucent(colours),
        "netpbm.ico": translucent(colours),
        "icotool.ico": translucent(colours),
        "icotool.cur": translucent(colours),
        "png2icns.icns": in_blocks(16, 16).repeat(16, axis=0).repeat(16, axis=1),
        "openjpeg.j2k": greys,
        "nvtt.dds": in_blocks(*_SIDES),
        "netpbm.pam": translucent(colours),
        "graphicsmagick-bits.ras": black_and_white,
        "netpbm-packed.ras": greys,
        "graphicsmagick.fits": greys,
        "graphicsmagick-alpha.miff": translucent(colours),
        # It writes samples unchanged, but declares them to be linear light.
        "graphicsmagick.cin": srgb(colours / 255),
        "graphicsmagick.dpx": srgb(colours / 255),
        "graphicsmagick-ten.dpx": srgb(colours / 255),
    }
    for path in sorted(FILES.iterdir()):
        if path.suffix == ".md":
            continue
        data = path.read_bytes()
        image_format = sniff(data)
        assert image_format, path
        yield Made(path.name, image_format, data, shown.get(path.name, colours))


def in_blocks(width: int, height: int) -> Pixels:
    """Return blocks of 4 x 4 pixels, each in an opaque colour that every texture compression preserves."""
    numbers = np.arange(width // 4 * (height // 4))
    colours = np.stack([(numbers >> bit & 1) * 255 for bit in range(3)], axis=1).astype(np.uint8)
    blocks = colours.reshape(height // 4, width // 4, 3).repeat(4, axis=0).repeat(4, axis=1)
    return np.dstack([blocks, np.full_like(blocks[..., :1], 255)])
