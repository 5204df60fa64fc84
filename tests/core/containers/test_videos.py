"""`containers.videos`: the parts of a video that a decoder sees, and limits on what a video claims."""

import random
import struct
from collections.abc import Callable

import pytest

from advthumb.core.containers import videos
from advthumb.core.containers.boxes import box
from advthumb.core.containers.videos import matroska, mp4
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat

TYPE = box(b"ftyp", b"isom\0\0\0\0isom")
SAMPLES = box(b"mdat", bytes(400))


def numbers(name: bytes, *content: int, more: bytes = b"") -> bytes:
    """Return a box of numbers of 32 bits."""
    return box(name, struct.pack(f">{len(content)}I", *content), more)


def handler(kind: bytes) -> bytes:
    return box(b"hdlr", bytes(8), kind, bytes(13))


def track(*tables: bytes, kinds: tuple[bytes, ...] = (b"vide",), edits: bytes = b"") -> bytes:
    handlers = [handler(kind) for kind in kinds]
    media = box(b"mdia", box(b"mdhd", bytes(24)), *handlers, box(b"minf", box(b"stbl", *tables)))
    return box(b"trak", box(b"tkhd", bytes(84)), edits, media)


def movie(*tracks: bytes) -> bytes:
    return TYPE + SAMPLES + box(b"moov", box(b"mvhd", bytes(100)), *tracks)


def fragment(*runs: bytes) -> bytes:
    return box(b"moof", box(b"mfhd", bytes(8)), box(b"traf", box(b"tfhd", bytes(8)), *runs))


def cleaned(data: bytes) -> bytes:
    return videos.clean(data, ImageFormat.MP4)


def refusal(data: bytes, image_format: ImageFormat = ImageFormat.MP4) -> ErrorCode:
    with pytest.raises(ThumbnailError) as caught:
        videos.clean(data, image_format)
    return caught.value.code


def test_a_needed_box_is_unchanged() -> None:
    tables = (
        numbers(b"stsd", 0, 1, more=bytes(86)),
        numbers(b"stts", 0, 1, 3, 1),
        numbers(b"stsc", 0, 1, 1, 3, 1),
        numbers(b"stsz", 0, 0, 3, 9, 9, 9),
        numbers(b"stco", 0, 1, 40),
    )
    edits = box(b"edts", numbers(b"elst", 0, 1, 3, 0, 65536))
    data = movie(track(*tables, edits=edits)) + fragment(numbers(b"trun", 0x200, 2, 9, 9))
    assert cleaned(data) == data


@pytest.mark.parametrize(
    "hidden",
    [
        track(numbers(b"stsz", 0, 4, 2**31), kinds=(b"soun",)),
        track(kinds=(b"vide", b"soun")),
        box(b"udta", box(b"meta", bytes(4), box(b"ilst", bytes(40)))),
        box(b"free", bytes(9)),
        box(b"uuid", bytes(30)),
    ],
)
def test_boxes_without_video_are_hidden_from_the_decoder(hidden: bytes) -> None:
    before = movie(track())
    data = movie(track(), hidden)
    assert cleaned(data) == data[: len(before)] + hidden[:4] + b"skip" + hidden[8:]


@pytest.mark.parametrize("index", [box(b"sidx", bytes(40)), box(b"mfra", box(b"tfra", bytes(40)))])
def test_indexes_with_free_offsets_are_hidden_from_the_decoder(index: bytes) -> None:
    data = movie(track())
    assert cleaned(data + index) == data + index[:4] + b"skip" + index[8:]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (numbers(b"stsz", 0, 4, 40_000_000), ErrorCode.CORRUPT),
        (numbers(b"stsz", 0, 0, 40_000_000), ErrorCode.CORRUPT),
        (numbers(b"stsz", 0, 0, 1), ErrorCode.CORRUPT),
        (numbers(b"stz2", 0, 4, 2**32 - 1), ErrorCode.CORRUPT),
        (numbers(b"stts", 0, 2, 1, 1), ErrorCode.CORRUPT),
        (numbers(b"ctts", 0, 2**32 - 1), ErrorCode.CORRUPT),
        (numbers(b"stsc", 0, 2, 1, 1, 1), ErrorCode.CORRUPT),
        (numbers(b"stco", 0, 2, 1), ErrorCode.CORRUPT),
        (numbers(b"co64", 0, 1, 1), ErrorCode.CORRUPT),
        (numbers(b"stss", 0, 1), ErrorCode.CORRUPT),
        (numbers(b"stsd", 0, 9), ErrorCode.CORRUPT),
        (numbers(b"stsd", 0, 65, more=bytes(65 * 16)), ErrorCode.TOO_LARGE),
        (numbers(b"stsd", 0, 1, more=bytes(40) + numbers(b"stsz", 0, 1, 2**31)), ErrorCode.CORRUPT),
        (box(b"stsz"), ErrorCode.CORRUPT),
        (box(b"stts", bytes(9))[:-3], ErrorCode.CORRUPT),
    ],
)
def test_a_table_that_claims_more_than_it_has_is_refused(table: bytes, code: ErrorCode) -> None:
    assert refusal(movie(track(table))) is code


def test_samples_of_half_a_byte_each_are_counted() -> None:
    assert cleaned(movie(track(numbers(b"stz2", 0, 4, 4, more=bytes(2)))))
    assert refusal(movie(track(numbers(b"stz2", 0, 4, 5, more=bytes(2))))) is ErrorCode.CORRUPT


@pytest.mark.parametrize("flags", [0, 1, 5, 0x200, 0xF05])
def test_a_fragment_that_claims_more_than_it_has_is_corrupt(flags: int) -> None:
    front = bytes(4 * (flags & 1) + 4 * (flags >> 2 & 1))
    run = bytes(3 * 4 * (flags & 0xF00).bit_count())
    data = movie(track())
    assert cleaned(data + fragment(numbers(b"trun", flags, 3, more=front + run)))
    assert (
        refusal(data + fragment(numbers(b"trun", flags, 40_000_000, more=front + run))) is ErrorCode.CORRUPT
    )


def test_the_samples_of_all_tracks_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4, "MAX_SAMPLES", 7)
    sizes = numbers(b"stsz", 0, 0, 3, 9, 9, 9)
    assert cleaned(movie(track(sizes), track(sizes)))
    assert refusal(movie(track(sizes), track(sizes), track(sizes))) is ErrorCode.TOO_LARGE
    assert refusal(movie(track(sizes)) + fragment(numbers(b"trun", 0, 5))) is ErrorCode.TOO_LARGE


def test_edits_that_would_repeat_all_samples_are_hidden_from_the_decoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mp4, "MAX_SAMPLES", 7)
    edits = box(b"edts", numbers(b"elst", 1 << 24, 2, more=bytes(40)))
    data = movie(track(numbers(b"stsz", 0, 0, 3, 9, 9, 9), edits=edits))
    assert cleaned(data) == data
    data = movie(track(numbers(b"stsz", 0, 0, 4, 9, 9, 9, 9), edits=edits))
    assert cleaned(data) == data.replace(b"elst", b"skip")


def test_the_number_of_tracks_fragments_and_boxes_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(movie(*[track()] * 17)) is ErrorCode.TOO_LARGE
    monkeypatch.setattr(mp4, "MAX_FRAGMENTS", 2)
    assert cleaned(movie(track()) + fragment() * 2)
    assert refusal(movie(track()) + fragment() * 3) is ErrorCode.TOO_LARGE
    assert refusal(movie(track()) + box(b"free") * 200_000) is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.CORRUPT),
        (TYPE + SAMPLES, ErrorCode.CORRUPT),
        (movie(), ErrorCode.UNSUPPORTED),
        (movie(track(kinds=(b"soun",))), ErrorCode.UNSUPPORTED),
        (movie(box(b"cmov", bytes(40))), ErrorCode.UNSUPPORTED),
        (movie(track())[:-9], ErrorCode.CORRUPT),
        (TYPE + box(b"moov", struct.pack(">I4s", 4, b"trak")), ErrorCode.CORRUPT),
    ],
)
def test_a_file_without_video_is_refused(data: bytes, code: ErrorCode) -> None:
    assert refusal(data) is code


def test_the_last_box_may_be_truncated_or_unbounded() -> None:
    head = TYPE + movie(track())[len(TYPE + SAMPLES) :]
    for end in (
        b"\0\0\0\5anything",
        SAMPLES[:-9],
        bytes(4) + SAMPLES[4:],
        b"\0\0\0\1mdat" + struct.pack(">Q", 900) + bytes(40),
    ):
        assert cleaned(head + end) == head + end


CLUSTER = b"\x1f\x43\xb6\x75"
UNKNOWN_LENGTH = b"\x01" + b"\xff" * 7


def block(flags: int, frames: int = 256, name: int = 0xA3) -> bytes:
    """Return a block of Matroska for track 1; the flags decide whether it claims these frames."""
    return bytes([name, 0x85, 0x81, 0, 0, flags, frames - 1])


def group(*elements: bytes) -> bytes:
    content = b"".join(elements)
    return bytes([0xA0, 0x80 + len(content)]) + content


def cluster(*elements: bytes, length: bytes = UNKNOWN_LENGTH) -> bytes:
    return CLUSTER + length + b"\xe7\x81\1" + b"".join(elements)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow 1,000 frames and elements."""
    monkeypatch.setattr(matroska, "MAX_CLAIMED", 1000)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("length", [UNKNOWN_LENGTH, b"\x80", b"\x82", b"\x10\0\0\7"])
@pytest.mark.parametrize("flags", [0x02, 0x84, 0x06])
@pytest.mark.parametrize(
    "several", [block, lambda flags: group(b"\x9b\x81\1", block(flags, name=0xA1))], ids=["simple", "group"]
)
def test_the_number_of_frames_that_blocks_claim_is_limited(
    several: Callable[[int], bytes], flags: int, length: bytes
) -> None:
    kind = ImageFormat.MATROSKA
    assert videos.clean(cluster(*[several(flags)] * 3, length=length), kind)
    assert refusal(cluster(*[several(flags)] * 4, length=length), kind) is ErrorCode.TOO_LARGE
    assert videos.clean(cluster(*[several(0x80)] * 4, length=length), kind)


@pytest.mark.usefixtures("few")
def test_frames_are_counted_over_all_clusters_wherever_they_are() -> None:
    data = cluster(block(2)) + bytes(9) + cluster(b"\xec\xc0" + cluster(block(2))) + cluster(block(2))
    assert videos.clean(data, ImageFormat.MATROSKA)
    assert refusal(data + cluster(block(2)), ImageFormat.MATROSKA) is ErrorCode.TOO_LARGE


@pytest.mark.usefixtures("few")
def test_the_number_of_elements_in_clusters_is_limited() -> None:
    assert videos.clean(cluster(*[b"\xec\x80"] * 800), ImageFormat.MATROSKA)
    assert refusal(cluster(*[b"\xec\x80"] * 1100), ImageFormat.MATROSKA) is ErrorCode.TOO_LARGE
    assert refusal(CLUSTER * 1100, ImageFormat.MATROSKA) is ErrorCode.TOO_LARGE


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("size", [2**14 - 2, 2**21 - 2])
def test_the_content_of_a_frame_claims_nothing(size: int) -> None:
    """By chance, it looks like thousands of blocks with many frames each."""
    frame = random.Random(size).randbytes(size - 4)
    length = (size | 1 << 14 if size < 2**14 else size | 1 << 21).to_bytes(2 if size < 2**14 else 3)
    data = cluster(b"\xa3" + length + b"\x81\0\0\x80" + frame, block(2))
    assert videos.clean(data, ImageFormat.MATROSKA) == data


@pytest.mark.parametrize("name", ["1254c367", "1043a770", "1941a469"])
def test_tags_chapters_and_attachments_are_hidden_from_the_decoder(name: str) -> None:
    data = b"before" + bytes.fromhex(name) + b"\x81\0after"
    assert videos.clean(data, ImageFormat.MATROSKA) == data.replace(
        bytes.fromhex(name), bytes.fromhex(name[:6] + "ff")
    )


def test_texts_in_an_avi_are_hidden_from_the_decoder() -> None:
    data = b"RIFF....AVI LIST\4\0\0\0INFOLIST\4\0\0\0movistrd\x09\0\0\0AVIF....strd\4\0\0\0abcd"
    seen = videos.clean(data, ImageFormat.AVI)
    assert seen == b"RIFF....AVI JUNK\4\0\0\0INFOLIST\4\0\0\0moviJUNK\x09\0\0\0AVIF....strd\4\0\0\0abcd"
