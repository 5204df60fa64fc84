"""The contract of an engine: what it is asked, and what is checked around every answer.

`pipeline` has the order of rendering, for engines that are an imaging library behind a handful of
primitives. The clauses below are what the contract suite tests, on every engine, under these numbers::

    1   Size: the thumbnail has exactly the planned size; no side is ever 0.
    2   Orientation: all eight values, in every format that carries them, come out upright.
    3   Colour: pixels come out as 8-bit sRGB, converted through `SourceInfo.profile` and nothing else:
        the embedded ICC profile if it is whole and fits the pixels (one of RGB fits grey, too), or
        one made of colour codes, or of a PNG's gamma and primaries. Any other profile is ignored;
        CMYK without a profile follows R = (255 - C)(255 - K) / 255.
    4   Depth: 1-bit, palette, grey, grey with alpha and 16-bit sources keep their tones.
    5   Alpha: kept where the output can hold it, else composed on the background; interpolation
        is premultiplied, so that no colour bleeds from transparent pixels.
    6   Filter: Lanczos-3 over at least twice the target size; a shrinking decoder never delivers
        less than the plan's decode floor.
    7   Format: the bytes are of the planned format, and written as its `Encoding` says: progressive, without
        any loss, with more or less effort.
    8   Metadata: no EXIF, GPS, XMP, IPTC, ICC, comment or trailer survives.
    9   Errors: whatever is wrong with the data, one `ThumbnailError` with the right code leaves,
        with its cause; nothing else does.
    10  Limits: what the header announces is refused before pixels are decoded.
    11  Threads: one instance renders in many threads at once, with the same bytes.
    12  Globals: no process-wide switch of the imaging library is changed.
    13  One decode: several plans for one source cost one decode.
    14  Frames: of an animation, or a document of several pages, the first one is rendered.
    15  Capabilities: `reads` and `writes` are true of this build; what is not in them is refused
        as `unsupported` (to read) and `engine` (to write).
    16  Isolation: an engine works on the bytes it is given and on nothing else: it starts no
        program for them, opens no file and no socket.
    17  Animation: where a plan shows several frames, and the engine `animates` both formats, all of
        them are there, composed, with their timing and how often they play; else the first is.
    18  Header: size, orientation, alpha, frames and error code of a source come from `core.containers` and
        not from the library. What the library gets wrong is refused as `unsupported`, by `refuses`.
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
from advthumb.core.images import RenderedThumbnail, RenderPlan, Size, SourceInfo
from advthumb.core.planning import SHRINK_MARGIN
from advthumb.core.sniffing import sniff

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

__all__ = ["Made", "ThumbnailEngine"]


class Made(NamedTuple):
    """What an engine made of a plan, before it is checked."""

    data: bytes
    size: Size


class ThumbnailEngine(ABC):
    """What turns the bytes of a source into the bytes of thumbnails: stateless, thread-safe, made once.

    Args:
        shrink_margin: How many times larger than the scaled picture a decoder that shrinks while
            loading must stay, at least 1. The default, 2, keeps 50 dB and more against a full
            decode; 1.5 is faster and keeps 43.

    Raises:
        ImproperlyConfigured: The margin is below 1 or no number.
    """

    name: str
    """The alias of the engine in messages."""

    reads: frozenset[ImageFormat]
    """The formats that this build of the library can decode."""

    writes: frozenset[ImageFormat]
    """The formats that this build of the library can encode."""

    animates: frozenset[ImageFormat] = frozenset()
    """The formats that this build can encode with several frames."""

    lossless: frozenset[ImageFormat] = frozenset()
    """The formats that usually lose something, and that this build can encode without any loss."""

    pixel_bytes: ClassVar[Mapping[ImageFormat, int]] = MappingProxyType({})
    """The bytes that a pixel takes in this process while it is decoded, where that is more than its samples
    have: some decoders hold a picture several times."""

    isolated: ClassVar[bool] = False
    """Whether it renders in processes of its own."""

    sealed: bool = False
    """Whether these have lost the means to reach anything but their pictures, so that what a picture does to
    its decoder harms nothing. Formats whose decoders few people test are read there only."""

    starts_threads: bool = False
    """Whether its library starts threads while it renders: its sealed process may do so, then."""

    revision: int = 1
    """Raise it when the engine makes other pictures than before: every thumbnail of it is stale then."""

    def __init__(self, *, shrink_margin: float = SHRINK_MARGIN) -> None:
        if not isinstance(shrink_margin, int | float) or not shrink_margin >= 1:
            msg = f"shrink_margin is {shrink_margin!r}; it must be a number from 1 on, such as 1.5"
            raise ImproperlyConfigured(msg)
        self.shrink_margin = shrink_margin

    def check(self) -> "list[CheckMessage]":
        """Return system-check messages about this engine's set-up; none by default."""
        return []

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the library and of its codecs, by name; nothing by default."""
        return {}

    @final
    def probe(self, data: bytes, image_format: ImageFormat, max_frames: int = 1) -> SourceInfo:
        """Read the header of a source: no pixel is decoded, and no imaging library is asked.

        Args:
            data: The whole file.
            image_format: What it was sniffed to be; only this format's decoder is used.
            max_frames: How many frames may be decoded at the most.

        Raises:
            ThumbnailError: `unsupported`, `corrupt`, or `too-large`. It is the same for every engine, but
                for what `refuses` says.
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
        """Return what of a source this engine cannot decode rightly, empty if it can."""
        del info
        return ""

    @final
    def check_writable(self, plan: RenderPlan) -> None:
        """Refuse a plan whose output this build cannot write, or not without loss where that is planned.

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
            info: What `probe` said of it.
            plans: At least one plan made for this source.

        Returns:
            One thumbnail per plan, in the same order.

        Raises:
            ThumbnailError: `corrupt` for damaged data, `engine` for anything else.
        """
        for plan in plans:
            self.check_writable(plan)
        with self._boundary():
            made = self._make(data, info, plans)
        return [self._checked(one, plan) for one, plan in zip(made, plans, strict=True)]

    def _checked(self, made: Made, plan: RenderPlan) -> RenderedThumbnail:
        if made.size != plan.canvas:
            msg = f"the {self.name} engine made {made.size} px where {plan.canvas} px were planned"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        if sniff(made.data) is not plan.encoding.format:
            msg = f"the {self.name} engine did not write {plan.encoding.format}"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        return RenderedThumbnail(made.data, made.size, plan.encoding.format)

    @contextmanager
    def _boundary(self) -> Iterator[None]:
        """Turn whatever else goes wrong in the library into `engine`, with its cause.

        Broad on purpose: a thumbnail that cannot be made must never break the user's save, and
        what a native library raises on hostile data cannot be listed. Nothing is hidden: the
        cause goes with the error into the log.
        """
        try:
            yield
        except ThumbnailError:
            raise
        except Exception as error:
            msg = f"the {self.name} engine failed: {described(error)}"
            raise ThumbnailError(msg, ErrorCode.ENGINE) from error

    def _read_header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        """Read the header, and decode nothing."""
        return containers.read(data, image_format, max_frames)

    @abstractmethod
    def _make(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[Made]:
        """Make every planned thumbnail from one decode, in the order of the plans."""


def described(error: BaseException) -> str:
    """Return what an exception says, or its type where it says nothing."""
    return str(error) or type(error).__name__
