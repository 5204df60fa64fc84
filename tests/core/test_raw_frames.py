"""`core.raw_frames`: samples on their way from an engine, also from one that may lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.images import Animation, Size
from advthumb.core.raw_frames import packed, unpacked
from advthumb.core.samples import Samples
from advthumb.core.sniffing import sniff

STILL = Animation([(Samples(Size(2, 1), 3, b"abcdef"), 0)], plays=1)

sizes = st.builds(Size, st.integers(1, 5), st.integers(1, 5))


@st.composite
def animations(draw: st.DrawFn) -> Animation[Samples]:
    size = draw(sizes)
    frames = []
    for _ in range(draw(st.integers(1, 4))):
        bands = draw(st.integers(1, 4))
        length = size.pixels * bands
        data = draw(st.binary(min_size=length, max_size=length))
        frames.append((Samples(size, bands, data), draw(st.integers(0, 2**32 - 1))))
    return Animation(frames, draw(st.integers(0, 2**32 - 1)))


@given(animations())
def test_frames_arrive_as_they_were_sent(animation: Animation[Samples]) -> None:
    assert unpacked(packed(animation)) == animation


def test_samples_are_not_taken_for_a_picture() -> None:
    assert sniff(packed(STILL)) is None


@given(st.data())
def test_other_bytes_are_refused(data: st.DataObject) -> None:
    """With a `ValueError` and no other exception, and before memory is taken for what they announce."""
    good = packed(STILL)
    place = data.draw(st.integers(0, 28))
    bad = good[:place] + bytes([data.draw(st.integers(0, 255))]) + good[place + 1 :]
    try:
        found = unpacked(bad)
    except ValueError:
        return
    assert packed(found) == bad


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the bytes are not samples"),
        (b"\x89PNG\r\n\x1a\n" + bytes(90), "the bytes are not samples"),
        (packed(STILL)[:20], "the bytes are not samples"),
        (packed(STILL)[:16] + bytes(4) + packed(STILL)[20:], "cannot hold 0 frames"),
        (packed(STILL)[:16] + b"\xff" * 4 + packed(STILL)[20:], "cannot hold 4294967295 frames"),
        (packed(STILL)[:-1], "need 6 bytes, not 5"),
        (packed(STILL) + b"!", "1 bytes follow the samples"),
        (packed(STILL)[:24] + b"\5" + packed(STILL)[25:], "1 to 4 samples, not 5"),
    ],
)
def test_the_error_says_what_is_wrong(data: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        unpacked(data)
