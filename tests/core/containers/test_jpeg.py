"""`core.containers.jpeg`: the frame, the scans, EXIF and ICC."""

import pytest

from advthumb.core import containers
from advthumb.core.containers.jpeg import MAX_SCANS, read
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours
from advthumb.core.orientation import Orientation
from tests import pictures

SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0"
TABLE = b"\xff\xc4\x00\x06\xff\xd9\xff\xda"  # a table whose data looks like an end marker and a scan
END = b"\xff\xd9"
BASELINE, PROGRESSIVE = 0xC0, 0xC2


def segment(marker: int, content: bytes = b"") -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def frame(kind: int = PROGRESSIVE, components: int = 1, *, bits: int = 8, sampling: int = 0x11) -> bytes:
    """Return the header of a frame of 80 x 40 px."""
    content = bytes([bits, 0, 40, 0, 80, components])
    content += bytes([1, sampling, 0]) + b"\x01\x11\x00" * (components - 1)
    return segment(kind, content[: 6 + 3 * components])


def jpeg_of(*parts: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(parts) + END


def preview(scans: int) -> bytes:
    """Return an EXIF segment with an embedded picture."""
    return segment(0xE1, jpeg_of(SCAN * scans))


def refused(data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        read(data)
    return caught.value


@pytest.mark.parametrize("lost", [1, 2, 3, 100, 1000])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_an_end_marker_is_corrupt(lost: int, *, progressive: bool) -> None:
    """PITFALLS 2.6: ImageMagick fills the rest with grey without an error."""
    data = pictures.encode(pictures.noise_pixels(96, 96), "JPEG", progressive=progressive)
    error = refused(data[:-lost])
    assert (error.code, error.message) == (
        ErrorCode.CORRUPT,
        "the file is damaged: its pixel data ends early",
    )


def test_the_end_of_an_embedded_preview_does_not_end_the_jpeg() -> None:
    exif = b"Exif\x00\x00" + pictures.orientation_exif(6) + pictures.plain(16, 16)
    data = pictures.encode(pictures.noise_pixels(96, 96), "JPEG", exif=exif)
    assert pictures.plain(16, 16) in data
    assert (read(data).size, read(data).orientation) == ((96, 96), Orientation.ROTATE_90)
    assert refused(data[:-2]).code is ErrorCode.CORRUPT


def test_a_trailer_does_not_hide_the_end() -> None:
    assert read(pictures.plain(16, 16) + pictures.TEXT).size == (16, 16)


@pytest.mark.parametrize("between", [b"\xff" * 9, b"rubbish", b"\xff\x00\xff\x01"])
def test_bytes_between_segments_are_skipped(between: bytes) -> None:
    data = pictures.gradient(64, 48, "JPEG")
    at = data.index(b"\xff\xdb")
    assert read(data[:at] + between + data[at:]).size == (64, 48)


def test_raw_sensor_data_after_the_exif_is_not_a_jpeg() -> None:
    """Some cameras put sensor data there and a preview after it: no decoder reads such files."""
    exif = segment(0xE1, b"Exif\x00\x00" + pictures.orientation_exif(1))
    raw = b"\xff\xd8" + exif + bytes(range(200)) + pictures.plain(16, 16)
    error = refused(raw)
    assert error.code is ErrorCode.UNSUPPORTED
    assert "RAW" in error.message


@pytest.mark.parametrize("first", [b"", segment(0xE1), segment(0xE0) + b"\0"])
def test_a_jpeg_with_two_start_markers_is_corrupt(first: bytes) -> None:
    error = refused(jpeg_of(first, pictures.plain(16, 16)))
    assert (error.code, error.message) == (
        ErrorCode.CORRUPT,
        "the file is damaged: it has a second start marker",
    )


def test_pixels_before_their_size_are_corrupt() -> None:
    assert "frame header is missing" in refused(jpeg_of(SCAN, bytes(20))).message


def test_a_jpeg_without_pixels_is_corrupt() -> None:
    assert "no pixel data" in refused(jpeg_of(frame())).message


def test_a_jpeg_with_two_frames_is_corrupt() -> None:
    assert "two frame headers" in refused(jpeg_of(frame(), frame(), SCAN)).message


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (0xC3, "lossless"),
        (0xC5, "hierarchical"),
        (0xC6, "hierarchical"),
        (0xC7, "hierarchical"),
        (0xC9, "arithmetic"),
        (0xCA, "arithmetic"),
        (0xCB, "arithmetic"),
        (0xCF, "arithmetic"),
    ],
)
def test_rare_codings_are_unsupported(kind: int, told: str) -> None:
    error = refused(jpeg_of(frame(kind), SCAN))
    assert error.code is ErrorCode.UNSUPPORTED
    assert f"a JPEG with {told} coding" in error.message


def test_twelve_bits_are_unsupported() -> None:
    error = refused(jpeg_of(frame(0xC1, bits=12), SCAN))
    assert (error.code, "a JPEG with 12 bits" in error.message) == (ErrorCode.UNSUPPORTED, True)


@pytest.mark.parametrize("components", [0, 2, 5])
def test_unusual_numbers_of_components_are_unsupported(components: int) -> None:
    assert refused(jpeg_of(frame(components=components), SCAN)).code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("sampling", [0x01, 0x10])
def test_a_component_without_samples_is_corrupt(sampling: int) -> None:
    assert "sampling factors" in refused(jpeg_of(frame(sampling=sampling), SCAN)).message


@pytest.mark.parametrize(("components", "colours"), [(1, Colours.GREY), (3, Colours.RGB), (4, Colours.CMYK)])
def test_the_components_decide_the_colours(components: int, colours: Colours) -> None:
    found = read(jpeg_of(frame(components=components), SCAN))
    assert (found.colours, found.samples) == (colours, components)


@pytest.mark.parametrize(
    ("data", "held"),
    [
        (jpeg_of(frame(BASELINE), SCAN), 0),
        (jpeg_of(frame(BASELINE, 3), SCAN), 80 * 40 * 3 * 2),
        (jpeg_of(frame(PROGRESSIVE), SCAN), 80 * 40 * 2),
        (jpeg_of(frame(PROGRESSIVE, 3), SCAN), 80 * 40 * 3 * 2),
        (jpeg_of(frame(PROGRESSIVE, 3, sampling=0x22), SCAN), 80 * 40 * 3),
    ],
    ids=["one scan", "one of three components", "progressive", "three components", "subsampled"],
)
def test_the_coefficients_of_several_scans_count_as_memory(data: bytes, held: int) -> None:
    """Two bytes for each coefficient (libjpeg's JCOEF), regardless of shrinking."""
    assert read(data).held == held


def test_the_number_of_segments_is_limited() -> None:
    data = jpeg_of(segment(0xE5) * (MAX_SEGMENTS - 2), frame(), SCAN)
    assert read(data).size == (80, 40)
    error = refused(jpeg_of(segment(0xE5) * (MAX_SEGMENTS - 1), frame(), SCAN))
    assert (error.code, "10000 segments" in error.message) == (ErrorCode.TOO_LARGE, True)


@pytest.mark.parametrize(
    "data",
    [
        jpeg_of(frame(), SCAN * MAX_SCANS),
        jpeg_of(preview(MAX_SCANS + 1), frame(), SCAN * 3),
        jpeg_of(frame(), SCAN * 10) + b"\x00\x02" + SCAN * (MAX_SCANS + 1),
        jpeg_of(frame(BASELINE), SCAN * (MAX_SCANS + 1)),
        jpeg_of(preview(2), TABLE, frame(BASELINE), SCAN * (MAX_SCANS + 1)),
    ],
    ids=[
        "the limit",
        "in the preview",
        "in the trailer",
        "after the only scan",
        "after a preview and a table",
    ],
)
def test_only_scans_of_the_picture_itself_are_counted(data: bytes) -> None:
    assert read(data).size == (80, 40)


BETWEEN = {
    "nothing": b"",
    "a table": TABLE,
    "fill bytes": b"\xff\xff",
    "TEM, which has no length": b"\xff\x01\xff\xff",
    "a comment of no length": b"\xff\xfe\x00\x00",
    "a preview": preview(2),
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_too_many_scans_are_refused_whatever_is_between_them(between: bytes) -> None:
    scan = SCAN + between
    assert read(jpeg_of(frame(), scan * MAX_SCANS)).size == (80, 40)
    error = refused(jpeg_of(frame(), scan * (MAX_SCANS + 1)))
    assert (error.code, "more than 100 scans" in error.message) == (ErrorCode.TOO_LARGE, True)


def test_scans_of_a_picture_with_one_component_per_scan_are_counted() -> None:
    assert "more than 100 scans" in refused(jpeg_of(frame(BASELINE, 3), SCAN * (MAX_SCANS + 1))).message


def test_a_truncated_file_with_many_scan_markers_is_corrupt() -> None:
    many = segment(0xFE, b"\xff\xda\x00" * (MAX_SCANS + 1))
    assert refused(jpeg_of(frame(), SCAN, many)[:-2]).code is ErrorCode.CORRUPT


ICC = b"ICC_PROFILE\x00"


def with_profile(*parts: bytes, late: bool = False) -> bytes:
    """Return a picture with the parts of a profile, before or after the frame header."""
    segments = [segment(0xE2, ICC + part) for part in parts]
    header = frame(BASELINE, 3).replace(b"\xff\xc0", b"\xff\xc2")
    return jpeg_of(*([header, *segments] if late else [*segments, header]), SCAN)


@pytest.mark.parametrize("late", [False, True])
def test_the_parts_of_a_profile_may_come_in_any_order_and_late(*, late: bool) -> None:
    profile = pictures.P3.icc
    first, second = b"\x01\x02" + profile[:100], b"\x02\x02" + profile[100:]
    assert read(with_profile(first, second, late=late)).profile == profile
    assert read(with_profile(second, first, late=late)).profile == profile


@pytest.mark.parametrize(
    "parts", [(b"\x01\x02",), (b"\x02\x02",), (b"\x01\x01", b"\x02\x02"), (b"\x00\x00",), (b"",)]
)
def test_an_incomplete_profile_is_ignored(parts: tuple[bytes, ...]) -> None:
    assert read(with_profile(*(part + pictures.P3.icc for part in parts))).profile is None


def test_the_first_exif_is_used() -> None:
    both = [segment(0xE1, b"Exif\x00\x00" + pictures.orientation_exif(value)) for value in (6, 3)]
    assert read(jpeg_of(*both, frame(), SCAN)).orientation is Orientation.ROTATE_90


# What a decoder sees.

COLOURS = [segment(0xE0, b"JFIF\x00"), segment(0xEE, b"Adobe\x00")]
TEXTS = [segment(0xE1, b"Exif\x00\x00"), segment(0xFE, b"comment"), segment(0xE2, b"ICC_PROFILE\x00\x01\x01")]
AHEAD = b"\xff\x00" * 8


def cleaned(data: bytes) -> bytes:
    return containers.clean(data, containers.read(data, ImageFormat.JPEG))


def test_a_decoder_sees_only_what_affects_the_pixels() -> None:
    kept = [*COLOURS, TABLE, frame(BASELINE)]
    data = jpeg_of(COLOURS[0], TEXTS[0], b"rubbish", COLOURS[1], *TEXTS[1:], TABLE, frame(BASELINE), SCAN)
    assert cleaned(data) == b"\xff\xd8" + b"".join(kept) + SCAN + AHEAD


def test_a_single_scan_is_given_to_the_decoder_without_an_end_marker() -> None:
    """With an end marker, a decoder would invent missing pixels."""
    assert cleaned(jpeg_of(frame(BASELINE), SCAN)) == b"\xff\xd8" + frame(BASELINE) + SCAN + AHEAD


def test_several_scans_keep_their_end_marker() -> None:
    data = jpeg_of(frame(), SCAN, TABLE, SCAN)
    assert cleaned(data) == data


@pytest.mark.parametrize("trailer", [b"", pictures.TEXT, b"\0" * 9])
def test_data_after_a_single_scan_is_left_out(trailer: bytes) -> None:
    assert cleaned(jpeg_of(frame(BASELINE), SCAN) + trailer).endswith(SCAN + AHEAD)


def test_pictures_after_the_first_are_left_out() -> None:
    """Phones store depth and brightness this way; the header announces such pictures."""
    announced = jpeg_of(segment(0xE2, b"MPF\x00"), frame(BASELINE), SCAN)
    assert cleaned(announced + jpeg_of(frame(BASELINE), SCAN)).endswith(frame(BASELINE) + SCAN + AHEAD)
