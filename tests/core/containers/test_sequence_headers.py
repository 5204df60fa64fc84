"""`core.containers.sequence_headers`: headers built bit by bit, as the standards list them."""

import pytest

from advthumb.core.containers.sequence_headers import MAX_FRAMES, Budget, Coded, av1, hevc
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.images import Size

CONFIG = bytes([0x81, 0, 0, 0])
FRAME = b"\x32\x01\x00"
"""An OBU of a frame of one byte."""


def packed(bits: str) -> bytes:
    """Return bits, which may be separated by spaces, as bytes ending with a stop bit."""
    bits = bits.replace(" ", "") + "1"
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def number(value: int, bits: int) -> str:
    return f"{value:0{bits}b}"


def golomb(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def obu(kind: int, content: bytes) -> bytes:
    """Return an open bitstream unit that begins with its size, at most 127 bytes."""
    return bytes([kind << 3 | 2, len(content)]) + content


def dimensions(width: int, height: int) -> str:
    return number(15, 4) + number(15, 4) + number(width - 1, 16) + number(height - 1, 16)


def still(width: int = 640, height: int = 480, colour: str = "0 0 0 0 00 0", profile: int = 0) -> bytes:
    """Return the sequence header of a still picture, with a colour configuration."""
    return obu(
        1, packed(number(profile, 3) + "1 1 00000" + dimensions(width, height) + "000" + "000" + colour)
    )


def motion() -> bytes:
    """Return the sequence header of a video, with every optional field."""
    timing = number(1, 32) + number(25, 32) + "1" + golomb(3)
    model = number(9, 5) + number(7, 32) + number(0, 10)
    point = (
        number(0, 12) + number(8, 5) + "1" + "1" + number(5, 10) + number(6, 10) + "0" + "1" + number(3, 4)
    )
    plain = number(0, 12) + number(4, 5) + "0" + "0"
    tools = "1111" + "1" + "11" + "0" + "1" + "0" + "1" + number(6, 3)
    return obu(
        1,
        packed(
            "000 0 0"
            + ("1" + timing + "1" + model)
            + ("1" + number(1, 5) + point + plain)
            + dimensions(1920, 1080)
            + ("1" + number(0, 7))
            + ("101" + tools + "111")
            + "1 0 1"
            + number(9, 8)
            + number(16, 8)
            + number(9, 8)
            + "0 00 0"
        ),
    )


def read_av1(data: bytes, config: bytes = CONFIG) -> Coded:
    return av1(config, memoryview(data), Budget())


def test_the_header_of_a_still_is_read() -> None:
    assert read_av1(still() + FRAME) == Coded(Size(640, 480), 640 * 480, 8, False)


def test_a_video_header_with_every_field_is_read() -> None:
    assert read_av1(motion()) == Coded(Size(1920, 1080), 1920 * 1080, 10, False, (9, 16))


def test_a_minimal_video_header_is_read() -> None:
    timing = "1" + number(1, 32) + number(25, 32) + "0" + "0"
    point = "0" + number(0, 5) + number(0, 12) + number(4, 5)
    tools = "1111" + "0" + "0" + "0"
    header = "000 0 0" + timing + point + dimensions(320, 200) + "0" + "101" + tools + "111" + "0 0 0 0 00 0"
    assert read_av1(obu(1, packed(header))) == Coded(Size(320, 200), 320 * 200, 8, False)


@pytest.mark.parametrize(
    ("colour", "profile", "bits", "grey"),
    [
        ("0 1 0 1", 0, 8, True),
        ("1 0 0 1", 0, 10, False),
        ("0 0 1 00", 1, 8, False),
        ("1 1 1 0 1", 2, 12, True),
        ("1 0 0 0 1", 2, 10, False),
    ],
)
def test_bits_and_colours_are_read(colour: str, profile: int, bits: int, grey: bool) -> None:
    found = read_av1(still(colour=colour, profile=profile))
    assert (found.bits, found.grey) == (bits, grey)


def test_the_largest_of_several_headers_is_used() -> None:
    assert read_av1(still(8, 8) + FRAME + still(9000, 9000) + FRAME + still(16, 16)).pixels == 9000 * 9000


def test_a_header_in_the_configuration_is_read_too() -> None:
    assert read_av1(FRAME, CONFIG + still(320, 200)).size == Size(320, 200)


def test_a_unit_without_a_size_extends_to_the_end() -> None:
    header = still()
    assert read_av1(bytes([header[0] & ~2]) + header[2:]).size == Size(640, 480)


def test_a_unit_may_have_an_extension() -> None:
    header = still()
    assert read_av1(bytes([header[0] | 4, 0]) + header[1:]).size == Size(640, 480)


@pytest.mark.parametrize("count", [MAX_FRAMES, MAX_FRAMES + 1])
def test_the_number_of_frames_is_limited(count: int) -> None:
    """Each costs the decoder a full picture, even if none is shown."""
    if count <= MAX_FRAMES:
        assert read_av1(still() + FRAME * count).size == Size(640, 480)
        return
    with pytest.raises(ThumbnailError) as caught:
        read_av1(still() + FRAME * count)
    assert caught.value.code is ErrorCode.TOO_LARGE


def test_the_number_of_units_is_limited_over_all_pictures() -> None:
    budget = Budget()
    data = memoryview(still() + obu(15, b"") * 6_000)
    av1(CONFIG, data, budget)
    with pytest.raises(ThumbnailError) as caught:
        av1(CONFIG, data, budget)
    assert caught.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        FRAME,
        still()[:-1],
        still() + FRAME[:-1],
        still() + b"\x7c",  # with an extension that is missing
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # a size of more than eight bytes
        b"\x0a\x80",
        b"\x0e",
        obu(1, b"\x18"),
    ],
)
def test_unreadable_av1_is_corrupt(data: bytes) -> None:
    with pytest.raises(ThumbnailError) as caught:
        read_av1(data)
    assert caught.value.code is ErrorCode.CORRUPT


def sequence(
    width: int, height: int, *, chroma: int = 1, window: tuple[int, ...] = (), layers: int = 0, depth: int = 8
) -> bytes:
    """Return a NAL unit with a sequence parameter set, its zeros escaped as H.265 requires."""
    present = "".join(("11", "10", "01")[each % 3] for each in range(layers))
    levels = "".join(("1" * 96, "0" * 88, "1" * 8)[each % 3] for each in range(layers))
    bits = (
        "0000"
        + number(layers, 3)
        + "1"
        + "0" * 96
        + present
        + ("00" * (8 - layers) if layers else "")
        + levels
        + golomb(0)
        + golomb(chroma)
        + ("0" if chroma == 3 else "")
        + golomb(width)
        + golomb(height)
        + ("1" + "".join(map(golomb, window)) if window else "0")
        + golomb(depth - 8)
        + golomb(depth - 8)
    )
    protected = bytearray()
    for each in packed(bits):
        if each <= 3 and protected[-2:] == b"\0\0":
            protected.append(3)
        protected.append(each)
    return b"\x42\x01" + bytes(protected)


def hvcc(*units: bytes) -> bytes:
    arrays = b"".join(b"\x21\0\1" + len(unit).to_bytes(2, "big") + unit for unit in units)
    return bytes([1, *bytes(20), 3, len(units)]) + arrays


def nal(unit: bytes) -> bytes:
    return len(unit).to_bytes(4, "big") + unit


def read_hevc(*units: bytes, data: bytes = b"") -> Coded:
    return hevc(hvcc(*units), memoryview(data), Budget())


SLICE = nal(b"\x28\x01\x80")


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        (sequence(640, 480), Coded(Size(640, 480), 640 * 480, 8, False)),
        (sequence(64, 64, window=(0, 5, 1, 7)), Coded(Size(54, 48), 4096, 8, False)),
        (sequence(64, 64, chroma=2, window=(0, 5, 1, 7)), Coded(Size(54, 56), 4096, 8, False)),
        (sequence(64, 64, chroma=3, window=(0, 5, 1, 7)), Coded(Size(59, 56), 4096, 8, False)),
        (sequence(64, 64, chroma=0, window=(0, 5, 1, 7)), Coded(Size(59, 56), 4096, 8, True)),
        (sequence(512, 512, layers=5, depth=10), Coded(Size(512, 512), 512 * 512, 10, False)),
    ],
)
def test_the_header_of_an_hevc_picture_is_read(unit: bytes, wanted: Coded) -> None:
    assert read_hevc(unit, data=SLICE) == wanted


def test_a_larger_header_among_the_pixels_is_used() -> None:
    """Decoders use it."""
    data = nal(sequence(9000, 9000)) + SLICE
    assert read_hevc(sequence(64, 64), data=data).pixels == 9000 * 9000


def test_a_header_of_another_layer_is_not_read() -> None:
    other = b"\x42\x09" + sequence(9000, 9000)[2:]
    assert read_hevc(sequence(64, 64), other).size == Size(64, 64)


def test_pictures_are_counted_instead_of_slices() -> None:
    slices = nal(b"\x28\x01\x00") * 100
    assert read_hevc(sequence(64, 64), data=SLICE + slices).size == Size(64, 64)
    with pytest.raises(ThumbnailError) as caught:
        read_hevc(sequence(64, 64), data=SLICE * (MAX_FRAMES + 1))
    assert caught.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("units", "data"),
    [
        ((), SLICE),
        ((sequence(64, 64)[:20],), SLICE),
        ((sequence(64, 64),), SLICE[:-1]),
        ((sequence(64, 64, chroma=4),), SLICE),
        ((sequence(2**40, 64),), SLICE),
        ((sequence(64, 64, window=(30, 30, 0, 0)),), SLICE),
        ((b"\x42\x01" + bytes(40),), SLICE),
    ],
)
def test_unreadable_hevc_is_corrupt(units: tuple[bytes, ...], data: bytes) -> None:
    with pytest.raises(ThumbnailError) as caught:
        read_hevc(*units, data=data)
    assert caught.value.code is ErrorCode.CORRUPT


def test_a_unit_may_be_empty() -> None:
    assert read_hevc(sequence(64, 64), data=nal(b"") + SLICE).size == Size(64, 64)


def test_a_unit_longer_than_its_configuration_is_corrupt() -> None:
    message = b"\x4e\x01\x05\xff"
    assert read_hevc(sequence(64, 64), message).size == Size(64, 64)
    with pytest.raises(ThumbnailError) as caught:
        hevc(hvcc(sequence(64, 64), message)[:-1], memoryview(SLICE), Budget())
    assert caught.value.code is ErrorCode.CORRUPT


@pytest.mark.parametrize("length", range(1, 60))
def test_a_truncated_configuration_is_corrupt(length: int) -> None:
    whole = hvcc(sequence(64, 64))
    if length >= len(whole):
        assert hevc(whole, memoryview(SLICE), Budget()).size == Size(64, 64)
        return
    with pytest.raises(ThumbnailError) as caught:
        hevc(whole[:length], memoryview(SLICE), Budget())
    assert caught.value.code is ErrorCode.CORRUPT
