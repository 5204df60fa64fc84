"""What the cache may remember. Losing it, or any call to it failing, changes speed only."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b

from django.core.cache import BaseCache, caches

from . import conf

logger = logging.getLogger("advthumb")

_DAYS_30 = 30 * 24 * 3600
_PREFIX = "advthumb:2:"


class FingerprintCache:
    """The cache entries of one thumbnail field on one database.

    Three kinds: the fingerprint or failure that the name of a thumbnail cannot hold (`record`), the sentence
    that says why a source failed last (`reason`), and the stamp of a source whose time does not tell that it
    is older than its thumbnail, and which was read and has the same content (`stamp`). A stamp says nothing
    but what was seen, so whoever looks may add one, dry runs too.

    Args:
        owner: The field's label, `app.Model.field`.
        using: The database alias, so that sites sharing a cache and a model do not mix.
        reads: Whether the cache may be asked; if not, it is as if nothing was in it.
        forgets: Whether entries may be dropped.
    """

    def __init__(self, owner: str, using: str, *, reads: bool = True, forgets: bool = True) -> None:
        self._owner = f"{using} {owner}"
        self._reads = reads
        self._forgets = forgets

    def record(self, name: str) -> str:
        """Return what was recorded for a file name, empty if nothing was."""
        return self._get("record", name) or ""

    def set_record(self, name: str, record: str) -> None:
        """Record a fingerprint or a failure for a file name."""
        self._set("record", name, record)

    def failure(self, source_name: str) -> tuple[str, str]:
        """Return what was recorded for a source, and why it failed last; each is empty if unknown.

        It is one call of the cache.
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
        """Return the stamp of the source that a thumbnail was found fresh with, None if unknown."""
        return self._get("stamp", name)

    def set_stamp(self, name: str, stamp: str) -> None:
        """Remember the stamp of the source that a thumbnail was found fresh with."""
        self._set("stamp", name, stamp)

    def superseded_at(self, name: str) -> float | None:
        """Return when a file was superseded, in seconds since 1970; None if that is not known."""
        noted = self._get("superseded", name)
        return float(noted) if noted else None

    def set_superseded(self, name: str, moment: float) -> None:
        """Remember when a file was superseded, in seconds since 1970."""
        self._set("superseded", name, repr(moment))

    def forget(self, names: Iterable[str]) -> None:
        """Drop everything about these file names."""
        if not self._forgets:
            return
        keys = [self._key(kind, name) for name in names for kind in ("record", "reason", "stamp")]
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
    """Let any trouble with the cache cost speed only: backends share no exception type."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        logger.debug("The cache cannot %s: %s", doing, error)
