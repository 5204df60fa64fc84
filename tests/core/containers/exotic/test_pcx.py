"""`core.containers.exotic.pcx`: planes, palettes, and runs."""

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic import pcx as reader
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic.pcxs import BLACK_AND_WHITE, pcx

from .refusals import changed, refusal

PALETTE = b"\x0c" + bytes(768)
PLANES = np.zeros((4, 3, 6), np.uint8)
HEADER = 128


def picture(bits: int = 8, count: int = 3, behind: bytes = b"") -> bytes:
    return pcx(PLANES[:, :count], bits, BLACK_AND_WHITE, behind, width=5)


@pytest.mark.parametrize(
    ("bits", "count", "behind", "kind"),
    [
        (1, 1, b"", reader.BLACK_AND_WHITE),
        (4, 1, b"", reader.FOUR_BITS),
        (8, 1, PALETTE, ""),
        (8, 3, b"", ""),
    ],
)
def test_planes_and_bits_decide_the_kind(bits: int, count: int, behind: bytes, kind: str) -> None:
    data = picture(bits, count, behind)
    info = containers.read(data, ImageFormat.PCX)
    assert (info.size, info.kind) == ((5, 4), kind)
    assert containers.clean(data, info) == data


@pytest.mark.parametrize(
    "data", [picture(2, 1), picture(8, 2), changed(picture(1, 1), 16, "<B", 1), picture(4, 3)]
)
def test_other_planes_are_unsupported(data: bytes) -> None:
    assert refusal(data, ImageFormat.PCX) == "unsupported"


def test_missing_pixels_or_palette_are_corrupt() -> None:
    assert refusal(picture()[:-1], ImageFormat.PCX) == "corrupt"
    assert refusal(picture(8, 1), ImageFormat.PCX) == "corrupt"
    assert refusal(picture(8, 1, PALETTE[:-1]), ImageFormat.PCX) == "corrupt"
    assert refusal(picture(8, 1, b"\0" + PALETTE[1:]), ImageFormat.PCX) == "corrupt"


def test_the_palette_is_not_read_as_pixels() -> None:
    data = picture(8, 1)[:HEADER] + b"\x0c" * 24
    assert refusal(data + bytes(763), ImageFormat.PCX) == "corrupt"
    assert refusal(data + PALETTE, ImageFormat.PCX) == ""


@pytest.mark.parametrize("row", [4, 5 + 65])
def test_rows_of_a_length_far_from_their_pixels_are_corrupt(row: int) -> None:
    assert refusal(changed(picture(), 66, "<H", row), ImageFormat.PCX) == "corrupt"


def test_a_picture_without_pixels_is_corrupt() -> None:
    assert refusal(changed(picture(), 4, "<H", 9), ImageFormat.PCX) == "corrupt"


def test_a_gap_before_the_palette_is_removed() -> None:
    data = picture(8, 1, b"gap" + PALETTE)
    assert containers.clean(data, containers.read(data, ImageFormat.PCX)) == picture(8, 1, PALETTE)


def test_bytes_outside_a_run_are_literal_pixels() -> None:
    data = picture()[:HEADER] + bytes(6 * 3 * 4)
    info = containers.read(data + b"more", ImageFormat.PCX)
    assert containers.clean(data + b"more", info) == data
    assert refusal(data[:-1], ImageFormat.PCX) == "corrupt"


def test_the_number_of_run_bytes_is_limited() -> None:
    data = picture()
    assert refusal(data.ljust(reader.MAX_RUNS, b"\0"), ImageFormat.PCX) == ""
    assert refusal(data.ljust(reader.MAX_RUNS + 1, b"\0"), ImageFormat.PCX) == "too-large"
