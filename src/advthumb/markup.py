"""HTML elements as text, escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_PLAIN = frozenset((str, int))
"""Types that are never marked as safe, and need none of Django's slower questions; most values have one."""


def element(name: str, attributes: Mapping[str, Any]) -> SafeString:
    """Return the start tag of an HTML element.

    Args:
        name: The name of the element, such as `img`.
        attributes: Values by the names of attributes, which have to be checked already
            (`core.attributes.attribute_name`). None and False leave an attribute out; True writes its name
            alone. All else is escaped, unless it is marked as safe: then only its quotation marks are.
    """
    written = [
        f" {key}" if value is True else f' {key}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    ]
    return mark_safe(f"<{name}{''.join(written)}>")  # noqa: S308 - every value was escaped


def _escaped(value: Any) -> str:
    """Return a value as it stands between quotation marks.

    Those of a text that is marked as safe, such as a literal in a template, would end the attribute.
    """
    if type(value) in _PLAIN:
        return escape(str(value))
    return conditional_escape(value).replace('"', "&quot;")
