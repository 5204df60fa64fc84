"""What a `ModelAdmin` or an inline needs for thumbnails: previews, and an action that makes them again."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import Model, QuerySet
from django.forms import Field, Media
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from advthumb.exceptions import EngineUnavailable
from advthumb.fields import Refreshed, refresh_thumbnails
from advthumb.fields.preview import stylesheet
from advthumb.fields.relations import by_source, is_thumbnail_field, thumbnail_fields

from .preview import AdminPreview

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object

_ERRORS_TOLD = 3


class ThumbnailAdminMixin(_Base):
    """Adds thumbnails to a `ModelAdmin` or an inline. Name it first among the base classes.

    Each thumbnail is shown next to its source, also in `readonly_fields` and for users who may only view.
    A `ModelAdmin` gets the action "Make thumbnails again" as well.

    Attributes:
        thumbnail_action_seconds: How long the action may take, because a browser waits for it. It then stops
            after the row that it is at, and tells how many are left.
    """

    thumbnail_action_seconds = 20.0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        actions = getattr(self, "actions", None)
        if actions is not None:
            self.actions = [*actions, "make_thumbnails_again"]

    @property
    def media(self) -> Media:
        """The style sheets and scripts of the page, with the one of thumbnails."""
        return super().media + stylesheet()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of the form, thumbnails right behind their source unless `fields` places them."""
        names = super().get_fields(request, obj)
        return names if self.fields else _behind_sources(self.model, names)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, with the previews that the admin leaves out because they cannot be edited."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return self._with_previews(form, request, kwargs)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the forms of an inline in the same way."""
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        self._with_previews(formset.form, request, kwargs)
        return formset

    def _with_previews(self, form: Any, request: HttpRequest, options: dict[str, Any]) -> Any:
        if options.get("fields", ()) is None:
            return form  # the admin asks which fields there are, and adds the read-only ones by itself
        for field in thumbnail_fields(self.model):
            if field.name not in form.base_fields:
                form.base_fields[field.name] = self.formfield_for_dbfield(field, request)
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        """Return the form field of a column; for a thumbnail it is the preview for staff.

        In inlines it is brief and does not ask the storage, because there may be many.
        """
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and is_thumbnail_field(db_field):
            field.widget = AdminPreview(brief=isinstance(self, InlineModelAdmin))
        return field

    @admin.action(description=gettext_lazy("Make thumbnails again"), permissions=["change"])
    def make_thumbnails_again(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Make the thumbnails of the selected rows, also those that are up to date, and tell how many."""
        rows = _Rows(self, request, queryset)
        try:
            done = refresh_thumbnails(rows, force=True)
        except EngineUnavailable as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        level = messages.SUCCESS
        if done.errors:
            level = messages.WARNING if done.made else messages.ERROR
        self.message_user(request, _told(done), level)
        left = queryset.count() - rows.taken
        if left > 0:
            self.message_user(request, _time_is_over(left, queryset.model), messages.WARNING)


class _Rows:
    """The selected rows that the user may change, until the time for them is over.

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
        """Yield one at least; that one can take longer than the time for all of them."""
        deadline = time.monotonic() + self._admin.thumbnail_action_seconds
        for row in self._queryset.order_by("pk").iterator(chunk_size=100):
            if self.taken and time.monotonic() >= deadline:
                return
            self.taken += 1
            if self._admin.has_change_permission(self._request, row):
                yield row


def _told(done: Refreshed) -> str:
    """Return what was done as one sentence."""
    parts = [
        ngettext("%(count)d thumbnail was made", "%(count)d thumbnails were made", done.made)
        % {"count": done.made}
    ]
    if done.cleared:
        parts.append(
            ngettext(
                "%(count)d was taken away because its row has no file",
                "%(count)d were taken away because their rows have no file",
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


def _time_is_over(left: int, model: type[Model]) -> str:
    return ngettext(
        "The time for one request was over: %(count)d row is left. Select fewer rows, or run %(command)s",
        "The time for one request was over: %(count)d rows are left. Select fewer rows, or run %(command)s",
        left,
    ) % {
        "count": left,
        "command": f"python manage.py regenerate_thumbnails --force --model {model._meta.label}",
    }


def _behind_sources(model: type[Model], names: Any) -> list[Any]:
    """Return the names of fields in their order, but thumbnails right behind their source."""
    ordered = list(dict.fromkeys(names))
    for group in by_source(thumbnail_fields(model)):
        thumbnails = [field.name for field in group.fields if field.name in ordered]
        if group.source.name in ordered:
            ordered = [name for name in ordered if name not in thumbnails]
            behind = ordered.index(group.source.name) + 1
            ordered[behind:behind] = thumbnails
    return ordered
