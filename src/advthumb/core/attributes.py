"""The attributes of the `<img>` and `<source>` elements of a thumbnail: `advthumb.markup` writes them.

The attributes are a pure function of a value (`Shown`), so template tags, forms, the admin and APIs all show
a thumbnail in the same way.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from .images import Size

_NAME = re.compile(r"[a-z_@:][a-z0-9_@:.-]*")
_DEFAULTS: Mapping[str, Any] = {"loading": "lazy", "decoding": "async"}

DEFAULT_SIZES = "100vw"
"""How wide a picture is shown if nobody says it: as wide as the window, which is what browsers assume too."""


class FurtherFormat(NamedTuple):
    """The files of a set in a format other than that of the main file.

    Attributes:
        type: Its media type, such as `image/avif`.
        srcset: The files.
    """

    type: str
    srcset: str


class Shown(NamedTuple):
    """What an `<img>` or a `<picture>` shows.

    Attributes:
        url: The URL of the picture.
        size: Its size in pixels, or None if it is not known.
        srcset: The files of the same format among which the browser chooses; empty if there is only one.
        by_width: Whether it chooses by width, for which it needs to know `sizes`.
        further: The files in other formats, the preferred format first.
    """

    url: str
    size: Size | None = None
    srcset: str = ""
    by_width: bool = False
    further: tuple[FurtherFormat, ...] = ()


def image_attributes(shown: Shown, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an `<img>` in the order in which they are written.

    These are `src`, `srcset` (if there is a choice), `width` and `height` (if they are known), `alt`,
    `loading="lazy"`, `decoding="async"` and the given attributes. A given attribute replaces any of these
    except `src`. If only one of `width` and `height` is given, the other one is computed in proportion.

    Args:
        shown: The picture.
        given: Further attributes by name. None and False omit an attribute; True writes it without a value.
            `alt` is always written, because screen readers read out the file name of a picture without one.

    Returns:
        The values by lower-case name. They are not escaped.

    Raises:
        ValueError: A name is not a valid attribute name, or is `src`.
    """
    chosen = {attribute_name(name): value for name, value in given.items()}
    alt = chosen.pop("alt", None)
    return {
        "src": shown.url,
        **({"srcset": shown.srcset} if shown.srcset else {}),
        **_sides(shown.size, chosen),
        "alt": "" if alt is None or isinstance(alt, bool) else alt,
        **_DEFAULTS,
        **chosen,
    }


def picture_attributes(shown: Shown, given: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the attributes of each `<source>` of a `<picture>`, and those of its `<img>`.

    Args:
        shown: The picture.
        given: As in `image_attributes`; these belong to the `<img>`. `sizes` is written to all elements if
            the browser chooses by width, with the default `100vw`. Otherwise it has no meaning and is left
            out.

    Raises:
        ValueError: As in `image_attributes`.
    """
    chosen = {attribute_name(name): value for name, value in given.items()}
    wanted = chosen.pop("sizes", DEFAULT_SIZES)
    sizes = {"sizes": wanted} if shown.by_width else {}
    sources = [{"type": each.type, "srcset": each.srcset, **sizes} for each in shown.further]
    return sources, image_attributes(shown, chosen | sizes)


@lru_cache(maxsize=256)
def attribute_name(name: str) -> str:
    """Return the name of an attribute in lower case, as it is written.

    Names such as `data-id`, `aria-label`, `hx-get`, `x-on:click` and `@click.prevent` are accepted.

    Raises:
        ValueError: The name could end the attribute and begin another one, or it is `src`, which comes from
            the thumbnail.
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
    """Return the width and height that are known and were not given by the caller."""
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
    """Return the side that keeps the aspect ratio for a given other side; empty if that is not a number."""
    text = str(chosen)
    if not (text.isascii() and text.isdecimal()):
        return {}
    return {name: max(1, (2 * side * int(text) + other) // (2 * other))}
