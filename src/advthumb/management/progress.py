"""The progress bar: drawn by tqdm, on a terminal only, and never needed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm


class Progress:
    """Shows how many rows are done, if there is a bar to show it on."""

    def __init__(self, stream: TextIO, bar: "tqdm[Any] | None" = None) -> None:
        self._stream = stream
        self._bar = bar

    def advance(self, rows: int) -> None:
        """Count rows as done."""
        if self._bar is not None:
            self._bar.update(rows)

    def aside(self) -> AbstractContextManager[None]:
        """Move the bar out of the way of what is printed inside."""
        return self._bar.external_write_mode(self._stream) if self._bar is not None else nullcontext()


@contextmanager
def progress(stream: TextIO, count: Callable[[], int], *, wanted: bool) -> Iterator[Progress]:
    """Give a progress bar while the rows are processed.

    Args:
        stream: Where to draw it, if that is a terminal.
        count: Counts the rows; asked only where a bar is drawn.
        wanted: False for no bar at all.
    """
    if not wanted or not stream.isatty():
        yield Progress(stream)
        return
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:  # the extra `progress` is not installed
        yield Progress(stream)
        return
    with tqdm(total=count(), unit="row", file=stream, leave=False) as bar:
        yield Progress(stream, bar)
