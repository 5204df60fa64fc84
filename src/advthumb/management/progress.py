"""The progress bar: drawn by tqdm (which is optional), and only on a terminal."""

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
        """Count more rows as done."""
        if self._bar is not None:
            self._bar.update(rows)

    def aside(self) -> AbstractContextManager[None]:
        """Hide the bar while something else is printed."""
        return self._bar.external_write_mode(self._stream) if self._bar is not None else nullcontext()


@contextmanager
def progress(stream: TextIO, count: Callable[[], int], *, wanted: bool) -> Iterator[Progress]:
    """Provide a progress bar while the rows are processed.

    Args:
        stream: The stream to draw on; there is no bar if it is not a terminal.
        count: Counts the rows; called only if a bar is drawn.
        wanted: False for no bar.
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
