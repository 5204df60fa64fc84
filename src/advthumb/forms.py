"""Form fields: for the sources of thumbnails, in every format that the engines read, and for focal points."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from .core.media_types import MEDIA_TYPES, accept
from .fields.focal_form import FocalPointFormField, FocalPointWidget
from .rendering import Recipe
from .validators import SourceImageValidator, recipes_of

__all__ = ["FocalPointFormField", "FocalPointWidget", "SourceImageField", "UploadedPicture"]


class UploadedPicture(NamedTuple):
    """The format and size of an upload, read from its content.

    Attributes:
        format: The name of the format, such as `HEIC`.
        size: (width, height) in pixels of the upright picture.
    """

    format: str
    size: tuple[int, int]

    @property
    def width(self) -> int:
        """The width in pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self.size[1]


class SourceImageField(forms.FileField):
    """Accepts an upload from which a thumbnail can be made, in any format that the engines read.

    Django's `forms.ImageField` refuses what Pillow cannot open: a PDF, a video, and HEIC without its plugin.
    This field checks uploads as `SourceImageValidator` does. In a `ModelForm` the check also renders the
    thumbnails of the upload, and the save stores them. Name the field in the form's `Meta`:

        field_classes = {"image": SourceImageField}

    and in a `ModelAdmin`:

        formfield_overrides = {models.ImageField: {"form_class": SourceImageField}}

    The cleaned file has the attributes that `ImageField` gives it, read from the content: `content_type`, and
    `image` with `format`, `size`, `width` and `height`, but no pixels. If the header could not be read for a
    reason that is not the file's fault, `content_type` is unchanged and `image` is None.

    Args:
        max_pixels: As for `SourceImageValidator`, like the next four.
        max_bytes: The same.
        min_size: The same.
        formats: The same.
        decode: The same.
        kwargs: The arguments of `FileField`.
    """

    def __init__(
        self,
        *,
        max_pixels: int | None = None,
        max_bytes: int | None = None,
        min_size: tuple[int, int] | None = None,
        formats: Iterable[str] | None = None,
        decode: bool = True,
        **kwargs: Any,
    ) -> None:
        self.source_validator = SourceImageValidator(
            max_pixels=max_pixels, max_bytes=max_bytes, min_size=min_size, formats=formats, decode=decode
        )
        self._recipes: list[Recipe] = []
        self._of_model: list[SourceImageValidator] = []
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Make the browser offer files of the accepted formats."""
        attrs: dict[str, Any] = super().widget_attrs(widget)
        if isinstance(widget, forms.FileInput) and "accept" not in widget.attrs:
            attrs["accept"] = _Offered(self.source_validator, [])
        return attrs

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Note which thumbnails are made from the upload, if the form belongs to a model."""
        model = getattr(getattr(form, "_meta", None), "model", None)
        if model is not None:
            self._recipes = recipes_of(model, field_name)
            self._of_model = _validators_of(model, field_name)
            if isinstance(self.widget.attrs.get("accept"), _Offered):
                self.widget.attrs["accept"] = _Offered(self.source_validator, self._recipes)
        return super().get_bound_field(form, field_name)

    def to_python(self, data: Any) -> Any:
        """Return the upload, with the `image` and `content_type` that its content shows.

        Raises:
            EngineUnavailable: An engine that had to be asked is not available.
            ValidationError: The upload is refused.
        """
        upload: Any = super().to_python(data)
        if upload is None:
            return None
        # First the header: do not decode what the model's validators will refuse anyway.
        for validator in self._of_model:
            validator.check(upload, self._recipes, decode=False)
        info = self.source_validator.check(upload, self._recipes)
        upload.image = None
        if info is not None:
            upload.image = UploadedPicture(
                info.format.value, (info.display_size.width, info.display_size.height)
            )
            upload.content_type = MEDIA_TYPES[info.format].name
        return upload


class _Offered:
    """The `accept` attribute of a widget. It is computed when it is shown, because engines are made later.

    Args:
        validator: Says which formats are accepted.
        recipes: How thumbnails are made; empty for the configured engines.
    """

    def __init__(self, validator: SourceImageValidator, recipes: list[Recipe]) -> None:
        self._validator = validator
        self._recipes = recipes

    def __str__(self) -> str:
        return accept(self._validator.accepted(self._recipes))


def _validators_of(model: type[Model], name: str) -> list[SourceImageValidator]:
    try:
        validators = getattr(model._meta.get_field(name), "validators", [])
    except FieldDoesNotExist:  # a field that only the form has
        return []
    return [each for each in validators if isinstance(each, SourceImageValidator)]
