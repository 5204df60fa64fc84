"""ICC profiles built with struct, and the expected sRGB colours of their pixels by textbook formulas."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .files import encode
from .pixels import Pixels
from .png import chunk

Matrix = NDArray[np.float64]

_SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
"""Red, green and blue of sRGB (columns) in XYZ under D50."""
_P3 = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
_ADOBE = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
_D50 = np.array([0.9642, 1.0, 0.8249])


@dataclass(frozen=True)
class RGBProfile:
    """A matrix profile with three primaries and one gamma."""

    primaries: Matrix
    gamma: float

    @property
    def icc(self) -> bytes:
        """The profile as embedded bytes."""
        tags = {name: _xyz(self.primaries[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(self.gamma))
        return _profile(b"mntr", b"RGB ", b"XYZ ", tags)

    def in_srgb(self, pixels: Pixels) -> Pixels:
        """Return pixels of this profile converted to sRGB, with out-of-gamut colours clipped."""
        linear = (pixels / 255) ** self.gamma
        return _srgb_encoded(linear @ (np.linalg.inv(_SRGB) @ self.primaries).T)


P3 = RGBProfile(_P3, 2.2)
"""The primaries of Display P3, which recent phones embed."""
ADOBE = RGBProfile(_ADOBE, 2.19921875)
"""Adobe RGB (1998), which cameras and photo editors embed."""
SWAPPED = RGBProfile(_SRGB[:, [1, 0, 2]], 2.2)
"""Red and green swapped, so that an engine that ignores the profile gives clearly wrong colours."""


ADOBE_POINTS = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
"""x and y of white, red, green and blue of Adobe RGB (1998)."""


def grey_profile(gamma: float = 1.0) -> bytes:
    """Return a profile for grey pictures; the default gamma means linear light."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def grey_in_srgb(value: float, gamma: float = 1.0) -> int:
    """Return the sRGB value of a grey value with such a profile."""
    return int(_srgb_encoded(np.array((value / 255) ** gamma)))


def heavy_profile() -> bytes:
    """Return a profile with red and green swapped, and with a large extra tag: more than a megabyte."""
    tags = {name: _xyz(SWAPPED.primaries[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(SWAPPED.gamma))
    return _profile(b"mntr", b"RGB ", b"XYZ ", {**tags, b"data": b"data" + bytes(2**20)})


def tinted_profile() -> bytes:
    """Return an RGB profile of linear light in which grey is bluish, as in the profiles of scanners."""
    bluish = _SRGB * np.array([0.8, 0.9, 1.0])
    return RGBProfile(bluish, 1.0).icc


def swapped_ink_profile() -> bytes:
    """Return a CMYK profile in which cyan ink prints yellow, and yellow ink prints cyan."""
    nodes = np.array(np.meshgrid(*[[0, 1]] * 4, indexing="ij")).reshape(4, -1).T  # cyan varies slowest
    cyan, magenta, yellow, black = nodes.T
    rgb = np.stack([1 - yellow, 1 - magenta, 1 - cyan], axis=1) * (1 - black)[:, None]
    ramp = bytes(range(256))
    identity = struct.pack(">9i", *(np.eye(3).ravel() * 65536).astype(int).tolist())
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity
    lut += ramp * 4 + _lab_samples(_lab(rgb)).tobytes() + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": lut})


def jpeg_with_parts(pixels: Pixels, *parts: bytes, behind_frame: bool = False) -> bytes:
    """Return a JPEG with the parts of a profile. Each part begins with its number and the count (ICC.1, B.4).

    Args:
        pixels: Grey, or red, green and blue.
        parts: The parts, in the order of the file.
        behind_frame: Whether the parts come after the header of the frame, but before the pixels.
    """
    data = encode(pixels, "JPEG", quality=95)
    at = data.index(b"\xff\xc4", data.index(b"\xff\xc0")) if behind_frame else 2
    segments = (b"\xff\xe2" + struct.pack(">H", len(part) + 14) + b"ICC_PROFILE\x00" + part for part in parts)
    return data[:at] + b"".join(segments) + data[at:]


def png_with(pixels: Pixels, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG with further chunks before its pixels."""
    data = encode(pixels, "PNG")
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(chunk(*each) for each in chunks) + data[at:]


def gamma_chunk(gamma: float) -> tuple[bytes, bytes]:
    """Return the gAMA chunk of a PNG."""
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def points_chunk(*points: float) -> tuple[bytes, bytes]:
    """Return the cHRM chunk of a PNG: x and y of white, red, green and blue."""
    return b"cHRM", struct.pack(">8I", *(round(each * 100_000) for each in points))


def lab_tiff(colours: Pixels) -> bytes:
    """Return a CIELAB TIFF of sRGB pixels."""
    signed = _lab_samples(lab_of_srgb(colours / 255)) ^ np.array(
        [0, 128, 128], np.uint8
    )  # TIFF 6.0, section 23
    return encode(signed, "TIFF", "LAB")


def lab_of_srgb(encoded: Matrix) -> Matrix:
    """Convert sRGB from 0 to 1 to CIELAB under D50."""
    return _lab(np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4))


def _lab_samples(lab: Matrix) -> Pixels:
    """Convert CIELAB to 8 bits per channel: L from 0 to 100 becomes 0 to 255, a and b begin at -128."""
    samples = np.stack([lab[..., 0] * 2.55, lab[..., 1] + 128, lab[..., 2] + 128], axis=-1)
    return samples.round().clip(0, 255).astype(np.uint8)


def _lab(linear: Matrix) -> Matrix:
    """Convert linear sRGB to CIELAB under D50."""
    ratio = linear @ _SRGB.T / _D50
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def srgb_of_lab(lab: Matrix) -> Matrix:
    """Convert CIELAB under D50 to sRGB from 0 to 1."""
    middle = (lab[..., 0] + 16) / 116
    roots = np.stack([middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200], axis=-1)
    ratio = np.where(roots > 6 / 29, roots**3, (116 * roots - 16) * 27 / 24389)
    linear = ((ratio * _D50) @ np.linalg.inv(_SRGB).T).clip(0, 1)
    encoded: Matrix = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded


def _srgb_encoded(linear: Matrix) -> Pixels:
    linear = linear.clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (encoded * 255).round().astype(np.uint8)


def _xyz(values: Matrix) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(values * 65536).round().astype(int).tolist())


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IHH", 1, round(gamma * 256), 0)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC version 2 profile with these tags (ICC.1:2001-04, section 6)."""
    text = b"test profile\x00"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + text,
        b"wtpt": _xyz(_D50),
        **tags,
    }
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += padded
    head = struct.pack(
        ">I4sI4s4s4s12s4s",
        offset + len(body),
        b"",
        0x02400000,
        kind,
        space,
        connection,
        struct.pack(">6H", 2020, 1, 1, 0, 0, 0),
        b"acsp",
    )
    return (head + bytes(28) + _xyz(_D50)[8:]).ljust(128, b"\x00") + table + body
