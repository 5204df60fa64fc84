"""What is wanted of a thumbnail: the arguments of a field and the settings behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property

from .formats import OUTPUTS, Effort, ImageFormat
from .images import RGB, Encoding


class ResizeMethod(StrEnum):
    """How the source is brought into the box."""

    FIT = "fit"
    """Inside the box, aspect kept; never enlarged unless `upscale`."""
    FILL = "fill"
    """Exactly the box: scaled to cover it, the excess cropped evenly from both sides."""
    PAD = "pad"
    """Exactly the box: fitted, then centred on a canvas."""


Qualities = tuple[tuple[ImageFormat, int], ...]
"""The quality (1 to 100) of every lossy output format, in a fixed order."""


def _default_qualities() -> Qualities:
    return qualities({})


def qualities(wanted: Mapping[ImageFormat, int]) -> Qualities:
    """Return the quality of every lossy output format, `wanted` before the defaults."""
    return tuple(
        (image_format, wanted.get(image_format, facts.quality))
        for image_format, facts in OUTPUTS.items()
        if facts.quality is not None
    )


@dataclass(frozen=True, kw_only=True)
class ThumbnailSpec:
    """Everything that decides how a thumbnail looks, whatever the source.

    Attributes:
        width: Width of the box in pixels; None leaves it to the aspect of the source.
        height: Height of the box likewise; at most one of the two is None.
        method: How the source is brought into the box.
        format: The output format; None keeps the source's where it can be written.
        qualities: The quality of each lossy output format.
        background: What transparent pictures are composed on, and what `pad` pads with.
        upscale: Whether `fit` and `pad` may enlarge a small source.
        animated: Whether all frames are kept where source and output can; else the first.
        effort: How much time encoders take to save bytes.
        progressive: Whether JPEGs are progressive; with the effort `small` they are in any case.
        lossless: Whether WebP and AVIF keep every pixel as it is.
        max_bytes: Above how many bytes the quality of a lossy output is lowered, None for no limit.
        revision: Which revision of the field this is; a higher one has every thumbnail made again.
        engine_revisions: The revisions of the engines that may render it. Only one of them did, so they are
            no
            part of the canonical text.
    """

    width: int | None
    height: int | None
    method: ResizeMethod = ResizeMethod.FIT
    format: ImageFormat | None = None
    qualities: Qualities = field(default_factory=_default_qualities)
    background: RGB = RGB(255, 255, 255)
    upscale: bool = False
    animated: bool = False
    effort: Effort = Effort.BALANCED
    progressive: bool = False
    lossless: bool = False
    max_bytes: int | None = None
    revision: int = 1
    engine_revisions: tuple[int, ...] = (1,)

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, each.name) for each in fields(self)))

    def __hash__(self) -> int:
        """Return a hash that is worked out once: every save looks a spec up by it."""
        return self._hash

    def __getstate__(self) -> dict[str, object]:
        """Pickle without the hash: another process has another one for the same texts."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def formats(self) -> tuple[ImageFormat, ...]:
        """The formats that thumbnails of this spec can have."""
        return (self.format,) if self.format else tuple(OUTPUTS)

    def quality(self, image_format: ImageFormat) -> int | None:
        """Return the quality to write a format with, None where it has no such thing."""
        return dict(self.qualities).get(image_format)

    def encoding(self, image_format: ImageFormat) -> Encoding:
        """Return how a thumbnail of this format is written; what makes no difference for it is left out."""
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
        """Return the text that stands for this spec where the output is `image_format`.

        Two specs that make the same picture of a source have the same text. What is at its
        default is left out, so that an option added to a later version changes no text.
        """
        parts = [f"{self.width or ''}x{self.height or ''}", self.method.value, image_format.value]
        encoding = self.encoding(image_format)
        if encoding.quality is not None:
            parts.append(f"quality={encoding.quality}")
        if self.background != RGB(255, 255, 255):
            parts.append(f"background={self.background}")
        if self.upscale:
            parts.append("upscale")
        if self.animated and OUTPUTS[image_format].animation:
            parts.append("animated")
        if encoding.effort is not Effort.BALANCED:
            parts.append(f"effort={encoding.effort}")
        if encoding.progressive:
            parts.append("progressive")
        if encoding.lossless:
            parts.append("lossless")
        if encoding.max_bytes is not None:
            parts.append(f"max_bytes={encoding.max_bytes}")
        if self.revision != 1:
            parts.append(f"revision={self.revision}")
        return " ".join(parts)
