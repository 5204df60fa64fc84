"""The rows that a command processes: their models, database and thumbnail fields."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.management import CommandError
from django.db import connections, router
from django.db.models import Model, QuerySet

from advthumb.fields.choices import choose_from, named_fields
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.relations import thumbnail_fields

from .errors import as_command_error
from .shards import Shard


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a model on one database, for some of its thumbnail fields.

    Attributes:
        model: The model.
        using: The alias of the database.
        fields: Thumbnail fields of the model, including inherited ones.
        after: Only rows with a larger primary key; None for all rows.
        shard: Only rows of this shard; None for all rows.
    """

    model: type[Model]
    using: str
    fields: tuple[ThumbnailColumn, ...]
    after: Any = None
    shard: Shard | None = None

    @property
    def rows(self) -> "QuerySet[Model]":
        """The rows, including those that the model's managers hide, because no manager is used."""
        rows: QuerySet[Model] = QuerySet(self.model, using=self.using)
        if self.shard is not None:
            rows = self.shard.of(rows)
        return rows if self.after is None else rows.filter(pk__gt=self.after)


def choose(
    labels: Sequence[str] = (),
    field_name: str | None = None,
    database: str | None = None,
    shard: Shard | None = None,
) -> list[Selection]:
    """Return the selections that a command's options describe, in order of the models.

    A proxy is the same as its model. With multi-table inheritance, the thumbnails that a child inherits from
    its parent belong to the parent's selection, if there is one.

    Args:
        labels: `app.Model` in any case, or `app`; empty for all models.
        field_name: The name of a thumbnail field; None for all.
        database: The alias of a database; None for the one that each model is written to.
        shard: The shard of each table; None for all rows.

    Raises:
        CommandError: An option names something that does not exist; the message lists the choices.
        DatabaseError: The database cannot list its tables.
    """
    models = _models(labels)
    if database is not None:
        models = _on_database(models, database)
    by_model = {model: _own_fields(model, models) for model in models}
    if field_name is not None:
        known = [field for fields in by_model.values() for field in fields]
        with as_command_error():
            named_fields(known, [field_name], "--field")
    selections = []
    for model, fields in by_model.items():
        wanted = tuple(field for field in fields if field_name in {None, field.name})
        if wanted:
            selections.append(Selection(model, database or router.db_for_write(model), wanted, shard=shard))
    return selections


def _models(labels: Sequence[str]) -> list[type[Model]]:
    """Return the concrete models with thumbnails that match the labels, each one once."""
    known = [model for model in apps.get_models() if thumbnail_fields(model)]
    chosen = known if not labels else []
    for label in labels:
        named = [model for model in known if label.lower() in _labels_of(model)]
        if not named:
            choices = choose_from(
                {name for model in known for name in (model._meta.label, model._meta.app_label)}
            )
            raise CommandError(f"--model {label!r}: no such model or app with a thumbnail field. {choices}")
        chosen = [*chosen, *named]
    return list(dict.fromkeys(model._meta.concrete_model or model for model in chosen))


def _labels_of(model: type[Model]) -> set[str]:
    return {model._meta.label_lower, model._meta.app_label.lower()}


def _on_database(models: list[type[Model]], database: str) -> list[type[Model]]:
    """Leave out models whose table is not on a database and, according to the router, does not belong there.

    A router that forbids migrations does not say where rows are, so the database is queried. A model whose
    table should exist is kept; a missing table is reported when it is read.
    """
    if database not in connections:
        raise CommandError(f"--database {database!r}: no such alias. {choose_from(list(connections))}")
    elsewhere = {model for model in models if not router.allow_migrate_model(database, model)}
    if elsewhere:
        introspection = connections[database].introspection
        tables = set(introspection.table_names(include_views=True))
        elsewhere = {
            model
            for model in elsewhere
            if introspection.identifier_converter(model._meta.db_table) not in tables
            and not {'"', "."} & set(model._meta.db_table)  # in another schema: the query will show it
        }
    found = [model for model in models if model not in elsewhere]
    if models and not found:
        raise CommandError(f"--database {database!r}: no model with a thumbnail field has a table there.")
    return found


def _own_fields(model: type[Model], chosen: Collection[type[Model]]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of a model that do not belong to the selection of a parent."""
    elsewhere = {
        field for parent in model._meta.all_parents if parent in chosen for field in thumbnail_fields(parent)
    }
    return [field for field in thumbnail_fields(model) if field not in elsewhere]
