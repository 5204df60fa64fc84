"""`core.containers.exotic.pict`: only one pixel map that fills its picture is accepted."""

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.pict import MAX_STEPS
from advthumb.core.errors import ErrorCode
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic.picts import CLIP, DIRECT, MAPPED, clip, comment, direct, mapped, picture
from tests.pictures.exotic.shown import photo

from .refusals import CORRUPT, TOO_LARGE, UNSUPPORTED, refused, words_only

SIZE = (39, 29)
DRAWN = direct(photo())
DATA = picture(SIZE, [DRAWN])
OF_A_MAP = mapped(np.arange(8).reshape(1, 8), np.arange(24).reshape(8, 3))


def put(at: int, *values: int) -> bytes:
    """Return the colour picture with the bytes of its step replaced from an offset."""
    return picture(SIZE, [(DIRECT, DRAWN[1][:at] + bytes(values) + DRAWN[1][at + len(values) :])])


@pytest.mark.parametrize("steps", [[clip(0, 0, 29, 39)], [comment(b"odd")], [(0, b""), (0x1F, bytes(6))]])
def test_steps_that_draw_nothing_are_left_out(steps: list[tuple[int, bytes]]) -> None:
    data = picture(SIZE, [*steps, DRAWN, *steps])
    assert containers.clean(data, containers.read(data, ImageFormat.PICT)) == containers.clean(
        DATA, containers.read(DATA, ImageFormat.PICT)
    )


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (DATA[:530], CORRUPT, "header ends early"),
        (DATA[:-2], CORRUPT, "header ends early"),
        (DATA[:700], CORRUPT, "pixel data ends early"),
        (picture(SIZE, []), UNSUPPORTED, "without a pixel map"),
        (picture(SIZE, [DRAWN, DRAWN]), UNSUPPORTED, "opcode 0x009a"),
        (picture(SIZE, [(0x8200, bytes(99)), DRAWN]), UNSUPPORTED, "opcode 0x8200"),
        (picture(SIZE, [(0x0028, bytes(9))]), UNSUPPORTED, "opcode 0x0028"),
        (picture(SIZE, [clip(1, 0, 29, 39), DRAWN]), UNSUPPORTED, "opcode 0x0001"),
        (picture(SIZE, [clip(0, 1, 29, 39), DRAWN]), UNSUPPORTED, "opcode 0x0001"),
        (picture(SIZE, [clip(0, 0, 28, 39), DRAWN]), UNSUPPORTED, "opcode 0x0001"),
        (picture(SIZE, [clip(0, 0, 29, 38), DRAWN]), UNSUPPORTED, "opcode 0x0001"),
        (picture(SIZE, [(CLIP, b"\0\x0c" + bytes(10)), DRAWN]), UNSUPPORTED, "opcode 0x0001"),
        (picture(SIZE, [(0, b"")] * MAX_STEPS), TOO_LARGE, "1000 opcodes"),
        (put(4, 0), UNSUPPORTED, "a QuickDraw pixel map"),
        (put(17, 2), UNSUPPORTED, "packing 2"),
        (put(31, 0), UNSUPPORTED, "a QuickDraw pixel map"),
        (put(33, 16), UNSUPPORTED, "16 bits"),
        (put(35, 4), UNSUPPORTED, "4 components"),
        (put(37, 5), UNSUPPORTED, "a QuickDraw pixel map"),
        (picture((40, 29), [DRAWN]), UNSUPPORTED, "does not fill"),
        (picture(SIZE, [DRAWN], at=(1, 0)), UNSUPPORTED, "does not fill"),
        (put(51, 1), UNSUPPORTED, "does not fill"),
        (put(67, 8), UNSUPPORTED, "mode 8"),
        (picture((70, 29), [direct(photo(70, 29))]), UNSUPPORTED, "70 px across"),
        (picture((63, 29), [direct(photo(63, 29))]), UNSUPPORTED, "63 px across"),
        (picture((83, 29), [direct(photo(83, 29))]), UNSUPPORTED, "83 px across"),
        (picture(SIZE, [(DIRECT, DRAWN[1][:68] + bytes(30))]), CORRUPT, "a row of pixels is empty"),
        (picture((6, 1), [mapped(np.zeros((1, 6), int), np.zeros((1, 3)))]), UNSUPPORTED, "not packed"),
        (
            picture((8, 1), [(MAPPED, OF_A_MAP[1][:52] + b"\x01\x00" + OF_A_MAP[1][54:])]),
            UNSUPPORTED,
            "257 colours",
        ),
    ],
    ids=words_only,
)
def test_unreadable_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.PICT)
    assert (found, words in message) == (code, True), message


def test_a_small_pixel_map_is_read() -> None:
    data = picture((8, 1), [OF_A_MAP])
    assert containers.read(data, ImageFormat.PICT).size == (8, 1)


@pytest.mark.parametrize("width", [62, 84])
def test_the_byte_counts_of_rows_are_unchanged(width: int) -> None:
    data = picture((width, 29), [direct(photo(width, 29))])
    assert containers.clean(data, containers.read(data, ImageFormat.PICT))[526:] == data[526:]
