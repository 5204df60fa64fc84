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
from .engines.base import described
from .engines.pillow import PillowEngine, writing
from .engines.pillow.modes import MODES, image_of
from .processing import Processor


def finished(made: RenderedThumbnail, plan: RenderPlan, processors: Sequence[Processor]) -> RenderedThumbnail:
    """Return the file of a thumbnail whose engine gave samples.

    Args:
        made: The result of the engine for the plan.
        plan: The raw plan.
        processors: What changes the samples, in order; each frame is processed by itself.

    Raises:
        ThumbnailError: `engine`: a processor failed, or gave something else than a picture of this size.
    """
    animation = unpacked(made.data)
    frames = [
        (_finished(image_of(samples), plan, processors), milliseconds)
        for samples, milliseconds in animation.frames
    ]
    if len(frames) > 1:
        encode = partial(writing.frames, Animation(frames, animation.plays))
    else:
        encode = partial(writing.still, frames[0][0])
    preview = PillowEngine().preview(frames[0][0], plan)
    return RenderedThumbnail(encoded(encode, plan.encoding), made.size, made.format, preview)


def _finished(image: Image.Image, plan: RenderPlan, processors: Sequence[Processor]) -> Image.Image:
    for processor in processors:
        image = _processed(image, processor)
    if image.mode in {"LA", "RGBA"} and not OUTPUTS[plan.encoding.format].alpha:
        return _flattened(image, plan.background)
    return image


def _processed(image: Image.Image, processor: Processor) -> Image.Image:
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
    """Compose a picture on a background, because its format has no alpha."""
    canvas = Image.new("RGBA", image.size, (*ground, 255))
    canvas.alpha_composite(image.convert("RGBA"))
    return canvas.convert("RGB")
