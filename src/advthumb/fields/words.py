"""The words in which forms and the admin show verdicts and failures to people, in their language."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from advthumb.core.detection import Verdict
from advthumb.core.errors import ErrorCode

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

_CAUSES: "Mapping[str, _StrPromise]" = MappingProxyType(
    {
        ErrorCode.UNSUPPORTED: _("Files of this kind cannot be read here."),
        ErrorCode.TOO_LARGE: _("The file is too large to be processed here."),
        ErrorCode.CORRUPT: _("The file is damaged or incomplete."),
        ErrorCode.STORAGE: _("The storage could not be used; the file itself may be fine."),
        ErrorCode.ENGINE: _("The engine failed; the file itself may be fine."),
    }
)


def cause(reason: str) -> str:
    """Return what the error code at the beginning of a reason means, empty if it has none.

    The rest of a reason is a detail for specialists. It is in English.
    """
    code = reason.partition(":")[0]
    return str(_CAUSES[code]) if code in _CAUSES else ""
