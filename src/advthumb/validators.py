"""A validator of uploads: if no thumbnail can be made from a file, it is refused before it is stored."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.utils.deconstruct import deconstructible

from . import conf, prepared, refusals
from .core.errors import ErrorCode, ThumbnailError
from .core.formats import ImageFormat
from .core.images import Size, SourceInfo
from .core.limits import decoded_pixels
from .core.media_types import extensions
from .core.sniffing import sniff
from .core.spec import ThumbnailSpec
from .engines import registry
from .fields.files import is_committed
from .fields.read_ahead import read_ahead, rewind, size_of
from .fields.relations import thumbnail_groups
from .generation import is_lasting
from .rendering import Recipe, by_engines

__all__ = ["SourceImageValidator"]

logger = logging.getLogger("advthumb")

_TRIAL = ThumbnailSpec(width=16, height=16, format=ImageFormat.JPEG)
"""What is rendered from an upload whose thumbnails are not known: the test is whether it can be decoded."""


@deconstructible(path="advthumb.validators.SourceImageValidator")
class SourceImageValidator:
    """Refuses an upload from which no thumbnail can be made, with a message that people understand.

    Use it for an `ImageField` or a `FileField` of a model, of a form, or of a serializer of Django REST
    framework. Only uploads are checked; a file that is already stored is not read again.

    If the model is known, its thumbnails are rendered, and the save that follows stores them without decoding
    anything. The model is known for the field of a model, for `advthumb.forms.SourceImageField` in a
    `ModelForm`, and for the field of a `ModelSerializer`. Otherwise the upload is decoded only for the test.

    Args:
        max_pixels: The limit on width times height, counting all frames of an animation.
            `ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS` is the default and the maximum.
        max_bytes: The limit on the file size. `ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES` is the default and the
            maximum.
        min_size: The smallest (width, height) in pixels of the upright picture, None for any.
        formats: The names of accepted formats, such as `["JPEG", "HEIC"]`, detected by content. By default
            all that `ADVANCE_THUMBNAIL_ALLOWED_FORMATS` and the engines allow; `formats` can only narrow
            that.
        decode: Whether the upload is decoded; if not, only its header is read.

    Raises:
        ImproperlyConfigured: An argument makes no sense.
    """

    requires_context = True
    """Makes Django REST framework pass its field, from which the model is known."""

    def __init__(
        self,
        *,
        max_pixels: int | None = None,
        max_bytes: int | None = None,
        min_size: tuple[int, int] | None = None,
        formats: Iterable[str] | None = None,
        decode: bool = True,
    ) -> None:
        self.max_pixels = _limit("max_pixels", max_pixels)
        self.max_bytes = _limit("max_bytes", max_bytes)
        self.min_size = _least_size(min_size)
        self.formats = _formats(formats)
        self.decode = decode

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SourceImageValidator) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)

    @property
    def _values(self) -> tuple[object, ...]:
        return type(self), self.max_pixels, self.max_bytes, self.min_size, self.formats, self.decode

    def __call__(self, value: Any, serializer_field: Any = None) -> None:
        """Check an upload.

        Args:
            value: An uploaded file, or the file of a model's field.
            serializer_field: The field of Django REST framework that is validated.

        Raises:
            ValidationError: The upload is refused.
        """
        upload = _upload(value)
        if upload is not None:
            self.check(upload, recipes_of(*_model_field(value, serializer_field)))

    def check(
        self, upload: "File[Any]", recipes: Sequence[Recipe], *, decode: bool = True
    ) -> SourceInfo | None:
        """Check an upload, and keep the thumbnails that are rendered for it until its row is saved.

        Args:
            upload: The file; it is left at its start.
            recipes: How its thumbnails are made; empty to decode it only for the test.
            decode: False to read only the header, whatever the validator says.

        Returns:
            What the header says, None if it could not be read for a reason that is not the file's fault.

        Raises:
            EngineUnavailable: An engine that had to be asked is not available.
            ValidationError: The upload is refused.
        """
        recipes = recipes or [Recipe(_TRIAL, conf.engines())]
        data = self._read(upload)
        if data is None:
            return None
        found = self._format(data, recipes)
        self._check_name(upload.name or "", found, recipes)
        known = prepared.preparing(upload, data)
        info = None
        try:
            for group in by_engines(recipes):
                _, info = known.header(data, list(group.values()))
                self._check_size(info)
            errors = known.render(data, recipes) if decode and self.decode else []
        except ThumbnailError as error:
            errors = [error]
        prepared.keep(upload, known)
        different = {error.message: error for error in errors}  # usually the same for all thumbnails
        for problem in sorted(different.values(), key=is_lasting, reverse=True):
            self._refuse(problem, found, recipes, upload.name)
        return info

    def accepted(self, recipes: Sequence[Recipe] = ()) -> tuple[ImageFormat, ...]:
        """Return the formats that are accepted, common ones first. No process of an engine is started.

        Args:
            recipes: How thumbnails are made; empty for the configured engines.
        """
        lists = [next(iter(group.values())).engines for group in by_engines(recipes)] or [conf.engines()]
        readable = frozenset.intersection(*(registry.readable(engines) for engines in lists))
        return tuple(each for each in ImageFormat if each in readable and each in (self.formats or readable))

    def _read(self, upload: "File[Any]") -> bytes | None:
        """Return the bytes of an upload, None if it cannot be read without making it impossible to store."""
        limit = min(self.max_bytes or conf.max_source_bytes(), conf.max_source_bytes())
        size = size_of(upload)
        if size > limit:
            raise refusals.too_many_bytes(size, limit)
        data = read_ahead(upload, upload.name or "")[0] if rewind(upload) else None
        if data is None:
            logger.warning("The upload %r was not checked: it cannot be read from its start.", upload.name)
            return None
        if not data:
            raise refusals.empty()
        if len(data) > limit:
            raise refusals.too_many_bytes(len(data), limit)
        return data

    def _format(self, data: bytes, recipes: Sequence[Recipe]) -> ImageFormat:
        found = sniff(data)
        if found is None:
            raise refusals.unknown_format(self.accepted(recipes))
        allowed = conf.allowed_formats()
        if any(found not in formats for formats in (self.formats, allowed) if formats is not None):
            raise refusals.unaccepted_format(found, self.accepted(recipes))
        return found

    def _check_name(self, name: str, found: ImageFormat, recipes: Sequence[Recipe]) -> None:
        """Refuse an extension that makes web servers send the file as something else, such as a page."""
        endings = extensions({found, *self.accepted(recipes)})
        if PurePath(name).suffix.lower() not in endings:
            raise refusals.wrong_extension(found)

    def _check_size(self, info: SourceInfo) -> None:
        limit = min(self.max_pixels or conf.max_source_pixels(), conf.max_source_pixels())
        if decoded_pixels(info) > limit:
            raise refusals.too_many_pixels(info, limit)
        size, least = info.display_size, self.min_size
        if least is not None and (size.width < least.width or size.height < least.height):
            raise refusals.too_small(size, least)

    def _refuse(
        self, error: ThumbnailError, found: ImageFormat, recipes: Sequence[Recipe], name: str | None
    ) -> None:
        """Raise an error that is the upload's fault.

        With any other error the upload passes, because a thumbnail can be made later. But if
        `ADVANCE_THUMBNAIL_RAISE` would make the save fail without a thumbnail, the upload is refused here.
        """
        accepted = self.accepted(recipes)
        if error.code is ErrorCode.UNSUPPORTED and found not in accepted:
            raise refusals.unaccepted_format(found, accepted) from error
        if is_lasting(error):
            raise refusals.refused(error, found) from error
        if conf.raise_errors():
            raise refusals.unavailable(error) from error
        logger.warning("The upload %r could not be checked and is accepted: %s", name, error, exc_info=error)


def recipes_of(model: type[Model] | None, name: str) -> list[Recipe]:
    """Return how the thumbnails of a source are made; empty if it is not a source of thumbnails.

    Args:
        model: The model, None if it is not known.
        name: The name of the field that holds the source.
    """
    group = None if model is None else thumbnail_groups(model).get(name)
    return [field.recipe for field in group.fields] if group else []


def _upload(value: object) -> "File[Any] | None":
    """Return the uploaded file, None if there is none or it is already stored."""
    if isinstance(value, FieldFile):
        return None if not value or is_committed(value) else value.file
    return value if isinstance(value, File) else None


def _model_field(value: Any, serializer_field: Any) -> tuple[type[Model] | None, str]:
    """Return the model of an upload, and the name of its field there."""
    if isinstance(value, FieldFile):
        return type(value.instance), value.field.name
    serializer = getattr(serializer_field, "parent", None)
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    return model, getattr(serializer_field, "source", None) or ""


def _limit(name: str, value: int | None) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        msg = f"SourceImageValidator: {name}={value!r}; it must be a whole number above 0, or None"
        raise ImproperlyConfigured(msg)
    return value


def _least_size(value: Any) -> Size | None:
    if value is None:
        return None
    if (
        not isinstance(value, tuple | list)
        or len(value) != 2
        or not all(_limit("min_size", each) for each in value)
    ):
        msg = f"SourceImageValidator: min_size={value!r}; it must be (width, height) in pixels, or None"
        raise ImproperlyConfigured(msg)
    return Size(*value)


def _formats(names: Iterable[str] | None) -> frozenset[ImageFormat] | None:
    if names is None:
        return None
    try:
        found = [] if isinstance(names, str) else [ImageFormat(str(name).upper()) for name in names]
    except (TypeError, ValueError):
        found = []
    if not found:
        msg = (
            f"SourceImageValidator: formats={names!r}; it must be a list with any of {', '.join(ImageFormat)}"
        )
        raise ImproperlyConfigured(msg)
    return frozenset(found)
