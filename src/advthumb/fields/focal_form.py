"""The form field for a focal point, and its widget: a person clicks on the picture."""

from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advthumb.core.focal_point import FocalPoint
from advthumb.core.spec import ResizeMethod

from .preview import url_of
from .relations import thumbnail_fields
from .shown import browsers_show

INVALID = gettext_lazy(
    "“%(value)s” is no focal point. Enter two numbers from 0 to 1, how far it is from the left and from the "
    "top, such as 0.25,0.8."
)
"""The message for a value that is no focal point."""


class FocalPointWidget(forms.TextInput):
    """A text input, and below it the picture, on which a click or the arrow keys choose the point.

    In a form of a model, the picture is the source of the thumbnails that the point is for. If browsers do
    not show it, as with TIFF and PDF, a thumbnail of it that is not cropped is shown instead. Without a
    picture, without JavaScript, or if the picture does not load, the text input remains.

    Args:
        attrs: HTML attributes of the text input.
        picture: The URL of the picture, for forms without a model.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, picture: str = "") -> None:
        super().__init__(attrs)
        self.picture = picture
        self._names = {"data-field": "", "data-source": ""}

    @property
    def media(self) -> forms.Media:
        """The style sheet and the script. Both are static files, so no page needs inline code."""
        if not apps.is_installed("advthumb"):
            return forms.Media()
        return forms.Media(css={"all": ["advthumb/focal_point.css"]}, js=["advthumb/focal_point.js"])

    def show_source(self, instance: Model, name: str) -> None:
        """Show the source of the thumbnails that are cropped around a point.

        Args:
            instance: The row.
            name: The name of the `FocalPointField`.
        """
        cropped = [field for field in thumbnail_fields(type(instance)) if field.focal_field == name]
        if cropped:
            source = cropped[0].source_field_name
            self._names = {"data-field": name, "data-source": source}
            self.picture = self.picture or _picture(instance, source)

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the text input and the picture, which the script shows once it is loaded."""
        picture = {
            "class": "advthumb-focus-picture",
            "role": "slider",
            "tabindex": "0",
            "aria-label": _("Focal point in the picture"),
            "aria-valuemin": "0",
            "aria-valuemax": "100",
            "aria-valuenow": "50",
            "aria-valuetext": _("No point is chosen"),
            "data-none": _("No point is chosen"),
            "data-chosen": _("{x} percent from the left, {y} percent from the top"),
            "hidden": True,
        }
        return format_html(
            '<span class="advthumb-focus"{}>{}<span{}><img alt="" draggable="false"{}>'
            '<span class="advthumb-focus-point" hidden></span></span>'
            '<span class="advthumb-focus-note" hidden>{}</span></span>',
            flatatt(self._names),
            super().render(name, value, attrs, renderer),
            flatatt(picture),
            flatatt({"src": self.picture} if self.picture else {}),
            _(
                "Click the point that must stay in view, or use the arrow keys on the picture. "
                "The key Delete removes the point."
            ),
        )


class FocalPointFormField(forms.Field):
    """A form field whose value is a `FocalPoint`, or None if it is empty."""

    widget: forms.Widget | type[forms.Widget] = FocalPointWidget
    default_error_messages = {"invalid": INVALID}  # noqa: RUF012 - as Django declares it

    def to_python(self, value: Any | None) -> FocalPoint | None:
        """Return the point that was entered.

        Raises:
            ValidationError: It is none (`invalid`).
        """
        try:
            return FocalPoint.of(value)
        except ValueError as error:
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from error

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Give the widget the picture, if the form belongs to a row."""
        instance = getattr(form, "instance", None)
        if isinstance(instance, Model) and isinstance(self.widget, FocalPointWidget):
            self.widget.show_source(instance, field_name)
        return super().get_bound_field(form, field_name)


def _picture(instance: Model, source: str) -> str:
    """Return the URL of a picture that shows a whole source, empty if there is none."""
    fields = [field for field in thumbnail_fields(type(instance)) if field.source_field_name == source]
    file = getattr(instance, source)
    if browsers_show(file):
        return url_of(file)
    whole = [getattr(instance, field.name) for field in fields if field.spec.method is ResizeMethod.FIT]
    return next((url for url in map(url_of, filter(None, whole)) if url), "")
