"""Seal the process of an engine, so that it can do nothing but compute."""

import resource
from contextlib import suppress
from dataclasses import replace

from advthumb.core.errors import ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.planning import plan
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.samples import SAMPLES

from . import seccomp

_SIDE = 6
_FRAMES = 2


def rehearse(found: ThumbnailEngine) -> None:
    """Let an engine read and write each of its formats once, because it cannot load libraries later.

    It also gives samples once for each format that it reads.
    """
    for image_format, data in SAMPLES.items():
        if image_format in found.reads:
            with suppress(ThumbnailError):  # the error will be raised for a real picture
                _render(found, data, image_format)


def _render(found: ThumbnailEngine, data: bytes, image_format: ImageFormat) -> None:
    info = found.probe(data, image_format, _FRAMES)
    specs = [
        ThumbnailSpec(width=_SIDE, height=_SIDE, format=output, animated=True) for output in found.writes
    ]
    plans = [plan(spec, info, found.shrink_margin) for spec in specs]
    found.render(data, info, [*plans, *(replace(each, raw=True) for each in plans[:1])])


def seal(*, threads: bool) -> str:
    """Remove the rights that this process does not need, so that an attacker who controls it gains little.

    It can no longer open files or sockets, start processes, or write to files. With a system call filter
    (`seccomp`), it also cannot reach other processes, and cannot remove or rename files.

    Args:
        threads: Whether it may still start threads.

    Returns:
        Why there is no system call filter; empty if there is one.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # open files stay open
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if not threads:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # counts threads too; has no effect for root
    try:
        seccomp.install(threads=threads)
    except seccomp.NoSeccompError as error:
        return str(error)
    return ""
