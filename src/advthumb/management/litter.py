"""Thumbnails that no row names: what a killed process, or a storage that failed, left behind.

Only files that carry our name pattern are ever looked at, whatever else lies in their folder.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from django.core.files.storage import Storage
from django.db import connections
from django.utils import timezone

from advthumb import storages
from advthumb.core.names import ThumbnailName
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.references import columns_in, fixed_part, still_named

_BITS_PER_NAME = 32
_HASHES = 11
_LEAST_BYTES = 8192  # in a few bits, different names would often meet the same ones
_CONFIRMED_AT_ONCE = 200


class HeldNames:
    """Remembers names in four bytes each: all that were added, and one in a million others.

    A Bloom filter (B. H. Bloom, 1970). It errs on the side of keeping a file; the next run, which
    errs about others, finds what this one missed.

    Args:
        expected: How many names will be added.
    """

    def __init__(self, expected: int) -> None:
        self._bits = bytearray(expected * _BITS_PER_NAME // 8 + _LEAST_BYTES)
        self._salt = os.urandom(16)

    def _places(self, name: str) -> Iterator[int]:
        text = name.encode("utf-8", "surrogatepass")
        digest = int.from_bytes(blake2b(text, digest_size=16, salt=self._salt).digest())
        step, place = divmod(digest, 2**64)
        for _ in range(_HASHES):
            yield place % (len(self._bits) * 8)
            place += step | 1

    def add(self, name: str) -> None:
        """Remember a name."""
        for place in self._places(name):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, name: str) -> bool:
        """Return whether a name was added, or looks as if it was."""
        return all(self._bits[place >> 3] & 1 << (place & 7) for place in self._places(name))


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which a thumbnail field keeps its files."""

    field: ThumbnailColumn
    folder: str

    @property
    def storage(self) -> Storage:
        """The storage of the field."""
        return self.field.storage

    def contains(self, other: "Place") -> bool:
        """Return whether going through this folder goes through the other one too."""
        inside = not self.folder or f"{other.folder}/".startswith(f"{self.folder}/")
        return inside and storages.same_place(self.storage, other.storage)


def places(fields: Iterable[ThumbnailColumn]) -> list[Place]:
    """Return the folders of some fields, none within another.

    Where `upload_to` is a function, its files may lie anywhere in their storage.
    """
    found: list[Place] = []
    for field in fields:
        place = Place(field, posixpath.dirname(fixed_part(field)))
        if not any(other.contains(place) for other in found):
            found = [other for other in found if not place.contains(other)] + [place]
    return found


def unnamed(place: Place, older_than: timedelta) -> Iterator[str]:
    """Yield the thumbnails in a folder that no row of any database names.

    Args:
        place: The folder.
        older_than: Younger files are left out: their row may be about to be written. So are
            files of a storage that cannot tell their age, unless this is nothing.

    Raises:
        ThumbnailError: `storage`.
    """
    written_before = timezone.now() - older_than
    held = _held_in(place.storage)
    batch: list[str] = []
    for name in storages.walk(place.storage, place.folder):
        if ThumbnailName.parse(name) is None or name in held:
            continue
        if older_than and not _is_older(place.storage, name, written_before):
            continue
        batch.append(name)
        if len(batch) == _CONFIRMED_AT_ONCE:
            yield from _confirmed(place, batch)
            batch = []
    yield from _confirmed(place, batch)


def _held_in(storage: Storage) -> HeldNames:
    """Return all names that rows hold in a storage, on all databases."""
    columns = [
        (model._base_manager.using(alias), [column.attname for column in fields])
        for alias in connections
        for model, fields in columns_in(storage, alias)
    ]
    held = HeldNames(sum(rows.count() * len(names) for rows, names in columns))
    for rows, names in columns:
        for row in rows.order_by().values_list(*names).iterator(chunk_size=2000):
            for name in row:
                if name:
                    held.add(name)
    return held


def _is_older(storage: Storage, name: str, moment: datetime) -> bool:
    modified = storages.Sight(storage).look_at_time(name).modified
    if modified is None:
        return False
    return (timezone.make_aware(modified) if timezone.is_naive(modified) else modified) < moment


def _confirmed(place: Place, names: list[str]) -> Iterator[str]:
    """Yield those that no row names, asked of the databases by their exact names."""
    if not names:
        return
    named: set[str] = set()
    for alias in connections:
        named |= still_named(place.field, names, alias)
    yield from (name for name in names if name not in named)
