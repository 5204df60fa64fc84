"""The preview for staff: it tells what a thumbnail is, and how it stands to its source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Model
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from advthumb.core.detection import Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.fields import ThumbnailFieldFile
from advthumb.fields.column import ThumbnailColumn
from advthumb.fields.files import stored_name
from advthumb.fields.preview import ThumbnailPreview
from advthumb.fields.words import WORDS
from advthumb.file_facts import FileChecker, FileFacts


class AdminPreview(ThumbnailPreview):
    """A preview with what staff want to know: size, bytes, format, engines and verdict.

    Args:
        brief: Whether the engines and the bytes are left out, so that the storage is not asked. If not, it
            is asked for the bytes, and so whether the file is there: one `stat` on a local disk, two or three
            calls elsewhere.
    """

    def __init__(self, *, brief: bool) -> None:
        super().__init__()
        self._brief = brief

    def notes(self, file: ThumbnailFieldFile) -> Iterable[tuple[str, str]]:
        """Return the facts, the engines, and the verdict with its reason."""
        found = None if self._brief else _look(file)
        status, reason = file.explain()
        if found is not None and not found.exists:
            status, reason = Verdict.LOST.value, ""
        facts = [*(text for _kind, text in super().notes(file)), _bytes(found), _format(file)]
        lines = [("advthumb-note", " · ".join(filter(None, facts)))]
        if not self._brief:
            lines.append(("advthumb-note", _engines(file.field)))
        lines.append(("advthumb-verdict", str(WORDS[status])))
        if reason and status != Verdict.FRESH:
            lines.append(("advthumb-note", reason))
        return lines


@dataclass(frozen=True)
class ReadOnlyPreview:
    """A preview as the admin takes it among its read-only fields: called with the row.

    Attributes:
        field: The thumbnail field.
        brief: Whether the storage is not asked.
    """

    field: ThumbnailColumn
    brief: bool
    do_not_call_in_templates: ClassVar = True

    @property
    def __name__(self) -> str:
        """The name of the field, by which the admin finds its help text and style."""
        return self.field.name

    @property
    def short_description(self) -> Any:
        """The label."""
        return self.field.verbose_name

    def __str__(self) -> str:
        """Return the name of the field, as templates write it."""
        return self.field.name

    def __call__(self, instance: Model) -> SafeString:
        """Return the preview of a row."""
        return AdminPreview(brief=self.brief).render(self.field.name, getattr(instance, self.field.name))


def _look(file: ThumbnailFieldFile) -> FileFacts | None:
    """Return what the storage says of a thumbnail, None where it cannot be asked."""
    try:
        return FileChecker(file.storage).check(stored_name(file))
    except ThumbnailError:
        return None


def _bytes(found: FileFacts | None) -> str:
    return filesizeformat(found.size) if found is not None and found.size is not None else ""


def _format(file: ThumbnailFieldFile) -> str:
    """Return the format by the extension."""
    return stored_name(file).rpartition(".")[2].upper()


def _engines(field: ThumbnailColumn) -> str:
    names = [each if isinstance(each, str) else str(each.get("BACKEND")) for each in field.engines]
    return ngettext("Engine: %(names)s", "Engines: %(names)s", len(names)) % {"names": ", ".join(names)}
