"""The model field that holds a focal point, and its value on an instance."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, overload

from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.db.models import Model
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext_lazy as _

from advthumb.core.focal_point import TEXT_LENGTH, FocalPoint

from .focal_form import INVALID, FocalPointFormField, FocalPointWidget

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable


if TYPE_CHECKING:
    _CharField = models.CharField[Any, Any]
else:
    _CharField = models.CharField


def _check(value: Any) -> FocalPoint | None:
    """Return the point that a value means, None for an empty value.

    Raises:
        ValidationError: It means none (`invalid`).
    """
    try:
        return FocalPoint.of(value)
    except ValueError as error:
        raise ValidationError(INVALID, code="invalid", params={"value": value}) from error


def _validate(value: Any) -> None:
    """Refuse a value that is no focal point. Serializers of other packages use this validator."""
    _check(value)


class _FocalPointAttribute(DeferredAttribute):
    """Turns what is assigned into a `FocalPoint`, and an empty value into None.

    A text that is no focal point stays as it is: `full_clean()` reports it, and `save()` raises `ValueError`.
    """

    def __set__(self, instance: Model, value: Any) -> None:
        with suppress(ValueError):
            value = FocalPoint.of(value)
        instance.__dict__[self.field.attname] = value


class FocalPointField(_CharField):
    """The point of a picture that crops keep in view: a text such as `0.260,0.787` in the database.

    Both numbers are fractions from the top left of the upright picture. The attribute of an instance is a
    `FocalPoint`, or None if no point was chosen. A `FocalPoint`, a text, a pair of numbers, None and an empty
    text can be assigned. Declare the column with `blank=True`, and name it in the thumbnail:

        focus = FocalPointField(blank=True)
        tile = AdvanceThumbnailField(source_field="image", resize_method="fill", focal_field="focus")

    In forms, a person chooses the point with a click on the picture (`advthumb.forms.FocalPointWidget`).

    Raises:
        ImproperlyConfigured: `max_length` was given; every point has the same number of characters.
    """

    default_validators = [_validate]  # noqa: RUF012 - as Django declares it
    description = _("Focal point of a picture")
    descriptor_class = _FocalPointAttribute

    if TYPE_CHECKING:  # the types that the descriptor and the model's constructor give and accept
        _pyi_private_set_type: FocalPoint | str | tuple[float, float] | Combinable | None  # type: ignore[assignment]

        @overload  # type: ignore[override]
        def __get__(self, instance: None, owner: Any) -> _FocalPointAttribute: ...
        @overload
        def __get__(self, instance: Model, owner: Any) -> FocalPoint | None: ...
        @overload
        def __get__(self, instance: Any, owner: Any) -> Self: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(
            self, instance: Model, value: FocalPoint | str | tuple[float, float] | Combinable | None
        ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "max_length" in kwargs:
            msg = (
                f"FocalPointField: max_length={kwargs['max_length']!r}; leave it out, because every focal "
                f"point has {TEXT_LENGTH} characters."
            )
            raise ImproperlyConfigured(msg)
        super().__init__(*args, **{"max_length": TEXT_LENGTH} | kwargs)

    def deconstruct(self) -> Any:
        """Return what migrations need: the public path, and the arguments without the length."""
        name, _path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        if isinstance(kwargs.get("default"), FocalPoint):
            kwargs["default"] = str(kwargs["default"])
        return name, "advthumb.fields.FocalPointField", args, kwargs

    def from_db_value(self, value: str | None, *_args: Any) -> FocalPoint | None:
        """Return the point of a row; None if the column is empty, or holds a text that is not a point."""
        with suppress(ValueError):
            return FocalPoint.of(value)
        return None

    def to_python(self, value: Any) -> FocalPoint | None:
        """Return the point that a value means, None for an empty value.

        Raises:
            ValidationError: It means none (`invalid`).
        """
        return _check(value)

    def clean(self, value: Any, model_instance: Model | None) -> FocalPoint | None:
        """Check a value as Django does, and return the point.

        Raises:
            ValidationError: It is none, or empty although it must not be.
        """
        point = self.to_python(value)
        text = "" if point is None else str(point)
        self.validate(text, model_instance)
        self.run_validators(text)
        return point

    def get_prep_value(self, value: Any) -> Any:
        """Return the text for the database, with three decimals, so that equal points are equal texts.

        Raises:
            ValueError: The value is no focal point.
        """
        return value if hasattr(value, "resolve_expression") else _text(FocalPoint.of(value))

    def value_to_string(self, obj: Model) -> str:
        """Return the text for serializers such as that of `dumpdata`."""
        return _text(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """Return a form field whose widget lets a person choose the point on the picture.

        The admin asks for its own kind of text input, in place of which the widget is used as well.
        """
        widget = kwargs.get("widget")
        kind = widget if isinstance(widget, type) else type(widget)
        if issubclass(kind, forms.TextInput) and kind is not forms.TextInput:
            kwargs["widget"] = widget if issubclass(kind, FocalPointWidget) else FocalPointWidget
        return super(models.CharField, self).formfield(**{"form_class": FocalPointFormField} | kwargs)


def _text(value: FocalPoint | None) -> str:
    return "" if value is None else str(value)
