"""The words in which forms and the admin show verdicts to people, in their language."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from advthumb.core.detection import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

WORDS: "Mapping[str, _StrPromise]" = MappingProxyType(
    {
        Verdict.FRESH: _("Up to date"),
        Verdict.MISSING: _("Not made yet"),
        Verdict.LOST: _("The thumbnail's file is gone"),
        Verdict.SOURCE_CHANGED: _("Out of date: the file changed"),
        Verdict.SPEC_CHANGED: _("Out of date: the settings changed"),
        Verdict.UNKNOWN: _("Of unknown origin"),
        Verdict.ORPHANED: _("The file it was made from is gone"),
        Verdict.FAILED: _("Could not be made"),
        Verdict.WAITING: _("Being made"),
    }
)
"""For each verdict, a few words that can stand alone."""
