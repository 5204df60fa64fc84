"""The preview for staff: it shows the facts about a thumbnail, and whether it matches its source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Model
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from advthumb.core.detection import Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.fields import ThumbnailFieldFile
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.files import stored_name
from advthumb.fields.preview import ThumbnailPreview, why
from advthumb.fields.words import WORDS
from advthumb.file_facts import FileChecker, FileFacts


class AdminPreview(ThumbnailPreview):
    """A preview with details for staff: size, bytes, format, setting of the engine, and verdict.

    Args:
        brief: Whether to leave out the engines and the bytes, so that no storage call is needed. Otherwise
            the storage is asked for the number of bytes, which also shows whether the file exists: one `stat`
            on a local disk, two or three calls elsewhere.
    """

    def __init__(self, *, brief: bool) -> None:
        super().__init__()
        self._brief = brief

    def notes(self, file: ThumbnailFieldFile) -> Iterable[tuple[str, str]]:
        """Return the facts, the setting of the engine, and the verdict with its reason."""
        found = None if self._brief else _look(file)
        status, reason = file.explain()
        if found is not None and not found.exists:
            status, reason = Verdict.LOST.value, ""
        facts = [*(text for _kind, text in super().notes(file)), _bytes(found), _format(file)]
        lines = [("advthumb-note", " · ".join(filter(None, facts)))]
        if not self._brief:
            lines.append(("advthumb-note", _engines(file.field)))
        lines.append(("advthumb-verdict", str(WORDS[status])))
        if status != Verdict.FRESH:
            lines += why(reason)
        return lines


@dataclass(frozen=True)
class ReadOnlyPreview:
    """A preview in the form of an admin read-only field: a callable that takes the row.

    Attributes:
        field: The thumbnail field.
        brief: Whether to make no storage call.
    """

    field: ThumbnailColumn
    brief: bool
    do_not_call_in_templates: ClassVar = True

    @property
    def __name__(self) -> str:
        """The name of the field; the admin uses it to find the help text and the style."""
        return self.field.name

    @property
    def short_description(self) -> Any:
        """The label."""
        return self.field.verbose_name

    def __str__(self) -> str:
        """Return the name of the field, for templates."""
        return self.field.name

    def __call__(self, instance: Model) -> SafeString:
        """Return the preview of a row."""
        return AdminPreview(brief=self.brief).render(self.field.name, getattr(instance, self.field.name))


def _look(file: ThumbnailFieldFile) -> FileFacts | None:
    """Return the storage's facts about a thumbnail; None if the storage does not answer."""
    try:
        return FileChecker(file.storage).check(stored_name(file))
    except ThumbnailError:
        return None


def _bytes(found: FileFacts | None) -> str:
    return filesizeformat(found.size) if found is not None and found.size is not None else ""


def _format(file: ThumbnailFieldFile) -> str:
    """Return the format that the extension stands for."""
    extension = stored_name(file).rpartition(".")[2].upper()
    return "JPEG" if extension == "JPG" else extension


def _engines(field: ThumbnailColumn) -> str:
    """Return the present setting: no file says which engine made it."""
    names = [each if isinstance(each, str) else str(each.get("BACKEND")) for each in field.engines]
    return _("Engine setting: %(names)s") % {"names": ", ".join(names)}
