"""Which ICC profile counts: one that is whole, and made for the samples that it comes with (ICC.1:2010)."""

from collections.abc import Iterable

from advthumb.core.images import Colours

MAX_PROFILE = 4 * 2**20
"""Bytes of a profile; real ones have at most 3 MB (printers')."""

_HEADER = 128


def joined(parts: Iterable[bytes]) -> bytes | None:
    """Return a profile whose parts came in any order, None unless all of them are there.

    Args:
        parts: Each with its number, from 1 on, and how many there are, in front: ICC.1:2010, B.4.
    """
    numbered = {part[0]: part for part in parts if len(part) > 2}
    count = next((part[1] for part in numbered.values()), 0)
    if set(numbered) != set(range(1, count + 1)) or any(part[1] != count for part in numbered.values()):
        return None
    return b"".join(numbered[number][2:] for number in range(1, count + 1)) or None


def counting(profile: bytes | None, colours: Colours) -> bytes | None:
    """Return a profile if it counts for samples of that kind, else None."""
    if profile is None or len(profile) < _HEADER or len(profile) > MAX_PROFILE or profile[36:40] != b"acsp":
        return None
    space = profile[16:20].decode("latin-1").strip()
    return profile if space == colours else None


def from_codes(primaries: int, transfer: int) -> bytes | None:
    """Return the profile of coding-independent code points, None for sRGB (ITU-T H.273)."""
    del primaries, transfer
    return None


def from_gamma(gamma: float, chromaticities: tuple[float, ...] | None) -> bytes | None:
    """Return the profile of PNG's gAMA and cHRM, None for sRGB."""
    del gamma, chromaticities
    return None
