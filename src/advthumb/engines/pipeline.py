"""The fixed order of the rendering steps, for engines that process one picture at a time."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import ClassVar, Generic, final

from advthumb.core import containers
from advthumb.core.byte_limit import encoded
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import (
    Animation,
    Box,
    Disposal,
    Encoding,
    ImageT,
    Layer,
    RenderPlan,
    Size,
    SourceInfo,
)
from advthumb.core.orientation import Orientation
from advthumb.core.planning import cascade, largest_floor, plan_of_preview
from advthumb.core.raw_frames import packed
from advthumb.core.samples import Samples

from .base import Made, ThumbnailEngine, described

__all__ = ["Animation", "PipelineEngine"]

_PREVIEW_MARGIN = 8
"""Previews are scaled from at least this many times their size."""


class PipelineEngine(ThumbnailEngine, Generic[ImageT]):
    """Wraps an imaging library in a few primitives.

    `ImageT` is the picture type of the library. A subclass implements the primitives and lists the
    native exceptions that a bad picture can raise. This class does the rest: order, limits and checks.
    """

    picture_errors: ClassVar[tuple[type[Exception], ...]]
    """The exceptions that the library raises for a bad picture."""

    size_errors: ClassVar[tuple[type[Exception], ...]] = (MemoryError,)
    """The exceptions that the library raises for a picture that is too large to decode here."""

    @final
    def _read_header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        with self._picture_boundary("header"):
            return self._header(data, image_format, max_frames)

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
        animates = plan.raw or plan.encoding.format in self.animates
        return plan.frames > 1 and info.frames > 1 and animates

    def _make_stills(self, data: bytes, info: SourceInfo, plans: Mapping[int, RenderPlan]) -> dict[int, Made]:
        floor = Size(*info.orientation.display_size(*largest_floor(plans.values())))
        alike = _grouped(plans)
        first = {next(iter(group)): next(iter(group.values())) for group in alike.values()}
        own, order = _alone(info), cascade(first, info.display_size)
        with self._picture_boundary("pixels"):
            if info.layers:
                decoded = self._layered(containers.layers(data, info), own)
            else:
                decoded = self._decode(self._clean(data, info), own, own.size if info.part else floor)
        try:
            with self._picture_boundary("pixels"):
                picture = self._to_srgb(decoded, own)
                if info.aperture:
                    picture = self._crop(picture, info.aperture)
                if info.part:
                    picture = self._paste(self._blank(info.size), picture, info.offset, over=False)
                several = sum(larger is None for _, larger in order) > 1
                if several or info.orientation is not Orientation.NORMAL:
                    picture = self._kept(picture, floor)
                upright = self._orient(picture, info.orientation)
            scaled: dict[int, ImageT] = {}
            made: dict[int, Made] = {}
            for number, larger in order:
                start = upright if larger is None else scaled[larger]
                scaled[number] = self._scale(start, plans[number])
                made |= self._written(scaled[number], alike[plans[number].scaling])
            return made
        finally:
            self._release(decoded)

    def _still(self, picture: ImageT, plan: RenderPlan) -> Made:
        if plan.raw:
            return Made(packed(Animation([(self._to_samples(picture), 0)], plays=1)), self._size(picture))
        data = encoded(partial(self._encode, picture), plan.encoding)
        return Made(data, self._size(picture), self.preview(picture, plan))

    def _written(self, image: ImageT, plans: Mapping[int, RenderPlan]) -> dict[int, Made]:
        """Compose and encode a scaled picture for plans that have the same scaling."""
        composed: dict[object, ImageT] = {}
        made: dict[int, Made] = {}
        for number, plan in plans.items():
            if plan.drawing not in composed:
                composed[plan.drawing] = self._compose(image, plan)
            made[number] = self._still(composed[plan.drawing], plan)
        return made

    def _make_animations(
        self, data: bytes, info: SourceInfo, plans: Mapping[int, RenderPlan]
    ) -> dict[int, Made]:
        """Render frame by frame, so that few full-size frames are in memory at once."""
        drawings = {plan.drawing: plan for plan in plans.values()}
        pictures: dict[object, list[ImageT]] = {drawing: [] for drawing in drawings}
        delays = []
        with self._picture_boundary("frames"):
            plays = containers.plays(data, info)
            for shown, delay in self._shown(data, info):
                upright = self._orient(shown, info.orientation)
                delays.append(delay)
                for drawing, plan in drawings.items():
                    pictures[drawing].append(self._compose(self._scale(upright, plan), plan))
        made = {}
        for number, plan in plans.items():
            animation = Animation(list(zip(pictures[plan.drawing], delays, strict=True)), plays)
            made[number] = self._moving(animation, plan)
        return made

    def _moving(self, animation: Animation[ImageT], plan: RenderPlan) -> Made:
        first, _ = animation.frames[0]
        if plan.raw:
            samples = [(self._to_samples(picture), delay) for picture, delay in animation.frames]
            return Made(packed(Animation(samples, animation.plays)), self._size(first))
        data = encoded(partial(self._encode_frames, animation), plan.encoding)
        return Made(data, self._size(first), self.preview(first, plan))

    def preview(self, picture: ImageT, plan: RenderPlan) -> Samples | None:
        """Return the samples of a small copy of a finished picture, None if none is planned."""
        if plan.preview is None:
            return None
        floor = Size(*(side * _PREVIEW_MARGIN for side in plan.preview))
        small = self._scale(self._thinned(picture, floor), plan_of_preview(plan, plan.preview))
        return self._to_samples(small)

    def _shown(self, data: bytes, info: SourceInfo) -> Iterator[tuple[ImageT, int]]:
        """Yield each frame as a viewer shows it, and for how many milliseconds."""
        canvas = self._blank(info.size)
        for frame in containers.frames(data, info):
            own = replace(_alone(info), size=frame.size, has_alpha=True)
            picture = self._to_srgb(self._decode(frame.stream, own, frame.size), own)
            shown = self._paste(canvas, picture, frame.offset, over=frame.over)
            yield shown, frame.milliseconds
            if frame.disposal is Disposal.KEEP:
                canvas = shown
            elif frame.disposal is Disposal.CLEAR:
                canvas = self._paste(shown, self._blank(frame.size), frame.offset, over=False)

    @contextmanager
    def _picture_boundary(self, part: str) -> Iterator[None]:
        """Turn the library's errors into a `ThumbnailError`: `too-large` or `corrupt`."""
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

    # Override these two to read a format that `containers` does not know.

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        """Read the header without decoding pixels."""
        return containers.read(data, image_format, max_frames)

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        """Return the bytes of a source that the decoder gets."""
        return containers.clean(data, info)

    # The primitives. None of them makes a decision; each may raise `picture_errors`.

    @abstractmethod
    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> ImageT:
        """Decode the single picture in a stream completely, and leave it in stored orientation.

        `floor` (stored orientation) is the smallest size that a shrinking decoder may deliver. Data
        that ends early must raise an error. So that decoders notice it, a JPEG of one scan is passed
        without its end mark.
        """

    @abstractmethod
    def _to_srgb(self, image: ImageT, info: SourceInfo) -> ImageT:
        """Convert to 8-bit sRGB or grey, with an alpha channel if and only if `info.has_alpha`."""

    @abstractmethod
    def _orient(self, image: ImageT, orientation: Orientation) -> ImageT:
        """Turn a stored picture upright: mirror if `mirrored`, then rotate `clockwise`."""

    @abstractmethod
    def _scale(self, image: ImageT, plan: RenderPlan) -> ImageT:
        """Resize the whole picture to `plan.scaled`, premultiplied, and keep only `plan.crop` of it.

        `image` is the upright source, or a larger picture that this method returned before. It is
        not changed, because other thumbnails may be scaled from it.
        """

    @abstractmethod
    def _compose(self, image: ImageT, plan: RenderPlan) -> ImageT:
        """Place the picture on its canvas at `plan.offset`, and flatten it if `plan.flatten`.

        `image` is not changed: a smaller thumbnail may be scaled from it.
        """

    @abstractmethod
    def _encode(self, image: ImageT, encoding: Encoding) -> bytes:
        """Encode without any metadata.

        If `encoding` has a byte limit, this may be called several times for the same picture, with
        different qualities. The engine does not check the limit itself.
        """

    @abstractmethod
    def _size(self, image: ImageT) -> Size:
        """Return the size of a picture in pixels."""

    @abstractmethod
    def _blank(self, size: Size) -> ImageT:
        """Return a transparent picture in colour."""

    @abstractmethod
    def _paste(self, ground: ImageT, image: ImageT, offset: tuple[int, int], *, over: bool) -> ImageT:
        """Place a picture on another one at `offset` (left, top), and return the result.

        `ground` has alpha, and is not changed. If `over`, it shows through transparent pixels;
        otherwise the pixels of `image` replace those of `ground`, transparent ones included.
        """

    @abstractmethod
    def _crop(self, image: ImageT, box: Box) -> ImageT:
        """Return a part of a picture."""

    @abstractmethod
    def _to_samples(self, image: ImageT) -> Samples:
        """Return the samples of a picture that `_scale`, `_compose` or `_from_samples` returned."""

    @abstractmethod
    def _from_samples(self, samples: Samples) -> ImageT:
        """Return a picture with these samples, which `_to_samples` gives back unchanged.

        The picture must not use the memory of `samples.data` after this method has returned.
        """

    # Optional steps. An engine that lists formats in `animates` must implement the last one.

    def _layered(self, layers: Iterator[Layer], info: SourceInfo) -> ImageT:
        """Decode layers, and place them over each other in their order. They are mixed as if they were sRGB.

        Engines that read a format with layers must implement this.
        """
        raise NotImplementedError

    def _kept(self, image: ImageT, floor: Size) -> ImageT:
        """Return a picture whose pixels can be read more than once, and in any order.

        The picture is in stored orientation. Like `_decode`, this may make it smaller, but not smaller
        than `floor`.
        """
        return image

    def _thinned(self, image: ImageT, floor: Size) -> ImageT:
        """Return a finished picture, or a smaller copy of it, for libraries that take long to scale it.

        The copy must not be smaller than `floor`. It may leave out pixels.
        """
        return image

    def _release(self, image: ImageT) -> None:
        """Free what `_decode` holds in addition to the memory of its picture.

        It is called for still pictures, after their thumbnails have been made or have failed.
        """

    def _encode_frames(self, animation: Animation[ImageT], encoding: Encoding) -> bytes:
        """Encode an animation without any metadata."""
        raise NotImplementedError


def _grouped(plans: Mapping[int, RenderPlan]) -> dict[object, dict[int, RenderPlan]]:
    """Return the plans by their scaling: the files of a set in several formats show the same picture."""
    groups: dict[object, dict[int, RenderPlan]] = {}
    for number, plan in plans.items():
        groups.setdefault(plan.scaling, {})[number] = plan
    return groups


def _alone(info: SourceInfo) -> SourceInfo:
    """Return the facts about the first picture alone, without its canvas or container."""
    own = info.coded_as or info.format
    return replace(info, format=own, size=info.part or info.size, part=None, offset=(0, 0), frames=1)
