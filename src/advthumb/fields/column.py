"""The column of a thumbnail: its arguments, the spec that they give, and its place in migrations."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

from django.db.models import FileField, ImageField, Model

from advthumb import conf
from advthumb.cache import FingerprintCache
from advthumb.core.focal_point import FocalPoint
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines import registry
from advthumb.exceptions import SizeUnknownError
from advthumb.generation import Target
from advthumb.inspected import Inspected
from advthumb.inspection import Inspector
from advthumb.observing import Subject
from advthumb.processing import Processor, text_of
from advthumb.rendering import Recipe

from . import arguments, set_arguments
from .options import ImageFieldOptions
from .specs import spec_of

_INSPECTORS = "_inspectors"
_NO_INSPECTORS: tuple[object, dict[tuple[str, str], Inspector]] = (None, {})


class ThumbnailColumn(ImageField):
    """Everything in a thumbnail field that needs no row; see `AdvanceThumbnailField`."""

    width_field: str | None
    height_field: str | None

    def __init__(
        self,
        *args: Any,
        source_field: str | None = None,
        size: arguments.Sides = arguments.DEFAULT_SIZE,
        resize_method: arguments.ResizeMethodName = arguments.RESIZE_FIT,
        gravity: arguments.Gravity = arguments.DEFAULT_GRAVITY,
        focal_field: str | None = None,
        force_regenerate: bool = False,
        format: arguments.FormatName | None = None,  # noqa: A002 - the word that every imaging library uses
        quality: int | None = None,
        effort: arguments.EffortName | None = None,
        progressive: bool = False,
        lossless: bool = False,
        max_bytes: int | None = None,
        widths: set_arguments.Widths = (),
        densities: set_arguments.Densities = (),
        formats: set_arguments.Formats = (),
        processors: Sequence[Processor] = (),
        background: str = arguments.DEFAULT_BACKGROUND,
        upscale: bool = False,
        animated: bool = False,
        engine: arguments.Engines | None = None,
        fingerprint_field: str | None = None,
        placeholder: bool = False,
        placeholder_field: str | None = None,
        revision: int = 1,
        mode: arguments.ModeName | None = None,
        **kwargs: Unpack[ImageFieldOptions],
    ) -> None:
        self.source_field_name = arguments.source_field(source_field)
        self.size = arguments.size(size)
        self.resize_method = arguments.resize_method(resize_method)
        self.gravity = arguments.gravity(gravity, self.resize_method)
        self.focal_field = arguments.focal_field(focal_field, self.resize_method)
        self.force_regenerate = arguments.flag("force_regenerate", force_regenerate)
        self.format = arguments.output_format(format)
        self.quality = arguments.quality(quality)
        self.effort = arguments.effort(effort)
        self.progressive = arguments.flag("progressive", progressive)
        self.widths = set_arguments.widths(widths, self.size)
        self.densities = set_arguments.densities(densities, self.size, self.widths)
        self.formats = set_arguments.formats(formats, self.format)
        self.lossless = arguments.lossless(lossless, (self.format, *self.formats))
        self.max_bytes = arguments.max_bytes(max_bytes)
        self.processors = arguments.processors(processors, (self.format, *self.formats))
        self.background = arguments.background(background)
        self.upscale = arguments.flag("upscale", upscale)
        self.animated = arguments.flag("animated", animated)
        self.engine = engine
        self.fingerprint_field = fingerprint_field
        self.placeholder = arguments.flag("placeholder", placeholder)
        self.placeholder_field = placeholder_field
        self.revision = arguments.revision(revision)
        self.mode = arguments.mode(mode)
        self.is_translated = False  # else fields of each language have the thumbnails, and this one none
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what migrations need: the public path and what differs from the defaults."""
        name, _path, args, kwargs = super().deconstruct()
        kwargs["source_field"] = self.source_field_name
        options: list[tuple[str, Any, Any]] = [
            ("size", self.size, arguments.DEFAULT_SIZE),
            ("resize_method", self.resize_method, arguments.RESIZE_FIT),
            ("gravity", self.gravity, arguments.DEFAULT_GRAVITY),
            ("focal_field", self.focal_field, None),
            ("force_regenerate", self.force_regenerate, False),
            ("format", self.format.value if self.format else None, None),
            ("quality", self.quality, None),
            ("effort", self.effort.value if self.effort else None, None),
            ("progressive", self.progressive, False),
            ("lossless", self.lossless, False),
            ("max_bytes", self.max_bytes, None),
            ("widths", self.widths, ()),
            ("densities", self.densities, ()),
            ("formats", tuple(each.value for each in self.formats), ()),
            ("processors", list(self.processors), []),
            ("background", str(self.background), arguments.DEFAULT_BACKGROUND),
            ("upscale", self.upscale, False),
            ("animated", self.animated, False),
            ("engine", self.engine, None),
            ("fingerprint_field", self.fingerprint_field, None),
            ("placeholder", self.placeholder, False),
            ("placeholder_field", self.placeholder_field, None),
            ("revision", self.revision, 1),
            ("mode", self.mode, None),
        ]
        kwargs.update({key: value for key, value, default in options if value != default})
        return name, "advthumb.fields.AdvanceThumbnailField", args, kwargs

    @property
    def spec(self) -> ThumbnailSpec:
        """What is wanted now: the arguments, and the settings for what they leave open."""
        return spec_of(
            self.size,
            self.resize_method,
            self.gravity,
            self.format or conf.output_format(),
            self.quality or conf.qualities(),
            self.effort or conf.effort(),
            self.progressive,
            self.lossless,
            self.max_bytes,
            self.widths,
            self.densities,
            self.formats,
            text_of(self.processors),
            self.background,
            self.upscale,
            self.animated,
            self.placeholder,
            self.placeholder_field is not None,
            self.revision,
            tuple(sorted({registry.revision(reference) for reference in self.engines})),
        )

    @property
    def engines(self) -> tuple[conf.EngineReference, ...]:
        """The engines that may render this field, in the order in which they are asked."""
        return conf.engines_of(self.engine)

    @property
    def made_by_task(self) -> bool:
        """Whether a save leaves the thumbnail to a task."""
        return (self.mode or conf.mode()) == conf.TASK

    @property
    def source_field(self) -> FileField:
        """The field that holds the source.

        Raises:
            FieldDoesNotExist: The model has no field of that name (`advthumb.E001`).
        """
        field: FileField = self.model._meta.get_field(self.source_field_name)  # type: ignore[assignment]
        return field

    @property
    def recipe(self) -> Recipe:
        """How a thumbnail is made now; the same for every row."""
        return Recipe(self.spec, self.engines, processors=self.processors)

    def point_of(self, instance: Model) -> str:
        """Return the text of the focal point that an instance has for this thumbnail, empty for none."""
        point = getattr(instance, self.focal_field) if self.focal_field else None
        return str(point) if isinstance(point, FocalPoint) else ""

    def target(self, instance: Model, verdict: str = "", point: str = "") -> Target:
        """Return what is wanted of a row's thumbnail, and where it is kept.

        Args:
            instance: The row; a callable `upload_to` gets it.
            verdict: Why the thumbnail is due.
            point: The text of the row's focal point, empty for none.
        """
        return Target(
            spec=replace(self.spec, focus=FocalPoint.parse(point).point) if point else self.spec,
            storage=self.storage,
            place=lambda file_name: self.generate_filename(instance, file_name),
            max_length=self.max_length,
            engines=self.engines,
            processors=self.processors,
            subject=Subject(str(self), verdict),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, and drop the inspectors that were made before."""
        self.__dict__.pop(_INSPECTORS, None)
        super().__setattr__(name, value)

    def inspector(self, using: str, verify: str) -> Inspector:
        """Return the inspector for thumbnails of this field: the same object until settings change.

        Args:
            using: The database of the rows.
            verify: How much is checked: `auto`, `name`, `stat` or `content`.
        """
        version, inspectors = self.__dict__.get(_INSPECTORS, _NO_INSPECTORS)
        if version is not conf.version:
            version, inspectors = self.__dict__[_INSPECTORS] = conf.version, {}
        key = using, verify
        if key not in inspectors:
            inspectors[key] = Inspector(self.inspected(), self.fingerprint_cache(using), verify)
        found: Inspector = inspectors[key]
        return found

    def inspected(self) -> Inspected:
        """Return what is wanted of the thumbnails of this field, and where they are."""
        return Inspected(
            self.spec, self.source_field.storage, self.storage, self.engines, bool(self.fingerprint_field)
        )

    def fingerprint_cache(self, using: str) -> FingerprintCache:
        """Return the cache entries of this field on a database."""
        return FingerprintCache(str(self), using)

    @property
    def companions(self) -> list[str]:
        """The names of the columns that are written together with the thumbnail's."""
        names = (self.width_field, self.height_field)
        return [*self.text_companions, *(name for name in names if name is not None)]

    @property
    def text_companions(self) -> list[str]:
        """The names of those that hold text: of the `fingerprint_field` and the `placeholder_field`."""
        names = (self.fingerprint_field, self.placeholder_field)
        return [name for name in names if name is not None]

    def update_dimension_fields(self, instance: Model, *args: Any, **kwargs: Any) -> None:
        """Fill in `width_field` and `height_field`, as Django does; None if the file cannot be opened."""
        try:
            super().update_dimension_fields(instance, *args, **kwargs)
        except SizeUnknownError:
            for name in filter(None, (self.width_field, self.height_field)):
                setattr(instance, name, None)

    def validate(self, value: Any, model_instance: Model | None) -> None:
        """Accept any value: no person enters it, so no person could correct it."""

    def save_form_data(self, instance: Model, data: Any) -> None:
        """Ignore submitted data: the thumbnail follows its source."""
