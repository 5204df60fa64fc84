"""`core.byte_limit`: the quality is lowered until a picture fits, and no further."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.byte_limit import LOWEST_QUALITY, encoded
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding


class Encoder:
    """Writes as many bytes as the quality, each with that value, and records each requested quality."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, encoding: Encoding) -> bytes:
        assert encoding.quality is not None
        self.asked.append(encoding.quality)
        return bytes([encoding.quality]) * encoding.quality


def jpeg(quality: int, max_bytes: int | None) -> Encoding:
    return Encoding(ImageFormat.JPEG, quality, max_bytes=max_bytes)


@given(st.integers(1, 100), st.integers(1, 120))
def test_the_highest_quality_that_fits_is_kept(quality: int, max_bytes: int) -> None:
    encoder = Encoder()
    found = encoded(encoder, jpeg(quality, max_bytes))
    lowest = min(quality, LOWEST_QUALITY)
    assert found[0] == max(lowest, min(quality, max_bytes))
    assert len(encoder.asked) <= 8
    assert len(set(encoder.asked)) == len(encoder.asked)


@pytest.mark.parametrize(("quality", "max_bytes"), [(85, None), (85, 85), (85, 200), (20, 5), (10, 5)])
def test_a_picture_that_fits_or_cannot_shrink_is_encoded_once(quality: int, max_bytes: int | None) -> None:
    encoder = Encoder()
    encoded(encoder, jpeg(quality, max_bytes))
    assert encoder.asked == [quality]


def test_the_other_options_stay_as_they_are() -> None:
    asked = []

    def encode(encoding: Encoding) -> bytes:
        asked.append(encoding)
        return bytes(encoding.quality or 0)

    encoded(encode, Encoding(ImageFormat.JPEG, 22, progressive=True, max_bytes=20))
    assert [(each.quality, each.progressive, each.max_bytes) for each in asked] == [
        (22, True, 20),
        (20, True, 20),
        (21, True, 20),
    ]


def test_without_a_quality_there_is_nothing_to_lower() -> None:
    assert encoded(lambda _encoding: b"too long", Encoding(ImageFormat.PNG, None, max_bytes=3)) == b"too long"
