"""Helpers of the plain tests: make rows, see what they show, and list what is wrong with rows and files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, connections, models, transaction

from .models import (
    BucketPhoto,
    FocusedPhoto,
    LocalPhoto,
    LocalTwin,
    RecordedFocus,
    RecordedPhoto,
    RenamedPhoto,
    Shop,
)
from .pictures import number_of, upload
from .world import World

KINDS = [LocalPhoto, LocalTwin, BucketPhoto, RenamedPhoto, RecordedPhoto, FocusedPhoto, RecordedFocus, Shop]
if connection.vendor != "sqlite":
    # Storages make no difference to a database server, and each test takes five times as long there.
    KINDS = [LocalPhoto, RecordedPhoto, FocusedPhoto, Shop]


class Undo(Exception):  # noqa: N818 - it is not an error
    """Rolls a transaction back."""


@contextmanager
def rolled_back(using: str = "default") -> Iterator[None]:
    """Do something in a transaction that is rolled back."""
    try:
        with transaction.atomic(using=using):
            yield
            raise Undo  # noqa: TRY301 - that is its only purpose
    except Undo:
        pass


def new(number: int = 1, model: type[models.Model] = LocalPhoto, **values: Any) -> Any:
    """Return an instance of a new row with an upload, loaded from the database."""
    row = model(image=upload(number), **values)
    row.save()
    return model._base_manager.get(pk=row.pk)


def replace(row: Any, number: int = 2, **options: Any) -> Any:
    """Give a row another upload and return it."""
    row.image = upload(number)
    row.save(**options)
    return row


def stored(number: int = 2, model: type[models.Model] = LocalPhoto) -> str:
    """Return the name of a stored source that no row has."""
    field = model._meta.get_field("image")
    return field.storage.save(f"{field.upload_to}{number}.png", upload(number))


def shows(row: Any) -> tuple[int | None, ...]:
    """Return what the row in the database shows: the number of its source, then that of each thumbnail.

    Raises:
        OSError: The row names a file that is not there.
    """
    names = World(type(row)).names
    now = type(row)._base_manager.get(pk=row.pk)
    return tuple(number_of(getattr(now, name)) for name in ("image", *names))


def thumbnail_name(row: Any, field: str = "thumbnail") -> str:
    """Return the name in the row, as SQL reads it."""
    return type(row)._base_manager.values_list(field, flat=True).get(pk=row.pk) or ""


def faults(model: type[models.Model] = LocalPhoto, *, leftovers: bool = False) -> list[str]:
    """Return a sentence for each thing that is wrong with the rows and the files of a model.

    Args:
        model: The model.
        leftovers: Whether files that no row names are allowed here.
    """
    world = World(model)
    world.allowed.leaving = leftovers
    return world.check(committed=True)


@contextmanager
def temporary_model(name: str, *, table: bool = True, meta: Any = None, **attributes: Any) -> Iterator[Any]:
    """Add another model to the project for a while.

    Args:
        name: Its name.
        table: Whether there is a table for it.
        meta: Options of its Meta.
        attributes: Its fields and managers.
    """
    options = type("Meta", (), {"app_label": "consistency"} | (meta or {}))
    model: Any = type(
        name, (models.Model,), {"__module__": "tests.consistency.models", "Meta": options} | attributes
    )
    made = []
    try:
        if table:
            for alias in ("default", "other"):
                with connections[alias].schema_editor() as editor:
                    editor.create_model(model)
                made.append(alias)
        yield model
    finally:
        for alias in made:
            with connections[alias].schema_editor() as editor:
                editor.delete_model(model)
        del apps.all_models["consistency"][name.lower()]
        apps.clear_cache()


@contextmanager
def another_connection(alias: str, like: str = "default") -> Iterator[str]:
    """Give this thread a second alias of its database, which acts like a replica without lag."""
    connections[alias] = connections[like].copy(alias)
    try:
        yield alias
    finally:
        opened = connections[alias].connection
        if opened is not None:
            opened.close()  # Django's own `close()` keeps a database in memory open.
        del connections[alias]
