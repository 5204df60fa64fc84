"""RAW files as a camera could write them: DNG by its specification (1.4), also with other magic bytes.

The filter over the sensor sees sRGB, so the developed picture is known. A preview, if any, comes first, as
in files of cameras.
"""

import struct
from collections.abc import Mapping

import numpy as np

from advthumb.testing.pictures.pixels import Pixels

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _SIGNED_RATIONAL = 1, 2, 3, 4, 5, 10
_FORMATS = {_BYTE: "B", _SHORT: "H", _LONG: "I", _RATIONAL: "I", _SIGNED_RATIONAL: "i"}
_PER_VALUE = {_RATIONAL: 2, _SIGNED_RATIONAL: 2}
_TO_CAMERA = (
    3.2404542,
    -1.5371385,
    -0.4985314,
    -0.9692660,
    1.8760108,
    0.0415560,
    0.0556434,
    -0.2040259,
    1.0572252,
)
"""From XYZ to the sensor's colours, which are linear sRGB."""
_WHITE_LEVEL = 65_535
_DNG = b"II*\0"
OLYMPUS = b"IIRO"
"""The first bytes of Olympus files, which are otherwise TIFFs."""

_Tags = Mapping[int, tuple[int, tuple[int, ...] | bytes]]


def raw(
    pixels: Pixels,
    *,
    preview: bytes | Pixels | None = None,
    preview_size: tuple[int, int] = (0, 0),
    orientation: int = 1,
    magic: bytes = _DNG,
    neutral: tuple[float, float, float] = (1, 1, 1),
    aspect: float = 1,
    size: tuple[int, int] | None = None,
) -> bytes:
    """Return a RAW file.

    Args:
        pixels: What the sensor saw: height x width x 3 with even sides, or x 1 for a sensor without a filter.
        preview: A JPEG, or pixels.
        preview_size: The width and height of a preview that is a JPEG.
        orientation: The tag of orientation.
        magic: The first four bytes.
        neutral: How the sensor sees white, in red, green and blue.
        aspect: How much wider than high its pixels are.
        size: The declared width and height, if not the right ones.
    """
    mosaic = _mosaic(pixels, neutral)
    height, width = mosaic.shape
    width, height = size or (width, height)
    camera: _Tags = {
        271: (_ASCII, b"Maker\0"),
        272: (_ASCII, b"Camera\0"),
        274: (_SHORT, (orientation,)),
        306: (_ASCII, b"2024:05:06 07:08:09\0"),
        50706: (_BYTE, (1, 4, 0, 0)),
        50707: (_BYTE, (1, 1, 0, 0)),
        50708: (_ASCII, b"Maker Camera\0"),
        50721: (_SIGNED_RATIONAL, tuple(n for each in _TO_CAMERA for n in (round(each * 10_000), 10_000))),
        50728: (_RATIONAL, tuple(number for each in neutral for number in (round(each * 1000), 1000))),
        50778: (_SHORT, (21,)),
    }
    sensor: _Tags = {
        **_layout(
            width, height, 16, 1, compression=1, photometric=32803 if pixels.shape[2] == 3 else 34892, kind=0
        ),
        50714: (_SHORT, (0,)),
        50717: (_LONG, (_WHITE_LEVEL,)),
        50718: (_RATIONAL, (round(aspect * 1000), 1000, 1, 1)),
    }
    if pixels.shape[2] == 3:
        sensor = {**sensor, 33421: (_SHORT, (2, 2)), 33422: (_BYTE, (0, 1, 1, 2))}
    data = mosaic.astype("<u2").tobytes()
    if preview is None:
        return _written(magic, [({**sensor, **camera}, data)])
    if isinstance(preview, bytes):
        shown = _layout(*preview_size, 8, 3, compression=7, photometric=6, kind=1)
        return _written(magic, [({**shown, **camera}, preview), (sensor, data)])
    high, wide, samples = preview.shape
    shown = _layout(wide, high, 8, samples, compression=1, photometric=2 if samples == 3 else 1, kind=1)
    return _written(magic, [({**shown, **camera}, preview.tobytes()), (sensor, data)])


def _mosaic(pixels: Pixels, neutral: tuple[float, float, float]) -> np.ndarray:
    """Return what a sensor sees behind its filter: red and green, then green and blue; linear, 16 bits."""
    part = pixels.astype(float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) * _WHITE_LEVEL
    if pixels.shape[2] == 1:
        return linear[:, :, 0].round()
    linear *= neutral
    mosaic = linear[:, :, 1].copy()
    mosaic[::2, ::2] = linear[::2, ::2, 0]
    mosaic[1::2, 1::2] = linear[1::2, 1::2, 2]
    return mosaic.round()


def _layout(
    width: int, height: int, bits: int, samples: int, *, compression: int, photometric: int, kind: int
) -> _Tags:
    return {
        254: (_LONG, (kind,)),
        256: (_LONG, (width,)),
        257: (_LONG, (height,)),
        258: (_SHORT, (bits,) * samples),
        259: (_SHORT, (compression,)),
        262: (_SHORT, (photometric,)),
        277: (_SHORT, (samples,)),
        278: (_LONG, (height,)),
        284: (_SHORT, (1,)),
    }


def _written(magic: bytes, directories: list[tuple[_Tags, bytes]]) -> bytes:
    """Return a TIFF: the first directory, its subdirectories, and then the strip of each."""
    body, places, strips = _placed([(tags, strip, 0) for tags, strip in directories])
    starts = [len(body) + sum(map(len, strips[:number])) for number in range(len(strips))]
    body, places, strips = _placed(
        [(tags, strip, start) for (tags, strip), start in zip(directories, starts, strict=True)]
    )
    return magic + struct.pack("<I", places[-1]) + body[8:] + b"".join(strips)


def _placed(directories: list[tuple[_Tags, bytes, int]]) -> tuple[bytes, list[int], list[bytes]]:
    """Return the directories, where each begins (the first one last), and the strips, padded."""
    body, places = bytes(8), list[int]()
    for number, (tags, strip, start) in reversed(list(enumerate(directories))):
        own = {**tags, 273: (_LONG, (start,)), 279: (_LONG, (len(strip),))}
        if number == 0 and places:
            own[330] = (_LONG, tuple(places))
        places.append(len(body))
        body += _directory(own, len(body))
    return body, places, [strip + bytes(len(strip) % 2) for _, strip, _ in directories]


def _directory(tags: _Tags, at: int) -> bytes:
    entries, values = struct.pack("<H", len(tags)), b""
    ahead = at + 2 + 12 * len(tags) + 4
    for tag, (kind, numbers) in sorted(tags.items()):
        content = (
            numbers
            if isinstance(numbers, bytes)
            else struct.pack(f"<{len(numbers)}{_FORMATS[kind]}", *numbers)
        )
        place = content.ljust(4, b"\0")
        if len(content) > 4:
            place = struct.pack("<I", ahead + len(values))
            values += content + bytes(len(content) % 2)
        entries += struct.pack("<HHI", tag, kind, len(numbers) // _PER_VALUE.get(kind, 1)) + place
    return entries + bytes(4) + values
