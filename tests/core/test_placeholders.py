"""What a page shows until a thumbnail is loaded."""

import base64
import zlib
from io import BytesIO

import pytest
from PIL import Image

from advthumb.core import placeholders, thumbhash
from advthumb.core.dominant import DominantColour
from advthumb.core.formats import ImageFormat
from advthumb.core.images import RGB, Size
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.samples import Samples

SIZE = Size(12, 8)
RED = DominantColour(RGB(200, 16, 0), opaque=True)
OPAQUE = Samples(SIZE, 3, bytes(range(96)) * 3)
HOLED = Samples(SIZE, 4, bytes(range(96)) * 4)


def hashed(samples: Samples) -> str:
    return thumbhash.to_text(thumbhash.encode(samples))


def opened(url: str) -> Image.Image:
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize(("samples", "mode"), [(OPAQUE, "RGB"), (HOLED, "RGBA")])
def test_a_hash_is_painted_as_a_png_of_16_pixels(samples: Samples, mode: str) -> None:
    text = hashed(samples)
    url, opaque = placeholders.painted(text)
    image = opened(url)
    wanted = thumbhash.decode(thumbhash.from_text(text), 16)
    assert (image.mode, image.size) == (mode, wanted.size)
    assert image.tobytes() == wanted.data
    assert opaque is (mode == "RGB")


def test_the_png_is_valid_to_the_last_byte() -> None:
    data = placeholders.png(OPAQUE)
    at, kinds = 8, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(data[at + 8 + length : at + 12 + length])
        kinds.append(body[:4])
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert Image.open(BytesIO(data)).tobytes() == OPAQUE.data


def test_the_css_is_a_picture_or_a_colour_or_nothing() -> None:
    text = hashed(OPAQUE)
    picture = f"background:url({placeholders.painted(text).url}) center/cover"
    assert placeholders.css(text, None) == picture
    assert placeholders.css(text, RED) == picture
    assert placeholders.css("", RED) == "background-color:#c81000"
    assert placeholders.css("", None) == ""


def test_nothing_in_the_css_needs_an_escape() -> None:
    assert not set("\"'<>&\\ \n") & set(placeholders.css(hashed(OPAQUE), None).replace(" center", ""))


def test_a_transparent_picture_has_no_background() -> None:
    """It would be visible through the picture for ever."""
    assert placeholders.css(hashed(HOLED), RED) == ""
    assert placeholders.css("", RED._replace(opaque=False)) == ""
    assert placeholders.painted(hashed(HOLED)).url


@pytest.mark.parametrize("text", ["no hash", "AAAA", "é" * 36, "=" * 40, hashed(OPAQUE)[:-4]])
def test_a_text_that_is_not_a_hash_is_ignored(text: str) -> None:
    """Anything can be in a column."""
    assert placeholders.painted(text) == placeholders.Painted("", opaque=False)
    assert placeholders.css(text, RED) == "background-color:#c81000"


def test_the_memory_of_painted_hashes_is_bounded() -> None:
    assert placeholders.painted.cache_info().maxsize == 1024
    assert len(placeholders.painted(hashed(OPAQUE)).url) < 1200


def test_a_thumbnail_has_a_colour_and_a_hash_only_with_a_preview() -> None:
    plain = RenderedThumbnail(b"", SIZE, ImageFormat.PNG)
    assert (plain.colour, plain.thumbhash) == (None, "")
    red = RenderedThumbnail(b"", SIZE, ImageFormat.PNG, Samples(SIZE, 3, bytes(RED.rgb) * SIZE.pixels))
    assert red.colour == RED
    assert thumbhash.decode(thumbhash.from_text(red.thumbhash)).bands == 3
