"""The current rows and files of one model, and the rules that must hold between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection, models

from advthumb.core import thumbhash
from advthumb.fields import AdvanceThumbnailField, FocalPointField

from .pictures import Colour, alike, colour_of


class Row(NamedTuple):
    """The names in a row, empty for none."""

    source: str
    thumbnails: tuple[str, ...]


@dataclass
class Allowed:
    """What may be wrong or left over after the last step."""

    excused: set[int] = field(default_factory=set)
    """Keys of rows whose source was last written without the field's knowledge."""
    unknown: set[int] = field(default_factory=set)
    """Those that only a new source can correct, because it is unknown what they show."""
    leaving: bool = False
    """Whether files may be left over after the commit."""

    def copy(self) -> "Allowed":
        return Allowed(set(self.excused), set(self.unknown), self.leaving)


class World:
    """The rows and files of a model, seen from outside.

    Args:
        model: Must have a source called `image` and at least one thumbnail.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.fields = [one for one in model._meta.concrete_fields if isinstance(one, AdvanceThumbnailField)]
        self.names = [one.name for one in self.fields]
        self.points = [one.name for one in model._meta.concrete_fields if isinstance(one, FocalPointField)]
        self.records = [name for one in self.fields for name in one.text_companions]
        self.source_storage = model._meta.get_field("image").storage
        self.files = [(1 + len(one.widths)) * (1 + len(one.formats)) for one in self.fields]
        self.storage = self.fields[0].storage
        self.folder = self.fields[0].upload_to.rstrip("/")
        self.images = model._meta.get_field("image").upload_to.rstrip("/")
        self.renames = type(self.storage).__name__ == "RenamingStorage"
        self.tells_by_name = not self.renames or all(one.fingerprint_field for one in self.fields)
        self.allowed = Allowed()
        self.leftovers: set[str] = set()
        self.sources: set[str] = set()

    # Reading

    def rows(self) -> dict[int, Row]:
        """Return the names in all rows, as SQL reads them."""
        values = self.model._base_manager.order_by("pk").values_list("pk", "image", *self.names)
        return {pk: Row(source or "", tuple(name or "" for name in names)) for pk, source, *names in values}

    def row(self, pk: Any) -> Row | None:
        """Return the names in one row."""
        return self.rows().get(pk)

    def thumbnails(self) -> set[str]:
        """Return the names of all files of thumbnails in storage."""
        return set(_below(self.storage, self.folder))

    def unused(self) -> set[str]:
        """Return the files in storage that no row names. A row names a set by its main file."""
        named = [name for row in self.rows().values() for name in filter(None, row.thumbnails)]
        return {file for file in self.thumbnails() if not any(_belongs(file, name) for name in named)}

    def files_of(self, name: str, count: int) -> list[str]:
        """Return the files that a name in a row stands for and that exist, of `count` in all."""
        return [name] if count == 1 else [file for file in self.thumbnails() if _belongs(file, name)]

    def shows(self, name: str) -> Colour | None:
        """Return the colour of a stored source."""
        return colour_of(self.source_storage, name)

    def is_right(self, row: Row, *, complete: bool = False) -> bool:
        """Return whether nothing is wrong with a row.

        Args:
            row: The row.
            complete: Whether a missing thumbnail of a good picture counts as wrong too.
        """
        if complete and row.source and self.shows(row.source) and not all(row.thumbnails):
            return False
        return not list(self._wrong_with(row))

    def crops_agree(self, pk: Any) -> bool:
        """Return whether no crop of a row was made around another focal point than the row has."""
        row = self.model._base_manager.get(pk=pk)
        return all(getattr(row, name).status != "spec-changed" for name in self.names)

    def knows_points(self, instance: Any) -> bool:
        """Return whether an instance has the focal points of its row, as far as it has any."""
        points = self.model._base_manager.filter(pk=instance.pk).values(*self.points).first() or {}
        return all(instance.__dict__.get(name, point) == point for name, point in points.items())

    # Checking

    def check(self, *, committed: bool) -> list[str]:
        """Return a sentence for each thing that is wrong, and note what is left over.

        Args:
            committed: Whether no transaction is open, so that superseded files must be gone.
        """
        rows = self.rows()
        allowed = self.allowed
        allowed.excused &= {pk for pk, row in rows.items() if not self.is_right(row)}
        wrong = [
            f"row {pk}: {what}"
            for pk, row in rows.items()
            for what in self._wrong_with(row)
            if pk not in allowed.excused or "is missing" in what
        ]
        wrong += [f"row {pk}: {what}" for pk, what in self._wrong_hashes() if pk not in allowed.excused]
        stored = set(_below(self.source_storage, self.images))
        wrong += [f"the source {name} was deleted" for name in self.sources - stored]
        self.sources |= stored
        if committed:
            left = self.unused() - self.leftovers
            if not allowed.leaving:
                wrong += [f"{name} is left over" for name in left]
            self.leftovers |= left
            allowed.leaving = False
        return wrong

    def _wrong_with(self, row: Row) -> Iterator[str]:
        try:
            shown = self.shows(row.source) if row.source else None
        except OSError:
            yield f"its source {row.source} is missing"
            return
        for name, count in zip(row.thumbnails, self.files, strict=True):
            files = self.files_of(name, count) if name else []
            if name and len(files) != count:
                yield f"a file of its set {name} is missing: {files}"
            for file in files:
                try:
                    if not alike(colour_of(self.storage, file), shown):
                        yield f"its thumbnail {file} does not show {row.source or 'nothing'}"
                except OSError:
                    yield f"its thumbnail {file} is missing"

    def _wrong_hashes(self) -> Iterator[tuple[int, str]]:
        """Yield rows whose ThumbHash does not show their source, or is there without a thumbnail."""
        for one in self.fields if any(each.placeholder_field for each in self.fields) else ():
            columns = self.model._base_manager.values_list("pk", "image", one.name, one.placeholder_field)
            for pk, source, name, text in columns:
                if not name and text:
                    yield pk, f"a hash {text} without a thumbnail"
                elif name and not (text and _paints(text, self.shows(source))):
                    yield pk, f"the hash {text or 'that is empty'} of {name} does not show {source}"


def _paints(text: str, shown: Colour | None) -> bool:
    """Return whether a ThumbHash paints this colour, as exactly as it can."""
    painted = thumbhash.decode(thumbhash.from_text(text)).data[:3]
    return shown is not None and max(abs(a - b) for a, b in zip(painted, shown, strict=True)) <= 8


def _belongs(file: str, name: str) -> bool:
    """Return whether a file is the thumbnail of this name, or another file of its set."""
    return file == name or file.startswith(f"{name}.")


def _below(storage: Any, folder: str) -> Iterator[str]:
    try:
        _folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in names)


def in_transaction() -> bool:
    """Return whether a transaction is open."""
    return connection.in_atomic_block
