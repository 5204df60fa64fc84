"""The rows that a command works on: of which models, on which database, for which thumbnail fields."""

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


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of a model on one database, for some of its thumbnail fields.

    Attributes:
        model: The model.
        using: The alias of the database.
        fields: Thumbnail fields of the model, inherited ones included.
        after: Only rows with a larger primary key; None for all rows.
    """

    model: type[Model]
    using: str
    fields: tuple[ThumbnailColumn, ...]
    after: Any = None

    @property
    def rows(self) -> "QuerySet[Model]":
        """The rows, also those that the model's managers hide: no manager is used."""
        rows: QuerySet[Model] = QuerySet(self.model, using=self.using)
        return rows if self.after is None else rows.filter(pk__gt=self.after)


def choose(
    labels: Sequence[str] = (), field_name: str | None = None, database: str | None = None
) -> list[Selection]:
    """Return the selections that a command's options ask for, in order of the models.

    A proxy adds nothing to its model. Thumbnails that a child of multi-table inheritance has from its
    parent belong to the parent's selection, if there is one.

    Args:
        labels: `app.Model` in any case, or `app`; none for all models.
        field_name: The name of a thumbnail field; None for all.
        database: The alias of a database; None for the one that each model is written to.

    Raises:
        CommandError: One of them names nothing; the message lists the choices.
        DatabaseError: The database cannot be asked for its tables.
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
            selections.append(Selection(model, database or router.db_for_write(model), wanted))
    return selections


def _models(labels: Sequence[str]) -> list[type[Model]]:
    """Return the concrete models with thumbnails that the labels name, each once."""
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
    """Leave out models whose table is not on a database and, as the router says, does not belong there.

    A router that forbids migrations says nothing about where rows are, so the database is asked. A model
    whose table ought to be there stays: that it is missing is reported when it is read.
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
            and not {'"', "."} & set(model._meta.db_table)  # in another schema: the query will tell
        }
    found = [model for model in models if model not in elsewhere]
    if models and not found:
        raise CommandError(f"--database {database!r}: no model with a thumbnail field has a table there.")
    return found


def _own_fields(model: type[Model], chosen: Collection[type[Model]]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of a model that do not belong to the selection of one of its parents."""
    elsewhere = {
        field for parent in model._meta.all_parents if parent in chosen for field in thumbnail_fields(parent)
    }
    return [field for field in thumbnail_fields(model) if field not in elsewhere]
