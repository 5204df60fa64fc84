"""Files that Netpbm 11.1, GraphicsMagick 1.3.40 and libvips 8.14 wrote, of pixels that are made here."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from advthumb.core.sniffing import sniff
from tests.pictures.exotic.light import srgb
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import grey, photo, translucent

FILES = Path(__file__).with_name("files")
_SIDES = (20, 16)


def made() -> Iterator[Made]:
    """Give all of them."""
    colours, greys = photo(*_SIDES), grey(*_SIDES)
    black_and_white = (greys > 127) * np.uint8(255)
    shown = {
        "netpbm.xpm": colours // 64 * 85,
        "netpbm.pict": colours // 64 * 85,
        "netpbm.xbm": black_and_white,
        "netpbm.pam": translucent(colours),
        "graphicsmagick-bits.ras": black_and_white,
        "netpbm-packed.ras": greys,
        "graphicsmagick.fits": greys,
        "graphicsmagick-alpha.miff": translucent(colours),
        # It writes samples as they are, and says that they are light.
        "graphicsmagick.cin": srgb(colours / 255),
        "graphicsmagick.dpx": srgb(colours / 255),
        "graphicsmagick-ten.dpx": srgb(colours / 255),
    }
    for path in sorted(FILES.iterdir()):
        data = path.read_bytes()
        image_format = sniff(data)
        assert image_format, path
        yield Made(path.name, image_format, data, shown.get(path.name, colours))
