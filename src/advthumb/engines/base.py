"""The contract of an engine, and the order of rendering that no engine may change.

The clauses below are what the contract suite tests, on every engine, under these numbers.

    1   Size: the thumbnail has exactly the planned size; no side is ever 0.
    2   Orientation: all eight values, in every format that carries them, come out upright.
    3   Colour: pixels come out as 8-bit sRGB, converted through an embedded ICC profile; a broken
        profile is ignored; CMYK without a profile follows R = (255 - C)(255 - K) / 255.
    4   Depth: 1-bit, palette, grey, grey with alpha and 16-bit sources keep their tones.
    5   Alpha: kept where the output can hold it, else composed on the background; interpolation
        is premultiplied, so that no colour bleeds from transparent pixels.
    6   Filter: Lanczos-3 over at least twice the target size; a shrinking decoder never delivers
        less than the plan's decode floor.
    7   Format: the bytes are of the planned format.
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
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, final

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding, RenderedThumbnail, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.sniffing import SNIFF_BYTES, check_scans, sniff

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

ImageT = TypeVar("ImageT")


class ThumbnailEngine(ABC, Generic[ImageT]):
    """An imaging library behind a handful of primitives: stateless, thread-safe, made once.

    `ImageT` is the library's own picture type. A subclass implements the primitives and lists
    the native exceptions that a bad picture can raise; order, limits and checks are here.
    """

    name: ClassVar[str]
    """The alias of the engine in messages."""

    picture_errors: ClassVar[tuple[type[Exception], ...]]
    """The exceptions through which the library says that a picture is bad."""

    size_errors: ClassVar[tuple[type[Exception], ...]] = (MemoryError,)
    """The exceptions that say that a picture is too large to decode here."""

    reads: frozenset[ImageFormat]
    """The formats that this build of the library can decode."""

    writes: frozenset[ImageFormat]
    """The formats that this build of the library can encode."""

    def check(self) -> "list[CheckMessage]":
        """Return system-check messages about this engine's set-up; none by default."""
        return []

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the library and of its codecs, by name; nothing by default."""
        return {}

    @final
    def probe(self, data: bytes, image_format: ImageFormat) -> SourceInfo:
        """Read the header of a source: no pixel is decoded.

        Args:
            data: The whole file.
            image_format: What it was sniffed to be; only this format's decoder is used.

        Raises:
            ThumbnailError: `unsupported`, `corrupt`, or `too-large`.
        """
        if image_format not in self.reads:
            msg = f"the {self.name} engine cannot read {image_format} here"
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        check_scans(data, image_format)
        with self._picture_boundary("header"):
            info = self._probe(data, image_format)
        if min(info.size) < 1:
            msg = f"the header gives a size of {info.size} px"
            raise ThumbnailError(msg, ErrorCode.CORRUPT)
        return info

    @final
    def check_writable(self, plan: RenderPlan) -> None:
        """Refuse a plan whose output format this build cannot write.

        Raises:
            ThumbnailError: `engine`.
        """
        if plan.encoding.format not in self.writes:
            msg = f"the {self.name} engine cannot write {plan.encoding.format} here"
            raise ThumbnailError(msg, ErrorCode.ENGINE)

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
        floor = Size(
            max(plan.decode_floor.width for plan in plans),
            max(plan.decode_floor.height for plan in plans),
        )
        stored_floor = Size(*info.orientation.display_size(*floor))
        with self._picture_boundary("pixels"):
            decoded = self._decode(data, info, stored_floor)
            upright = self._to_srgb(self._orient(decoded, info.orientation), info)
        return [self._render_one(upright, plan) for plan in plans]

    def _render_one(self, upright: ImageT, plan: RenderPlan) -> RenderedThumbnail:
        with self._engine_boundary():
            picture = self._scale(upright, plan)
            picture = self._compose(picture, plan)
            encoded = self._encode(picture, plan.encoding)
            size = self._size(picture)
        if size != plan.canvas:
            msg = f"the {self.name} engine made {size} px where {plan.canvas} px were planned"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        if sniff(encoded[:SNIFF_BYTES]) is not plan.encoding.format:
            msg = f"the {self.name} engine did not write {plan.encoding.format}"
            raise ThumbnailError(msg, ErrorCode.ENGINE)
        return RenderedThumbnail(encoded, size, plan.encoding.format)

    @contextmanager
    def _picture_boundary(self, part: str) -> Iterator[None]:
        """Turn the library's complaints about a picture into a `corrupt` ThumbnailError."""
        with self._engine_boundary():
            try:
                yield
            except self.size_errors as error:
                msg = f"the source is too large to decode here: {_described(error)}"
                raise ThumbnailError(msg, ErrorCode.TOO_LARGE) from error
            except self.picture_errors as error:
                msg = f"the {part} cannot be decoded: {_described(error)}"
                raise ThumbnailError(msg, ErrorCode.CORRUPT) from error

    @contextmanager
    def _engine_boundary(self) -> Iterator[None]:
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
            msg = f"the {self.name} engine failed: {_described(error)}"
            raise ThumbnailError(msg, ErrorCode.ENGINE) from error

    # The primitives. None of them decides anything; each may raise `picture_errors`.

    @abstractmethod
    def _probe(self, data: bytes, image_format: ImageFormat) -> SourceInfo:
        """Read the header with the decoder of this format only."""

    @abstractmethod
    def _decode(self, data: bytes, info: SourceInfo, floor: Size) -> ImageT:
        """Decode the first frame, still in stored orientation, and all of it.

        `floor` (stored orientation) is the smallest size that shrinking may deliver. Data that
        ends early must raise.
        """

    @abstractmethod
    def _orient(self, image: ImageT, orientation: Orientation) -> ImageT:
        """Turn a stored picture upright: mirror if `mirrored`, then rotate `clockwise`."""

    @abstractmethod
    def _to_srgb(self, image: ImageT, info: SourceInfo) -> ImageT:
        """Convert to 8-bit sRGB or grey, with an alpha channel exactly where `has_alpha`."""

    @abstractmethod
    def _scale(self, image: ImageT, plan: RenderPlan) -> ImageT:
        """Resize the whole to `plan.scaled` and keep `plan.crop` of it, premultiplied."""

    @abstractmethod
    def _compose(self, image: ImageT, plan: RenderPlan) -> ImageT:
        """Lay the picture on its canvas at `plan.offset`, flattened where planned."""

    @abstractmethod
    def _encode(self, image: ImageT, encoding: Encoding) -> bytes:
        """Encode without any metadata."""

    @abstractmethod
    def _size(self, image: ImageT) -> Size:
        """Return the size of a picture in pixels."""


AnyEngine = ThumbnailEngine[Any]
"""An engine whose picture type does not matter to the caller."""


def _described(error: BaseException) -> str:
    """Return what an exception says, or its type where it says nothing."""
    return str(error) or type(error).__name__
