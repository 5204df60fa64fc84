"""What is kept in the cache.

If the cache fails or loses entries, thumbnails are still correct: some work is done again, and the reasons of
failures are no longer known.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b

from django.core.cache import BaseCache, caches

from . import conf

logger = logging.getLogger("advthumb")

_DAYS_30 = 30 * 24 * 3600
WAITING_SECONDS = 3600
"""How long a task is believed to be on its way. After that, commands and saves do not rely on it."""

_PREFIX = "advthumb:2:"


class FingerprintCache:
    """The cache entries of one thumbnail field on one database.

    There are five kinds of entry:

    - `record`: the fingerprint or the failure that the name of a thumbnail cannot hold.
    - `reason`: the sentence that says why a source failed last.
    - `stamp`: the size and times of a source that was read and found unchanged, because its times could not
      show that it is older than its thumbnail.
    - `superseded`: when a file was superseded.
    - `waiting`: a task that makes a thumbnail was enqueued and has not started. It is kept for an hour.

    A stamp only states what was seen, so every check may add one, dry runs included.

    Args:
        owner: The field's label, `app.Model.field`.
        using: The database alias, so that sites sharing a cache and a model do not mix.
        reads: Whether entries may be read. If not, every lookup finds nothing.
        forgets: Whether entries may be deleted.
    """

    def __init__(self, owner: str, using: str, *, reads: bool = True, forgets: bool = True) -> None:
        self._owner = f"{using} {owner}"
        self._reads = reads
        self._forgets = forgets

    def record(self, name: str) -> str:
        """Return the record of a file name, empty if there is none."""
        return self._get("record", name) or ""

    def set_record(self, name: str, record: str) -> None:
        """Record a fingerprint or a failure for a file name."""
        self._set("record", name, record)

    def failure(self, source_name: str) -> tuple[str, str]:
        """Return the record of a source, and why it failed last; each is empty if unknown.

        It makes one call to the cache.
        """
        keys = [self._key(kind, source_name) for kind in ("record", "reason")]
        found: dict[str, object] = {}
        if self._reads:
            with _cache_trouble("read"):
                found = _cache().get_many(keys)
        record, reason = (value if isinstance(value, str) else "" for value in map(found.get, keys))
        return record, reason

    def set_reason(self, source_name: str, reason: str) -> None:
        """Remember why a source failed, as a sentence for people."""
        self._set("reason", source_name, reason)

    def stamp(self, name: str) -> str | None:
        """Return the stamp of the source with which a thumbnail was found fresh, None if unknown."""
        return self._get("stamp", name)

    def set_stamp(self, name: str, stamp: str) -> None:
        """Remember the stamp of the source with which a thumbnail was found fresh."""
        self._set("stamp", name, stamp)

    def superseded_at(self, name: str) -> float | None:
        """Return when a file was superseded, in seconds since 1970; None if unknown."""
        noted = self._get("superseded", name)
        return float(noted) if noted else None

    def set_superseded(self, name: str, moment: float) -> None:
        """Remember when a file was superseded, in seconds since 1970."""
        self._set("superseded", name, repr(moment))

    def begin_waiting(self, work: str) -> bool:
        """Note that a task was enqueued; return False if that was noted before, so that none is needed.

        Args:
            work: What the task is to do; see `fields.waiting`.
        """
        added = []
        with _cache_trouble("write"):
            added.append(_cache().add(self._key("waiting", work), "1", WAITING_SECONDS))
        return all(added)

    def is_waiting(self, work: str) -> bool:
        """Return whether a task was enqueued and has not started, as far as the cache knows."""
        return self._get("waiting", work) is not None

    def stop_waiting(self, work: str) -> None:
        """Forget that a task was enqueued."""
        if self._forgets:
            with _cache_trouble("delete"):
                _cache().delete(self._key("waiting", work))

    def forget(self, names: Iterable[str], work: Iterable[str] = ()) -> None:
        """Delete the record, reason and stamp of these file names, and the notes about this work of tasks."""
        if not self._forgets:
            return
        keys = [self._key(kind, name) for name in names for kind in ("record", "reason", "stamp")]
        keys += [self._key("waiting", each) for each in work]
        with _cache_trouble("delete"):
            _cache().delete_many(keys)

    def _key(self, kind: str, name: str) -> str:
        text = f"{self._owner} {kind} {name}"
        return _PREFIX + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def _get(self, kind: str, name: str) -> str | None:
        value = None
        if self._reads:
            with _cache_trouble("read"):
                value = _cache().get(self._key(kind, name))
        return value if isinstance(value, str) else None

    def _set(self, kind: str, name: str, value: str) -> None:
        with _cache_trouble("write"):
            _cache().set(self._key(kind, name), value, _DAYS_30)


def _cache() -> BaseCache:
    return caches[conf.cache_alias()]


@contextmanager
def _cache_trouble(doing: str) -> Iterator[None]:
    """Log an error of the cache and continue without it: backends share no exception type."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        logger.debug("The cache cannot %s: %s", doing, error)
