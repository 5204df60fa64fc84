"""Finish thumbnails: run processors on the samples that an engine gave, and encode the result with Pillow."""

from collections.abc import Sequence
from functools import partial

from PIL import Image

from .core.byte_limit import encoded
from .core.errors import ErrorCode, ThumbnailError
from .core.formats import OUTPUTS
from .core.images import RGB, Animation, RenderPlan
from .core.raw_frames import unpacked
from .core.rendered import RenderedThumbnail
from .core.samples import Samples
from .engines.base import described
from .engines.pillow import PillowEngine, writing
from .engines.pillow.modes import MODES, image_of
from .processing import Processor


def finished(
    files: Sequence[RenderedThumbnail], plans: Sequence[RenderPlan], processors: Sequence[Processor]
) -> list[RenderedThumbnail]:
    """Return the files of a set whose engine gave samples.

    Files that differ only in their format are processed once.

    Args:
        files: What the engine gave, the main file first.
        plans: The raw plan of each.
        processors: What changes the samples, in order; each frame is processed by itself.

    Raises:
        ThumbnailError: `engine`: a processor failed, or gave something else than a picture of this size.
    """
    drawn: dict[object, Animation[Image.Image]] = {}
    found = []
    for made, plan in zip(files, plans, strict=True):
        drawing = plan.drawing, plan.frames
        if drawing not in drawn:
            width, factor = plan.canvas.width, plan.canvas.width / plans[0].canvas.width
            own = processors if factor == 1 else [each.for_sibling(width, factor) for each in processors]
            drawn[drawing] = _processed(unpacked(made.data), own)
        found.append(_encoded(drawn[drawing], plan))
    return found


def _processed(animation: Animation[Samples], processors: Sequence[Processor]) -> Animation[Image.Image]:
    frames = []
    for samples, milliseconds in animation.frames:
        image = image_of(samples)
        for processor in processors:
            image = _changed(image, processor)
        frames.append((image, milliseconds))
    return Animation(frames, animation.plays)


def _encoded(animation: Animation[Image.Image], plan: RenderPlan) -> RenderedThumbnail:
    keeps = OUTPUTS[plan.encoding.format].alpha
    frames = [
        (image if keeps else _flattened(image, plan.background), milliseconds)
        for image, milliseconds in animation.frames
    ]
    first, _ = frames[0]
    if len(frames) > 1:
        encode = partial(writing.frames, Animation(frames, animation.plays))
    else:
        encode = partial(writing.still, first)
    preview = PillowEngine().preview(first, plan)
    return RenderedThumbnail(encoded(encode, plan.encoding), plan.canvas, plan.encoding.format, preview)


def _changed(image: Image.Image, processor: Processor) -> Image.Image:
    """Run one processor.

    This is broad on purpose: processors are code of the project, and what they raise must not break a save.
    """
    name, size = type(processor).__name__, image.size
    try:
        found: object = processor.process(image)
    except ThumbnailError:
        raise
    except Exception as error:
        msg = f"the processor {name} failed: {described(error)}"
        raise ThumbnailError(msg, ErrorCode.ENGINE) from error
    if isinstance(found, Image.Image) and found.size == size and found.mode in MODES:
        return found
    msg = (
        f"the processor {name} returned {_described(found)}; "
        f"it must return a picture of {size[0]}x{size[1]} px in one of the modes {', '.join(MODES)}"
    )
    raise ThumbnailError(msg, ErrorCode.ENGINE)


def _described(found: object) -> str:
    if isinstance(found, Image.Image):
        return f"a picture of {found.width}x{found.height} px in the mode {found.mode}"
    return repr(found)


def _flattened(image: Image.Image, ground: RGB) -> Image.Image:
    """Return a picture without alpha, composed on a background, because its format has none."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    canvas = Image.new("RGBA", image.size, (*ground, 255))
    canvas.alpha_composite(image.convert("RGBA"))
    return canvas.convert("RGB")
