"""Thumbnails in lists: a column of pictures, and a filter by the state that SQL can determine."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, Model, Q, QuerySet, Value
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from advthumb.core.detection import Verdict
from advthumb.fields import ThumbnailFieldFile
from advthumb.fields.files import stored_name
from advthumb.fields.preview import picture
from advthumb.fields.queries import State, state_by_name
from advthumb.fields.relations import is_thumbnail_field
from advthumb.fields.words import WORDS

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.utils.functional import _StrPromise

_LABELS: "Mapping[State, _StrPromise]" = MappingProxyType(
    {
        State.FRESH: WORDS[Verdict.FRESH],
        State.MISSING: WORDS[Verdict.MISSING],
        State.FAILED: WORDS[Verdict.FAILED],
        State.STALE: _("Out of date or of unknown origin"),
        State.ORPHANED: WORDS[Verdict.ORPHANED],
        State.EMPTY: _("No file yet"),
    }
)


class thumbnail_column:  # noqa: N801 - used like a function, which would become a method of its class
    """A column of thumbnails for `list_display`. It costs no query and no I/O.

    If the name shows that a thumbnail is not up to date, the verdict is displayed below it. A row without a
    thumbnail shows only the verdict.

    Args:
        name: The thumbnail field of the model.
        height: The maximum height of the thumbnails in CSS pixels.
        label: The heading; by default the name of the field with spaces for underscores.
    """

    def __init__(self, name: str, *, height: int = 60, label: "str | _StrPromise" = "") -> None:
        self.__name__ = name
        self.short_description = label or capfirst(name.replace("_", " "))
        self._height = height

    def __call__(self, instance: Model) -> SafeString:
        """Return the cell of a row."""
        file: ThumbnailFieldFile = getattr(instance, self.__name__)
        shown = picture(file, self._height) if file else ""
        status = file.status
        # A cell is never empty, because it may contain the link to its row.
        said = not shown or status != Verdict.FRESH
        note = format_html('<span class="advthumb-note">{}</span>', _words(file, status)) if said else ""
        return format_html('<span class="advthumb-cell">{}{}</span>', shown, note)


def _words(file: ThumbnailFieldFile, status: str) -> "_StrPromise":
    """Return the verdict for people."""
    if not file and not stored_name(getattr(file.instance, file.field.source_field.attname)):
        return _LABELS[State.EMPTY]
    return WORDS[status]


class VerdictFilter(admin.FieldListFilter):
    """Filters a list by the verdict on a thumbnail: `list_filter = [("thumbnail", VerdictFilter)]`.

    The verdict is computed in SQL from the names in the row. It does not include what only the storage knows,
    such as a lost file, or what the cache holds: without a `fingerprint_field`, failed rows count as not made
    yet.
    """

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: "admin.ModelAdmin[Any]",
        field_path: str,
    ) -> None:
        if not is_thumbnail_field(field) or field_path != field.name:
            msg = f"VerdictFilter filters by a thumbnail field of the model itself, not by {field_path!r}."
            raise ImproperlyConfigured(msg)
        self.parameter_name = f"{field_path}__verdict"
        super().__init__(field, request, params, model, model_admin, field_path)
        self._state = state_by_name(field)
        without = set() if field.fingerprint_field else {State.FAILED}
        self._states = [state for state in State if state not in without]
        chosen: Any = self.used_parameters.get(self.parameter_name)
        self._chosen = str(chosen[-1]) if chosen else ""

    def expected_parameters(self) -> list[str | None]:
        """Return the URL parameter of this filter."""
        return [self.parameter_name]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Return the rows in the chosen state.

        Raises:
            IncorrectLookupParameters: There is no such state.
        """
        if not self._chosen:
            return queryset
        if self._chosen not in self._states:
            raise IncorrectLookupParameters
        return queryset.filter(self._is(self._chosen))

    def get_facet_counts(self, pk_attname: str, filtered_qs: "QuerySet[Any]") -> dict[str, Count]:
        """Return how many rows are in each state, for the facet counts of the admin."""
        return {f"{state}__c": Count(pk_attname, filter=self._is(state)) for state in self._states}

    def choices(self, changelist: "ChangeList") -> Iterator[dict[str, Any]]:  # type: ignore[override]
        """Yield the links of the filter."""
        counts = self.get_facet_queryset(changelist) if changelist.add_facets else None
        yield {
            "selected": not self._chosen,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("All"),
        }
        for state in self._states:
            label = str(_LABELS[state])
            yield {
                "selected": self._chosen == state,
                "query_string": changelist.get_query_string({self.parameter_name: state.value}),
                "display": f"{label} ({counts[f'{state}__c']})" if counts else label,
            }

    def _is(self, state: str) -> Q:
        return Q(Exact(self._state, Value(str(state))))
