"""Which thumbnail fields of which models a command goes through, and on which database."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.core.management import CommandError
from django.db import connections, router
from django.db.models import Model, QuerySet

from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.relations import thumbnail_fields


@dataclass(frozen=True, slots=True)
class Selection:
    """All rows of a model on one database, for some of its thumbnail fields.

    Attributes:
        model: The model.
        using: The alias of the database.
        fields: Thumbnail fields of the model, inherited ones included.
    """

    model: type[Model]
    using: str
    fields: tuple[ThumbnailColumn, ...]

    @property
    def rows(self) -> "QuerySet[Model]":
        """All rows, also those that the model's own managers hide."""
        return self.model._base_manager.using(self.using)


def choose(
    labels: Sequence[str] = (), field_name: str | None = None, database: str | None = None
) -> list[Selection]:
    """Return the selections that a command's options ask for, in order of the models.

    Proxies are not visited again. Nor are the thumbnails that a child of multi-table inheritance
    has from its parent, where the parent is selected too.

    Args:
        labels: `app.Model` in any case, or `app`; none for all models.
        field_name: The name of a thumbnail field; None for all.
        database: The alias of a database; None for the one that each model is written to.

    Raises:
        CommandError: One of them names nothing; the message lists the choices.
    """
    if database is not None and database not in connections:
        raise CommandError(f"--database {database!r}: no such alias. {_choices(connections)}")
    models = _models(labels)
    if database is not None:
        models = [model for model in models if router.allow_migrate_model(database, model)]
    by_model = {model: _own_fields(model, models) for model in models}
    if field_name is not None:
        names = {field.name for fields in by_model.values() for field in fields}
        if field_name not in names:
            raise CommandError(f"--field {field_name!r}: no such thumbnail field. {_choices(names)}")
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
            choices = _choices(
                {name for model in known for name in (model._meta.label, model._meta.app_label)}
            )
            raise CommandError(f"--model {label!r}: no such model or app with a thumbnail field. {choices}")
        chosen = [*chosen, *named]
    return list(dict.fromkeys(model._meta.concrete_model or model for model in chosen))


def _labels_of(model: type[Model]) -> set[str]:
    return {model._meta.label_lower, model._meta.app_label.lower()}


def _own_fields(model: type[Model], chosen: Collection[type[Model]]) -> list[ThumbnailColumn]:
    """Return the thumbnail fields of a model that are not visited under one of its parents."""
    elsewhere = {
        field for parent in model._meta.all_parents if parent in chosen for field in thumbnail_fields(parent)
    }
    return [field for field in thumbnail_fields(model) if field not in elsewhere]


def _choices(names: Iterable[str]) -> str:
    return f"Choose from: {', '.join(sorted(names)) or 'nothing, there is none'}."
