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
    17  Animation: where a plan shows several frames, and the engine `animates` both formats, all of
        them are there, composed, with their timing and how often they play; else the first is.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, final

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding, RenderedThumbnail, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.sniffing import SNIFF_BYTES, check_scans, sniff

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

ImageT = TypeVar("ImageT")


@dataclass(frozen=True, slots=True)
class Animation(Generic[ImageT]):
    """The frames of a source.

    Attributes:
        frames: Each frame, composed, with the milliseconds it is shown; decoded as it is asked for.
        plays: How often all of it is shown, 0 for ever.
    """

    frames: Iterable[tuple[ImageT, int]]
    plays: int


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

    animates: frozenset[ImageFormat] = frozenset()
    """The formats that this build can decode and encode with several frames."""

    def check(self) -> "list[CheckMessage]":
        """Return system-check messages about this engine's set-up; none by default."""
        return []

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the library and of its codecs, by name; nothing by default."""
        return {}

    @final
    def probe(self, data: bytes, image_format: ImageFormat, max_frames: int = 1) -> SourceInfo:
        """Read the header of a source: no pixel is decoded.

        Args:
            data: The whole file.
            image_format: What it was sniffed to be; only this format's decoder is used.
            max_frames: How many frames may be decoded; they are counted only if more than one.

        Raises:
            ThumbnailError: `unsupported`, `corrupt`, or `too-large`.
        """
        if image_format not in self.reads:
            msg = f"the {self.name} engine cannot read {image_format} here"
            raise ThumbnailError(msg, ErrorCode.UNSUPPORTED)
        check_scans(data, image_format)
        with self._picture_boundary("header"):
            info = self._probe(data, image_format)
            if max_frames > 1 and image_format in self.animates:
                info = replace(info, frames=min(max_frames, self._count_frames(data, image_format)))
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
        numbered = dict(enumerate(plans))
        moving = {number: plan for number, plan in numbered.items() if self._moves(plan, info)}
        still = {number: plan for number, plan in numbered.items() if number not in moving}
        rendered: dict[int, RenderedThumbnail] = {}
        if still:
            rendered |= self._render_stills(data, info, still)
        if moving:
            rendered |= self._render_animations(data, info, moving)
        return [rendered[number] for number in numbered]

    def _moves(self, plan: RenderPlan, info: SourceInfo) -> bool:
        return plan.frames > 1 and {info.format, plan.encoding.format} <= self.animates

    def _render_stills(
        self, data: bytes, info: SourceInfo, plans: Mapping[int, RenderPlan]
    ) -> dict[int, RenderedThumbnail]:
        floor = Size(
            max(plan.decode_floor.width for plan in plans.values()),
            max(plan.decode_floor.height for plan in plans.values()),
        )
        with self._picture_boundary("pixels"):
            decoded = self._decode(data, info, Size(*info.orientation.display_size(*floor)))
        try:
            with self._picture_boundary("pixels"):
                upright = self._to_srgb(self._orient(decoded, info.orientation), info)
            rendered = {}
            for number, plan in plans.items():
                with self._engine_boundary():
                    picture = self._compose(self._scale(upright, plan), plan)
                    encoded = self._encode(picture, plan.encoding)
                    rendered[number] = self._checked(encoded, self._size(picture), plan)
            return rendered
        finally:
            self._release(decoded)

    def _render_animations(
        self, data: bytes, info: SourceInfo, plans: Mapping[int, RenderPlan]
    ) -> dict[int, RenderedThumbnail]:
        """Render frame by frame, so that only one is held in its full size."""
        pictures: dict[int, list[ImageT]] = {number: [] for number in plans}
        delays = []
        with self._picture_boundary("frames"):
            animation = self._decode_frames(data, info)
            for decoded, delay in animation.frames:
                upright = self._to_srgb(self._orient(decoded, info.orientation), info)
                delays.append(delay)
                for number, plan in plans.items():
                    pictures[number].append(self._compose(self._scale(upright, plan), plan))
        rendered = {}
        for number, plan in plans.items():
            frames = list(zip(pictures[number], delays, strict=True))
            with self._engine_boundary():
                encoded = self._encode_frames(Animation(frames, animation.plays), plan.encoding)
                rendered[number] = self._checked(encoded, self._size(frames[0][0]), plan)
        return rendered

    def _checked(self, encoded: bytes, size: Size, plan: RenderPlan) -> RenderedThumbnail:
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

    # What an engine has besides if it needs or can do it; `animates` says so for the last three.

    def _release(self, image: ImageT) -> None:
        """Let go of what `_decode` holds beside the memory of its picture."""

    def _count_frames(self, data: bytes, image_format: ImageFormat) -> int:
        """Return how many frames a source has, without decoding them."""
        raise NotImplementedError

    def _decode_frames(self, data: bytes, info: SourceInfo) -> Animation[ImageT]:
        """Decode the first `info.frames` frames, each composed as a viewer shows it."""
        raise NotImplementedError

    def _encode_frames(self, animation: Animation[ImageT], encoding: Encoding) -> bytes:
        """Encode an animation without any metadata."""
        raise NotImplementedError


AnyEngine = ThumbnailEngine[Any]
"""An engine whose picture type does not matter to the caller."""


def _described(error: BaseException) -> str:
    """Return what an exception says, or its type where it says nothing."""
    return str(error) or type(error).__name__
