"""Reads FITS images (FITS Standard, 4.0): cards of 80 characters, then samples from bottom to top."""

from advthumb.core.containers.reading import corrupt, too_large, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo

from .pixels import whole

MAX_CARDS = 3600
"""The maximum number of cards in a header; observatories write a few hundred."""

_CARD, _BLOCK = 80, 2880
_TOP = bytes(value ^ 0x80 for value in range(256))
"""Converts the upper bytes of signed 16-bit samples to unsigned ones."""


def read(data: bytes) -> SourceInfo:
    """Read the header.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` for very many cards.
    """
    cards, _ = _header(data)
    axes = _integer(cards, b"NAXIS")
    bits = _integer(cards, b"BITPIX")
    sides = [_integer(cards, b"NAXIS%d" % number) for number in range(1, min(axes, 4) + 1)]
    if cards.get(b"SIMPLE") != b"T" or axes not in {2, 3} or sides[2:] not in ([], [1]):
        raise unsupported(f"a FITS file with {axes} axes of the lengths {sides}")
    zero, scale = (_number(cards, name, default) for name, default in ((b"BZERO", 0), (b"BSCALE", 1)))
    if (bits, zero, scale) not in {(8, 0, 1), (16, 0x8000, 1)}:
        raise unsupported(
            f"a FITS file with an unknown white level: {bits} bits, scaled by {scale:g} from {zero:g}"
        )
    return SourceInfo(ImageFormat.FITS, Size(sides[0], sides[1]), colours=Colours.GREY, samples=1, bits=bits)


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the image in 8 bits without its texts; only the upper bytes of 16-bit samples are kept.

    Raises:
        ThumbnailError: `corrupt`: the file is truncated.
    """
    _, start = _header(data)
    pixels = whole(data, start, info.size.pixels * info.bits // 8)
    if info.bits > 8:
        pixels = pixels[::2].translate(_TOP)
    return _cards(info.size) + pixels.ljust(-(-len(pixels) // _BLOCK) * _BLOCK, b"\0")


def _cards(size: Size) -> bytes:
    """Return a minimal header."""
    values = {
        b"SIMPLE": b"T",
        b"BITPIX": b"8",
        b"NAXIS": b"2",
        b"NAXIS1": b"%d" % size.width,
        b"NAXIS2": b"%d" % size.height,
    }
    cards = [b"%-8s= %20s" % card for card in values.items()]
    return b"".join(card.ljust(_CARD) for card in [*cards, b"END"]).ljust(_BLOCK)


def _header(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """Return the values of the cards, and the offset of the samples."""
    cards: dict[bytes, bytes] = {}
    for at in range(0, MAX_CARDS * _CARD, _CARD):
        card = data[at : at + _CARD]
        if len(card) < _CARD:
            raise corrupt("its header ends early")
        name = card[:8].rstrip()
        if name == b"END":
            return cards, -(-(at + _CARD) // _BLOCK) * _BLOCK
        if card[8:10] == b"= ":
            cards.setdefault(name, card[10:].partition(b"/")[0].strip())
    raise too_large(f"its header has more than {MAX_CARDS} cards")


def _integer(cards: dict[bytes, bytes], name: bytes) -> int:
    value = cards.get(name, b"")
    if not value.removeprefix(b"-").isdigit() or len(value) > 10:
        raise corrupt(f"its header has no valid {name.decode()}")
    return int(value)


def _number(cards: dict[bytes, bytes], name: bytes, default: float) -> float:
    if name not in cards:
        return default
    try:
        return float(cards[name].upper().replace(b"D", b"E"))
    except ValueError as error:
        raise corrupt(f"its {name.decode()} is not a number: {cards[name]!r}") from error
