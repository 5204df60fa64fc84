"""Checks of thumbnail fields: what a declaration says about other columns, the storage and the engine."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db import models
from django.db.models import NOT_PROVIDED, Field, FileField, Model

from advthumb import conf, storages
from advthumb.core.names import room_needed
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.focal_point import FocalPointField
from advthumb.fields.relations import is_thumbnail_field, local_thumbnail_fields
from advthumb.fields.translated import is_translation, translations_of

from .companions import check_companion, field_named
from .engines import check_engines, check_output
from .sets import check_set


def check_fields(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Check every thumbnail field of the project, or of the given apps."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    return [
        message
        for config in configs
        for model in config.get_models(include_auto_created=True)
        if not model._meta.proxy
        for field in local_thumbnail_fields(model)
        for message in _check_field(field, model)
    ]


def _check_field(field: ThumbnailColumn, model: type[Model]) -> Iterator[checks.CheckMessage]:
    yield from _check_source(field, model)
    yield from _check_default(field)
    yield from _check_length(field)
    for argument in ("width_field", "height_field", "fingerprint_field", "placeholder_field"):
        name = getattr(field, argument)
        if name:
            yield from check_companion(field, model, argument, name)
    if field.focal_field is not None:
        yield from _check_focal_point(field, model, field.focal_field)
    if field.engine is not None:
        yield from check_engines(lambda: conf.as_references(field.engine), field)
    yield from check_output(field)
    yield from check_set(field)
    yield from _check_processors(field)
    others = [other for other in local_thumbnail_fields(model) if other is not field]
    if all(other.source_field_name != field.source_field_name for other in others if other < field):
        yield from _check_overwriting(field, model)
    if not any(other < field for other in others):
        yield from _check_cascades(field, model)


def _check_source(field: ThumbnailColumn, model: type[Model]) -> Iterator[checks.CheckMessage]:
    source = field_named(model, field.source_field_name)
    name = field.source_field_name
    if source is None:
        yield checks.Error(
            f"source_field={name!r}: {model._meta.label} has no field of that name.",
            hint=_choices(model),
            obj=field,
            id="advthumb.E001",
        )
    elif is_thumbnail_field(source):
        which = "the thumbnail field itself" if source is field else "another thumbnail field"
        yield checks.Error(
            f"source_field={name!r} names {which}.",
            hint=f"A thumbnail is made from an image. {_choices(model)}",
            obj=field,
            id="advthumb.E003",
        )
    elif not isinstance(source, FileField):
        yield checks.Error(
            f"source_field={name!r} is a {type(source).__name__}.",
            hint=f"Only an ImageField or a FileField can hold the source image. {_choices(model)}",
            obj=field,
            id="advthumb.E002",
        )
    elif not is_translation(field) and (names := translations_of(name, model)):
        yield checks.Warning(
            f"source_field={name!r} is translated and this thumbnail is not: each save would make it from "
            "the image of the active language.",
            hint="Translate the thumbnail as well, or name one language: "
            + " or ".join(f"source_field={each!r}" for each in names)
            + ".",
            obj=field,
            id="advthumb.W008",
        )


def _choices(model: type[Model]) -> str:
    """Return a hint that says what to write as `source_field`."""
    names = [
        repr(field.name)
        for field in model._meta.fields
        if isinstance(field, FileField) and not is_thumbnail_field(field)
    ]
    if not names:
        return f"Add an ImageField to {model._meta.label} and name it."
    return f"Choose from: {', '.join(names)}."


def _check_focal_point(
    field: ThumbnailColumn, model: type[Model], name: str
) -> Iterator[checks.CheckMessage]:
    """Check that a focal point exists, and that one UPDATE can compare it together with the source."""
    column = field_named(model, name)
    declare = (
        f"Declare {name} = FocalPointField(blank=True) in {model._meta.label}, or leave out focal_field."
    )
    if column is None:
        yield checks.Error(
            f"focal_field={name!r}: {model._meta.label} has no field of that name.",
            hint=declare,
            obj=field,
            id="advthumb.E013",
        )
    elif not isinstance(column, FocalPointField):
        yield checks.Error(
            f"focal_field={name!r} is a {type(column).__name__}.",
            hint=declare,
            obj=field,
            id="advthumb.E014",
        )
    else:
        source = field_named(model, field.source_field_name)
        others = [each for each in (column, source) if each is not None and each.model is not field.model]
        if others:
            yield checks.Error(
                f"focal_field={name!r}: {others[0]} is in the table of a parent, and the thumbnail is not.",
                hint="Declare source, focal point and thumbnail in one model, which may be abstract.",
                obj=field,
                id="advthumb.E015",
            )


def _check_default(field: ThumbnailColumn) -> Iterator[checks.CheckMessage]:
    """Check that the field has no default, because a default is not made from the row's source."""
    given = [
        name
        for name in ("default", "db_default")
        if getattr(field, name, NOT_PROVIDED) not in (NOT_PROVIDED, None, "")
    ]
    for name in given:
        yield checks.Error(
            f"{name}={getattr(field, name)!r}: a thumbnail is made from its source and has no default.",
            hint=f"Remove {name} from {field.name!r}, and name the placeholder in ADVANCE_THUMBNAIL_FALLBACK "
            "for {% thumbnail %}.",
            obj=field,
            id="advthumb.E010",
        )


def _check_processors(field: ThumbnailColumn) -> Iterator[checks.CheckMessage]:
    """Pass on what the processors of a field report about themselves."""
    for processor in field.processors:
        for message in processor.check():
            message.obj = message.obj or field
            yield message


def _check_overwriting(field: ThumbnailColumn, model: type[Model]) -> Iterator[checks.CheckMessage]:
    """Check that two uploads with the same name do not become one source file."""
    source = field_named(model, field.source_field_name)
    if not isinstance(source, FileField) or callable(source.upload_to):
        return  # a function can make every name unique, and usually does
    answer = storages.overwrites(source.storage)
    if answer is not False:
        how = "overwrites" if answer else "may overwrite"
        yield checks.Warning(
            f"The storage of the source {source.name!r} {how} files of the same name: rows whose uploads "
            "have equal names then share one picture.",
            hint="Set file_overwrite=False (S3, Google) or overwrite_files=False (Azure), or give "
            f"{source.name!r} a function as upload_to that makes names unique.",
            obj=field,
            id="advthumb.W003",
        )


def _check_cascades(field: ThumbnailColumn, model: type[Model]) -> Iterator[checks.CheckMessage]:
    """Check that Django notices when rows are deleted, so that their files can be deleted too."""
    key = _database_cascade(model, set())
    if key is not None:
        yield checks.Warning(
            f"{key} has on_delete=DB_CASCADE: the database deletes rows itself, so their files stay.",
            hint="Run prune_thumbnails --delete from time to time, or use on_delete=CASCADE.",
            obj=field,
            id="advthumb.W004",
        )


def _database_cascade(model: type[Model], seen: set[type[Model]]) -> "Field[Any, Any] | None":
    """Return a foreign key with which the database itself deletes rows of a model, None if there is none.

    The rows that it points to may be deleted by such a key as well: those models are searched too.
    """
    seen.add(model)
    by_database = getattr(models, "DB_CASCADE", None)  # since Django 6.1
    for key in model._meta.concrete_fields:
        remote = key.remote_field
        if remote is None or by_database is None:
            continue
        if remote.on_delete is by_database:
            return key
        parent = remote.model
        if remote.on_delete is models.CASCADE and isinstance(parent, type) and parent not in seen:
            found = _database_cascade(parent, seen)
            if found is not None:
                return found
    return None


def _check_length(field: ThumbnailColumn) -> Iterator[checks.CheckMessage]:
    if field.max_length is None or callable(field.upload_to):
        return
    folder = datetime.now().strftime(str(field.upload_to))  # noqa: DTZ005 - as Django places files
    further = field.widths or [each for each in field.densities if each != 1]
    room = room_needed(
        len(further),
        len(field.formats),
        with_point=field.focal_field is not None,
        with_colour=field.placeholder,
    )
    needed = len(folder) + 1 + room
    if field.max_length < needed:
        yield checks.Error(
            f"max_length={field.max_length} is too short for names in {folder!r}.",
            hint=f"Names carry a fingerprint: give {field.name!r} max_length={needed} or more.",
            obj=field,
            id="advthumb.E005",
        )
