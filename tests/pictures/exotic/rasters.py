"""Simple raster formats: SGI, Sun, X pixmaps and bitmaps, and QOI."""

import struct
from collections.abc import Iterator
from itertools import product
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

from advthumb.core.formats import ImageFormat
from advthumb.testing.pictures.files import as_image, save
from advthumb.testing.pictures.pixels import Pixels
from tests.pictures.exotic.made import Made
from tests.pictures.exotic.shown import grey, photo, translucent


def sgi(
    pixels: NDArray[np.integer], depth: int = 1, *, packed: bool = False, axes: int = 3, order: int = 1
) -> bytes:
    """Return an SGI image, optionally with packed rows, in the row order 1 or -1."""
    height, width, channels = pixels.shape
    head = struct.pack(">HBBHHHHII", 474, packed, depth, axes, width, height, channels, 0, 255)
    head = (head + bytes(4) + b"a name").ljust(512, b"\0")
    rows = pixels.astype(f">u{depth}").transpose(2, 0, 1)[:, ::-1].reshape(-1, width)
    if not packed:
        return head + rows.tobytes()
    starts, lengths, body = [0] * len(rows), [0] * len(rows), b""
    for number in range(len(rows))[::order]:
        row = _packed_row(rows[number], depth)
        starts[number], lengths[number] = 512 + 8 * len(rows) + len(body), len(row)
        body += row
    return head + struct.pack(f">{2 * len(rows)}I", *starts, *lengths) + body


def _packed_row(row: NDArray[np.integer], depth: int) -> bytes:
    """Return a row in counted pieces, the first of which is a run of its first sample if there is one."""
    count = next((at for at, value in enumerate(row) if value != row[0]), len(row))
    first = [(count, row[:1])] if 1 < count <= 127 else []
    done = count if first else 0
    rest = [(0x80 | len(row[at : at + 100]), row[at : at + 100]) for at in range(done, len(row), 100)]
    parts = [length.to_bytes(depth, "big") + values.tobytes() for length, values in [*first, *rest]]
    return b"".join(parts) + bytes(depth)


OLD, STANDARD, CODED, RED_FIRST = range(4)


def sun(rows: list[bytes], width: int, bits: int, kind: int = STANDARD, colours: bytes = b"") -> bytes:
    """Return a Sun raster from unpadded rows."""
    body = b"".join(row + b"\0" * (len(row) % 2) for row in rows)
    if kind == CODED:
        body = _run_length(body)
    length = 0 if kind == OLD else len(body)
    head = struct.pack(">8I", 0x59A66A95, width, len(rows), bits, length, kind, bool(colours), len(colours))
    return head + colours + body


def _run_length(body: bytes) -> bytes:
    """Return bytes as pairs and triples, with 128 as the escape."""
    out, at = b"", 0
    while at < len(body):
        count = 1
        while at + count < len(body) and body[at + count] == body[at] and count < 256:
            count += 1
        value = body[at : at + 1]
        if count > 2:
            out += bytes([128, count - 1]) + value
        else:
            out += (b"\x80\x00" if value == b"\x80" else value) * count
        at += count
    return out


def xpm(pixels: Pixels, keys: int = 2, names: dict[str, str] | None = None, kind: str = "c") -> bytes:
    """Return a pixmap. `names` has names for some colours by `#rrggbb`; colours with alpha 0 are `None`."""
    height, width, channels = pixels.shape
    texts = [
        ["None" if channels == 4 and not p[3] else "#" + bytes(p[:3]).hex() for p in row]
        for row in pixels.tolist()
    ]
    colours = dict.fromkeys(text for row in texts for text in row)
    key_of = dict(
        zip(
            colours,
            ("".join(each) for each in product(" .\t" * (keys > 1) + ascii_letters, repeat=keys)),
            strict=False,
        )
    )
    lines = [f"{width} {height} {len(colours)} {keys}"]
    lines += [f"{key_of[colour]}\ts name {kind} {(names or {}).get(colour, colour)}" for colour in colours]
    lines += ["".join(key_of[text] for text in row) for row in texts]
    return (
        '/* XPM */\nstatic char *a[] = {\n/* "no string" */\n'
        + ",\n".join(f'"{line}"' for line in lines)
        + "};\n"
    ).encode()


def xbm(black: NDArray[np.bool_], kind: str = "static unsigned char", upper: bool = False) -> bytes:
    """Return a bitmap."""
    height, width = black.shape
    values = np.packbits(black, axis=1, bitorder="little").ravel().tolist()
    words = ", ".join(f"0x{value:02X}" if upper else f"0x{value:x}" for value in values)
    head = f"#define a_width {width}\n#define a_height {height}\n#define a_x_hot 1\n#define a_y_hot 2\n"
    return (head + kind + " a_bits[] = {\n" + words + " };\n").encode()


def made() -> Iterator[Made]:
    """Return all of them."""
    for image_format, files in (
        (ImageFormat.SGI, _sgis),
        (ImageFormat.SUN, _suns),
        (ImageFormat.XPM, _xpms),
        (ImageFormat.XBM, _xbms),
        (ImageFormat.QOI, _qois),
    ):
        for name, data, pixels in files():
            yield Made(f"{image_format} {name}", image_format, data, pixels)


Files = Iterator[tuple[str, bytes, Pixels]]


def _sgis() -> Files:
    for name, pixels in (
        ("grey", grey()),
        ("colours", photo()),
        ("colours with alpha", translucent(photo())),
    ):
        for depth in (1, 2):
            samples = pixels.astype(np.int64) * (257 if depth == 2 else 1)
            yield f"{name}, {depth} bytes", sgi(samples, depth), pixels
            yield f"{name}, {depth} bytes, packed", sgi(samples, depth, packed=True), pixels
            yield (
                f"{name}, {depth} bytes, packed, from its end",
                sgi(samples, depth, packed=True, order=-1),
                pixels,
            )
    yield "of two axes", sgi(grey(), axes=2), grey()
    yield "of one axis", sgi(grey()[:1], axes=1), grey()[:1]
    yield "with something behind it", sgi(photo()) + sgi(photo()), photo()
    yield "of Pillow", save(as_image(photo()), "SGI"), photo()


def _suns() -> Files:
    for name, pixels in (("", photo()), (", even", photo(38, 28))):
        width, black = pixels.shape[1], pixels[..., 1] < 128
        palette = bytes(range(255, -1, -1)) + bytes(range(256)) + bytes([7] * 256)
        value = pixels[..., 1]
        mapped = np.dstack([255 - value, value, np.full_like(value, 7)])
        rows = [row.tobytes() for row in value]
        reverse = [row[:, ::-1].tobytes() for row in pixels]
        padded = [np.insert(row[:, ::-1], 0, 99, axis=1).tobytes() for row in pixels]
        bits = [row.tobytes() for row in np.packbits(black, axis=1)]
        two = np.where(black[..., None], np.uint8([30, 200, 60]), np.uint8([250, 10, 90]))
        white = (~black * np.uint8(255))[..., None]
        yield f"grey{name}", sun(rows, width, 8), value[..., None]
        yield f"with a map{name}", sun(rows, width, 8, colours=palette), mapped
        yield f"in colours{name}", sun(reverse, width, 24), pixels
        yield f"in colours, old{name}", sun(reverse, width, 24, OLD), pixels
        yield (
            f"in colours, red first{name}",
            sun([row.tobytes() for row in pixels], width, 24, RED_FIRST),
            pixels,
        )
        yield f"of 32 bits{name}", sun(padded, width, 32), pixels
        yield f"of one bit{name}", sun(bits, width, 1), white
        yield (
            f"of one bit, with a map{name}",
            sun(bits, width, 1, colours=bytes([250, 30, 10, 200, 90, 60])),
            two,
        )
    even = grey(38, 28)
    yield "grey, packed", sun([row.tobytes() for row in even], 38, 8, CODED), even


def _xpms() -> Files:
    few = photo() // 64 * 85
    gone = few.copy()
    gone[:9] = 0
    clear = np.dstack([gone, np.where(np.arange(29)[:, None] < 9, 0, 255) * np.ones((29, 39))]).astype(
        np.uint8
    )
    two = np.where(grey() < 128, np.uint8([0, 255, 0]), np.uint8([190, 190, 190]))
    yield "of few colours", xpm(few), few
    yield "of few colours, three keys", xpm(few, 3), few
    yield "of few colours, four keys", xpm(few, 4), few
    yield "of two colours, one key", xpm(two, 1), two
    yield "with nothing in places", xpm(clear), clear
    yield "of named colours", xpm(two, 1, {"#00ff00": "Green", "#bebebe": "grey"}), two
    yield "of other names", xpm(two, 1, {"#00ff00": "#0F0", "#bebebe": "#bebeBEBEbebe"}, "g4"), two
    yield "of many colours", xpm(photo(), 3), photo()
    black = (grey() > 127) * np.uint8(255)
    yield (
        "of black and white",
        xpm(np.repeat(black, 3, axis=2), 1, {"#000000": "gray0", "#ffffff": "Gray100"}, "m"),
        black,
    )


def _xbms() -> Files:
    black = grey()[..., 0] < 128
    white = (~black * np.uint8(255))[..., None]
    yield "as usual", xbm(black), white
    yield "in capitals", xbm(black, "static char", upper=True), white
    yield "of Pillow, which draws in white", save(as_image(255 - white).convert("1"), "XBM"), white


def _qois() -> Files:
    for name, pixels in (("in colours", photo()), ("with alpha", translucent(photo()))):
        yield f"{name}, of Pillow", save(as_image(pixels), "QOI"), pixels
        yield f"{name}, of Pillow, sRGB", save(as_image(pixels), "QOI", colorspace="sRGB"), pixels
