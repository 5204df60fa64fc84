"""Thumbnails for a `ModelAdmin` or an inline: previews, and an action that makes thumbnails again."""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy, ngettext

from advthumb.exceptions import EngineUnavailable
from advthumb.fields import Refreshed, refresh_thumbnails
from advthumb.fields.preview import stylesheet
from advthumb.fields.relations import by_source, thumbnail_fields

from .enqueuing import Enqueued
from .preview import ReadOnlyPreview

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object

_ERRORS_TOLD = 3


class ThumbnailAdminMixin(_Base):
    """Adds thumbnails to a `ModelAdmin` or an inline. Name it first among the base classes.

    Each thumbnail is shown next to its source, for users who may change the row or only view it.
    A `ModelAdmin` gets the action "Make thumbnails again" as well.

    Attributes:
        thumbnail_action_seconds: How long the action may take, because a browser waits for it. After this
            time, it stops after the current row and reports how many rows are left.
    """

    thumbnail_action_seconds = 20.0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        actions = getattr(self, "actions", None)
        if actions is not None:
            self.actions = [*actions, "make_thumbnails_again"]

    @property
    def media(self) -> Media:
        """The style sheets and scripts of the page, including the style sheet for thumbnails."""
        return super().media + stylesheet()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the read-only fields. They include the thumbnails, because these cannot be edited."""
        names = super().get_readonly_fields(request, obj)
        return list(dict.fromkeys([*map(self._shown, names), *self._previews.values()]))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets of the form, with previews in place of thumbnails."""
        fieldsets = super().get_fieldsets(request, obj)
        return [(title, options | {"fields": self._lines(options["fields"])}) for title, options in fieldsets]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of the form, with thumbnails after their source unless `fields` places them."""
        names = super().get_fields(request, obj)
        if self.fields:
            return names
        # Fields that the form or `exclude` leaves out return with the read-only fields; leave them out again.
        kept = {
            *(name for name in names if isinstance(name, str)),
            *super().get_readonly_fields(request, obj),
        }
        names = [name.field.name if isinstance(name, ReadOnlyPreview) else name for name in names]
        return _behind_sources(self.model, [name for name in names if name in kept])

    @property
    def _previews(self) -> dict[str, ReadOnlyPreview]:
        brief = isinstance(self, InlineModelAdmin)
        return {field.name: ReadOnlyPreview(field, brief) for field in thumbnail_fields(self.model)}

    def _shown(self, name: Any) -> Any:
        return self._previews.get(name, name)

    def _lines(self, lines: Iterable[Any]) -> list[Any]:
        return [
            self._shown(line) if isinstance(line, str) or callable(line) else [*map(self._shown, line)]
            for line in lines
        ]

    @admin.action(description=gettext_lazy("Make thumbnails again"), permissions=["change"])
    def make_thumbnails_again(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Make all thumbnails of the selected rows, even those that are up to date, and report the number.

        Tasks are enqueued for thumbnails of fields in task mode.
        """
        rows = _Rows(self, request, queryset)
        fields = thumbnail_fields(self.model)
        later = [field for field in fields if field.made_by_task]
        names = [field.name for field in fields if field not in later]
        tasks = Enqueued(later)
        try:
            done = refresh_thumbnails(tasks.passing(rows), fields=names, force=True)
        except EngineUnavailable as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        if names:
            level = messages.SUCCESS
            if done.errors:
                level = messages.WARNING if done.made else messages.ERROR
            self.message_user(request, _told(done), level)
        if later:
            self.message_user(request, *_told_of_tasks(tasks))
        left = queryset.count() - rows.taken
        if left > 0:
            self.message_user(request, _time_is_over(left, queryset.model), messages.WARNING)


class _Rows:
    """The selected rows that the user may change, until the time limit is reached.

    Attributes:
        taken: How many rows were read.
    """

    def __init__(
        self, model_admin: ThumbnailAdminMixin, request: HttpRequest, queryset: "QuerySet[Any]"
    ) -> None:
        self._admin = model_admin
        self._request = request
        self._queryset = queryset
        self.taken = 0

    def __iter__(self) -> Iterator[Model]:
        """Yield at least one row, even if that row alone takes longer than the time limit."""
        deadline = time.monotonic() + self._admin.thumbnail_action_seconds
        for row in self._queryset.order_by("pk").iterator(chunk_size=100):
            if self.taken and time.monotonic() >= deadline:
                return
            self.taken += 1
            if self._admin.has_change_permission(self._request, row):
                yield row


def _told(done: Refreshed) -> str:
    """Return one sentence about what was done."""
    parts = [
        ngettext("%(count)d thumbnail was made", "%(count)d thumbnails were made", done.made)
        % {"count": done.made}
    ]
    if done.cleared:
        parts.append(
            ngettext(
                "%(count)d was removed because its row has no file",
                "%(count)d were removed because their rows have no file",
                done.cleared,
            )
            % {"count": done.cleared}
        )
    if done.errors:
        count = len(done.errors)
        errors = " ".join(done.errors[:_ERRORS_TOLD]) + (" …" if count > _ERRORS_TOLD else "")
        parts.append(
            ngettext("%(count)d failed: %(errors)s", "%(count)d failed: %(errors)s", count)
            % {"count": count, "errors": errors}
        )
    return "; ".join(parts) + ("" if done.errors else ".")


def _told_of_tasks(tasks: Enqueued) -> tuple[str, int]:
    """Return what is said about tasks, and the level of the message."""
    if tasks.failed:
        return gettext("Thumbnails could not be enqueued; the log says why."), messages.ERROR
    told = ngettext(
        "%(count)d thumbnail will be made in the background.",
        "%(count)d thumbnails will be made in the background.",
        tasks.count,
    ) % {"count": tasks.count}
    return told, messages.SUCCESS


def _time_is_over(left: int, model: type[Model]) -> str:
    return ngettext(
        "The request ran out of time: %(count)d row is left. Select fewer rows, or run %(command)s",
        "The request ran out of time: %(count)d rows are left. Select fewer rows, or run %(command)s",
        left,
    ) % {
        "count": left,
        "command": f"python manage.py regenerate_thumbnails --force --model {model._meta.label}",
    }


def _behind_sources(model: type[Model], names: Any) -> list[Any]:
    """Return field names in their order, but with each thumbnail directly after its source."""
    ordered = list(dict.fromkeys(names))
    for group in by_source(thumbnail_fields(model)):
        thumbnails = [field.name for field in group.fields if field.name in ordered]
        if group.source.name in ordered:
            ordered = [name for name in ordered if name not in thumbnails]
            behind = ordered.index(group.source.name) + 1
            ordered[behind:behind] = thumbnails
    return ordered
