"""A picture as plain bytes, so that code without an imaging library can read or change its pixels."""

from typing import NamedTuple, Self

from .images import Size

__all__ = ["Samples"]

MAX_BANDS = 4
_RGB = 3


class _Samples(NamedTuple):
    size: Size
    bands: int
    data: bytes


class Samples(_Samples):
    """The 8-bit sRGB samples of an upright picture.

    Attributes:
        size: The size of the picture.
        bands: How many samples a pixel has: 1 for grey, 2 for grey and alpha, 3 for RGB, 4 for RGB and alpha.
        data: The samples: rows from the top, pixels from the left, the samples of a pixel beside each other,
            nothing between them. Colours are not premultiplied with alpha.

    Raises:
        ValueError: There is no such number of bands, or the data has another length than the size requires.
    """

    __slots__ = ()

    def __new__(cls, size: Size, bands: int, data: bytes) -> Self:
        """Check that the data fits the size."""
        if not 1 <= bands <= MAX_BANDS:
            msg = f"a pixel has 1 to {MAX_BANDS} samples, not {bands}"
            raise ValueError(msg)
        if len(data) != size.pixels * bands:
            msg = f"{size} px with {bands} samples each need {size.pixels * bands} bytes, not {len(data)}"
            raise ValueError(msg)
        return super().__new__(cls, size, bands, data)

    @property
    def has_alpha(self) -> bool:
        """Whether the last sample of each pixel is its alpha: 0 is transparent, 255 opaque."""
        return self.bands % 2 == 0

    @property
    def rgb(self) -> "Samples":
        """The same picture with three samples a pixel: grey is repeated, and alpha is left out."""
        if self.bands == _RGB:
            return self
        colours = self.bands - self.has_alpha
        data = bytearray(self.size.pixels * _RGB)
        for place in range(_RGB):
            data[place::_RGB] = self.data[min(place, colours - 1) :: self.bands]
        return Samples(self.size, _RGB, bytes(data))
