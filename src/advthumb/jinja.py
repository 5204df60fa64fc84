"""The extension for Jinja2: `thumbnail` and `thumbnail_url`, as in Django templates.

Name `advthumb.jinja.ThumbnailExtension` in the `extensions` of the environment; docs/howto.md shows it.
"""

from jinja2 import Environment, Undefined
from jinja2.ext import Extension
from markupsafe import Markup

from advthumb.fields import shown

__all__ = ["ThumbnailExtension", "thumbnail", "thumbnail_url"]

_MISSING = object()


class ThumbnailExtension(Extension):
    """Adds the function `thumbnail`, and `thumbnail_url` as a filter and a function."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(thumbnail=thumbnail, thumbnail_url=thumbnail_url)
        environment.filters["thumbnail_url"] = thumbnail_url


def thumbnail(file: object, /, alt: object = _MISSING, **attributes: object) -> Markup:
    """Return the `<img>` of a thumbnail, or of its fallback; see the tag for Django templates.

    Args:
        file: The thumbnail, such as `product.thumbnail`.
        alt: What the picture shows, empty for a decoration.
        attributes: Further attributes. An underscore stands for a dash (`data_id`, `aria_label`), and one at
            the end is dropped (`class_`). Give other names as `**{"x-on:click": "..."}`.

    Raises:
        TypeError: `alt` is missing, or the file is not a thumbnail.
        ValueError: A name is not allowed as the name of an attribute.
    """
    if alt is _MISSING:
        raise TypeError(
            "thumbnail() needs alt=...: say what the picture shows, for those who cannot see it; if it is "
            'only a decoration, give alt="".'
        )
    given = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    html = shown.thumbnail_image(_defined(file), {"alt": alt, **given})
    return Markup(html)  # noqa: S704 - every value in it was escaped


def thumbnail_url(file: object, fallback: str | None = None) -> str:
    """Return the URL of a thumbnail, or of its fallback; empty if there is neither.

    Args:
        file: The thumbnail, such as `product.thumbnail`.
        fallback: The path of a static file, or `source`. None means `ADVANCE_THUMBNAIL_FALLBACK`.

    Raises:
        TypeError: The file is not a thumbnail.
    """
    return shown.thumbnail_url(_defined(file), fallback)


def _defined(file: object) -> object:
    """Return a value, None for an undefined one. A strict environment raises its own error for that."""
    if not isinstance(file, Undefined):
        return file
    str(file)
    return None
