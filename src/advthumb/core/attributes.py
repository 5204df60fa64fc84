"""The attributes of the HTML element that shows a thumbnail: decided here, written by `advthumb.markup`.

What is shown is a value (`Shown`) and its attributes are a pure function of it, so that a template tag, a
form, the admin and an API show a thumbnail alike.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from .images import Size

_NAME = re.compile(r"[a-z_@:][a-z0-9_@:.-]*")
_DEFAULTS: Mapping[str, Any] = {"loading": "lazy", "decoding": "async"}


class Shown(NamedTuple):
    """What an `<img>` shows.

    Attributes:
        url: Where the picture is.
        size: Its size in pixels, None where it is not known.
    """

    url: str
    size: Size | None = None


def image_attributes(shown: Shown, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an `<img>` in the order in which they are written.

    These are `src`, `width` and `height` where they are known, `alt`, `loading="lazy"`, `decoding="async"`,
    and what was given, which replaces all of them but `src`. Where only one of `width` and `height` was
    given, the other one follows in proportion.

    Args:
        shown: The picture.
        given: Further attributes by name. None and False leave an attribute out, True stands for one without
            a value. Only `alt` is always written: a picture without one is read out by its file name.

    Returns:
        Values by lower-case names; they are not escaped.

    Raises:
        ValueError: A name cannot be that of an attribute, or is `src`.
    """
    chosen = {attribute_name(name): value for name, value in given.items()}
    alt = chosen.pop("alt", None)
    return {
        "src": shown.url,
        **_sides(shown.size, chosen),
        "alt": "" if alt is None or isinstance(alt, bool) else alt,
        **_DEFAULTS,
        **chosen,
    }


@lru_cache(maxsize=256)
def attribute_name(name: str) -> str:
    """Return the name of an attribute as it is written, in lower case.

    Names such as `data-id`, `aria-label`, `hx-get`, `x-on:click` and `@click.prevent` are accepted.

    Raises:
        ValueError: It could end the attribute and begin another one, or is `src`, which the thumbnail says.
    """
    lower = name.lower()
    if not name.isascii() or not _NAME.fullmatch(lower):
        msg = (
            f"{name!r} cannot be the name of an HTML attribute: a letter, '_', '@' or ':' comes first, then "
            "letters, digits, '_', '-', '.', ':' and '@'."
        )
        raise ValueError(msg)
    if lower == "src":
        raise ValueError("src is the URL of the thumbnail, and cannot be given.")
    return lower


def _sides(size: Size | None, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return width and height, as far as they are known and nobody chose them."""
    if size is None:
        return {}
    if "width" not in chosen and "height" not in chosen:
        return {"width": size.width, "height": size.height}
    if "width" in chosen and "height" in chosen:
        return {}
    if "width" in chosen:
        return _in_proportion("height", size.height, size.width, chosen["width"])
    return _in_proportion("width", size.width, size.height, chosen["height"])


def _in_proportion(name: str, side: int, other: int, chosen: object) -> dict[str, int]:
    """Return a side that keeps the shape, where the other one was chosen; nothing if that is no number."""
    text = str(chosen)
    if not (text.isascii() and text.isdecimal()):
        return {}
    return {name: max(1, (2 * side * int(text) + other) // (2 * other))}
