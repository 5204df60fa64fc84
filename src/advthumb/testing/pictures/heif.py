"""HEIF files built box by box: with tiles, with crops, and with structures that no encoder writes."""

import struct
from dataclasses import dataclass, field

Properties = tuple[tuple[bytes, bytes, bool], ...]
"""For each property: its type, its content, and whether it is essential."""


@dataclass(frozen=True)
class HeifPart:
    """One item of a HEIF file.

    Attributes:
        kind: Its type.
        content: Its bytes.
        properties: Its properties.
        references: The items that each type of reference leads to, numbered from 1.
        inside: Whether its bytes are inside the header (`idat`).
        pieces: The number of pieces in which it is stored.
    """

    kind: bytes
    content: bytes = b""
    properties: Properties = ()
    references: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    inside: bool = False
    pieces: int = 1


def heif_box(name: bytes, *contents: bytes, wide: bool = False) -> bytes:
    """Return a box; `wide` writes its size in 64 bits."""
    content = b"".join(contents)
    if wide:
        return struct.pack(">I4sQ", 1, name, len(content) + 16) + content
    return struct.pack(">I4s", len(content) + 8, name) + content


def heif_property(name: bytes, *numbers: int, layout: str = "I", essential: bool = False) -> Properties:
    """Return one property that contains these numbers."""
    return ((name, struct.pack(f">{len(numbers)}{layout}", *numbers), essential),)


def heif_grid(rows: int, columns: int, width: int, height: int) -> bytes:
    """Return the content of a grid item."""
    return struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)


def heif(*parts: HeifPart, brand: bytes = b"avif", wide: bool = False, primary: int = 1) -> bytes:
    """Return a HEIF file with these items, numbered from 1.

    `wide` writes every number and every size with the largest possible width.
    """
    number, version = ("I", 1) if wide else ("H", 0)
    head = heif_box(b"ftyp", brand, bytes(4), brand, b"mif1")

    def full(name: bytes, its_version: int, flags: int, *contents: bytes) -> bytes:
        return heif_box(name, struct.pack(">I", its_version << 24 | flags), *contents, wide=wide)

    kinds = [
        full(b"infe", 2 + version, 0, struct.pack(f">{number}H4sx", each, 0, part.kind))
        for each, part in enumerate(parts, 1)
    ]
    distinct = list(dict.fromkeys(each[:2] for part in parts for each in part.properties))
    associations = []
    for each, part in enumerate(parts, 1):
        words = [distinct.index(found[:2]) + 1 | found[2] << (15 if wide else 7) for found in part.properties]
        layout = f">{number}B{len(words)}{'H' if wide else 'B'}"
        associations.append(struct.pack(layout, each, len(words), *words))
    references = [
        heif_box(name, struct.pack(f">{number}H{len(targets)}{number}", each, len(targets), *targets))
        for each, part in enumerate(parts, 1)
        for name, targets in part.references.items()
    ]

    def meta(start: int) -> bytes:
        places = {True: 0, False: start}
        entries = []
        for each, part in enumerate(parts, 1):
            entry = struct.pack(f">{number}HHQH", each, part.inside, 0, places[part.inside], part.pieces)
            step = -(-len(part.content) // part.pieces)
            for at in range(0, part.pieces * step or 1, step or 1):
                entry += struct.pack(">QQ", at, min(step, len(part.content) - at))
            entries.append(entry)
            places[part.inside] += len(part.content)
        count = struct.pack(f">{number}", len(parts))
        return full(
            b"meta",
            0,
            0,
            full(b"hdlr", 0, 0, struct.pack(">4x4s13x", b"pict")),
            full(b"pitm", version, 0, struct.pack(f">{number}", primary)),
            full(b"iinf", version, 0, count, *kinds),
            full(b"iloc", 1 + version, 0, struct.pack(">H", 0x8880), count, *entries),
            full(b"iref", version, 0, *references),
            heif_box(
                b"iprp",
                heif_box(b"ipco", *(heif_box(*each) for each in distinct)),
                full(b"ipma", version, int(wide), struct.pack(">I", len(parts)), *associations),
            ),
            heif_box(b"idat", *(part.content for part in parts if part.inside)),
        )

    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + heif_box(b"mdat", *(part.content for part in parts if not part.inside))
