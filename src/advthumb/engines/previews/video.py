"""The engine in the processes of `video`: FFmpeg, which decodes a frame from memory and opens no file."""

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from importlib.metadata import version
from io import BytesIO
from typing import Any, Literal, NamedTuple, NoReturn

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream
from PIL import Image

from advthumb.core.containers import videos
from advthumb.core.containers.icc import from_codes
from advthumb.core.containers.reading import corrupt, too_large, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.orientation import Orientation
from advthumb.engines.pillow import PillowEngine

MAX_PIXELS = 2**26
"""The maximum number of pixels in a frame: twice 8K. The orientation is known only after a frame has been
decoded, so this limit is checked before that of the site."""
_PART = 10
"""The shown frame comes after a tenth of the video, because many videos begin with black frames."""
_DEMUXERS: Mapping[ImageFormat, str] = {
    ImageFormat.MP4: "mov",
    ImageFormat.MATROSKA: "matroska",
    ImageFormat.AVI: "avi",
}
CODECS = frozenset(
    {
        *("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores"),
        *("theora", "dnxhd", "msmpeg4v3", "msmpeg4v2", "h263", "dvvideo"),
    }
)
"""The kinds of video that are decoded."""
_DECODERS = (*sorted(CODECS), "libdav1d", "msmpeg4")
"""FFmpeg's names of their decoders."""
_OPTIONS = {
    "codec_whitelist": ",".join(_DECODERS),
    "protocol_whitelist": "none",
    "max_pixels": str(MAX_PIXELS),
    "err_detect": "explode",
}
"""Options for the demuxer and for the decoders of a container; FFmpeg itself reads at most 1,000 streams."""
_TEXTS: Mapping[str, Any] = {"metadata_errors": "replace"} if int(version("av").split(".")[0]) < 19 else {}
"""Accepts texts that are not UTF-8. From release 19 on, PyAV always accepts them."""
_Skipped = Literal["NONKEY", "DEFAULT"]
_TRIES: tuple[tuple[int, _Skipped], ...] = ((_PART, "NONKEY"), (0, "NONKEY"), (0, "DEFAULT"))
"""For each attempt, after which part of the video it looks for a frame (0 for the beginning), and which
frames the decoder skips."""
_MOST_PACKETS = 5000
"""The maximum number of packets that are read to find one frame: a few minutes of video."""
_HD = Size(1280, 577)
"""From this width or height on, unspecified colours are taken as those of HD, as players do."""
_UNSPECIFIED = 2
_MOST_STRETCHED = 10
"""Pixels with a larger aspect ratio than this are taken as square."""
_MATRIX = "DISPLAYMATRIX"
_TURNED = {
    (1, 0, 0, 1): Orientation.NORMAL,
    (-1, 0, 0, 1): Orientation.MIRROR,
    (-1, 0, 0, -1): Orientation.ROTATE_180,
    (1, 0, 0, -1): Orientation.MIRROR_ROTATE_180,
    (0, 1, 1, 0): Orientation.MIRROR_ROTATE_270,
    (0, 1, -1, 0): Orientation.ROTATE_90,
    (0, -1, -1, 0): Orientation.MIRROR_ROTATE_90,
    (0, -1, 1, 0): Orientation.ROTATE_270,
}
"""The orientation by the signs in a display matrix: how the stored x changes the shown x and y, then the same
for the stored y."""


class _Shown(NamedTuple):
    """The frame that is shown for a video, and the aspect ratio of its pixels (width / height)."""

    frame: VideoFrame
    aspect: float


class VideoFrames(PillowEngine):
    """Decodes a key frame of a video, after a tenth of its length."""

    name = "video"
    picture_errors = (*PillowEngine.picture_errors, av.FFmpegError)

    def __init__(self, **options: Any) -> None:
        """Read the formats that have a demuxer; `options` are those of every engine."""
        super().__init__(**options)
        self.reads = frozenset(_DEMUXERS)
        self.starts_threads = False

    def versions(self) -> Mapping[str, str]:
        """Return the versions of PyAV and FFmpeg, and those of the libraries that write thumbnails."""
        return {"PyAV": version("av"), "FFmpeg": av.ffmpeg_version_info, **super().versions()}

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        frame, aspect = _shown(videos.clean(data, image_format), image_format)
        size = Size(round(frame.width * max(aspect, 1)), round(frame.height / min(aspect, 1)))
        return SourceInfo(
            image_format,
            size,
            _orientation(frame),
            held=3 * frame.width * frame.height,
            profile=from_codes(int(frame.color_primaries), int(frame.color_trc)),
        )

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        return videos.clean(data, info.format)

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        frame = _shown(stream, info.format).frame
        image: Image.Image = frame.to_image(  # type: ignore[no-untyped-call]
            src_colorspace=_coding(frame),
            src_color_range=_range(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
            threads=1,
        )
        return image


def _shown(data: bytes, image_format: ImageFormat) -> _Shown:
    """Return the frame that is shown for a video.

    This is the first key frame after a tenth of its length. If there is none, it is the first key frame of
    the video; if there is none at all, the first frame.

    Raises:
        ThumbnailError: `corrupt`, `unsupported` or `too-large`.
    """
    cause: Exception | None = None
    for part, skipped in _TRIES:
        with _opened(data, image_format) as container:
            stream = _stream(container)
            stream.codec_context.skip_frame = skipped
            try:
                if part:
                    _go_on(container, stream, part)
                frame = next(_frames(container, stream), None)
            except av.FFmpegError as error:
                cause = error
                continue
            if frame is not None:
                return _Shown(frame, _aspect(stream))
    raise corrupt("no frame of the video can be decoded") from cause


@contextmanager
def _opened(data: bytes, image_format: ImageFormat) -> Iterator[InputContainer]:
    """Open a container that can read nothing but its own bytes."""
    with av.open(
        BytesIO(data),
        "r",
        format=_DEMUXERS[image_format],
        options=_OPTIONS,
        io_open=_refuse,
        **_TEXTS,
    ) as container:
        yield container


def _refuse(url: str, _flags: int, _options: object) -> NoReturn:
    """Refuse to open a file that a container refers to."""
    del url
    raise unsupported("a video that points to another file")


def _stream(container: InputContainer) -> VideoStream:
    """Return the first video stream, after checking its codec and its size.

    Raises:
        ThumbnailError: `unsupported` or `too-large`.
    """
    streams = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    if not streams:
        raise unsupported("a file without video, such as an audio file")
    stream = streams[0]
    context = stream.codec_context
    if context is None or context.codec.canonical_name not in CODECS:
        raise unsupported(
            f"a video coded with {context.codec.canonical_name if context else 'an unknown codec'}"
        )
    if context.width * context.height > MAX_PIXELS:
        raise too_large(
            f"its video is {context.width}x{context.height} px; at most {MAX_PIXELS} pixels are decoded"
        )
    context.thread_count = 1
    context.options = {name: _OPTIONS[name] for name in ("codec_whitelist", "max_pixels", "err_detect")}
    return stream


def _go_on(container: InputContainer, stream: VideoStream, part: int) -> None:
    """Seek to the first key frame after a part of the video; do nothing if its length is not known."""
    base = stream.time_base
    if container.duration and base:
        start = stream.start_time or 0
        length = int(Fraction(container.duration, av.time_base) / base)
        if container.format.name.startswith(_DEMUXERS[ImageFormat.MATROSKA]):
            length -= start  # for Matroska, `duration` is the time at which the video ends
        container.seek(start + length // part, stream=stream, backward=False)


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the undamaged frames from the current position on."""
    for number, packet in enumerate(container.demux(stream)):
        if number >= _MOST_PACKETS:
            return
        if not packet.is_corrupt:
            yield from (frame for frame in stream.codec_context.decode(packet) if not frame.is_corrupt)


def _orientation(frame: VideoFrame) -> Orientation:
    """Return how to turn a frame upright, rounded to the nearest quarter turn."""
    found: Mapping[str, Any] = frame.side_data
    if _MATRIX not in found:
        return Orientation.NORMAL
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(found[_MATRIX]))
    along, across = (_sign(a), 0, 0, _sign(d)), (0, _sign(b), _sign(c), 0)
    return _TURNED.get(along if abs(a) >= abs(b) else across, Orientation.NORMAL)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _aspect(stream: VideoStream) -> float:
    """Return the aspect ratio (width / height) of the pixels in a stream."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if 1 / _MOST_STRETCHED <= aspect <= _MOST_STRETCHED else 1


def _coding(frame: VideoFrame) -> int:
    """Return the matrix from YCbCr to RGB."""
    if frame.colorspace != _UNSPECIFIED:
        return int(frame.colorspace)
    is_hd = frame.width >= _HD.width or frame.height >= _HD.height
    return int(Colorspace.ITU709 if is_hd else Colorspace.ITU601)


def _range(frame: VideoFrame) -> ColorRange:
    """Return whether the samples of a frame use the full or the limited range."""
    return ColorRange.JPEG if frame.color_range == ColorRange.JPEG else ColorRange.MPEG
