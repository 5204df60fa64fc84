"""`core.containers.webp`: the canvas, the first picture, and the frames as separate files."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from advthumb.core import containers
from advthumb.core.containers import webp
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.containers.webp import read
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Disposal
from advthumb.core.orientation import Orientation
from tests import pictures
from tests.pictures import Part, webp_of

RED, BLUE = (200, 30, 30, 255), (30, 30, 200, 255)
FLAGS = 20
"""The offset of the flags in the extended header."""


def refused(data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        read(data)
    return caught.value


def with_chunk(data: bytes, name: bytes, content: bytes = b"", times: int = 1) -> bytes:
    """Return a file with one more chunk at its end."""
    more = (name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)) * times
    return data[:4] + struct.pack("<I", len(data) - 8 + len(more)) + data[8:] + more


def shown(data: bytes) -> tuple[tuple[int, int], tuple[int, ...]]:
    with Image.open(BytesIO(data)) as image:
        assert image.n_frames == 1
        return image.size, image.convert("RGBA").getpixel((1, 1))


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_without_an_extended_header(*, lossless: bool) -> None:
    data = pictures.save(pictures.as_image(pictures.plain_pixels(301, 199)), "WEBP", lossless=lossless)
    assert b"VP8X" not in data
    found = read(data)
    assert (found.size, found.has_alpha, found.samples) == ((301, 199), False, 3)
    assert containers.clean(data, found) == data


def test_a_profile_is_used_but_hidden_from_the_decoder() -> None:
    data = pictures.encode(pictures.plain_pixels(8, 8), "WEBP", icc_profile=pictures.P3.icc)
    found = read(data)
    assert found.profile == pictures.P3.icc
    assert pictures.P3.icc not in containers.clean(data, found)


def test_chunks_that_the_header_does_not_announce_are_ignored() -> None:
    """As in browsers and the specification: flags say whether there is EXIF or a profile."""
    data = pictures.oriented(Orientation.ROTATE_90, "WEBP")
    assert read(data).orientation is Orientation.ROTATE_90
    silent = bytearray(data)
    silent[FLAGS] &= ~0x08
    assert read(bytes(silent)).orientation is Orientation.NORMAL
    coloured = bytearray(pictures.encode(pictures.plain_pixels(8, 8), "WEBP", icc_profile=pictures.P3.icc))
    coloured[FLAGS] &= ~0x20
    assert read(bytes(coloured)).profile is None


def test_the_first_picture_may_cover_only_part_of_its_canvas() -> None:
    data = webp_of((50, 40), [Part(RED, (20, 10), (6, 4)), Part(BLUE, (50, 40))])
    found = read(data)
    assert (found.size, found.part, found.offset, found.has_alpha) == ((50, 40), (20, 10), (6, 4), True)
    assert shown(containers.clean(data, found)) == ((20, 10), RED)


def test_a_frame_that_exceeds_its_canvas_is_corrupt() -> None:
    error = refused(webp_of((20, 10), [Part(RED, (20, 10), (2, 0))]))
    assert (error.code, "extends outside" in error.message) == (ErrorCode.CORRUPT, True)


def test_a_picture_of_another_size_than_announced_is_corrupt() -> None:
    data = bytearray(pictures.encode(pictures.plain_pixels(8, 8), "WEBP", icc_profile=pictures.P3.icc))
    data[FLAGS + 4] += 1
    assert "header says 9x8 px, but its picture is 8x8 px" in refused(bytes(data)).message


def test_data_after_the_file_is_left_out() -> None:
    data = webp_of((8, 8), [Part(RED, (8, 8)), Part(BLUE, (8, 8))])
    info = containers.read(data + b"SECRET" * 9, ImageFormat.WEBP, max_frames=9)
    assert info == containers.read(data, ImageFormat.WEBP, max_frames=9)
    assert list(containers.frames(data + b"SECRET" * 9, info)) == list(containers.frames(data, info))


@pytest.mark.parametrize("lost", [2, 3, 20])
def test_a_truncated_file_is_corrupt(lost: int) -> None:
    assert refused(pictures.plain(64, 64, RED, "WEBP")[:-lost]).code is ErrorCode.CORRUPT


def test_the_number_of_other_chunks_is_limited() -> None:
    data = webp_of((8, 8), [Part(RED, (8, 8))])
    assert read(with_chunk(data, b"prVt", times=MAX_SEGMENTS - 2)).size == (8, 8)
    error = refused(with_chunk(data, b"prVt", times=MAX_SEGMENTS - 1))
    assert (error.code, "10000 chunks" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_each_frame_becomes_a_separate_file() -> None:
    parts = [
        Part(RED, (8, 6), milliseconds=0),
        Part(BLUE, (4, 2), (2, 4), disposal=1, over=False),
        Part((9, 9, 9, 0), (8, 6)),
    ]
    data = webp_of((8, 6), parts, plays=5)
    info = containers.read(data, ImageFormat.WEBP, max_frames=9)
    assert (info.frames, containers.plays(data, info)) == (3, 5)
    found = list(containers.frames(data, info))
    assert [(each.size, each.offset) for each in found] == [(part.size, part.at) for part in parts]
    assert [each.milliseconds for each in found] == [100, 200, 200]
    assert [each.disposal for each in found] == [Disposal.KEEP, Disposal.CLEAR, Disposal.KEEP]
    assert [each.over for each in found] == [True, False, True]
    assert [shown(each.stream)[1] for each in found] == [RED, BLUE, (9, 9, 9, 0)]


def test_frames_are_counted_but_only_the_wanted_ones_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    data = webp_of((8, 6), [Part(RED, (8, 6))] * 300)
    monkeypatch.setattr(webp, "MAX_FRAMES", 299)
    assert refused(data).code is ErrorCode.TOO_LARGE
    monkeypatch.setattr(webp, "MAX_FRAMES", 300)
    info = containers.read(data, ImageFormat.WEBP, max_frames=7)
    assert (read(data).frames, info.frames, len(list(containers.frames(data, info)))) == (300, 7, 7)


def test_alpha_is_announced_if_there_is_an_extended_header() -> None:
    data = bytearray(webp_of((8, 8), [Part(RED, (8, 8))] * 2))
    data[FLAGS] &= ~0x10
    announced = webp.announcing_alpha(bytes(data))
    assert (read(bytes(data)).has_alpha, read(announced).has_alpha, len(announced)) == (
        False,
        True,
        len(data),
    )
    simple = pictures.save(pictures.as_image(pictures.plain_pixels(8, 8)), "WEBP")
    assert webp.announcing_alpha(simple) == simple
