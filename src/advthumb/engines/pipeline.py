"""The order of rendering that no engine may change, for engines that work picture by picture."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, TypeVar, final

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.planning import cascade

from .base import Made, ThumbnailEngine, described

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


class PipelineEngine(ThumbnailEngine, Generic[ImageT]):
    """An imaging library behind a handful of primitives.

    `ImageT` is the library's own picture type. A subclass implements the primitives and lists
    the native exceptions that a bad picture can raise; order, limits and checks are not its own.
    """

    picture_errors: ClassVar[tuple[type[Exception], ...]]
    """The exceptions through which the library says that a picture is bad."""

    size_errors: ClassVar[tuple[type[Exception], ...]] = (MemoryError,)
    """The exceptions that say that a picture is too large to decode here."""

    @final
    def _read_header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        with self._picture_boundary("header"):
            info = self._probe(data, image_format)
            if max_frames > 1:
                info = replace(info, frames=min(max_frames, self._count_frames(data, image_format)))
            return info

    @final
    def _make(self, data: bytes, info: SourceInfo, plans: Sequence[RenderPlan]) -> list[Made]:
        numbered = dict(enumerate(plans))
        moving = {number: plan for number, plan in numbered.items() if self._moves(plan, info)}
        still = {number: plan for number, plan in numbered.items() if number not in moving}
        made: dict[int, Made] = {}
        if still:
            made |= self._make_stills(data, info, still)
        if moving:
            made |= self._make_animations(data, info, moving)
        return [made[number] for number in numbered]

    def _moves(self, plan: RenderPlan, info: SourceInfo) -> bool:
        return plan.frames > 1 and {info.format, plan.encoding.format} <= self.animates

    def _make_stills(self, data: bytes, info: SourceInfo, plans: Mapping[int, RenderPlan]) -> dict[int, Made]:
        floor = Size(
            max(plan.decode_floor.width for plan in plans.values()),
            max(plan.decode_floor.height for plan in plans.values()),
        )
        with self._picture_boundary("pixels"):
            decoded = self._decode(data, info, Size(*info.orientation.display_size(*floor)))
        try:
            with self._picture_boundary("pixels"):
                upright = self._to_srgb(self._orient(decoded, info.orientation), info)
            scaled: dict[int, ImageT] = {}
            made: dict[int, Made] = {}
            for number, larger in cascade(plans, info.display_size):
                start = upright if larger is None else scaled[larger]
                scaled[number] = self._scale(start, plans[number])
                picture = self._compose(scaled[number], plans[number])
                made[number] = Made(self._encode(picture, plans[number].encoding), self._size(picture))
            return made
        finally:
            self._release(decoded)

    def _make_animations(
        self, data: bytes, info: SourceInfo, plans: Mapping[int, RenderPlan]
    ) -> dict[int, Made]:
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
        made = {}
        for number, plan in plans.items():
            frames = list(zip(pictures[number], delays, strict=True))
            encoded = self._encode_frames(Animation(frames, animation.plays), plan.encoding)
            made[number] = Made(encoded, self._size(frames[0][0]))
        return made

    @contextmanager
    def _picture_boundary(self, part: str) -> Iterator[None]:
        """Turn the library's complaints about a picture into a `corrupt` ThumbnailError."""
        try:
            yield
        except ThumbnailError:
            raise
        except self.size_errors as error:
            msg = f"the source is too large to decode here: {described(error)}"
            raise ThumbnailError(msg, ErrorCode.TOO_LARGE, for_now=True) from error
        except self.picture_errors as error:
            msg = f"the {part} cannot be decoded: {described(error)}"
            raise ThumbnailError(msg, ErrorCode.CORRUPT) from error

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
        """Resize the whole to `plan.scaled` and keep `plan.crop` of it, premultiplied.

        `image` is the upright source, or a larger picture that this returned before.
        """

    @abstractmethod
    def _compose(self, image: ImageT, plan: RenderPlan) -> ImageT:
        """Lay the picture on its canvas at `plan.offset`, flattened where planned.

        `image` is left as it is: a smaller thumbnail may be scaled from it.
        """

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
