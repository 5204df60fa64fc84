"""The smallest engine there is: it draws nothing and does what a test asks for."""

from collections.abc import Iterable
from typing import NamedTuple

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Box, Encoding, RenderPlan, Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.core.samples import Samples
from advthumb.engines.pipeline import PipelineEngine

MAGIC = {ImageFormat.PNG: b"\x89PNG\r\n\x1a\n", ImageFormat.GIF: b"GIF89a", ImageFormat.JPEG: b"\xff\xd8\xff"}
OPAQUE = SourceInfo(ImageFormat.PNG, Size(400, 300))


class FakePicture(NamedTuple):
    """A picture without pixels: its size and the steps applied to it."""

    size: Size
    done: tuple[str, ...] = ()

    def after(self, step: str, size: Size | None = None) -> "FakePicture":
        """Return the picture after one more step."""
        return FakePicture(size or self.size, (*self.done, step))


class FakeEngine(PipelineEngine[FakePicture]):
    """Keeps a list of its steps; a step whose name is in `failures` raises that instead."""

    name = "fake"
    picture_errors = (ValueError,)

    def __init__(self, reads: Iterable[str] = ("PNG", "JPEG"), info: SourceInfo = OPAQUE) -> None:
        super().__init__()
        self.reads = frozenset(map(ImageFormat, reads))
        self.writes = frozenset(MAGIC)
        self.info = info
        self.failures: dict[str, BaseException] = {}
        self.steps: list[str] = []
        self.floors: list[Size] = []
        self.made_size: Size | None = None
        self.made_bytes: bytes | None = None

    def _step(self, name: str) -> str:
        self.steps.append(name)
        if name in self.failures:
            raise self.failures[name]
        return name

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        self._step("probe")
        return self.info

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        return data

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> FakePicture:
        self.floors.append(floor)
        return FakePicture(info.size).after(self._step("decode"))

    def _orient(self, image: FakePicture, orientation: Orientation) -> FakePicture:
        return image.after(self._step("orient"), Size(*orientation.display_size(*image.size)))

    def _to_srgb(self, image: FakePicture, info: SourceInfo) -> FakePicture:
        return image.after(self._step("to_srgb"))

    def _scale(self, image: FakePicture, plan: RenderPlan) -> FakePicture:
        return image.after(self._step("scale"), plan.crop.size)

    def _compose(self, image: FakePicture, plan: RenderPlan) -> FakePicture:
        return image.after(self._step("compose"), self.made_size or plan.canvas)

    def _encode(self, image: FakePicture, encoding: Encoding) -> bytes:
        self._step("encode")
        return self.made_bytes or MAGIC[encoding.format] + " ".join(image.done).encode()

    def _blank(self, size: Size) -> FakePicture:
        return FakePicture(size)

    def _paste(
        self, ground: FakePicture, image: FakePicture, offset: tuple[int, int], *, over: bool
    ) -> FakePicture:
        return image.after(self._step("paste"), ground.size)

    def _crop(self, image: FakePicture, box: Box) -> FakePicture:
        return image.after(self._step("crop"), box.size)

    def _size(self, image: FakePicture) -> Size:
        return image.size

    def _averaged(self, image: FakePicture, times: int) -> FakePicture:
        return image.after(self._step("averaged"), Size(*(max(1, side // times) for side in image.size)))

    def _to_samples(self, image: FakePicture) -> Samples:
        self._step("to_samples")
        return Samples(image.size, 1, bytes(image.size.pixels))

    def _from_samples(self, samples: Samples) -> FakePicture:
        return FakePicture(samples.size).after(self._step("from_samples"))
