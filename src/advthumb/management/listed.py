"""Asks object storages about the files of many rows with listings, where that takes fewer requests."""

import logging
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from django.core.files.storage import Storage

from advthumb.core.errors import ThumbnailError
from advthumb.core.listings import shown_by
from advthumb.core.names import siblings_of
from advthumb.file_facts import FileFacts, as_facts
from advthumb.inspected import ListedThumbnail
from advthumb.storages import is_local, storage_errors
from advthumb.storages.adapters import FileLook, adapter_for

from .workers import WorkerPool

logger = logging.getLogger("advthumb")

_LONGEST = 300 * 10**9
"""Nanoseconds for which a listing is used. Rows that are made in between can keep the others waiting."""

_PATIENCE = 0.25
"""Seconds between two chances for the caller to do other things."""

IdleT = TypeVar("IdleT")

FactsByName = Mapping[str, FileFacts]


class ListedFiles:
    """What listings reported about the files of some rows.

    It holds only files that exist. A file that is not in it must be asked for by itself.

    Args:
        facts: For each position in a row that holds names, what is known about the files of these names.
    """

    def __init__(self, facts: Mapping[int, FactsByName]) -> None:
        self._facts = facts

    def facts(self, place: int, name: str) -> FileFacts | None:
        """Return what was reported about a file, None if that is unknown or not recent."""
        found = self._facts.get(place, _NOTHING).get(name)
        return None if found is None or time.time_ns() - found.checked_at > _LONGEST else found

    def thumbnail(self, place: int, name: str) -> ListedThumbnail | None:
        """Return what was reported about a thumbnail and its set, None if that is unknown or not recent."""
        file = self.facts(place, name)
        if file is None:
            return None
        return ListedThumbnail(file, [each for each in siblings_of(name) if self.facts(place, each) is None])


_NOTHING: FactsByName = MappingProxyType({})

NOTHING_LISTED = ListedFiles(MappingProxyType({}))
"""The value to use if every file is asked for by itself."""


class Listings:
    """The listings of the storages of some columns, as far as they can be listed.

    Files on this machine are not listed: asking for each of them is cheap.

    Args:
        columns: The positions in a row that hold names, each with the storage of these names.
    """

    def __init__(self, columns: Iterable[tuple[int, Storage]]) -> None:
        self._columns: dict[int, _Listing] = {}
        listings: dict[int, _Listing] = {}
        for place, storage in columns:
            listing = listings.setdefault(id(storage), _Listing(storage))
            if listing.works:
                self._columns[place] = listing

    @property
    def places(self) -> list[int]:
        """The positions in a row whose files can be listed."""
        return [place for place, listing in self._columns.items() if listing.works]

    def find(self, names: Mapping[int, Iterable[str]], idle: IdleT) -> Generator[IdleT, None, ListedFiles]:
        """List the files of these names, as far as that takes fewer requests than asking for each.

        Args:
            names: The names, by their position in a row: one of `places`.
            idle: What to yield.

        Yields:
            `idle`, a few times a second, so that the caller can do other things meanwhile.

        Returns:
            What was found.
        """
        jobs = {listing: _Job(listing) for listing in (self._columns[place] for place in names)}
        for place, some in names.items():
            jobs[self._columns[place]].names.update(some)
        with WorkerPool[_Job](len(jobs), _Job.run) as pool:
            for job in jobs.values():
                pool.begin(job)
            running = len(jobs)
            while running:
                if pool.finished(_PATIENCE) is None:
                    yield idle
                else:
                    running -= 1
        return ListedFiles({place: jobs[self._columns[place]].found for place in names})


class _Listing:
    """The listing of one storage.

    Attributes:
        works: Whether it can be used. It is given up at the first error.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._adapter = adapter_for(storage, "list_after")
        self.works = self._adapter.lists and not is_local(storage)

    def facts(self, names: Iterable[str]) -> FactsByName:
        """Return what pages of the listing report about files of these names."""
        found: dict[str, FileFacts] = {}
        names_of = self._by_key(names)
        try:
            with storage_errors("listing files"):
                for key, (look, checked_at) in shown_by(self._page, names_of):
                    found.update(dict.fromkeys(names_of[key], as_facts(look, checked_at)))
        except ThumbnailError as error:
            self.works = False
            kind = self._storage.__class__.__name__
            logger.warning("The files of %s are checked one by one, because %s", kind, error)
        return found

    def _page(self, key: str) -> list[tuple[str, tuple[FileLook, int]]]:
        """Return a page of the listing, with the time just before it was asked for."""
        now = time.time_ns()
        return [(found, (look, now)) for found, look in self._adapter.list_after(key)]

    def _by_key(self, names: Iterable[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in names:
            try:
                found.setdefault(self._adapter.key(name), []).append(name)
            except Exception as error:  # noqa: BLE001 - it raises the same when it is asked for the file
                logger.debug("%r has no key: %r", name, error)
        return found


@dataclass(eq=False, slots=True)
class _Job:
    """The names of files in one storage, and what its listing reports about them."""

    listing: _Listing
    names: set[str] = field(default_factory=set)
    found: FactsByName = field(default_factory=dict)

    def run(self) -> None:
        """List the files. May run in any thread."""
        self.found = self.listing.facts(self.names)
