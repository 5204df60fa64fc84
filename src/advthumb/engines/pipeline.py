"""The fixed order of the rendering steps, for engines that process one picture at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import ClassVar, final

from advthumb.core import attention, containers
from advthumb.core.byte_limit import encoded
from advthumb.core.cascade import reads_often, steps
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import (
    Animation,
    Disposal,
    ImageT,
    RenderPlan,
    Size,
    SourceInfo,
)
from advthumb.core.orientation import Orientation
from advthumb.core.planning import decided, largest_floor, plan_of_preview
from advthumb.core.raw_frames import packed
from advthumb.core.samples import Samples

from .base import Made, ThumbnailEngine, described
from .primitives import Primitives

__all__ = ["Animation", "PipelineEngine"]

_PREVIEW_MARGIN = 8
"""Previews are scaled from at least this many times their size."""


class PipelineEngine(ThumbnailEngine, Primitives[ImageT]):
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
        own = _alone(info)
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
                if reads_often(plans, info.display_size) or info.orientation is not Orientation.NORMAL:
                    picture = self._kept(picture, floor)
                upright = self._orient(picture, info.orientation)
            plans = self._decided(plans, upright, info.display_size)
            scaled: dict[int, ImageT] = {}
            made: dict[int, Made] = {}
            for step in steps(plans, info.display_size):
                number, plan = next(iter(step.plans.items()))
                start = upright if step.larger is None else scaled[step.larger]
                scaled[number] = self._scale(start, plan)
                made |= self._written(scaled[number], step.plans)
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
        pictures: dict[object, list[ImageT]] = {}
        delays = []
        with self._picture_boundary("frames"):
            plays = containers.plays(data, info)
            for shown, delay in self._shown(data, info):
                upright = self._orient(shown, info.orientation)
                plans = self._decided(plans, upright, info.display_size)  # by the first frame
                delays.append(delay)
                for drawing, plan in {plan.drawing: plan for plan in plans.values()}.items():
                    pictures.setdefault(drawing, []).append(self._compose(self._scale(upright, plan), plan))
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

    def _decided(
        self, plans: Mapping[int, RenderPlan], upright: ImageT, source: Size
    ) -> Mapping[int, RenderPlan]:
        """Return the plans with the crops of smart ones, which are decided on one preview of the picture."""
        if not any(plan.smart for plan in plans.values()):
            return plans
        times = attention.reduction(source, self._size(upright))
        preview = self._to_samples(self._averaged(upright, times) if times > 1 else upright)
        return {number: decided(plan, preview) for number, plan in plans.items()}

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


def _alone(info: SourceInfo) -> SourceInfo:
    """Return the facts about the first picture alone, without its canvas or container."""
    own = info.coded_as or info.format
    return replace(info, format=own, size=info.part or info.size, part=None, offset=(0, 0), frames=1)
