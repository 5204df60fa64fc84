"""Frozen values that are passed between planning and the engines. All sizes are whole pixels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Generic, NamedTuple, Self, TypeVar

from .formats import Effort, ImageFormat
from .orientation import Orientation

ImageT = TypeVar("ImageT")


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Return width times height."""
        return self.width * self.height

    def __str__(self) -> str:
        """Return `<width>x<height>`, as in thumbnail names."""
        return f"{self.width}x{self.height}"


class Box(NamedTuple):
    """A rectangle in pixels: left and top are inclusive, right and bottom are exclusive."""

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
        """Parse `#rgb` or `#rrggbb`.

        Raises:
            ValueError: The text has neither form.
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
    """The colour model of a source's samples, which decides which colour profiles fit."""

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
        has_alpha: Whether the decoded picture has an alpha channel or a transparent colour, or does not cover
            its whole canvas.
        frames: The maximum number of frames that will be decoded.
        clears: Whether a frame leaves a part of the canvas transparent that an earlier frame covered.
        offset: The position (left, top) of the first picture on its canvas.
        part: The size of the first picture; None if it covers the whole canvas.
        colours: The colour model of the samples.
        samples: The number of samples in a pixel, including alpha.
        bits: The number of bits in the deepest sample.
        coded: The number of pixels that a decoder processes, if that may be more than the canvas has; else 0.
        aperture: The part of the decoded picture that is shown (`size` is its size); None for all of it.
        held: Bytes that a decoder holds in addition to the pixels, however much it shrinks while decoding.
        profile: The ICC profile to convert with; None if the pixels are sRGB or grey. The profile of a grey
            picture is an RGB one.
        kind: What is rare about the picture, in words; empty if every engine can read it.
        coded_as: The format of the picture inside a container of another format; otherwise None.
        layers: The number of layers that the picture is composed of; 0 if the file holds the whole picture.
        spent: The seconds that reading the header took. They count towards an isolated engine's time limit.
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
    layers: int = 0
    spent: float = field(default=0.0, compare=False)

    @property
    def display_size(self) -> Size:
        """The size after the picture has been turned upright."""
        return Size(*self.orientation.display_size(*self.size))


class Disposal(Enum):
    """What happens to a frame's area of the canvas before the next frame is shown."""

    KEEP = 0
    CLEAR = 1
    RESTORE = 2


class Frame(NamedTuple):
    """One frame of an animation, as a separate file.

    Attributes:
        stream: The file, in the format of the source.
        size: Its size in pixels.
        offset: Its position (left, top) on the canvas.
        milliseconds: How long it is shown.
        disposal: What happens to its area afterwards.
        over: Whether it is composed over the canvas. If not, it replaces the canvas, including transparency.
    """

    stream: bytes
    size: Size
    offset: tuple[int, int]
    milliseconds: int
    disposal: Disposal
    over: bool


class Layer(NamedTuple):
    """One layer of a picture, as a separate file. It is placed over the layers below it.

    Attributes:
        stream: The file.
        size: Its size in pixels.
        offset: Its position (left, top) on the canvas, which it may exceed.
        has_alpha: Whether layers below it may be visible through it.
        linear: Whether it is mixed with them in linear light, and not as sRGB.
    """

    stream: bytes
    size: Size
    offset: tuple[int, int]
    has_alpha: bool
    linear: bool


@dataclass(frozen=True, slots=True)
class Animation(Generic[ImageT]):
    """The frames of a thumbnail.

    Attributes:
        frames: Each frame, with the milliseconds for which it is shown.
        plays: How often the animation is played; 0 means forever.
    """

    frames: Sequence[tuple[ImageT, int]]
    plays: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the thumbnail is written. Options that make no difference for the format have their defaults.

    Attributes:
        format: The output format.
        quality: 1 to 100 for lossy formats, None for lossless output.
        effort: How much time the encoder spends on saving bytes.
        progressive: Whether a JPEG first appears as a coarse picture while it is still loading.
        lossless: Whether a format that is usually lossy keeps every pixel exactly.
        max_bytes: The quality is lowered if the file is larger than this; None for no limit. Engines can
            ignore it.
    """

    format: ImageFormat
    quality: int | None
    effort: Effort = Effort.BALANCED
    progressive: bool = False
    lossless: bool = False
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """Every decision about one thumbnail: an engine executes the plan and computes nothing.

    Every size and box is in display orientation.

    Attributes:
        scaled: The size that the whole source is resized to.
        crop: The part of the scaled picture that is kept, in pixels of the scaled picture.
        smart: Whether `crop` has only the right size yet: its place is chosen when the picture is decoded.
        canvas: The exact size of the thumbnail.
        offset: The position (left, top) of the kept part on the canvas.
        decode_floor: A decoder that can shrink while loading may deliver any size whose sides are both at
            least this long (or the full size).
        background: The colour for padding, and for composing if `flatten` is true.
        flatten: Whether alpha is composed on the background; if not, alpha is kept and padding
            is transparent.
        encoding: How the output is written.
        frames: The number of source frames that the thumbnail shows, 1 for a still picture.
        raw: Whether the engine gives the samples of the thumbnail (`raw_frames`) and does not encode them,
            because processors change them first, or a function looks for a point in them.
        preview: The size of a small copy of the finished picture, in samples; None for no copy. With a raw
            plan, it is not made by the engine, but after the processors.
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
    raw: bool = False
    preview: Size | None = None
    smart: bool = False

    @property
    def cuts(self) -> bool:
        """Whether the crop cuts off a part of the scaled picture."""
        return self.crop.size != self.scaled

    @property
    def scaling(self) -> tuple[Size, Box]:
        """What must be equal in two plans for the picture to be scaled only once for both."""
        return self.scaled, self.crop

    @property
    def drawing(self) -> tuple[object, ...]:
        """What must be equal in two plans that differ, at most, in how the finished picture is written."""
        return self.scaling, self.canvas, self.offset, self.background, self.flatten
