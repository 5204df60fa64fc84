"""ThumbHash: 65 hashes of the reference implementation, and properties of ours."""

import hashlib
import json
import math
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advthumb.core import thumbhash
from advthumb.core.images import Size
from advthumb.core.samples import Samples

from .thumbhash_pictures import COUNT, picture


class Vector(NamedTuple):
    """What the reference implementation makes of a picture, and the pixels that it paints then."""

    hash: str
    width: int
    height: int
    pixels: str


VECTORS = [
    Vector(*each)
    for each in json.loads(Path(__file__).with_name("thumbhash_vectors.json").read_text())["vectors"]
]


@pytest.mark.parametrize("number", range(COUNT))
def test_a_hash_is_painted_with_the_pixels_of_the_reference(number: int) -> None:
    vector = VECTORS[number]
    painted = thumbhash.decode(bytes.fromhex(vector.hash))
    assert painted.size == Size(vector.width, vector.height)
    rgba = bytes(value for pixel in _pixels(painted) for value in pixel)
    assert hashlib.sha256(rgba).hexdigest()[:32] == vector.pixels


@pytest.mark.parametrize("number", range(COUNT))
def test_the_hash_of_a_picture_is_painted_like_that_of_the_reference(number: int) -> None:
    """A few bits differ where they have no effect: what rounding leaves of frequencies with a scale of 0."""
    ours, theirs = thumbhash.encode(picture(number)), bytes.fromhex(VECTORS[number].hash)
    assert len(ours) == len(theirs)
    assert thumbhash.decode(ours) == thumbhash.decode(theirs)


def test_most_hashes_are_exactly_those_of_the_reference() -> None:
    same = [n for n in range(COUNT) if thumbhash.encode(picture(n)).hex() == VECTORS[n].hash]
    assert len(same) == 54


def _pixels(samples: Samples) -> list[tuple[int, ...]]:
    """Return pixels as RGBA."""
    opaque = (255,) if samples.bands == 3 else ()
    data, bands = samples.data, samples.bands
    return [(*data[start : start + bands], *opaque) for start in range(0, len(data), bands)]


@given(st.binary(min_size=0, max_size=40), st.integers(1, 32))
@example(bytes(5), 32)
@example(bytes.fromhex(VECTORS[0].hash), 1)
@example(bytes.fromhex(VECTORS[2].hash), 3)
def test_any_bytes_are_painted_or_refused(data: bytes, side: int) -> None:
    with suppress(ValueError):
        assert max(thumbhash.decode(data, side).size) == side


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0"])
def test_a_hash_of_another_length_is_refused(number: int, change: "type[bytes]") -> None:
    with pytest.raises(ValueError, match="is not a ThumbHash"):
        thumbhash.decode(change(bytes.fromhex(VECTORS[number].hash)))


@pytest.mark.parametrize("number", [5, 6, 25])
def test_a_hash_without_an_aspect_ratio_is_refused(number: int) -> None:
    """These pictures are so long that their shorter side has one frequency."""
    data = bytearray.fromhex(VECTORS[number].hash)
    assert data[3] & 7 == 1
    data[3] &= ~7
    with pytest.raises(ValueError, match="is not a ThumbHash"):
        thumbhash.decode(bytes(data))


_SIDES = st.integers(1, 24)


@st.composite
def _flat_pictures(draw: st.DrawFn) -> tuple[Samples, bytes]:
    size, bands = Size(draw(_SIDES), draw(_SIDES)), draw(st.sampled_from((1, 3)))
    colour = draw(st.binary(min_size=bands, max_size=bands))
    return Samples(size, bands, colour * size.pixels), colour


@given(_flat_pictures())
def test_a_flat_colour_gives_that_colour(flat: tuple[Samples, bytes]) -> None:
    """The mean of each channel has 6 bits, so each colour is right within 7 levels."""
    samples, colour = flat
    painted = thumbhash.decode(thumbhash.encode(samples))
    assert painted.bands == 3
    assert len(set(_pixels(painted))) == 1
    wanted = colour if len(colour) == 3 else colour * 3
    assert max(abs(a - b) for a, b in zip(painted.data[:3], wanted, strict=True)) <= 7


@st.composite
def _pictures(draw: st.DrawFn) -> Samples:
    size, bands = Size(draw(_SIDES), draw(_SIDES)), draw(st.integers(1, 4))
    length = size.pixels * bands
    return Samples(size, bands, draw(st.binary(min_size=length, max_size=length)))


@given(_pictures())
def test_any_picture_has_a_short_hash_that_can_be_painted(samples: Samples) -> None:
    data = thumbhash.encode(samples)
    assert len(data) <= 25
    assert thumbhash.from_text(thumbhash.to_text(data)) == data
    assert len(thumbhash.to_text(data)) <= thumbhash.TEXT_LENGTH
    painted = thumbhash.decode(data)
    transparent = samples.has_alpha and min(samples.data[samples.bands - 1 :: samples.bands]) < 255
    assert painted.bands == (4 if transparent else 3)


@pytest.mark.parametrize("wavelength", [40, 64])
def test_soft_waves_survive(wavelength: int) -> None:
    """Low frequencies are what a hash keeps: the painted picture has them at the same places."""
    size = Size(32, 24)
    grey = [
        round(128 + 60 * math.sin(2 * math.pi * x / wavelength) + 30 * math.cos(2 * math.pi * y / wavelength))
        for y in range(size.height)
        for x in range(size.width)
    ]
    painted = thumbhash.decode(thumbhash.encode(Samples(size, 1, bytes(grey))))
    assert painted.size == Size(32, 23)  # the ratio is stored in sevenths
    first = painted.data[0 : 32 * 3 : 3]
    assert max(abs(a - b) for a, b in zip(first, grey[:32], strict=True)) <= 20


def test_transparent_pixels_do_not_colour_the_hash() -> None:
    size = Size(8, 8)
    green = thumbhash.encode(Samples(size, 4, b"\xff\x00\x00\xff" * 32 + b"\x00\xff\x00\x00" * 32))
    blue = thumbhash.encode(Samples(size, 4, b"\xff\x00\x00\xff" * 32 + b"\x00\x00\xff\x00" * 32))
    assert green == blue
    nothing = thumbhash.decode(thumbhash.encode(Samples(size, 2, b"\xff\x00" * 64)))
    assert set(nothing.data[3::4]) == {0}


@pytest.mark.parametrize("size", [Size(101, 1), Size(1, 101), Size(0, 5)])
def test_pictures_that_are_too_large_or_empty_are_refused(size: Size) -> None:
    with pytest.raises(ValueError, match="1 to 100 pixels on each side"):
        thumbhash.encode(Samples(size, 1, bytes(size.pixels)))


def test_a_text_that_is_not_in_base_64_is_refused() -> None:
    with pytest.raises(ValueError, match="not a ThumbHash in base 64"):
        thumbhash.from_text("no hash!")
