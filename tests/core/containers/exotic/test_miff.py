"""`core.containers.exotic.miff`: which header lines are kept, and which files are refused."""

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers import icc
from advthumb.core.errors import ErrorCode
from advthumb.core.formats import ImageFormat
from advthumb.core.orientation import Orientation
from tests import pictures
from tests.pictures.exotic.miffs import mapped, miff

from .refusals import CORRUPT, TOO_LARGE, UNSUPPORTED, refused, words_only

COLOURS = np.arange(12, dtype=np.int64).reshape(2, 2, 3)
DATA = miff(COLOURS)
MAPPED = mapped(np.array([[0, 1]]), [(1, 2, 3), (4, 5, 6)])
PROFILE = pictures.P3.icc
PROFILED = miff(COLOURS, more="profile=ICC\n", profiles=(PROFILE,))


def test_a_decoder_sees_only_what_affects_the_pixels() -> None:
    assert containers.clean(DATA + DATA, containers.read(DATA, ImageFormat.MIFF)) == (
        b"id=ImageMagick\nversion=1.0\nclass=DirectClass\ncolors=0\nmatte=False\ncolumns=2\nrows=2\ndepth=8\n"
        b"colorspace=sRGB\ncompression=none\n\f\n:\x1a" + bytes(range(12))
    )


def test_a_colour_map_is_kept() -> None:
    found = containers.clean(MAPPED + b"more", containers.read(MAPPED, ImageFormat.MIFF))
    assert b"class=PseudoClass\ncolors=2\n" in found
    assert found.endswith(b"\x1a\1\2\3\4\5\6\0\1")


def test_a_profile_is_taken_out() -> None:
    info = containers.read(PROFILED, ImageFormat.MIFF)
    assert info.profile == PROFILE
    assert PROFILE not in containers.clean(PROFILED, info)
    assert containers.clean(PROFILED, info).endswith(b"\x1a" + bytes(range(12)))


def test_a_profile_that_is_not_icc_or_too_long_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert containers.read(PROFILED.replace(b"=ICC", b"=xmp"), ImageFormat.MIFF).profile is None
    monkeypatch.setattr(icc, "MAX_PROFILE", len(PROFILE) - 1)
    assert containers.read(PROFILED, ImageFormat.MIFF).profile is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RightTop", Orientation.ROTATE_90),
        ("BottomRight", Orientation.ROTATE_180),
        ("any", Orientation.NORMAL),
    ],
)
def test_the_orientation_is_read(name: str, expected: Orientation) -> None:
    data = miff(COLOURS, more=f"orientation={name}\n")
    assert containers.read(data, ImageFormat.MIFF).orientation is expected


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (DATA[:60], CORRUPT, "end of its header is missing"),
        (miff(COLOURS, more="{" + "x" * 70_000 + "}\n"), CORRUPT, "end of its header is missing"),
        (miff(COLOURS, more="a=b\n" * 20_000), TOO_LARGE, "header is too long"),
        (miff(COLOURS, more="profile=a\n" * 21), TOO_LARGE, "21 profiles"),
        (DATA.replace(b"DirectClass", b"AnyClass"), UNSUPPORTED, "anyclass"),
        (DATA.replace(b"sRGB", b"CMYK"), UNSUPPORTED, "cmyk"),
        (DATA.replace(b"=None", b"=BZip"), UNSUPPORTED, "bzip"),
        (DATA.replace(b"matte=False", b"matte=any"), UNSUPPORTED, "a MIFF with class"),
        (DATA.replace(b"depth=8", b"depth=32"), UNSUPPORTED, "32 bits"),
        (DATA.replace(b"depth=8", b"depth=0"), UNSUPPORTED, "0 bits"),
        (DATA.replace(b"depth=8", b"depth=x"), CORRUPT, "no valid depth"),
        (DATA.replace(b"columns=2", b"any=2"), CORRUPT, "no valid columns"),
        (DATA.replace(b"columns=2", b"columns=0"), CORRUPT, "0x2"),
        (MAPPED.replace(b"depth=8", b"depth=16"), UNSUPPORTED, "16 bits"),
        (MAPPED.replace(b"colors=2", b"colors=0"), UNSUPPORTED, "0 colours"),
        (MAPPED.replace(b"colors=2", b"colors=257"), UNSUPPORTED, "257 colours"),
        (MAPPED.replace(b"matte=False", b"matte=True"), UNSUPPORTED, "in its colour map"),
        (miff(COLOURS, more="montage=2x2\n"), UNSUPPORTED, "montage"),
        (miff(COLOURS, more="profile-icc=100\n"), UNSUPPORTED, "profile-icc"),
        (miff(COLOURS, more="endian=LSB\n"), UNSUPPORTED, "endian"),
        (miff(COLOURS, more="quantum:format={floating-point}\n"), UNSUPPORTED, "quantum:format"),
        (miff(COLOURS, compression="Zip").replace(b"version=1.0", b""), UNSUPPORTED, "first version"),
        (miff(np.zeros((2, 2, 4), int), compression="RLE"), UNSUPPORTED, "with alpha"),
        (mapped(np.array([[0]]), [(1, 2, 3)], "RLE"), UNSUPPORTED, "or a colour map"),
        (DATA[:-1], CORRUPT, "pixel data ends early"),
        (MAPPED[:-1], CORRUPT, "pixel data ends early"),
        (PROFILED[: -len(PROFILE)], CORRUPT, "pixel data ends early"),
        (miff(COLOURS, more="profile=icc\n")[:-12], CORRUPT, "header ends early"),
    ],
    ids=words_only,
)
def test_unreadable_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.MIFF)
    assert (found, words in message) == (code, True), message
