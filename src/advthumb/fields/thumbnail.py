"""The model field: a thumbnail column that is brought in step when its row is saved."""

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
    """An image column whose file is a thumbnail of another field's image, kept in step with it.

    The thumbnail is made when the row is saved; it is never assigned by hand. A bad argument
    raises `ImproperlyConfigured` at once; what needs the model is a system check.

    Args:
        source_field: Name of the `ImageField` or `FileField` on the same model, a parent
            included, that holds the source.
        size: (width, height) of the box in pixels; one of them may be None for no limit.
        resize_method: `fit` inside the box, `fill` it and crop the excess (`cover` is the
            same), or `pad`: fit, then centre on a canvas of exactly that size.
        force_regenerate: Render on every save, changed or not.
        format: `JPEG`, `PNG`, `WEBP`, `AVIF` or `GIF`; None leaves it to
            `ADVANCE_THUMBNAIL_FORMAT`, and that to the source.
        quality: 1 to 100 for lossy formats; None leaves it to `ADVANCE_THUMBNAIL_QUALITY`.
        effort: `fast`, `balanced` or `small`: how much time the encoder takes to save bytes; None
            leaves it to `ADVANCE_THUMBNAIL_EFFORT`.
        progressive: Whether JPEGs show coarsely before they have arrived; with `small` they do anyway.
        lossless: Whether WebP and AVIF keep every pixel; PNG and GIF do, and JPEG cannot.
        max_bytes: Above how many bytes the quality of a lossy format is lowered, never below 20.
        background: Colour that transparent pictures are composed on where the format has no
            alpha, and that `pad` fills up with.
        upscale: Whether `fit` and `pad` may enlarge a small source.
        animated: Whether an animated source gives an animated thumbnail where the format is GIF,
            WebP or PNG; else it shows the first frame.
        engine: The engine or engines of this field, as in `ADVANCE_THUMBNAIL_ENGINE`, which it
            overrides.
        fingerprint_field: Name of a `CharField` that holds the fingerprint where the storage or
            `upload_to` replaces names; in the manner of `width_field`.
        revision: Raise it to have every thumbnail of this field made again, whatever the reason.

    Everything else is `ImageField`'s. Declare the column `null=True, blank=True`: rows without
    a source, or with one that cannot be decoded, have no thumbnail.
    """

    attr_class = ThumbnailFieldFile

    if TYPE_CHECKING:  # Django puts a descriptor of its own into the class; this is what it gives.

        @overload  # type: ignore[override]
        def __get__(self, instance: None, owner: Any) -> ImageFileDescriptor: ...
        @overload
        def __get__(self, instance: Model, owner: Any) -> ThumbnailFieldFile: ...
        @overload
        def __get__(self, instance: Any, owner: Any) -> Self: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(self, instance: Model, value: ThumbnailFieldFile | str | None) -> None: ...

    def contribute_to_class(self, cls: type[Model], name: str, **kwargs: Any) -> None:  # type: ignore[override]
        """Join a model class; one that is in use already (`add_to_class`) is connected here."""
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
        """Say it once for a project, by its first thumbnail field."""
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
            model_class: The model whose rows are read, a bounded number at a time.
            force: Make them all, also those that are fresh.

        Returns:
            How many were made, and one sentence per row that failed.
        """
        done = refresh_thumbnails(model_class._base_manager.all(), fields=[self.name], force=force)
        return done.made, list(done.errors)


def _first_field() -> ThumbnailColumn | None:
    """Return the first thumbnail field of the project."""
    return next((field for model in apps.get_models() for field in local_thumbnail_fields(model)), None)
