"""What the seal takes from the process of an engine: all but computing."""

import resource
from contextlib import suppress

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
    """Have an engine do once all that it can: what it loads only when it needs it cannot be loaded later."""
    for image_format, data in SAMPLES.items():
        if image_format in found.reads:
            with suppress(ThumbnailError):  # said where it is to do that
                _render(found, data, image_format)


def _render(found: ThumbnailEngine, data: bytes, image_format: ImageFormat) -> None:
    info = found.probe(data, image_format, _FRAMES)
    specs = [
        ThumbnailSpec(width=_SIDE, height=_SIDE, format=output, animated=True) for output in found.writes
    ]
    found.render(data, info, [plan(spec, info, found.shrink_margin) for spec in specs])


def seal(*, threads: bool) -> str:
    """Take from this process what it does not need to compute, and whoever takes it over might want.

    It can open no file and no socket, start no process, and write into no file. With a filter of system calls
    (`seccomp`) it cannot reach other processes, nor remove or rename files, either.

    Args:
        threads: Whether it may still start threads.

    Returns:
        Why there is no such filter; empty if there is one.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # what is open stays so
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if not threads:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # counts threads, too; holds for all users but root
    try:
        seccomp.install(threads=threads)
    except seccomp.NoSeccompError as error:
        return str(error)
    return ""
