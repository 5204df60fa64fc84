"""The model field: a thumbnail column that is brought up to date when its row is saved."""

from typing import TYPE_CHECKING, Any, Self, overload

from django import forms
from django.apps import apps
from django.core import checks
from django.db.models import Model
from django.utils.text import capfirst

from . import lifecycle
from .column import ThumbnailColumn
from .files import ThumbnailFieldFile
from .preview import ThumbnailPreviewField
from .refresh import refresh_thumbnails
from .relations import local_thumbnail_fields
from .translated import follow_language, is_translation

if TYPE_CHECKING:
    from django.db.models.fields.files import ImageFileDescriptor


class AdvanceThumbnailField(ThumbnailColumn):
    """An image column whose file is a thumbnail of another field's image and follows its changes.

    The thumbnail is made when the row is saved; it is never assigned by hand. A bad argument raises
    `ImproperlyConfigured` at once. What can only be checked with the model is a system check.

    Args:
        source_field: Name of the `ImageField` or `FileField` that holds the source, on the same model or on a
            parent.
        size: (width, height) of the box in pixels; one of them may be None for no limit.
        resize_method: `fit` inside the box, `fill` it and crop the excess (`cover` is the same), or `pad`:
            fit, then centre on a canvas of exactly that size.
        gravity: What `fill` keeps in view: `center`, a point of the compass such as `north` or `southeast`,
            (x, y) as fractions of width and height from the top left of the upright picture, or `smart`: what
            people look at in each picture.
        focal_field: Name of the `FocalPointField` with the point that `fill` keeps in view. A row without a
            point is cropped as `gravity` says.
        force_regenerate: Render on every save, even if nothing changed.
        format: `JPEG`, `PNG`, `WEBP`, `AVIF` or `GIF`. None means `ADVANCE_THUMBNAIL_FORMAT`, and without
            that the format of the source.
        quality: 1 to 100 for lossy formats; None means `ADVANCE_THUMBNAIL_QUALITY`.
        effort: `fast`, `balanced` or `small`: how much time the encoder spends to save bytes; None means
            `ADVANCE_THUMBNAIL_EFFORT`.
        progressive: Whether a JPEG shows coarsely while it is still loading; with `small` it always does.
        lossless: Whether WebP and AVIF keep every pixel; PNG and GIF do, and JPEG cannot.
        max_bytes: If a thumbnail has more bytes than this, the quality of a lossy format is lowered, never
            below 20.
        widths: The widths in pixels of further files, for a responsive set. Each is made in a box of the same
            aspect as `size`, and none is enlarged unless `upscale`.
        densities: The same, as multiples of the width in `size`: (1, 2) adds a file for screens with two
            pixels for each point. 1 is the file that `size` describes.
        formats: Further formats in which every file of the set is made, the preferred one first.
        processors: What changes the finished thumbnail before it is encoded, in order, such as
            `[Sharpen(0.6), Watermark("brand/mark.png", "se")]` from `advthumb.processors`. With processors,
            Pillow encodes the thumbnail, whatever the engine.
        background: The colour behind transparent pictures if the format has no alpha, and of the rest of the
            canvas with `pad`.
        upscale: Whether `fit` and `pad` may enlarge a small source.
        animated: Whether an animated source gives an animated thumbnail if the format is GIF, WebP or PNG;
            otherwise the thumbnail shows the first frame.
        engine: The engine or engines of this field, as in `ADVANCE_THUMBNAIL_ENGINE`, which it overrides.
        fingerprint_field: Name of a `CharField` that holds the fingerprint if the storage or `upload_to`
            replaces names; it is given like `width_field`.
        placeholder: Whether the name of a thumbnail has its dominant colour, for `color` and
            `placeholder_css`.
        placeholder_field: Name of a `CharField(max_length=40)` that holds the ThumbHash of the thumbnail: a
            blurred picture in 36 characters.
        revision: Increase it to make every thumbnail of this field again, for any reason.
        mode: `inline` to make the thumbnail while its row is saved, `task` to enqueue a task for it after the
            commit; None means `ADVANCE_THUMBNAIL_MODE`.

    All other arguments are those of `ImageField`. Declare the column `null=True, blank=True`: rows without a
    source, or with one that cannot be decoded, have no thumbnail.
    """

    attr_class = ThumbnailFieldFile

    if TYPE_CHECKING:  # Django puts a descriptor into the class; these are the types that it gives.

        @overload  # type: ignore[override]
        def __get__(self, instance: None, owner: Any) -> ImageFileDescriptor: ...
        @overload
        def __get__(self, instance: Model, owner: Any) -> ThumbnailFieldFile: ...
        @overload
        def __get__(self, instance: Any, owner: Any) -> Self: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(self, instance: Model, value: ThumbnailFieldFile | str | None) -> None: ...

    def contribute_to_class(self, cls: type[Model], name: str, **kwargs: Any) -> None:  # type: ignore[override]
        """Add the field to a model class; a class that already exists (`add_to_class`) is connected here."""
        super().contribute_to_class(cls, name, **kwargs)
        if is_translation(self):
            follow_language(self, cls)
        meta = cls._meta
        if meta.apps.all_models[meta.app_label].get(str(meta.model_name)) is cls:
            lifecycle.connect_late(cls)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Check the column, and that the app with the other checks is installed."""
        return [*super().check(**kwargs), *self._check_installed()]

    def _check_installed(self) -> list[checks.CheckMessage]:
        """Report a missing app once per project, on its first thumbnail field."""
        if apps.is_installed("advthumb") or self != _first_field():
            return []
        return [
            checks.Warning(
                "advthumb is not in INSTALLED_APPS: its commands and template tags cannot be found, and its "
                "system checks do not run.",
                hint="Add 'advthumb' to INSTALLED_APPS.",
                obj=self,
                id="advthumb.W007",
            )
        ]

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Bring the thumbnail up to date with its source and return it for the column."""
        if self.is_translated:
            return ""
        return lifecycle.during_save(self, model_instance, add=add)

    def formfield(self, **kwargs: Any) -> forms.Field:
        """Return a disabled preview, for forms and the admin alike."""
        return ThumbnailPreviewField(
            label=kwargs.get("label", capfirst(self.verbose_name)),
            help_text=kwargs.get("help_text", self.help_text),
        )

    def regenerate_thumbnails(
        self,
        model_class: type[Model],
        force: bool = False,
    ) -> tuple[int, list[str]]:
        """Make every thumbnail of this field that is missing, lost or stale.

        Args:
            model_class: The model whose rows are read, a limited number at a time.
            force: Make all of them, including fresh ones.

        Returns:
            How many were made, and one sentence per row that failed.
        """
        done = refresh_thumbnails(model_class._base_manager.all(), fields=[self.name], force=force)
        return done.made, list(done.errors)


def _first_field() -> ThumbnailColumn | None:
    """Return the first thumbnail field of the project."""
    return next((field for model in apps.get_models() for field in local_thumbnail_fields(model)), None)
