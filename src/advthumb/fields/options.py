"""The arguments that the field passes on to Django's `ImageField`, for type checkers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from django.core.files.storage import Storage


class ImageFieldOptions(TypedDict, total=False):
    """The keyword arguments of `ImageField`; see Django's documentation.

    Only type checkers read this: at run time, arguments that a later Django adds are passed on as well.
    """

    auto_created: bool
    blank: bool
    choices: Any
    db_column: str | None
    db_comment: str | None
    db_default: Any
    db_index: bool
    db_tablespace: str | None
    default: Any
    editable: bool
    error_messages: Mapping[str, Any] | None
    height_field: str | None
    help_text: Any
    max_length: int | None
    name: str | None
    null: bool
    primary_key: bool
    serialize: bool
    storage: Storage | Callable[[], Storage] | None
    unique: bool
    unique_for_date: str | None
    unique_for_month: str | None
    unique_for_year: str | None
    upload_to: Any
    validators: Iterable[Callable[[Any], object]]
    verbose_name: Any
    width_field: str | None
