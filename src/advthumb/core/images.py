"""Frozen values that travel between planning and the engines. All sizes are whole pixels."""

import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NamedTuple, Self

from .formats import Effort, ImageFormat
from .orientation import Orientation


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Return width times height."""
        return self.width * self.height

    def __str__(self) -> str:
        """Return `<width>x<height>`, as thumbnail names spell it."""
        return f"{self.width}x{self.height}"


class Box(NamedTuple):
    """A rectangle in pixels: left and top are inside, right and bottom are just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """Return the width and height of the rectangle."""
        return Size(self.right - self.left, self.bottom - self.top)


class RGB(NamedTuple):
    """An opaque sRGB colour, 0 to 255 per channel."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `#rgb` or `#rrggbb`.

        Raises:
            ValueError: The text is neither.
        """
        if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text):
            msg = f"a colour is written '#rrggbb' or '#rgb', not {text!r}"
            raise ValueError(msg)
        digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
        return cls(*bytes.fromhex(digits))

    def __str__(self) -> str:
        """Return the colour as `#rrggbb`, lower case."""
        return "#" + bytes(self).hex()


class Colours(StrEnum):
    """What the samples of a source stand for, which decides what colour profile fits them."""

    GREY = "GRAY"
    RGB = "RGB"
    CMYK = "CMYK"
    LAB = "Lab"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a header says about a source, before any pixel is decoded.

    Attributes:
        format: The format.
        size: The size of the whole canvas, in stored orientation.
        orientation: How to turn the stored picture upright.
        has_alpha: Whether what is decoded has an alpha channel or a transparent colour, or leaves some of its
            canvas uncovered.
        frames: How many frames will be decoded at the most.
        clears: Whether a frame leaves transparent what another one was shown on.
        offset: Where (left, top) the first picture lies on its canvas.
        part: The size of that picture, None where it is the whole canvas.
        colours: What the samples stand for.
        samples: How many samples a pixel has, alpha included.
        bits: The bits of the deepest sample.
        coded: How many pixels a decoder works on, where that may be more than the canvas has; 0 for no more.
        aperture: The part of what is decoded that is shown, and `size` is the size of; None for all of it.
        held: Bytes that a decoder keeps beside the pixels, however far it shrinks while decoding.
        profile: The ICC profile that counts, None where pixels are sRGB or grey. Grey has one of RGB.
        kind: What is rare about it, in words; empty for what every engine reads.
        coded_as: The format of the picture inside, where a container holds one of another format; else None.
        spent: Seconds that reading the header took, of those that an isolated engine has for the picture.
    """

    format: ImageFormat
    size: Size
    orientation: Orientation = Orientation.NORMAL
    has_alpha: bool = False
    frames: int = 1
    clears: bool = False
    offset: tuple[int, int] = (0, 0)
    part: Size | None = None
    colours: Colours = Colours.RGB
    samples: int = 3
    bits: int = 8
    coded: int = 0
    aperture: Box | None = None
    held: int = 0
    profile: bytes | None = field(default=None, repr=False)
    kind: str = ""
    coded_as: ImageFormat | None = None
    spent: float = field(default=0.0, compare=False)

    @property
    def display_size(self) -> Size:
        """The size once the picture is upright."""
        return Size(*self.orientation.display_size(*self.size))


class Disposal(Enum):
    """What becomes of a frame's place on the canvas before the next frame is shown."""

    KEEP = 0
    CLEAR = 1
    RESTORE = 2


class Frame(NamedTuple):
    """One frame of an animation, as a file of its own.

    Attributes:
        stream: The file, in the format of the source.
        size: Its size in pixels.
        offset: Where (left, top) it lies on the canvas.
        milliseconds: How long it is shown.
        disposal: What becomes of its place afterwards.
        over: Whether it is laid over what is there; if not, it replaces it, transparency included.
    """

    stream: bytes
    size: Size
    offset: tuple[int, int]
    milliseconds: int
    disposal: Disposal
    over: bool


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the thumbnail is written. What makes no difference for the format is at its default.

    Attributes:
        format: The output format.
        quality: 1 to 100 for lossy formats, None where nothing is lost.
        effort: How much time the encoder takes to save bytes.
        progressive: Whether a JPEG can be shown in full, if coarsely, before all of it has arrived.
        lossless: Whether a format that usually loses something keeps every pixel as it is.
        max_bytes: Above how many bytes the quality is lowered, None for no limit. Engines need not care.
    """

    format: ImageFormat
    quality: int | None
    effort: Effort = Effort.BALANCED
    progressive: bool = False
    lossless: bool = False
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """One thumbnail, decided: an engine executes it and computes nothing.

    Every size and box is in display orientation.

    Attributes:
        scaled: The size the whole source is resized to.
        crop: The part of the scaled picture that is kept, in its pixels.
        canvas: The exact size of the thumbnail.
        offset: Where (left, top) the kept part lies on the canvas.
        decode_floor: A decoder that can shrink while loading may deliver any size whose sides
            are both at least these (or the full size).
        background: The colour to compose on where `flatten`, and to pad with.
        flatten: Whether alpha is composed on the background; if not, alpha is kept and padding
            is transparent.
        encoding: How the output is written.
        frames: How many frames of the source it shows, 1 for a still.
    """

    scaled: Size
    crop: Box
    canvas: Size
    offset: tuple[int, int]
    decode_floor: Size
    background: RGB
    flatten: bool
    encoding: Encoding
    frames: int = 1


@dataclass(frozen=True, slots=True)
class RenderedThumbnail:
    """An encoded thumbnail, not yet stored."""

    data: bytes
    size: Size
    format: ImageFormat
