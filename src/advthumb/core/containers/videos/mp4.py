"""Cleans MP4, MOV and 3GP files (ISO/IEC 14496-12; QuickTime File Format).

Before the first frame, FFmpeg lists every sample that the tables claim, and a few bytes can claim billions.
It also acts on boxes at any place, and follows indexes to any place. So the decoder sees only the boxes of
video tracks, whose counts are all checked here; the names of all other boxes become `skip`.
"""

import re
from collections.abc import Iterator, Mapping

from advthumb.core.containers.boxes import Box
from advthumb.core.containers.reading import corrupt, too_large, unpacked, unsupported

MAX_SAMPLES = 3_000_000
"""The maximum number of samples in all tracks together: 14 hours at 60 frames per second. Each one costs
FFmpeg 35 bytes. If FFmpeg would list more, because each edit has a separate list, the edits are hidden."""
MAX_FRAGMENTS = 20_000
_MOST_BOXES = 200_000
_MOST_TRACKS = 16
"""The maximum number of video tracks. 360-degree cameras write two or three."""
_MOST_DESCRIPTIONS = 64
"""The maximum number of sample descriptions in a track."""

_HEADER = 8
"""The bytes that the length and the name of a box take."""
_ALL = b""
"""The name that stands for the file itself, as the parent of the top-level boxes."""
_INSIDE: Mapping[bytes, frozenset[bytes]] = {
    _ALL: frozenset({b"ftyp", b"moov", b"moof", b"mdat"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"mvex": frozenset({b"trex"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stps", b"stsz", b"stz2", b"stsc", b"stco", b"co64"}
    ),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset({b"tfhd", b"tfdt", b"trun"}),
}
"""The boxes that the decoder sees, by parent."""
_TABLES: Mapping[bytes, int] = {
    b"stts": 8,
    b"ctts": 8,
    b"stsc": 12,
    b"stco": 4,
    b"co64": 8,
    b"stss": 4,
    b"stps": 4,
    b"dref": 12,
    b"stsd": 16,
}
"""The tables that declare their number of entries, with the minimum length of an entry in bytes."""
_HIDDEN = re.compile(
    rb"moov|moof|trak|traf|trun|tfhd|trex|elst|st[st]s|ctts|stsc|stco|co64|stps|stsz|stz2|stsd|cmov"
    rb"|sidx|tfra|udta|meta|ilst|keys|sgpd|sbgp|hdlr|mdhd|dref|uuid|senc|pssh|rmra|mdat|stbl|minf"
)
"""Boxes that FFmpeg would also act on inside a sample description."""
_EDITS = {0: 12, 1: 20}
"""The length in bytes of an entry in an edit list, by version of the list."""
_ONE_EACH = 0xF00
"""The flags of a track run for per-sample fields: for each flag, every sample has a field of four bytes."""


def clean(data: bytes) -> bytes:
    """Return a file in which the decoder sees only what its video needs.

    Raises:
        ThumbnailError: `corrupt`: a table claims more than it has; `too-large`: there are too many samples,
            fragments or boxes; `unsupported`: there is no video.
    """
    return _Cleaning(data).result()


class _Cleaning:
    """The cleaning of one file.

    Args:
        data: The whole file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._skipped: list[int] = []
        self._edit_lists: list[int] = []
        self._boxes = self._headers = self._samples = self._edits = self._tracks = self._fragments = 0

    def result(self) -> bytes:
        """Return the file with renamed boxes for everything that the decoder must not see."""
        self._walk(_ALL, 0, len(self._data))
        if not self._headers:
            raise corrupt("it has no header")
        if not self._tracks:
            raise unsupported("a file without video, such as an audio file")
        if self._samples * self._edits > MAX_SAMPLES:
            self._skipped += self._edit_lists
        return self._renamed() if self._skipped else self._data

    def _renamed(self) -> bytes:
        """Return the file with renamed boxes. It may be large, so it is copied only once."""
        view, parts, done = memoryview(self._data), list[bytes | memoryview](), 0
        for at in sorted(self._skipped):
            parts += [view[done:at], b"skip"]
            done = at + 4
        return b"".join([*parts, view[done:]])

    def _walk(self, name: bytes, start: int, stop: int) -> None:
        """Check everything in a box that the decoder sees, and list what must be hidden."""
        kept = _INSIDE[name]
        for at, inner in self._between(start, stop, is_whole=name != _ALL):
            if inner.name not in kept or (inner.name == b"trak" and not self._is_video(inner)):
                self._skipped.append(at + 4)
                if inner.name == b"cmov":
                    raise unsupported("a QuickTime movie with a compressed header")
            elif inner.name in _INSIDE:
                self._count(inner.name)
                self._walk(inner.name, inner.start, inner.stop)
            else:
                self._check(inner)
                self._edit_lists += [at + 4] if inner.name == b"elst" else []

    def _between(self, start: int, stop: int, *, is_whole: bool) -> Iterator[tuple[int, Box]]:
        """Yield the boxes between two offsets, and where each one begins.

        The last box of a file may be truncated or followed by something else; the rest may still be shown.
        """
        while start + _HEADER <= stop:
            self._boxes += 1
            if self._boxes > _MOST_BOXES:
                raise too_large(f"it has more than {_MOST_BOXES} boxes")
            size, name = unpacked(">I4s", self._data, start)
            content = start + _HEADER
            if size == 1:
                (size,) = unpacked(">Q", self._data, content)
                content += 8
            end = start + size if size else stop
            if not is_whole:
                end = min(end, stop)
                if end < content:
                    return  # no longer a box
            if not content <= end <= stop:
                raise corrupt(f"a box of type {name!r} extends past the end of its container")
            yield start, Box(name, content, end)
            start = end

    def _is_video(self, track: Box) -> bool:
        """Return whether a track is a video track, with no other handler."""
        handlers = {
            self._data[inner.start + 8 : inner.start + 12]
            for _, media in self._between(track.start, track.stop, is_whole=True)
            if media.name == b"mdia"
            for _, inner in self._between(media.start, media.stop, is_whole=True)
            if inner.name == b"hdlr"
        }
        return handlers == {b"vide"}

    def _count(self, name: bytes) -> None:
        self._headers += name == b"moov"
        self._tracks += name == b"trak"
        self._fragments += name == b"moof"
        if self._tracks > _MOST_TRACKS or self._fragments > MAX_FRAGMENTS:
            raise too_large(f"it has {self._tracks} video tracks and {self._fragments} fragments")

    def _check(self, table: Box) -> None:
        """Check the claims of a box without child boxes."""
        if width := _TABLES.get(table.name):
            (count,) = unpacked(">I", self._data, table.start + 4)
            self._backed(table, 8, count, width)
        match table.name:
            case b"stsz":
                self._check_sizes(table)
            case b"stz2":
                bits, count = unpacked(">BI", self._data, table.start + 7)
                self._backed(table, 12, -(-count * bits // 8), 1)
                self._add(count)
            case b"trun":
                self._check_run(table)
            case b"elst":
                word, count = unpacked(">II", self._data, table.start)
                self._backed(table, 8, count, _EDITS.get(word >> 24, 20))
                self._edits += count
            case b"stsd":
                self._check_descriptions(table)

    def _backed(self, table: Box, at: int, count: int, width: int) -> None:
        """Refuse a table that is too short for its entries.

        Raises:
            ThumbnailError: `corrupt`.
        """
        if table.start + at + count * width > table.stop:
            raise corrupt(f"a table of type {table.name!r} claims {count} entries, but ends early")

    def _check_sizes(self, table: Box) -> None:
        """Check how many samples a track claims; if all have the same size, the table has no entries."""
        size, count = unpacked(">II", self._data, table.start + 4)
        self._backed(table, 12, 0 if size else count, 4)
        self._fits(size * count)
        self._add(count)

    def _check_run(self, run: Box) -> None:
        """Check how many samples a fragment claims; it need not have fields for each of them."""
        word, count = unpacked(">II", self._data, run.start)
        fields = (word & _ONE_EACH).bit_count()
        front = 8 + 4 * (word & 1) + 4 * (word >> 2 & 1)
        self._backed(run, front, count, 4 * fields)
        self._fits(count)
        self._add(count)

    def _fits(self, length: int) -> None:
        if length > len(self._data):
            raise corrupt(f"it claims {length} bytes of samples, but the whole file has {len(self._data)}")

    def _add(self, count: int) -> None:
        self._samples += count
        if self._samples > MAX_SAMPLES:
            raise too_large(f"it claims more than {MAX_SAMPLES} samples")

    def _check_descriptions(self, table: Box) -> None:
        """Refuse sample descriptions that hide another box."""
        (count,) = unpacked(">I", self._data, table.start + 4)
        if count > _MOST_DESCRIPTIONS:
            raise too_large(f"a track has {count} sample descriptions")
        if found := _HIDDEN.search(self._data, table.start, table.stop):
            raise corrupt(f"a sample description contains a box of type {found[0]!r}")
