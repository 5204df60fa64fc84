"""What a page shows for a thumbnail: its URLs and size, or a fallback. Nothing here does I/O.

Deferred columns are not loaded either: that would cost a query for each row of a page.
"""

import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models.fields.files import FieldFile
from django.templatetags.static import static
from django.utils.safestring import SafeString

from advthumb import conf
from advthumb.core.attributes import FurtherFormat, Shown, image_attributes, picture_attributes
from advthumb.core.images import Size
from advthumb.core.media_types import MEDIA_TYPES
from advthumb.core.names import ThumbnailName
from advthumb.markup import element, enclosed

from .files import ThumbnailFieldFile, is_committed, set_urls, stored_name

_BROWSERS_SHOW = frozenset(("", ".apng", ".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"))
"""The extensions of sources that a browser can show; without an extension it checks the content."""


def thumbnail_image(value: object, given: Mapping[str, Any]) -> SafeString:
    """Return the `<img>` of a thumbnail, or of its fallback; empty if there is neither.

    Args:
        value: The thumbnail, as the attribute of a row gives it. None and an empty text stand for a missing
            row.
        given: Attributes by name, including `alt`; see `core.attributes.image_attributes`. If `placeholder`
            is true, a placeholder becomes the background.

    Raises:
        TypeError: The value is anything else, such as the file of an `ImageField`.
        ValueError: A name is not allowed as the name of an attribute.
    """
    shown = _shown(value, conf.fallback(), _with_densities)
    if shown is None:
        return SafeString()
    return element("img", image_attributes(shown, with_placeholder(value, given)))


def with_placeholder(value: object, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return attributes without `placeholder`; if it was true, the placeholder is added to the `style`.

    Args:
        value: As in `thumbnail_image`.
        given: Attributes by name.
    """
    if "placeholder" not in given:
        return given
    chosen = dict(given)
    css = value.placeholder_css if chosen.pop("placeholder") and isinstance(value, ThumbnailFieldFile) else ""
    if css:
        style = chosen.get("style")
        own = "" if style is None or isinstance(style, bool) else str(style).strip().rstrip(";")
        chosen["style"] = f"{own};{css}" if own else css
    return chosen


def thumbnail_picture(value: object, given: Mapping[str, Any]) -> SafeString:
    """Return the `<picture>` of a thumbnail and its set, or of its fallback; empty if there is neither.

    Args:
        value: As in `thumbnail_image`.
        given: Attributes of the `<img>` by name, including `alt`; see `core.attributes.picture_attributes`.
            `placeholder` is as in `thumbnail_image`.

    Raises:
        TypeError: As in `thumbnail_image`.
        ValueError: As in `thumbnail_image`.
    """
    shown = _shown(value, conf.fallback(), _with_set)
    if shown is None:
        return SafeString()
    sources, image = picture_attributes(shown, with_placeholder(value, given))
    return enclosed("picture", [*(element("source", each) for each in sources), element("img", image)])


def thumbnail_url(value: object, fallback: conf.Fallback = None) -> str:
    """Return the URL of a thumbnail, or of its fallback; empty if there is neither.

    Args:
        value: As in `thumbnail_image`.
        fallback: The path of a static file or `source`. None means `ADVANCE_THUMBNAIL_FALLBACK`, an empty
            text no fallback.

    Raises:
        TypeError: As in `thumbnail_image`.
    """
    shown = _shown(value, conf.fallback() if fallback is None else fallback, _alone)
    return "" if shown is None else shown.url


def _shown(
    value: object, fallback: conf.Fallback, stored: Callable[[ThumbnailFieldFile], Shown]
) -> Shown | None:
    """Return what is shown for a thumbnail, None for nothing at all.

    Args:
        value: As in `thumbnail_image`.
        fallback: What to show if there is no thumbnail; see `conf.fallback`.
        stored: Returns what is shown of a stored thumbnail.

    Raises:
        TypeError: As in `thumbnail_image`.
    """
    file = _thumbnail(value)
    if file and is_committed(file):
        return stored(file)
    if fallback == conf.SOURCE:
        return None if file is None else _shown_source(file)
    if callable(fallback):
        url = None if file is None else fallback(file)
    else:
        url = static(fallback) if fallback else None
    return Shown(str(url)) if url else None


def _alone(file: ThumbnailFieldFile) -> Shown:
    """Return a thumbnail without its set."""
    return Shown(file.url, known_size(file))


def _with_densities(file: ThumbnailFieldFile) -> Shown:
    """Return a thumbnail with its files for screens with more pixels, if its field has such."""
    if not file.field.densities:
        return _alone(file)
    found = set_urls(file)
    return Shown(found.url(stored_name(file)), known_size(file), found.choice)


def _with_set(file: ThumbnailFieldFile) -> Shown:
    """Return a thumbnail with its whole set."""
    found = set_urls(file)
    further = [FurtherFormat(MEDIA_TYPES[each].name, found.srcset(each)) for each in found.further_formats]
    url = found.url(stored_name(file))
    return Shown(url, known_size(file), found.choice, found.by_width, tuple(further))


def known_size(file: FieldFile) -> Size | None:
    """Return the size of a stored picture as far as it is known without I/O.

    The name of a thumbnail contains it, except for names of version 2 and of storages that replace names. In
    those cases the columns of `width_field` and `height_field` give it, if they exist and were loaded.
    """
    parsed = ThumbnailName.parse(file.name or "") if isinstance(file, ThumbnailFieldFile) else None
    if parsed is not None:
        return parsed.size
    loaded: dict[Any, Any] = file.instance.__dict__
    width, height = (loaded.get(getattr(file.field, name, None)) for name in ("width_field", "height_field"))
    return Size(width, height) if width and height else None


def _thumbnail(value: object) -> ThumbnailFieldFile | None:
    """Return a value as a thumbnail, None for a value that stands for a missing row.

    Raises:
        TypeError: It is anything else.
    """
    if isinstance(value, ThumbnailFieldFile):
        return value
    if value is None or value == "":
        return None
    what = f"the file of {value.field}" if isinstance(value, FieldFile) else repr(value)
    raise TypeError(
        "The file of an AdvanceThumbnailField is needed, such as product.thumbnail; this is "
        f"{what}. To show another image, write an <img> with its URL."
    )


def _shown_source(file: ThumbnailFieldFile) -> Shown | None:
    """Return the source of a thumbnail, None if there is none, it was not loaded, or is not a picture."""
    field = file.field.source_field
    if field.attname not in file.instance.__dict__:
        return None
    source: FieldFile = getattr(file.instance, field.attname)
    return Shown(source.url, known_size(source)) if browsers_show(source) else None


def browsers_show(source: FieldFile) -> bool:
    """Return whether there is a stored source of a kind that browsers show, by its extension."""
    extension = posixpath.splitext(source.name or "")[1].lower()
    return bool(source) and is_committed(source) and extension in _BROWSERS_SHOW
