"""Videos made of still pictures by FFmpeg in PyAV."""

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import numpy as np

from advthumb.testing.pictures.pixels import Pixels

RATE = 10
"""Frames per second."""


@contextmanager
def _scheduled_as_before() -> Iterator[None]:
    """Undo what SVT-AV1 does for root: it makes the process real-time, so that all others wait for it."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    yield
    os.sched_setscheduler(0, policy, parameters)


def video(
    pictures: Sequence[Pixels],
    *,
    container: str = "mp4",
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    key_frames: int = 1,
    key_frame: int | None = None,
    dropped: int = 0,
    start: int = 0,
    title: str = "",
    colours: tuple[int, int, int, int] = (1, 1, 1, 1),
    aspect: Fraction | None = None,
    options: Mapping[str, str] | None = None,
    muxing: Mapping[str, str] | None = None,
    cover: Pixels | None = None,
    matrix: Sequence[int] | None = None,
) -> bytes:
    """Return a video.

    Args:
        pictures: One picture for each frame.
        container: FFmpeg's name of the muxer.
        codec: FFmpeg's name of the encoder.
        pixel_format: FFmpeg's name of the sample format.
        key_frames: The distance between key frames.
        key_frame: The number of an additional key frame.
        dropped: How many packets to drop at the beginning.
        start: The number of the first frame, which sets the first timestamp.
        title: The title of the video.
        colours: The codes of matrix, range (1 limited, 2 full), primaries and transfer.
        aspect: The width of a pixel divided by its height.
        options: Options of the encoder.
        muxing: Options of the muxer.
        cover: A picture to attach in front of the video.
        matrix: The display matrix, in whole numbers: a, b, c and d.
    """
    out = BytesIO()
    high, wide = pictures[0].shape[:2]
    muxing = dict(muxing or {})
    with _scheduled_as_before(), av.open(out, "w", format=container, container_options=muxing) as target:
        target.metadata["title"] = title
        packets = [] if cover is None else _cover(target, cover)
        stream: Any = target.add_stream(codec, rate=RATE, options=dict(options or {}))
        stream.width, stream.height, stream.pix_fmt = wide, high, pixel_format
        context = stream.codec_context
        context.gop_size, context.thread_count = key_frames, 1
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = colours
        if aspect:
            context.sample_aspect_ratio = aspect
        if matrix:
            a, b, c, d = (each << 16 for each in matrix)
            stream.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(
                format=pixel_format,
                dst_colorspace=colours[0],
                src_color_range=2,
                dst_color_range=colours[1],
                interpolation="BICUBIC",
            )
            frame.pts = start + number
            if number == key_frame:
                frame.pict_type = av.video.frame.PictureType.I
            packets += stream.encode(frame)
        packets += stream.encode()
        target.mux(packets[dropped:])
    return out.getvalue()


def sound(cover: Pixels | None = None) -> bytes:
    """Return an MP4 with sound only, with or without a cover."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as target:
        packets = [] if cover is None else _cover(target, cover)
        stream: Any = target.add_stream("aac", rate=48_000, layout="mono")
        target.mux(packets)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        target.mux([*stream.encode(frame), *stream.encode()])
    return out.getvalue()


def _cover(target: Any, picture: Pixels) -> list[Any]:
    """Put a cover picture in front of the video, as in music files."""
    stream = target.add_stream("mjpeg", rate=RATE)
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = "yuvj420p"
    stream.disposition = av.stream.Disposition.attached_pic
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    return [*stream.encode(frame), *stream.encode()]


def pointing(mov: bytes, path: str) -> bytes:
    """Return a MOV, with its moov last, that claims its samples are in another file (QuickTime alias)."""
    name = path.encode()
    alias = bytes(10) + b"\x06volume".ljust(28, b"\0") + bytes(12) + b"\x04file".ljust(64, b"\0") + bytes(16)
    alias += struct.pack(">HH16xHH", 1, 1, 2, len(name)) + name + bytes(len(name) % 2)
    alias += struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    at = mov.index(b"dref", mov.index(b"vmhd")) - 4
    old = int.from_bytes(mov[at : at + 4], "big")
    box = struct.pack(">I4sII", 16 + len(entry), b"dref", 0, 1) + entry
    data = mov[:at] + box + mov[at + old :]
    for parent in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        place = data.rindex(parent, 0, at) - 4
        size = int.from_bytes(data[place : place + 4], "big") + len(box) - old
        data = data[:place] + size.to_bytes(4, "big") + data[place + 4 :]
    return data
