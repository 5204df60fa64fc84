"""Videos that claim too much, or have very many elements that FFmpeg searches one by one. Needs PyAV."""

import struct
from collections.abc import Callable, Mapping

from advthumb.core.containers.boxes import box

from .video_kinds import KINDS, SCENE, SD, video

TABLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def _quicktime() -> bytes:
    return video([SCENE] * 2, codec="mpeg2video", container="mov")


def place(data: bytes, path: tuple[bytes, ...]) -> tuple[int, int]:
    """Return the start and end of a box; each name is of a box inside the previous one."""
    at, stop = 0, len(data)
    for name in path:
        while data[at + 4 : at + 8] != name:
            at += int.from_bytes(data[at : at + 4], "big")
        at, stop = at + 8, at + int.from_bytes(data[at : at + 4], "big")
    return at - 8, stop


def replaced(data: bytes, path: tuple[bytes, ...], new: bytes, keep: bool = False) -> bytes:
    """Return a file with a box replaced, or with another inserted after it if it is kept."""
    start, stop = place(data, path)
    start = stop if keep else start
    for depth in range(1, len(path)):
        at, end = place(data, path[:depth])
        data = data[:at] + struct.pack(">I", end - at + len(new) - (stop - start)) + data[at + 4 :]
    return data[:start] + new + data[stop:]


def table(name: bytes, *numbers: int, more: bytes = b"") -> bytes:
    """Return a box without flags."""
    return box(name, struct.pack(f">{len(numbers) + 1}I", 0, *numbers), more)


def samples(sizes: bytes, count: int) -> bytes:
    """Return a MOV with a table of sizes and this many samples in one chunk."""
    data = replaced(_quicktime(), (*TABLES, b"stsz"), sizes)
    data = replaced(data, (*TABLES, b"stsc"), table(b"stsc", 1, 1, count, 1))
    return replaced(data, (*TABLES, b"stts"), table(b"stts", 1, count, 1))


def listed(count: int) -> bytes:
    """Return a table with this many sizes of one byte."""
    return table(b"stsz", 0, count, more=struct.pack(">I", 1) * count)


def edited(edits: int, count: int) -> bytes:
    """Return a MOV with many edits that each show the whole video."""
    entries = struct.pack(">iiI", count * 100, 0, 65536) * edits
    data = samples(listed(count), count)
    return replaced(data, (*TABLES[:2], b"edts"), box(b"edts", table(b"elst", edits, more=entries)))


def fragments() -> bytes:
    """Return an MP4 whose first fragment claims samples without describing them."""
    data = video([SCENE] * 2, **KINDS["VP9 in fragments"])
    run = box(b"trun", struct.pack(">III", 1, 40_000_000, 0))
    return replaced(data, (b"moof", b"traf", b"trun"), run)


def element(name: str, *content: bytes) -> bytes:
    """Return an element of Matroska."""
    joined = b"".join(content)
    return bytes.fromhex(name) + (1 << 56 | len(joined)).to_bytes(8, "big") + joined


def in_front_of_clusters(*elements: bytes) -> bytes:
    """Return a WebM with more elements, whose segment extends to the end of the file."""
    data = video([SCENE] * 2, codec="libvpx-vp9", container="webm", colours=SD)
    start, cluster = data.index(b"\x18\x53\x80\x67"), data.index(b"\x1f\x43\xb6\x75")
    opened = data[: start + 4] + b"\x01" + b"\xff" * 7 + data[start + 12 : cluster]
    return opened + b"".join(elements) + data[cluster:]


def tags(count: int) -> bytes:
    """Return a WebM with tags that all have different names."""
    named = (
        element("67c8", element("45a3", b"%07d" % number), element("4487", b"x")) for number in range(count)
    )
    return in_front_of_clusters(element("1254c367", element("7373", *named)))


def texts(count: int) -> bytes:
    """Return an AVI with texts that all have different names."""
    data = video([SCENE] * 2, **KINDS["MPEG-4 in AVI"])
    names = (b"%04x\2\0\0\0xy" % number for number in range(count))
    content = b"INFO" + b"".join(names)
    inside = b"LIST" + struct.pack("<I", len(content)) + content
    at = data.index(b"movi") - 8
    whole = int.from_bytes(data[4:8], "little") + len(inside)
    return data[:4] + struct.pack("<I", whole) + data[8:at] + inside + data[at:]


CLAIMS: Mapping[str, Callable[[], bytes]] = {
    "samples of one size": lambda: samples(table(b"stsz", 1, 40_000_000), 40_000_000),
    "samples with sizes": lambda: samples(listed(2_400_000), 2_400_000),
    "edits": lambda: edited(1000, 10_000),
    "a run in a fragment": fragments,
    "fragments": lambda: video([SCENE], **KINDS["VP9 in fragments"]) + box(b"moof") * 1_000_000,
    "boxes": lambda: _quicktime() + box(b"free") * 1_000_000,
    "tags of Matroska": lambda: tags(50_000),
    "frames in blocks": lambda: in_front_of_clusters(
        element("1f43b675", b"\xe7\x81\1", b"\xa3\x85\x81\0\0\x84\xff" * 1_000_000)
    ),
    "texts of AVI": lambda: texts(50_000),
}
"""Videos by what they have, or claim to have, in large numbers: each is smaller than 10 MB."""
