"""Clause 18. The facts from a header do not depend on the engine."""

from collections.abc import Callable

import pytest

from advthumb.core import containers
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures
from advthumb.testing.pictures import Part, apng_of, gif_of, webp_of

RED, BLUE = (220, 40, 40, 255), (50, 70, 210, 255)
PARTS = [Part(RED, (20, 10), (6, 4)), Part(BLUE, (50, 40), disposal=1), Part(RED, (50, 40))]
SOURCES = {
    "turned JPEG": pictures.oriented(Orientation.ROTATE_90, "JPEG"),
    "CMYK JPEG": pictures.cmyk_jpeg(pictures.plain_pixels(40, 30, (9, 99, 199, 20))),
    "16-bit PNG": pictures.png16(pictures.corner_pixels(40, 40).astype("uint16") * 257),
    "animated PNG": apng_of((50, 40), PARTS, hidden=BLUE),
    "animated GIF": gif_of((50, 40), PARTS),
    "animated WEBP": webp_of((50, 40), PARTS),
    "TIFF": pictures.plain(40, 30, RED, "TIFF"),
    "BMP": pictures.plain(40, 30, RED[:3], "BMP"),
    "cut GIF": gif_of((50, 40), PARTS)[:60],
    "cut PNG": pictures.truncated("PNG"),
    "no PNG": b"\x89PNG\r\n\x1a\n" + bytes(99),
    "endless JPEG": pictures.BOMBS["jpeg scans"](),
}


def said(read: Callable[[], SourceInfo]) -> SourceInfo | ErrorCode:
    """Return the facts of a header that planning and limits use, or the code with which it is refused."""
    try:
        info = read()
    except ThumbnailError as error:
        return error.code
    return SourceInfo(
        info.format,
        info.size,
        info.orientation,
        info.has_alpha,
        info.frames,
        samples=info.samples,
        bits=info.bits,
        held=info.held,
        coded=info.coded,
    )


class HeaderClause:
    """Clause 18. The facts from a header do not depend on the engine."""

    @pytest.mark.smoke
    @pytest.mark.parametrize(("image_format", "name"), [(name.split()[-1], name) for name in SOURCES])
    @pytest.mark.reads("image_format")
    def test_the_header_is_that_of_the_readers(
        self, engine: ThumbnailEngine, image_format: str, name: str
    ) -> None:
        """Clause 18: even if the engine's library would report something else."""
        data, found = SOURCES[name], ImageFormat(image_format)
        frames = 9 if engine.animates else 1
        told = said(lambda: engine.probe(data, found, 9))
        assert told == said(lambda: containers.read(data, found, frames))
        assert isinstance(told, ErrorCode) == name.startswith(("cut", "no", "endless"))
