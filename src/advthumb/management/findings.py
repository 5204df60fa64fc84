"""The results of a search, kept in a temporary file so that memory use does not grow with their number."""

import posixpath
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NamedTuple, Self


class FolderCount(NamedTuple):
    """The thumbnails in one folder.

    Attributes:
        place: The number of the place.
        folder: The folder.
        files: How many files have the name pattern of thumbnails.
        unused: How many of these are not named by any row.
    """

    place: int
    folder: str
    files: int
    unused: int


class Findings:
    """Counts files by folder, and keeps the names of files that are not named by any row."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # a temporary database on disk, which is deleted when it is closed
        self._db.execute("CREATE TABLE unused (place INTEGER, name TEXT)")
        self._db.execute(
            "CREATE TABLE folders (place INTEGER, folder TEXT, files INTEGER, unused INTEGER,"
            " PRIMARY KEY (place, folder))"
        )
        self.files = 0
        self.unused = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, place: int, names: Iterable[str], unused: Iterable[str]) -> None:
        """Record files that have the name pattern of thumbnails, and the unused ones among them."""
        files = Counter(map(posixpath.dirname, names))
        unused = list(unused)
        spare = Counter(map(posixpath.dirname, unused))
        self._db.executemany("INSERT INTO unused VALUES (?, ?)", ((place, name) for name in unused))
        self._db.executemany(
            "INSERT INTO folders VALUES (?, ?, ?, ?) ON CONFLICT (place, folder) DO UPDATE"
            " SET files = files + excluded.files, unused = unused + excluded.unused",
            ((place, folder, count, spare[folder]) for folder, count in files.items()),
        )
        self.files += files.total()
        self.unused += len(unused)

    def batches(self, place: int, at_once: int) -> Iterator[list[str]]:
        """Yield the names of the unused files in a place, `at_once` at a time."""
        cursor = self._db.execute("SELECT name FROM unused WHERE place = ? ORDER BY rowid", (place,))
        while rows := cursor.fetchmany(at_once):
            yield [name for (name,) in rows]

    def folders(self, limit: int = -1) -> list[FolderCount]:
        """Return the folders with unused files, those with the most first.

        Args:
            limit: The maximum number of folders; negative for all.
        """
        rows = self._db.execute(
            "SELECT * FROM folders WHERE unused ORDER BY unused DESC, place, folder LIMIT ?", (limit,)
        )
        return [FolderCount(*row) for row in rows]
