"""Checks of the columns that are written together with a thumbnail."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Field, Model

from advthumb.core.fingerprints import RECORD_LENGTH
from advthumb.core.thumbhash import TEXT_LENGTH
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.relations import local_thumbnail_fields

_PLACEHOLDER_COLUMN = "models.CharField(max_length=40, blank=True, default='')"
_RECORD_COLUMN = f"models.CharField(max_length={RECORD_LENGTH}, blank=True, default='')"


def field_named(model: type[Model], name: str) -> "Field[Any, Any] | None":
    """Return the field of a model by its name, None if there is none."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _missing_companion(argument: str, name: str) -> str:
    """Return what to do about a companion that does not exist."""
    if argument == "fingerprint_field":
        return f"Declare {name} = {_RECORD_COLUMN}, or leave out {argument}: most storages need no column."
    if argument == "placeholder_field":
        return f"Declare {name} = {_PLACEHOLDER_COLUMN}, or leave out {argument}."
    return f"Width and height are read from the thumbnail's name: leave out {argument}, or declare {name!r}."


def check_companion(
    field: ThumbnailColumn, model: type[Model], argument: str, name: str
) -> Iterator[checks.CheckMessage]:
    """Check the column that an argument of a field names."""
    column = field_named(model, name)
    source = field_named(model, field.source_field_name)
    if column is None:
        yield checks.Error(
            f"{argument}={name!r}: {model._meta.label} has no field of that name.",
            hint=_missing_companion(argument, name),
            obj=field,
            id="advthumb.E006",
        )
    elif name in {field.name, field.source_field_name}:
        yield checks.Error(
            f"{argument}={name!r} names the {'thumbnail' if name == field.name else 'source'} itself.",
            hint=_missing_companion(argument, name),
            obj=field,
            id="advthumb.E006",
        )
    elif name in {getattr(source, "width_field", None), getattr(source, "height_field", None)}:
        yield checks.Error(
            f"{argument}={name!r} already holds the size of the source {field.source_field_name!r}.",
            hint=f"The thumbnail would overwrite {name!r}. Name another column, or leave out {argument}.",
            obj=field,
            id="advthumb.E006",
        )
    elif argument == "placeholder_field":
        yield from _check_placeholder(field, model, column)
    elif argument == "fingerprint_field" and not _holds(column, RECORD_LENGTH):
        yield checks.Error(
            f"fingerprint_field={name!r} cannot hold a fingerprint.",
            hint=f"Declare {name} = {_RECORD_COLUMN}.",
            obj=field,
            id="advthumb.E007",
        )


def _check_placeholder(
    field: ThumbnailColumn, model: type[Model], column: "Field[Any, Any]"
) -> Iterator[checks.CheckMessage]:
    """Check that a column can hold a ThumbHash, and holds only that of this field."""
    others = [
        f"{argument} of {other.name!r}"
        for other in local_thumbnail_fields(model)
        for argument in ("fingerprint_field", "placeholder_field")
        if getattr(other, argument) == column.name and (other, argument) != (field, "placeholder_field")
    ]
    problem = f"is also the {others[0]}" if others else "cannot hold a ThumbHash"
    if others or not _holds(column, TEXT_LENGTH):
        yield checks.Error(
            f"placeholder_field={column.name!r} {problem}.",
            hint=f"Declare a column for it alone: {_PLACEHOLDER_COLUMN}.",
            obj=field,
            id="advthumb.E019",
        )


def _holds(column: "Field[Any, Any]", length: int) -> bool:
    """Return whether a column holds texts of this length."""
    return isinstance(column, CharField) and (column.max_length or length) >= length
