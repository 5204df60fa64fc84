"""Simple old raster formats: damaged, truncated or excessive files are refused.

`Watched` checks signals, time, memory and isolation.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from advthumb.core.errors import ErrorCode
from advthumb.core.formats import EXOTIC_FORMATS, ImageFormat
from advthumb.testing.contract.watch import Watched
from tests.pictures.exotic import MADE_HERE, Made, light, miffs, netpbm

from .conftest import had
from .damage import mutated

MUTATIONS = 20
SIDE = 60_000
"""The side of bombs: their pixels have more bytes than any limit."""
REFUSALS = {ErrorCode.CORRUPT, ErrorCode.TOO_LARGE, ErrorCode.UNSUPPORTED}
FORMATS = sorted({file.format for file in MADE_HERE})
PIXEL = np.zeros((1, 1, 3), np.int64)


def several(image_format: ImageFormat) -> list[Made]:
    """Return four files of a format that differ as much as possible."""
    files = [file for file in MADE_HERE if file.format == image_format]
    return files[:: max(1, len(files) // 4)][:4]


@pytest.fixture(scope="module", params=["imagemagick", "pillow"])
def child(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Return a watched process that renders with each engine in turn."""
    assert had(request.param).reads & EXOTIC_FORMATS
    with Watched(request.param) as child:
        yield child


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_damaged_file_is_rendered_or_refused(
    child: Watched, image_format: ImageFormat, tmp_path: Path
) -> None:
    for file in several(image_format):
        for number in range(MUTATIONS // 4):
            path = tmp_path / f"{number}.{image_format}"
            path.write_bytes(mutated(file.data, f"{file.name} {number}"))
            outcome = child(path)
            assert outcome.size or outcome.code in REFUSALS, f"{file.name} {number}: {outcome}"


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_truncated_file_is_refused(child: Watched, image_format: ImageFormat, tmp_path: Path) -> None:
    """Whether a part, most or only the last byte of its pixels is missing."""
    for file in several(image_format):
        for keep in (0.3, 0.6, 0.9):
            path = tmp_path / f"{keep}.{image_format}"
            path.write_bytes(file.data[: int(len(file.data) * keep)])
            outcome = child(path)
            # FITS ends with up to 2879 zeros, which are not pixels.
            assert outcome.code in REFUSALS or image_format is ImageFormat.FITS, f"{file.name} {keep}"


def sgi_of_one_row(side: int) -> bytes:
    """Return a packed square whose rows are all the same few bytes."""
    head = struct.pack(">HBBHHHHII", 474, 1, 1, 3, side, side, 1, 0, 255).ljust(512, b"\0")
    row = b"\x7f\0" * (side // 127) + bytes([side % 127, 0, 0])
    return head + struct.pack(f">{2 * side}I", *[512 + 8 * side] * side, *[len(row)] * side) + row


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield files that announce a size they do not have, or pack it into few bytes."""
    yield "PBM", b"P4 %d %d\n" % (SIDE, SIDE) + bytes(64)
    yield "PPM", b"P6 %d %d 255\n" % (SIDE, SIDE) + bytes(64)
    yield "PGM in words", b"P2 %d %d 255\n" % (SIDE, SIDE) + b"1 " * 64
    yield "PAM", b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n" % (SIDE, SIDE)
    yield "header of PGM", b"P5\n" + b"#\n" * 2**20
    yield "SGI of one row", sgi_of_one_row(16_000)
    yield "Sun", struct.pack(">8I", 0x59A66A95, SIDE, SIDE, 24, 2**32 - 1, 1, 0, 0) + bytes(64)
    yield "Sun, packed", struct.pack(">8I", 0x59A66A95, SIDE, SIDE, 8, 99, 2, 0, 0) + b"\x80\xff\0" * 33
    yield "XPM", b'/* XPM */ x = {"%d %d 1 1", "a c red", "aaa"};' % (SIDE, SIDE)
    yield "colours of XPM", b'/* XPM */ x = {"9 9 65536 3", ' + b'"aaa c red",' * 65536
    yield "comments of XPM", b"/* XPM */" + b"/*" * 2**20
    yield "XBM", b"#define a_width 199999\n#define a_height 199999\nstatic char a_bits[] = {0x1};"
    yield "QOI", b"qoif" + struct.pack(">IIBB", SIDE, SIDE, 4, 0) + bytes(7) + b"\1"
    yield (
        "QOI of runs",
        b"qoif" + struct.pack(">IIBB", SIDE, 620, 4, 0) + b"\xfd" * 600_000 + bytes(7) + b"\1",
    )
    yield "MIFF", miffs.miff(PIXEL).replace(b"columns=1  rows=1", b"columns=%d  rows=%d" % (SIDE, SIDE))
    packed = miffs.miff(PIXEL, compression="RLE")
    yield "MIFF, packed", packed.replace(b"columns=1  rows=1", b"columns=%d  rows=%d" % (SIDE, SIDE))
    yield "header of MIFF", b"id=ImageMagick " + b"{" * 2**20
    yield "HDR", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n" % (SIDE, SIDE) + bytes(64)
    yield "FITS", light.fits(PIXEL[..., 0], 8).replace(b"  1 ", b"%d " % SIDE)
    yield "cards of FITS", light.fits(PIXEL[..., 0], 8, more=("COMMENT",) * 9999)
    for name, data in (
        ("DPX", light.dpx(PIXEL, 10, light.LIGHT)),
        ("little DPX", light.dpx(PIXEL, 10, 2, order="<")),
    ):
        yield name, data[:772] + struct.pack("<II" if name != "DPX" else ">II", SIDE, SIDE) + data[780:]
    sides = struct.pack(">II", 1, 1)
    yield "CIN", light.cin(PIXEL).replace(sides, struct.pack(">II", SIDE, SIDE))


@pytest.mark.parametrize(("name", "data"), list(bombs()), ids=[name for name, _ in bombs()])
def test_a_decompression_bomb_costs_little(child: Watched, name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(data)
    outcome = child(path)
    assert outcome.code in REFUSALS, name
    assert outcome.seconds < 5


def test_only_the_first_of_many_pictures_in_a_file_is_read(child: Watched, tmp_path: Path) -> None:
    """Data after the first picture is never read."""
    path = tmp_path / "many.ppm"
    path.write_bytes(netpbm.raw(PIXEL, 255) * 100_000)
    outcome = child(path)
    assert (outcome.size, outcome.seconds < 5) == ([1, 1], True)


def test_a_repeated_row_of_an_sgi_counts_each_time(child: Watched, tmp_path: Path) -> None:
    """All the pixels of the picture count towards the limits."""
    path = tmp_path / "one.sgi"
    path.write_bytes(sgi_of_one_row(4000))
    outcome = child(path)
    assert outcome.display == ([4000, 4000] if child.reference == "imagemagick" else [])
    assert outcome.seconds < 5
