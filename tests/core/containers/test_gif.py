"""`core.containers.gif`: the canvas, the pictures on it, and each of them as a separate file."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from advthumb.core import containers
from advthumb.core.containers import gif
from advthumb.core.containers.gif import read
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Disposal
from tests import pictures
from tests.pictures import Part, gif_of

RED, BLUE, NONE = (200, 30, 30), (30, 30, 200), (0, 0, 0, 0)
COMMENT = b"\x21\xfe\x03abc\x00"
START = b"GIF89a" + bytes(7)


def refused(data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        read(data)
    return caught.value


def shown(data: bytes, place: tuple[int, int] = (1, 1)) -> tuple[tuple[int, int], tuple[int, ...]]:
    """Return the size of a file and one of its pixels."""
    with Image.open(BytesIO(data)) as image:
        return image.size, image.convert("RGBA").getpixel(place)


def test_the_canvas_may_be_larger_than_its_first_picture() -> None:
    """The rest of the canvas is transparent, as in browsers."""
    data = gif_of((50, 40), [Part(RED, (20, 10), (5, 6))])
    found = read(data)
    assert (found.size, found.part, found.offset, found.has_alpha) == ((50, 40), (20, 10), (5, 6), True)
    assert shown(containers.clean(data, found)) == ((20, 10), (*RED, 255))


def test_a_picture_that_covers_its_canvas_is_opaque() -> None:
    found = read(gif_of((50, 40), [Part(RED, (50, 40))]))
    assert (found.size, found.part, found.has_alpha) == ((50, 40), None, False)


def test_a_canvas_smaller_than_its_picture_is_enlarged() -> None:
    assert read(gif_of((10, 10), [Part(RED, (20, 10), (5, 6))])).size == (25, 16)


@pytest.mark.parametrize("end", [b"\x3b", b"\x00", COMMENT, b"\x2c", b"\x21", b""])
def test_a_gif_without_a_picture_is_corrupt(end: bytes) -> None:
    error = refused(START + end)
    assert (error.code, "no complete frame" in error.message) == (ErrorCode.CORRUPT, True)


def test_a_truncated_header_is_corrupt() -> None:
    assert refused(b"GIF89a").code is ErrorCode.CORRUPT


def test_codes_that_no_decoder_accepts_are_corrupt() -> None:
    data = bytearray(gif_of((8, 8), [Part(RED, (8, 8))]))
    at = data.index(b"\x2c") + 10 + 3 * 2 ** ((data[data.index(b"\x2c") + 9] & 7) + 1)
    data[at] = 12
    assert "LZW code size is 12 bits" in refused(bytes(data)).message


@pytest.mark.parametrize("extension", [COMMENT, b"\x21\xf9\x04\0\0\0\0\0"])
def test_the_number_of_extensions_is_limited(extension: bytes) -> None:
    """One extension for each picture is not counted."""
    screen, picture = START[:6] + b"\x08\0\x08\0\0\0\0", gif_of((8, 8), [Part(RED, (8, 8))])[13:]
    assert read(screen + extension * (MAX_SEGMENTS - 1) + picture).size == (8, 8)
    error = refused(screen + extension * (MAX_SEGMENTS + 1) + picture)
    assert (error.code, "10001 extensions" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_the_number_of_blocks_in_the_whole_file_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one byte are the expensive ones."""
    monkeypatch.setattr(gif, "MAX_BLOCKS", 100)
    comment = b"\x21\xfe" + b"\1a" * 30 + b"\0"
    screen, picture = START[:6] + b"\x08\0\x08\0\0\0\0", gif_of((8, 8), [Part(RED, (8, 8))])[13:]
    assert read(screen + comment * 3 + picture).size == (8, 8)
    error = refused(screen + comment * 4 + picture)
    assert (error.code, "100 blocks" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_many_frames_are_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    many = gif_of((8, 8), [Part(RED, (8, 8))] * (MAX_SEGMENTS + 1))
    assert read(many).frames == MAX_SEGMENTS + 1
    monkeypatch.setattr(gif, "MAX_FRAMES", MAX_SEGMENTS)
    assert refused(many).code is ErrorCode.TOO_LARGE


def test_comments_are_hidden_from_the_decoder() -> None:
    data = gif_of((8, 8), [Part(RED, (8, 8))])
    assert containers.clean(data[:13] + COMMENT + data[13:-1] + COMMENT, read(data)) == containers.clean(
        data, read(data)
    )


def test_each_frame_becomes_a_separate_file() -> None:
    parts = [
        Part(RED, (8, 6), milliseconds=10),
        Part(BLUE, (4, 2), (2, 3), disposal=1),
        Part(NONE, (3, 3), disposal=2, milliseconds=50),
    ]
    data = gif_of((8, 6), parts, repeated=2)
    info = containers.read(data, ImageFormat.GIF, max_frames=9)
    assert (info.frames, read(data).has_alpha, info.has_alpha) == (3, False, True)
    assert containers.plays(data, info) == 3
    found = list(containers.frames(data, info))
    assert [(each.size, each.offset) for each in found] == [(part.size, part.at) for part in parts]
    assert [each.milliseconds for each in found] == [100, 200, 50]
    assert [each.disposal for each in found] == [Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE]
    assert all(each.over for each in found)
    assert [shown(each.stream)[1] for each in found] == [(*RED, 255), (*BLUE, 255), NONE]


@pytest.mark.parametrize(("repeated", "plays"), [(None, 1), (0, 0), (1, 2)])
def test_the_number_of_plays_is_read(repeated: int | None, plays: int) -> None:
    data = gif_of((8, 6), [Part(RED, (8, 6))] * 2, repeated=repeated)
    assert containers.plays(data, read(data)) == plays


def test_a_truncated_frame_breaks_the_animation_but_not_the_still() -> None:
    data = gif_of((8, 6), [Part(RED, (8, 6)), Part(BLUE, (8, 6))])[:-3]
    info = containers.read(data, ImageFormat.GIF, max_frames=9)
    assert info.frames == 2
    assert shown(containers.clean(data, info)) == ((8, 6), (*RED, 255))
    with pytest.raises(ThumbnailError, match="a frame ends early"):
        list(containers.frames(data, info))


def test_files_written_by_pillow_are_read() -> None:
    data = pictures.timed("GIF")
    with Image.open(BytesIO(data)) as image:
        assert read(data).frames == image.n_frames


def test_stills_become_an_animation() -> None:
    """Equal neighbours become one frame; if one is transparent, all get a transparent colour."""
    stills = [gif_of((8, 6), [Part(colour, (8, 6))]) for colour in (RED, RED, NONE, BLUE)]
    data = gif.animation([(each, 50) for each in stills], 3)
    info = containers.read(data, ImageFormat.GIF, max_frames=9)
    assert (info.frames, info.size, containers.plays(data, info)) == (3, (8, 6), 3)
    found = list(containers.frames(data, info))
    assert [each.milliseconds for each in found] == [100, 50, 50]
    assert {each.disposal for each in found} == {Disposal.CLEAR}
    assert [shown(each.stream)[1] for each in found] == [(*RED, 255), NONE, (*BLUE, 255)]
    with Image.open(BytesIO(data)) as image:
        image.seek(2)
        assert image.convert("RGBA").getpixel((1, 1)) == (*BLUE, 255)


def test_an_animation_may_be_opaque_and_play_once() -> None:
    """The colour table of a still may be local or global; one with 256 colours is unchanged."""
    many = pictures.encode(pictures.photo_pixels(40, 30), "GIF")
    data = gif.animation([(many, 100_000_000), (gif_of((40, 30), [Part(RED, (40, 30))]), 50)], 1)
    info = containers.read(data, ImageFormat.GIF, max_frames=9)
    assert (info.frames, containers.plays(data, info)) == (2, 1)
    assert [each.milliseconds for each in containers.frames(data, info)] == [655_350, 50]
    whole = gif.animation([(many, 50), (gif_of((40, 30), [Part(NONE, (40, 30))]), 50)], 0)
    assert containers.plays(whole, info) == 0
    first = next(containers.frames(whole, replace(info, frames=2)))
    with Image.open(BytesIO(many)) as one, Image.open(BytesIO(first.stream)) as other:
        assert one.convert("RGB").tobytes() == other.convert("RGB").tobytes()
