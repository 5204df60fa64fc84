"""A row in its tables, as long as it has the source that a thumbnail was made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from django.db import connections, transaction
from django.db.models import Model, Q, QuerySet

from .column import ThumbnailColumn


def named(attname: str, name: str) -> Q:
    """Match a file column by name; none may be an empty text or NULL."""
    return Q(**{attname: name}) if name else Q(**{attname: ""}) | Q(**{f"{attname}__isnull": True})


@dataclass(frozen=True, slots=True)
class Row:
    """What an UPDATE of a thumbnail has to match.

    Attributes:
        field: The thumbnail field, or one of several in that table with that source.
        using: The database.
        key: The primary key in the table of the field.
        source_key: That in the table of the source, which may be a parent's.
        source_name: The name of the source, empty for none.
    """

    field: ThumbnailColumn
    using: str
    key: Any
    source_key: Any
    source_name: str

    @classmethod
    def of(cls, field: ThumbnailColumn, instance: Model, source_name: str, using: str) -> Self:
        """Return the row of an instance."""
        key, source_key = (
            getattr(instance, each.model._meta.pk.attname) for each in (field, field.source_field)
        )
        return cls(field, using, key, source_key, source_name)

    @property
    def found(self) -> "QuerySet[Model]":
        """The row, or nothing where it is gone or has another source."""
        rows = self.field.model._base_manager.using(self.using)
        return rows.filter(named(self.field.source_field.attname, self.source_name), pk=self.key)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Keep others from giving the row another source.

        One UPDATE does so by itself. Where the source is in a parent's table, PostgreSQL would look
        at that as it was before it waited for the row: then it has to be locked first.
        """
        source_model = self.field.source_field.model
        in_one_table = source_model is self.field.model
        if in_one_table or not connections[self.using].features.has_select_for_update:
            yield
            return
        with transaction.atomic(self.using, savepoint=False):
            sources = source_model._base_manager.using(self.using).select_for_update()
            list(sources.filter(pk=self.source_key).values_list("pk"))
            yield
