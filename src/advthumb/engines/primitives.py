"""What an imaging library must be able to do, for an engine that processes one picture at a time."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic

from advthumb.core.images import Animation, Box, Encoding, ImageT, Layer, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.samples import Samples


class Primitives(ABC, Generic[ImageT]):
    """The primitives of a `PipelineEngine`, which calls them in a fixed order.

    `ImageT` is the picture type of the library. None of the primitives makes a decision; each may raise
    `PipelineEngine.picture_errors`.
    """

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
    def _averaged(self, image: ImageT, times: int) -> ImageT:
        """Reduce an upright picture to the means of its squares of `times` by `times` pixels, premultiplied.

        Columns at the right and rows at the bottom that fill no square are left out, but a picture that is
        narrower or lower than a square has one column or row of the means of what there is.
        """

    @abstractmethod
    def _to_samples(self, image: ImageT) -> Samples:
        """Return the samples of a picture that `_averaged`, `_compose` or `_from_samples` returned."""

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
