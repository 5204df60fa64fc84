"""The description of a wanted thumbnail: the arguments of a field, with settings as their defaults."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property

from .formats import OUTPUTS, Effort, ImageFormat
from .gravity import CENTRE, Gravity, Point
from .images import RGB, Encoding


class ResizeMethod(StrEnum):
    """How the source is fitted to the box."""

    FIT = "fit"
    """Inside the box with its aspect ratio kept; never enlarged unless `upscale` is true."""
    FILL = "fill"
    """Exactly the size of the box: scaled to cover it, with the excess cropped."""
    PAD = "pad"
    """Exactly the size of the box: fitted, then centred on a canvas."""


Qualities = tuple[tuple[ImageFormat, int], ...]
"""The quality (1 to 100) of every lossy output format, in a fixed order."""


def _default_qualities() -> Qualities:
    return qualities({})


def qualities(wanted: Mapping[ImageFormat, int]) -> Qualities:
    """Return the quality of every lossy output format: from `wanted`, or else the default."""
    return tuple(
        (image_format, wanted.get(image_format, facts.quality))
        for image_format, facts in OUTPUTS.items()
        if facts.quality is not None
    )


@dataclass(frozen=True, kw_only=True)
class ThumbnailSpec:
    """Everything that decides how a thumbnail looks, except the source.

    Attributes:
        width: Width of the box in pixels; None derives it from the aspect ratio of the source.
        height: Height of the box in the same way; at most one of the two is None.
        method: How the source is fitted to the box.
        gravity: The point that a crop keeps as near to its middle as the rim allows, or `SMART`.
        focus: The focal point of a row, which a crop keeps instead. It is not part of the canonical text,
            because fingerprints have a token for it.
        format: The output format; None keeps the format of the source if it can be written.
        qualities: The quality of each lossy output format.
        background: The colour that transparent pictures are composed on, and that `pad` pads with.
        upscale: Whether `fit` and `pad` may enlarge a small source.
        animated: Whether all frames are kept if source and output support it; otherwise only the first is.
        effort: How much time encoders spend on saving bytes.
        progressive: Whether JPEGs are progressive; with the effort `small`, they always are.
        lossless: Whether WebP and AVIF keep every pixel exactly.
        max_bytes: The quality of a lossy output is lowered if it has more bytes; None for no limit.
        processors: A text that represents the processors of the finished thumbnail; empty if there are none.
        widths: The widths in pixels of the boxes of further files in a set, the smallest first.
        further_formats: The further formats of every file in a set, the preferred one first.
        colour: Whether the dominant colour is part of the name.
        thumbhash: Whether a ThumbHash is made.
        revision: The revision of the field; after a change, every thumbnail is made again.
        engine_revisions: The revisions of the engines that may render the thumbnail. They are not part of the
            canonical text, because only one of these engines renders it.
    """

    width: int | None
    height: int | None
    method: ResizeMethod = ResizeMethod.FIT
    gravity: Gravity = CENTRE
    focus: Point | None = None
    format: ImageFormat | None = None
    qualities: Qualities = field(default_factory=_default_qualities)
    background: RGB = RGB(255, 255, 255)
    upscale: bool = False
    animated: bool = False
    effort: Effort = Effort.BALANCED
    progressive: bool = False
    lossless: bool = False
    max_bytes: int | None = None
    processors: str = ""
    widths: tuple[int, ...] = ()
    further_formats: tuple[ImageFormat, ...] = ()
    colour: bool = False
    thumbhash: bool = False
    revision: int = 1
    engine_revisions: tuple[int, ...] = (1,)

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, each.name) for each in fields(self)))

    def __hash__(self) -> int:
        """Return a hash that is computed once, because every save looks up a spec by it."""
        return self._hash

    def __getstate__(self) -> dict[str, object]:
        """Pickle without the hash, because string hashes differ between processes."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def crops(self) -> bool:
        """Whether parts of a source may be cut off."""
        return self.method is ResizeMethod.FILL and None not in (self.width, self.height)

    @property
    def previewed(self) -> bool:
        """Whether a small copy of the finished picture is needed."""
        return self.colour or self.thumbhash

    @property
    def formats(self) -> tuple[ImageFormat, ...]:
        """The formats that thumbnails of this spec can have."""
        return (self.format,) if self.format else tuple(OUTPUTS)

    def quality(self, image_format: ImageFormat) -> int | None:
        """Return the quality to write a format with; None if the format has no quality setting."""
        return dict(self.qualities).get(image_format)

    def encoding(self, image_format: ImageFormat) -> Encoding:
        """Return how a thumbnail of this format is written; options without effect keep their defaults."""
        facts = OUTPUTS[image_format]
        lossless = self.lossless and facts.lossless
        quality = None if lossless else self.quality(image_format)
        return Encoding(
            image_format,
            quality,
            effort=self.effort if self.effort in facts.efforts else Effort.BALANCED,
            progressive=facts.progressive and (self.progressive or self.effort is Effort.SMALL),
            lossless=lossless,
            max_bytes=None if quality is None else self.max_bytes,
        )

    def canonical(self, image_format: ImageFormat) -> str:
        """Return the text that represents this spec for the output format `image_format`.

        Two specs that make the same picture from a source have the same text. Options with their default
        value are left out, so adding an option in a later version does not change any text.
        """
        quality, *others = self._encoding_options(image_format)
        options = [
            (self.crops and self.gravity != CENTRE, f"gravity={self.gravity}"),
            quality,
            (self.background != RGB(255, 255, 255), f"background={self.background}"),
            (self.upscale, "upscale"),
            *others,
            (bool(self.widths), f"widths={','.join(map(str, self.widths))}"),
            *((each is not image_format, self._further(each)) for each in self.further_formats),
            (bool(self.processors), f"processors={self.processors}"),
            (self.colour, "colour"),
            (self.thumbhash, "thumbhash"),
            (self.revision != 1, f"revision={self.revision}"),
        ]
        parts = [f"{self.width or ''}x{self.height or ''}", self.method.value, image_format.value]
        return " ".join([*parts, *_wanted(options)])

    def _further(self, image_format: ImageFormat) -> str:
        """Return the text that represents the files of a set in a further format."""
        return ",".join([f"also={image_format}", *_wanted(self._encoding_options(image_format))])

    def _encoding_options(self, image_format: ImageFormat) -> list[tuple[bool, str]]:
        """Return how files of a format are written: the text of each option, and whether it is needed."""
        encoding = self.encoding(image_format)
        return [
            (encoding.quality is not None, f"quality={encoding.quality}"),
            (self.animated and OUTPUTS[image_format].animation, "animated"),
            (encoding.effort is not Effort.BALANCED, f"effort={encoding.effort}"),
            (encoding.progressive, "progressive"),
            (encoding.lossless, "lossless"),
            (encoding.max_bytes is not None, f"max_bytes={encoding.max_bytes}"),
        ]


def _wanted(options: Iterable[tuple[bool, str]]) -> list[str]:
    return [text for wanted, text in options if wanted]
