"""How a thumbnail shows in a form: a picture that cannot be edited."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .files import ThumbnailFieldFile


class ThumbnailPreview(forms.Widget):
    """Shows the stored thumbnail; submits nothing."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return an `<img>`, or a dash where there is no thumbnail."""
        if not isinstance(value, ThumbnailFieldFile) or not value:
            return format_html("<span>{}</span>", "\N{EN DASH}")
        return format_html('<img src="{}" alt="{}">', value.url, _("thumbnail"))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> None:
        """Take nothing from what was submitted."""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say that nothing was submitted, so that no default is put in its place."""
        return True


class ThumbnailPreviewField(forms.Field):
    """A disabled form field around the preview."""

    widget = ThumbnailPreview

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, disabled=True, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say no: a preview is never edited."""
        return False
