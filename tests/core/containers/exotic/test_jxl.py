"""`core.containers.exotic.jxl`: sizes, orientation and animations, in a codestream and in boxes."""

import struct

import pytest

from advthumb.core.containers.boxes import box
from advthumb.core.containers.exotic.jxl import read
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.images import Size
from advthumb.core.orientation import Orientation

SIGNATURE = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
EXACT = 0
"""No ratio: the width is given."""
SMALL = [(1, 1), (2, 5), (EXACT, 3), (3, 5)]
"""32 x 24 in eighths."""
DEFAULTS = [(1, 1)]


def stream(*numbers: tuple[int, int]) -> bytes:
    """Return a codestream that begins with these numbers, each with its width in bits."""
    bits = "".join(f"{number:0{count}b}"[::-1][:count] for number, count in numbers)
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return b"\xff\x0a" + int(padded[::-1], 2).to_bytes(len(padded) // 8, "little")


def further(
    orientation: int,
    *,
    intrinsic: list[tuple[int, int]] | None = None,
    preview: list[tuple[int, int]] | None = None,
    animation: bool = False,
) -> list[tuple[int, int]]:
    """Return the optional fields that follow a size."""
    return [
        *((0, 1), (1, 1), (orientation - 1, 3)),
        *([(0, 1)] if intrinsic is None else [(1, 1), *intrinsic]),
        *([(0, 1)] if preview is None else [(1, 1), *preview]),
        (animation, 1),
    ]


def refusal(data: bytes) -> ErrorCode:
    with pytest.raises(ThumbnailError) as caught:
        read(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        (SMALL, (32, 24)),
        ([(0, 1), (0, 2), (99, 9), (EXACT, 3), (1, 2), (999, 13)], (1000, 100)),
        ([(0, 1), (2, 2), (99_999, 18), (EXACT, 3), (3, 2), (2**30 - 1, 30)], (2**30, 100_000)),
        ([(0, 1), (0, 2), (99, 9), (1, 3)], (100, 100)),
        ([(0, 1), (0, 2), (99, 9), (2, 3)], (120, 100)),
        ([(0, 1), (0, 2), (99, 9), (3, 3)], (133, 100)),
        ([(0, 1), (0, 2), (99, 9), (4, 3)], (150, 100)),
        ([(0, 1), (0, 2), (99, 9), (5, 3)], (177, 100)),
        ([(0, 1), (0, 2), (99, 9), (6, 3)], (125, 100)),
        ([(0, 1), (0, 2), (99, 9), (7, 3)], (200, 100)),
    ],
)
def test_sizes(numbers: list[tuple[int, int]], size: tuple[int, int]) -> None:
    assert read(stream(*numbers, *DEFAULTS)).size == Size(*size)


@pytest.mark.parametrize("orientation", Orientation)
@pytest.mark.parametrize("intrinsic", [None, SMALL])
@pytest.mark.parametrize(
    "preview",
    [
        None,
        [(1, 1), (0, 2), (0, 3), (2, 2), (7, 5)],
        [(1, 1), (3, 2), (7, 9), (1, 3)],
        [(0, 1), (3, 2), (7, 12), (0, 3), (1, 2), (7, 8)],
    ],
)
def test_orientation_and_animation(
    orientation: Orientation,
    intrinsic: list[tuple[int, int]] | None,
    preview: list[tuple[int, int]] | None,
) -> None:
    still = further(orientation, intrinsic=intrinsic, preview=preview)
    info = read(stream(*SMALL, *still))
    assert (info.size, info.orientation) == (Size(32, 24), orientation)
    moving = further(orientation, intrinsic=intrinsic, preview=preview, animation=True)
    assert refusal(stream(*SMALL, *moving)) is ErrorCode.UNSUPPORTED


def test_a_header_without_optional_fields_means_an_upright_still() -> None:
    assert read(stream(*SMALL, (0, 1), (0, 1))).orientation is Orientation.NORMAL


def test_a_codestream_may_be_in_boxes() -> None:
    data = stream(*SMALL, *DEFAULTS)
    assert read(SIGNATURE + box(b"jxll", b"\x05") + box(b"jxlc", data)).size == Size(32, 24)
    parts = [struct.pack(">I", 0) + data[:3], struct.pack(">I", 1) + data[3:] + bytes(100)]
    boxes = b"".join(box(b"jxlp", part) for part in parts)
    assert read(SIGNATURE + boxes + box(b"Exif", b"")).size == Size(32, 24)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\x0a",
        stream(*SMALL)[:3],
        SIGNATURE,
        SIGNATURE + box(b"jxlc", b"none"),
        SIGNATURE + box(b"jxlp", b"\0"),
        SIGNATURE + box(b"jxlc", stream(*SMALL, *DEFAULTS))[:-2],
    ],
)
def test_a_truncated_file_is_corrupt(data: bytes) -> None:
    assert refusal(data) is ErrorCode.CORRUPT
