"""How a form shows a thumbnail: a picture that cannot be edited, or the reason why there is none."""

import posixpath
from collections.abc import Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.db.models.fields.files import FieldFile
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from advthumb.core.detection import Verdict
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName

from .files import ThumbnailFieldFile, set_urls, stored_name
from .words import WORDS, cause


def stylesheet() -> forms.Media:
    """Return the style sheet of previews, which keeps them inside their form without inline styles.

    It is empty if the app is not installed: then static files are not found, and some storages raise.
    """
    return forms.Media(css={"all": ["advthumb/preview.css"]} if apps.is_installed("advthumb") else {})


class ThumbnailPreview(forms.Widget):
    """Shows the stored thumbnail, or why there is none; submits nothing.

    Without a thumbnail it may read the cache once, to show the reason. It does no other I/O.
    """

    use_fieldset = True
    """A label would have nothing to point to."""

    @property
    def media(self) -> forms.Media:
        """The style sheet."""
        return stylesheet()

    def id_for_label(self, id_: str | None) -> str:
        """Return nothing: a preview is not a control that a label could focus."""
        return ""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the picture, linked to its file, with notes below it; or the reason why there is none."""
        file = value if isinstance(value, ThumbnailFieldFile) else None
        shown = picture(file) if file else SafeString("")
        lines = self.notes(file) if file else _why_none(value)
        return format_html(
            '<span class="advthumb"{}>{}{}</span>',
            flatatt({"id": (attrs or {}).get("id")}),
            format_html('<a href="{}">{}</a>', url_of(file), shown) if file and shown else "",
            format_html_join("", '<span class="{}">{}</span>', lines),
        )

    def notes(self, file: ThumbnailFieldFile) -> Iterable[tuple[str, str]]:
        """Return the lines below a picture, each as a CSS class and a text."""
        size = size_in_name(file)
        return [("advthumb-note", pixels(size))] if size else []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> None:
        """Ignore the submitted data."""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Return True: a preview submits nothing."""
        return True


class ThumbnailPreviewField(forms.Field):
    """A disabled form field around the preview."""

    widget = ThumbnailPreview

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, disabled=True, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return False: a preview is never edited."""
        return False


def picture(file: ThumbnailFieldFile, height: int | None = None) -> SafeString:
    """Return an `<img>` of a thumbnail, empty if its storage has no URLs. It does no I/O.

    Args:
        file: The thumbnail.
        height: The largest height at which it is shown, in CSS pixels; None for its full height.
    """
    url = url_of(file)
    if not url:
        return SafeString("")
    size = size_in_name(file)
    attributes: dict[str, str | int] = {"src": url, "alt": alternative(file)}
    if file.field.densities and (srcset := set_urls(file).choice):
        attributes["srcset"] = srcset
    if size is not None:
        shown = min(height or size.height, size.height)
        attributes |= {"width": max(1, round(size.width * shown / size.height)), "height": shown}
    elif height is not None:
        attributes["height"] = height
    return format_html('<img class="advthumb-picture" loading="lazy"{}>', flatatt(attributes))


def url_of(file: FieldFile) -> str:
    """Return the URL of a file, empty if its storage has none, as with private ones."""
    try:
        return file.url
    except (NotImplementedError, ValueError):
        return ""


def size_in_name(file: ThumbnailFieldFile) -> Size | None:
    """Return the size in pixels from the name, None for names of version 2 or names that a storage chose."""
    parsed = ThumbnailName.parse(stored_name(file))
    return parsed.size if parsed else None


def pixels(size: Size) -> str:
    """Return a size as text for people."""
    return f"{size.width} \N{MULTIPLICATION SIGN} {size.height} px"


def alternative(file: ThumbnailFieldFile) -> str:
    """Return the alternative text of a thumbnail. A deferred source is not loaded.

    It names the source's file, because `str(instance)` may query the database.
    """
    source = stored_name(file.instance.__dict__.get(file.field.source_field.attname))
    return _("Thumbnail of %(file)s") % {"file": posixpath.basename(source)} if source else _("Thumbnail")


def _why_none(value: Any) -> Iterable[tuple[str, str]]:
    """Return the lines that are shown in place of a thumbnail."""
    if not isinstance(value, ThumbnailFieldFile):
        return [("advthumb-note", _("Made when the form is saved."))]
    source = value.field.source_field
    if not stored_name(getattr(value.instance, source.attname)):
        return [
            (
                "advthumb-note",
                _("Made when “%(field)s” has a file.") % {"field": capfirst(source.verbose_name)},
            )
        ]
    status, reason = value.explain()
    kind = "advthumb-problem" if status == Verdict.FAILED else "advthumb-verdict"
    return [(kind, str(WORDS[status])), *why(reason)]


def why(reason: str) -> Iterable[tuple[str, str]]:
    """Return the lines for a reason: its cause in the reader's language, and the detail."""
    return [("advthumb-note", text) for text in (cause(reason), reason) if text]
