"""`core.containers.exotic.pnm`: the headers of Netpbm, and plain files converted to raw ones."""

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic import pnm
from advthumb.core.errors import ErrorCode
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic import netpbm

from .refusals import CORRUPT, TOO_LARGE, UNSUPPORTED, refused, words_only

GREYS = np.arange(6, dtype=np.int64).reshape(2, 3, 1)
PAM = b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\nab"


def cleaned(data: bytes) -> bytes:
    return containers.clean(data, containers.read(data, ImageFormat.PNM))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P1\n3 2\n101 0\n1 0 rest", b"P4\n3 2\n\xa0\x40"),
        (b"P1 9 1 11111 1111", b"P4\n9 1\n\xff\x80"),
        (b"P2 3 1 255 7 8\n9", b"P5\n3 1\n255\n\7\10\11"),
        (b"P2 3 1 10 0 5 10 3 4", b"P5\n3 1\n255\n\x00\x80\xff"),
        (b"P2 2 1 300 256 1 ", b"P5\n2 1\n300\n\1\0\0\1"),
        (b"P3 1 1 255 1 2 3", b"P6\n1 1\n255\n\1\2\3"),
        (b"P4#a\n#b\r3#c\n2 \xa0\x40rest", b"P4\n3 2\n\xa0\x40"),
        (b"P5 2 1 5\n\1\xff", b"P5\n2 1\n255\n\x33\xff"),
        (b"P6 1 1 65535 abcdefP6", b"P6\n1 1\n65535\nabcdef"),
        (PAM + b"more", b"P5\n2 1\n255\nab"),
    ],
)
def test_a_decoder_sees_only_one_raw_picture(data: bytes, expected: bytes) -> None:
    assert cleaned(data) == expected


def test_a_pam_with_alpha_stays_a_pam() -> None:
    data = netpbm.pam(np.array([[[0, 1]]]), 1, b"BLACKANDWHITE_ALPHA")
    assert cleaned(data) == (
        b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n\x00\xff"
    )


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"P5 2 1 255", CORRUPT, "end of its header is missing"),
        (b"P5 2 1 255x", CORRUPT, "end of its header is missing"),
        (b"P5 2 1", CORRUPT, "a number is missing"),
        (b"P5 2 -1 255 ", CORRUPT, "a number is missing"),
        (b"P5 2 12345678901 255 ", CORRUPT, "a number is missing"),
        (b"P5 " + b"#\n" * 2**16 + b"2 1 255 ab", CORRUPT, "a number is missing"),
        (b"P5 0 1 255 ", CORRUPT, "0x1"),
        (b"P5 2 1 0 ab", CORRUPT, "maximum sample value is 0"),
        (b"P5 2 1 65536 abcdefgh", UNSUPPORTED, "up to 65536"),
        (b"P5 2 1 40000 abcd", UNSUPPORTED, "up to 40000"),
        (netpbm.pam(np.full((1, 1, 2), 7), 1023), UNSUPPORTED, "up to 1023"),
        (b"P5 2 1 255 a", CORRUPT, "pixel data ends early"),
        (b"P1 2 2 1 0 1", CORRUPT, "other than 0 and 1"),
        (b"P1 2 2 1 0 1 2", CORRUPT, "other than 0 and 1"),
        (b"P2 2 1 255 1", CORRUPT, "not numbers"),
        (b"P2 2 1 255 1 -2", CORRUPT, "not numbers"),
        (b"P2 2 1 255 1 12345678901", CORRUPT, "not numbers"),
        (b"P2 2 1 255 1 256", CORRUPT, "sample of 256"),
        (b"P2 3000 2000 255 ", TOO_LARGE, "stored as text"),
        (PAM.replace(b"ENDHDR\n", b""), CORRUPT, "end of its header is missing"),
        (PAM.replace(b"MAXVAL 255\n", b""), CORRUPT, "no valid MAXVAL"),
        (PAM.replace(b"WIDTH 2", b"WIDTH 12345678901"), CORRUPT, "no valid WIDTH"),
        (PAM.replace(b"HEIGHT 1", b"HEIGHT"), CORRUPT, "no valid HEIGHT"),
        (PAM.replace(b"WIDTH 2", b"WIDTH 2\nWIDTH 3"), CORRUPT, "WIDTH 3"),
        (PAM.replace(b"WIDTH", b"?"), CORRUPT, "the invalid line"),
        (PAM.replace(b"DEPTH 1", b"DEPTH 3"), UNSUPPORTED, "3 samples"),
        (PAM.replace(b"GRAYSCALE", b"CMYK"), UNSUPPORTED, "CMYK"),
    ],
    ids=words_only,
)
def test_unreadable_files_are_refused(data: bytes, code: ErrorCode, words: str) -> None:
    found, message = refused(data, ImageFormat.PNM)
    assert (found, words in message) == (code, True), message


@pytest.mark.parametrize(
    ("data", "held"), [(b"P3 2 1 255 1 2 3 4 5 6", 480), (b"P1 2 1 01", 0), (b"P5 2 1 255 ab", 0)]
)
def test_text_samples_count_as_memory(data: bytes, held: int) -> None:
    assert containers.read(data, ImageFormat.PNM).held == held


def test_the_size_of_plain_text_files_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = netpbm.plain(GREYS, 255)
    monkeypatch.setattr(pnm, "MAX_PLAIN", GREYS.size)
    assert cleaned(data)
    monkeypatch.setattr(pnm, "MAX_PLAIN", GREYS.size - 1)
    assert refused(data, ImageFormat.PNM)[0] is TOO_LARGE
    assert cleaned(netpbm.raw(GREYS, 255))
