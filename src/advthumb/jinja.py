"""The extension for Jinja2: `thumbnail`, `picture` and `thumbnail_url`, as in Django templates.

Name `advthumb.jinja.ThumbnailExtension` in the `extensions` of the environment; docs/howto.md shows it.
"""

from collections.abc import Callable, Mapping

from jinja2 import Environment, Undefined
from jinja2.ext import Extension
from markupsafe import Markup

from advthumb.fields import shown

__all__ = ["ThumbnailExtension", "picture", "thumbnail", "thumbnail_url"]

_MISSING = object()


class ThumbnailExtension(Extension):
    """Adds the functions `thumbnail` and `picture`, and `thumbnail_url` as a filter and a function."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(thumbnail=thumbnail, picture=picture, thumbnail_url=thumbnail_url)
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
    return _written("thumbnail", shown.thumbnail_image, file, alt, attributes)


def picture(file: object, /, alt: object = _MISSING, **attributes: object) -> Markup:
    """Return the `<picture>` of a thumbnail, or of its fallback; see the tag for Django templates.

    Args:
        file: As in `thumbnail`.
        alt: As in `thumbnail`.
        attributes: Further attributes of the `<img>`, as in `thumbnail`. `sizes` says how wide the picture is
            shown.

    Raises:
        TypeError: As in `thumbnail`.
        ValueError: As in `thumbnail`.
    """
    return _written("picture", shown.thumbnail_picture, file, alt, attributes)


def thumbnail_url(file: object, fallback: str | None = None) -> str:
    """Return the URL of a thumbnail, or of its fallback; empty if there is neither.

    Args:
        file: The thumbnail, such as `product.thumbnail`.
        fallback: The path of a static file, or `source`. None means `ADVANCE_THUMBNAIL_FALLBACK`.

    Raises:
        TypeError: The file is not a thumbnail.
    """
    return shown.thumbnail_url(_defined(file), fallback)


def _written(
    name: str,
    write: Callable[[object, Mapping[str, object]], str],
    file: object,
    alt: object,
    attributes: Mapping[str, object],
) -> Markup:
    """Return what a function of this name writes.

    Raises:
        TypeError: `alt` is missing, or the file is not a thumbnail.
        ValueError: A name is not allowed as the name of an attribute.
    """
    if alt is _MISSING:
        raise TypeError(
            f"{name}() needs alt=...: say what the picture shows, for those who cannot see it; if it is only "
            'a decoration, give alt="".'
        )
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    html = write(_defined(file), {"alt": alt, **given})
    return Markup(html)  # noqa: S704 - every value in it was escaped


def _defined(file: object) -> object:
    """Return a value, None for an undefined one. A strict environment raises its own error for that."""
    if not isinstance(file, Undefined):
        return file
    str(file)
    return None
