"""The engine contract: what an engine must do, and the checks around every result.

`pipeline` fixes the order of the rendering steps, for engines that wrap an imaging library in a few
primitives. The contract suite tests every engine on the clauses below, under these numbers::

    1   Size: the thumbnail has exactly the planned size; no side is ever 0.
    2   Orientation: all eight values come out upright, in every format that can store them.
    3   Colour: the output is 8-bit sRGB, converted with `SourceInfo.profile` and nothing else. That is
        the embedded ICC profile if it is intact and fits the pixels (an RGB profile also fits grey), or
        a profile made from colour codes, or from the gamma and primaries of a PNG. Any other profile
        is ignored; CMYK without a profile follows R = (255 - C)(255 - K) / 255.
    4   Depth: 1-bit, palette, grey, grey with alpha and 16-bit sources keep their tones.
    5   Alpha: kept if the output format can hold it, otherwise composed on the background.
        Interpolation is premultiplied, so that no colour bleeds from transparent pixels.
    6   Filter: Lanczos-3, applied to at least twice the target size; a decoder that shrinks never
        delivers less than the plan's decode floor.
    7   Format: the bytes have the planned format and follow its `Encoding`: progressive, lossless,
        with more or less effort.
    8   Metadata: no EXIF, GPS, XMP, IPTC, ICC, comment or trailer survives.
    9   Errors: whatever is wrong with the data, the engine raises one `ThumbnailError` with the right
        code and its cause, and no other exception.
    10  Limits: a source whose header announces too much is refused before any pixel is decoded.
    11  Threads: many threads can render with one instance at once, and get the same bytes.
    12  Globals: no process-wide switch of the imaging library is changed.
    13  One decode: several plans for one source cost one decode.
    14  Frames: the first frame of an animation, or the first page of a document, is rendered.
    15  Capabilities: `reads` and `writes` are correct for this build. A format that they do not list
        is refused, as `unsupported` (to read) or `engine` (to write).
    16  Isolation: an engine uses the bytes that it is given and nothing else. While it renders, it
        starts no program and opens no file or socket.
    17  Animation: if a plan shows several frames, and the engine `animates` the output format, the
        thumbnail shows these frames, composed, for as long as browsers show them (GIF: to 10 ms), and
        is played as often. Equal frames in a row may be stored as one. Otherwise it shows the first
        frame.
    18  Header: size, orientation, alpha, frames and error code of a source come from `core.containers`,
        not from the library. `refuses` refuses, as `unsupported`, what the library gets wrong.
    19  Samples: a picture that is made from samples gives back exactly these samples.
    20  Raw plans: the engine gives the samples that it would encode otherwise, of each frame.
    21  Preview: if one is planned, the engine also gives the samples of the finished picture (of an
        animation, the first frame), scaled to the planned size. A raw plan gets none.
    22  Attention: a smart crop keeps the part that `core.attention` chooses, whatever the engine.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple, final

from django.core.exceptions import ImproperlyConfigured

from advthumb.core import containers
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import RenderPlan, Size, SourceInfo
from advthumb.core.planning import SHRINK_MARGIN
from advthumb.core.raw_frames import unpacked
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.samples import Samples
from advthumb.core.sniffing import sniff

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

__all__ = ["Made", "ThumbnailEngine"]


class Made(NamedTuple):
    """The result of an engine for one plan, before it is checked: a file, or the samples of a raw plan."""

    data: bytes
    size: Size
    preview: Samples | None = None


class ThumbnailEngine(ABC):
    """Turns the bytes of a source into the bytes of thumbnails: stateless, thread-safe, created once.

    Args:
        shrink_margin: A decoder that shrinks while loading must deliver at least this many times
            the size of the scaled picture; at least 1. The default, 2, keeps 50 dB and more compared
            with a full decode; 1.5 is faster and keeps 43 dB.

    Raises:
        ImproperlyConfigured: The margin is below 1, or is not a number.
    """

    name: str
    """The name of the engine in messages."""

    reads: frozenset[ImageFormat]
    """The formats that this build of the library can decode."""

    writes: frozenset[ImageFormat]
    """The formats that this build of the library can encode."""

    animates: frozenset[ImageFormat] = frozenset()
    """The formats that this build can encode with several frames."""

    lossless: frozenset[ImageFormat] = frozenset()
    """The formats that are lossy by default, and that this build can also encode without any loss."""

    pixel_bytes: ClassVar[Mapping[ImageFormat, int]] = MappingProxyType({})
    """The bytes of memory for each pixel while a format is decoded in this process. List a format only if
    this is more than the size of its samples, because its decoder holds several copies of a picture."""

    isolated: ClassVar[bool] = False
    """Whether the engine renders in separate processes."""

    sealed: bool = False
    """Whether the separate processes can no longer reach anything but their pictures, so that a picture which
    attacks its decoder does no harm. By default, only sealed engines read formats whose decoders are rarely
    tested."""

    starts_threads: bool = False
    """Whether the library starts threads while it renders. If so, a sealed process allows them."""

    revision: int = 1
    """Increase it when the engine's output changes: every thumbnail that the engine made is then stale."""

    def __init__(self, *, shrink_margin: float = SHRINK_MARGIN) -> None:
        if not isinstance(shrink_margin, int | float) or not shrink_margin >= 1:
            msg = f"shrink_margin is {shrink_margin!r}; it must be a number of at least 1, such as 1.5"
            raise ImproperlyConfigured(msg)
        self.shrink_margin = shrink_margin

    def check(self) -> "list[CheckMessage]":
        """Return system-check messages about the setup of this engine; none by default."""
        return []

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the library and of its codecs, by name; nothing by default."""
        return {}

    @final
    def probe(self, data: bytes, image_format: ImageFormat, max_frames: int = 1) -> SourceInfo:
        """Read the header of a source, without decoding its pixels.

        For the formats that `core.containers` reads, the imaging library is not used.

        Args:
            data: The whole file.
            image_format: The format that was sniffed; only the reader of this format is used.
            max_frames: The maximum number of frames to decode.

        Raises:
            ThumbnailError: `unsupported`, `corrupt`, or `too-large`. For a format that they read, all
                engines raise the same error, except for what `refuses` returns.
        """
        if image_format not in self.reads:
            msg = f"the {self.name} engine cannot read {image_format} here"
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        with self._boundary():
            info = self._read_header(data, image_format, max_frames if self.animates else 1)
            inside = info.coded_as
            unread = inside is not None and inside not in self.reads
            reason = f"{image_format} with {inside} inside" if unread else self.refuses(info)
        if reason:
            msg = f"the {self.name} engine cannot read {reason}; another engine may"
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        return info

    def refuses(self, info: SourceInfo) -> str:
        """Return what this engine cannot decode correctly in a source, in words; empty if nothing."""
        del info
        return ""

    @final
    def check_writable(self, plan: RenderPlan) -> None:
        """Refuse a plan whose output this build cannot write, or cannot write without loss as planned.

        Raises:
            ThumbnailError: `engine`.
        """
        encoding = plan.encoding
        if encoding.format not in self.writes:
            msg = f"the {self.name} engine cannot write {encoding.format} here"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        if encoding.lossless and encoding.format not in self.lossless:
            msg = f"the {self.name} engine cannot write {encoding.format} without loss; choose another format"
            raise ThumbnailError(f"{msg} or engine, or leave out lossless=True", ErrorCode.ENGINE)

    @final
    def render(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[RenderedThumbnail]:
        """Make every planned thumbnail from one decode of a source.

        Args:
            data: The whole file.
            info: The result of `probe` for this file.
            plans: At least one plan made for this source.

        Returns:
            One thumbnail per plan, in the same order. Those of raw plans are not encoded.

        Raises:
            ThumbnailError: `corrupt` for damaged data, `too-large` for a source that needs too much
                memory or time, `engine` for anything else.
        """
        for plan in plans:
            if not plan.raw:
                self.check_writable(plan)
        with self._boundary():
            made = self._make(data, info, plans)
        return [self._checked(one, plan) for one, plan in zip(made, plans, strict=True)]

    def _checked(self, made: Made, plan: RenderPlan) -> RenderedThumbnail:
        if made.size != plan.canvas:
            msg = f"the {self.name} engine made {made.size} px where {plan.canvas} px were planned"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        if plan.raw:
            self._check_samples(made, plan)
        elif sniff(made.data) is not plan.encoding.format:
            msg = f"the {self.name} engine did not write {plan.encoding.format}"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        previewed, planned = made.preview and made.preview.size, None if plan.raw else plan.preview
        if previewed != planned:
            given, wanted = (str(size) if size else "no" for size in (previewed, planned))
            msg = f"the {self.name} engine made a preview of {given} px where {wanted} px were planned"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        return RenderedThumbnail(made.data, made.size, plan.encoding.format, made.preview)

    def _check_samples(self, made: Made, plan: RenderPlan) -> None:
        """Refuse other bytes than samples of the planned size, with at most the planned frames."""
        try:
            animation = unpacked(made.data)
        except ValueError as error:
            msg = f"the {self.name} engine gave no samples, which processors need: choose another engine"
            raise ThumbnailError(msg, ErrorCode.ENGINE) from error
        size, frames = animation.frames[0][0].size, len(animation.frames)
        if size != plan.canvas or frames > plan.frames:
            given, planned = f"{frames} frames of {size} px", f"{plan.frames} of {plan.canvas} px"
            msg = f"the {self.name} engine gave {given} where {planned} were planned"
            raise ThumbnailError(msg, ErrorCode.ENGINE)

    @contextmanager
    def _boundary(self) -> Iterator[None]:
        """Turn every exception but `ThumbnailError` into one with the code `engine` and its cause.

        This is broad on purpose: a thumbnail that cannot be made must never break the user's save,
        and the exceptions that a native library raises on hostile data cannot be listed. Nothing is
        hidden: the cause is logged with the error.
        """
        try:
            yield
        except ThumbnailError:
            raise
        except Exception as error:
            msg = f"the {self.name} engine failed: {described(error)}"
            raise ThumbnailError(msg, ErrorCode.ENGINE) from error

    def _read_header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        """Read the header without decoding pixels."""
        return containers.read(data, image_format, max_frames)

    @abstractmethod
    def _make(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[Made]:
        """Make every planned thumbnail from one decode, in the order of the plans."""


def described(error: BaseException) -> str:
    """Return the message of an exception, or the name of its type if the message is empty."""
    return str(error) or type(error).__name__
