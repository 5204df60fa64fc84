"""HTML elements as text, escaped."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_PLAIN = frozenset((str, int))
"""Types that are never marked as safe, so Django's slower check is not needed; most values have one of
them."""


def element(name: str, attributes: Mapping[str, Any]) -> SafeString:
    """Return the start tag of an HTML element.

    Args:
        name: The name of the element, such as `img`.
        attributes: Values by attribute name; the names must be checked already
            (`core.attributes.attribute_name`). None and False leave an attribute out; True writes only its
            name. Everything else is escaped. Of a value that is marked as safe, only the quotation marks are
            escaped.
    """
    written = [
        f" {key}" if value is True else f' {key}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    ]
    return mark_safe(f"<{name}{''.join(written)}>")  # noqa: S308 - every value was escaped


def enclosed(name: str, inside: Iterable[SafeString]) -> SafeString:
    """Return an HTML element without attributes around others."""
    return mark_safe(f"<{name}>{''.join(inside)}</{name}>")  # noqa: S308 - these are elements already


def _escaped(value: Any) -> str:
    """Return a value escaped for use between quotation marks.

    Quotation marks in a text that is marked as safe, such as a literal in a template, would end the
    attribute, so they are escaped as well.
    """
    if type(value) in _PLAIN:
        return escape(str(value))
    return conditional_escape(value).replace('"', "&quot;")
