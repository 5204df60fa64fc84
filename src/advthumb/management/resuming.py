"""Where a run starts, and how it is continued after it was stopped.

The position is printed for use with `--after`. A run with `--force` and `--limit` also stores it in the
cache, and the same command continues there when it is run again. Without a cache, it starts at the first row.
"""

import logging
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from time import monotonic
from typing import Any

from django.core.cache import BaseCache, caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import CommandError

from advthumb import conf
from advthumb.core.fingerprints import fresh_marks
from advthumb.cpus import available_cpus

from .positions import Position, remaining
from .selection import Selection

logger = logging.getLogger("advthumb")

_DAYS_30 = 30 * 24 * 3600
_SECONDS = 0.25
"""The minimum time between two writes of a position to the cache."""


class Resumption:
    """Where one run starts, and how to continue it.

    Args:
        command: The name of the command.
        options: Its options.
        selections: The selections to process.

    Attributes:
        resumed_after: The remembered position that the run continues from; None if it does not.
        continues_by_itself: Whether running the same command again continues where this run stopped.
    """

    def __init__(self, command: str, options: Mapping[str, Any], selections: Sequence[Selection]) -> None:
        self._command = command
        self._options = options
        self._selections = selections
        self._limited = options["limit"] is not None
        self._writes = options["force"] and not options["dry_run"]
        self._remembered = RememberedPosition(command, selections)
        self._kept_at = monotonic()
        self.resumed_after: str | None = None
        self.continues_by_itself = self._limited and self._remembered.outlives_process

    def start(self) -> Sequence[Selection]:
        """Return the selections that remain to be processed.

        Raises:
            CommandError: The value of `--after` is not a position.
        """
        after = self._options["after"]
        if after is not None:
            return remaining(self._selections, after)
        if self._options["force"] and self._limited and not self._options["restart"]:
            position = self._remembered.get()
            with suppress(CommandError):  # the type of the model's keys has changed
                left = remaining(self._selections, position) if position is not None else self._selections
                self.resumed_after = position
                return left
        return self._selections

    def keep(self, position: Position | None) -> None:
        """Store a position from time to time, so that little is lost after `kill -9`."""
        if monotonic() - self._kept_at > _SECONDS:
            self._keep(position)
            self._kept_at = monotonic()

    def stop(self, position: Position | None) -> str | None:
        """Record that the run was stopped before the last row.

        Returns:
            The shell command that continues it; None if it can simply be run again.
        """
        self._keep(position)
        if position is None or not self._writes:
            return None
        return command_line(self._command, self._options, position.text(self._selections))

    def complete(self) -> None:
        """Record that the run reached the last row, so that the next run starts at the first row."""
        if self._writes:
            self._remembered.clear()

    def _keep(self, position: Position | None) -> None:
        if position is not None and self._writes and self._limited:
            self._remembered.set(position.text(self._selections))


class RememberedPosition:
    """The position of one sequence of limited runs with `--force`, stored in the cache.

    A sequence consists of runs of the same command for the same fields and shard with the same specs and
    engines. If one of these changes, a new sequence starts at the first row. It ends at the last row or after
    30 days.

    Args:
        command: The name of the command.
        selections: The selections that it processes.
    """

    def __init__(self, command: str, selections: Sequence[Selection]) -> None:
        parts = [command]
        for selection in selections:
            parts += [
                f"{selection.using} {field} {selection.shard} {fresh_marks(field.spec)} {field.engines!r}"
                for field in selection.fields
            ]
        digest = blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16)
        self._key = f"advthumb:1:position:{digest.hexdigest()}"

    def get(self) -> str | None:
        """Return the position; None if there is none."""
        position = self._ask("get", self._key)
        return position if isinstance(position, str) else None

    def set(self, position: str) -> None:
        """Store a position."""
        self._ask("set", self._key, position, _DAYS_30)

    def clear(self) -> None:
        """Delete the position, so that the next run starts at the first row."""
        self._ask("delete", self._key)

    @property
    def outlives_process(self) -> bool:
        """Whether another process can read the position."""
        return not isinstance(caches[conf.cache_alias()], LocMemCache | DummyCache)

    def _ask(self, method: str, *arguments: Any) -> Any:
        try:
            cache: BaseCache = caches[conf.cache_alias()]
            return getattr(cache, method)(*arguments)
        except Exception as error:  # noqa: BLE001 - cache backends have no common exception type
            logger.debug("The cache cannot %s the position of a run: %s", method, error)
            return None


_VALUES = ("field", "database", "shard", "verify", "limit", "workers", "settings", "pythonpath")
_FLAGS = ("force", "enqueue", "clear_cache", "processes", "no_progress", "json")


def command_line(command: str, options: Mapping[str, Any], after: str) -> str:
    """Return the shell command that continues a run.

    Args:
        command: The name of the command.
        options: The options of the run.
        after: The position.
    """
    defaults = {"verify": conf.AUTO, "workers": available_cpus()}
    words = ["python", "manage.py", command]
    models = options.get("model") or ()
    for model in [models] if isinstance(models, str) else models:
        words += ["--model", str(model)]
    for name in _VALUES:
        value = options.get(name)
        if value is not None and value != defaults.get(name):
            words += [f"--{name}", str(value)]
    words += [f"--{name.replace('_', '-')}" for name in _FLAGS if options.get(name)]
    return shlex.join([*words, f"--after={after}"] if after.startswith("-") else [*words, "--after", after])
