"""What a decoder is to see of an MP4, a MOV or a 3GP (ISO/IEC 14496-12; QuickTime File Format).

Before the first frame, FFmpeg lists every sample that the tables claim, and a few bytes can claim billions.
It also acts on boxes wherever they stand, and follows indexes to wherever they point. So a decoder sees the
boxes of video tracks alone, of which all counts are checked here; the names of all others become `skip`.
"""

import re
from collections.abc import Iterator, Mapping

from advthumb.core.containers.boxes import Box
from advthumb.core.containers.reading import corrupt, too_large, unpacked, unsupported

MAX_SAMPLES = 3_000_000
"""How many samples all tracks may have together: 14 hours of 60 frames a second. Each costs FFmpeg 35 bytes.
Where FFmpeg would list more, because each edit has a list of its own, it does not see the edits."""
MAX_FRAGMENTS = 20_000
_MOST_BOXES = 200_000
_MOST_TRACKS = 16
"""Of video. Cameras that look around write two or three."""
_MOST_DESCRIPTIONS = 64
"""How many kinds of samples a track may have."""

_HEADER = 8
"""Bytes of the length and the name of a box."""
_ALL = b""
"""Stands for what holds the boxes of the file itself."""
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
"""Which boxes a decoder is to see, by what holds them."""
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
"""The tables that say how many entries they have, and the bytes that an entry takes at the least."""
_HIDDEN = re.compile(
    rb"moov|moof|trak|traf|trun|tfhd|trex|elst|st[st]s|ctts|stsc|stco|co64|stps|stsz|stz2|stsd|cmov"
    rb"|sidx|tfra|udta|meta|ilst|keys|sgpd|sbgp|hdlr|mdhd|dref|uuid|senc|pssh|rmra|mdat|stbl|minf"
)
"""What FFmpeg would act upon in the description of a sample, too."""
_EDITS = {0: 12, 1: 20}
"""Bytes of an entry in a list of edits, by the version of the list."""
_ONE_EACH = 0xF00
"""The flags of a run of samples that has something to say about each of them: four bytes for each flag."""


def clean(data: bytes) -> bytes:
    """Return a file of which a decoder sees what shows its video, and nothing else.

    Raises:
        ThumbnailError: `corrupt`: a table claims more than there is; `too-large`: there are too many samples,
            fragments or boxes; `unsupported`: there is no video.
    """
    return _Cleaning(data).result()


class _Cleaning:
    """The work on one file.

    Args:
        data: The whole file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._skipped: list[int] = []
        self._edit_lists: list[int] = []
        self._boxes = self._headers = self._samples = self._edits = self._tracks = self._fragments = 0

    def result(self) -> bytes:
        """Return the file with other names for what is not to be seen."""
        self._walk(_ALL, 0, len(self._data))
        if not self._headers:
            raise corrupt("it has no header")
        if not self._tracks:
            raise unsupported("a file without video, such as sound alone")
        if self._samples * self._edits > MAX_SAMPLES:
            self._skipped += self._edit_lists
        return self._renamed() if self._skipped else self._data

    def _renamed(self) -> bytes:
        """Return the file with other names for boxes; it may be large, and is copied once."""
        view, parts, done = memoryview(self._data), list[bytes | memoryview](), 0
        for at in sorted(self._skipped):
            parts += [view[done:at], b"skip"]
            done = at + 4
        return b"".join([*parts, view[done:]])

    def _walk(self, name: bytes, start: int, stop: int) -> None:
        """Check all that a box holds, as far as a decoder is to see it."""
        kept = _INSIDE[name]
        for at, inner in self._between(start, stop, is_whole=name != _ALL):
            if inner.name not in kept or (inner.name == b"trak" and not self._is_video(inner)):
                self._skipped.append(at + 4)
                if inner.name == b"cmov":
                    raise unsupported("a QuickTime movie whose header is compressed")
            elif inner.name in _INSIDE:
                self._count(inner.name)
                self._walk(inner.name, inner.start, inner.stop)
            else:
                self._check(inner)
                self._edit_lists += [at + 4] if inner.name == b"elst" else []

    def _between(self, start: int, stop: int, *, is_whole: bool) -> Iterator[tuple[int, Box]]:
        """Give the boxes between two places, and where they begin.

        The last box of a file may be cut off, and something else may follow: what is there may be shown.
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
                    return  # not a box any more
            if not content <= end <= stop:
                raise corrupt(f"a box of type {name!r} reaches beyond what holds it")
            yield start, Box(name, content, end)
            start = end

    def _is_video(self, track: Box) -> bool:
        """Return whether a track is one of video, and says nothing else besides."""
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
            raise too_large(f"it has {self._tracks} tracks of video and {self._fragments} fragments")

    def _check(self, table: Box) -> None:
        """Check the claims of a box that holds no others."""
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
            raise corrupt(f"a table of type {table.name!r} claims {count} entries, and is shorter")

    def _check_sizes(self, table: Box) -> None:
        """Check how many samples a track claims; where all are as long, the table has no more than that."""
        size, count = unpacked(">II", self._data, table.start + 4)
        self._backed(table, 12, 0 if size else count, 4)
        self._fits(size * count)
        self._add(count)

    def _check_run(self, run: Box) -> None:
        """Check how many samples a fragment claims, which need not say anything about each of them."""
        word, count = unpacked(">II", self._data, run.start)
        fields = (word & _ONE_EACH).bit_count()
        front = 8 + 4 * (word & 1) + 4 * (word >> 2 & 1)
        self._backed(run, front, count, 4 * fields)
        self._fits(count)
        self._add(count)

    def _fits(self, length: int) -> None:
        if length > len(self._data):
            raise corrupt(f"it claims {length} bytes of samples, and has {len(self._data)} in all")

    def _add(self, count: int) -> None:
        self._samples += count
        if self._samples > MAX_SAMPLES:
            raise too_large(f"it claims more than {MAX_SAMPLES} samples")

    def _check_descriptions(self, table: Box) -> None:
        """Refuse descriptions of samples that hide another box."""
        (count,) = unpacked(">I", self._data, table.start + 4)
        if count > _MOST_DESCRIPTIONS:
            raise too_large(f"a track describes {count} kinds of samples")
        if found := _HIDDEN.search(self._data, table.start, table.stop):
            raise corrupt(f"the description of a sample holds a box of type {found[0]!r}")
