"""Photos, other uploads and pictures in the admin: thumbnails in the lists, and previews in the forms."""

from typing import ClassVar

from django.contrib import admin
from django.db import models

from advthumb.contrib.admin import ThumbnailAdminMixin, VerdictFilter, thumbnail_column
from advthumb.forms import SourceImageField
from gallery.models import Document, Photo, Picture


@admin.register(Photo)
class PhotoAdmin(ThumbnailAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # Generic in the stubs only.
    """A list with thumbnails, and a form that refuses a picture if no thumbnail can be made from it."""

    list_display = (thumbnail_column("square"), "title")
    list_display_links = ("title",)
    list_filter = (("thumbnail", VerdictFilter),)
    formfield_overrides: ClassVar = {models.ImageField: {"form_class": SourceImageField}}


@admin.register(Document)
class DocumentAdmin(ThumbnailAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Files of any kind, with a preview or the reason why there is none."""

    list_display = (thumbnail_column("preview"), "file")
    list_display_links = ("file",)
    list_filter = (("preview", VerdictFilter),)


@admin.register(Picture)
class PictureAdmin(ThumbnailAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Pictures, on which a click chooses the focal point of the crops."""

    list_display = (thumbnail_column("square"), "title", "credit")
    list_display_links = ("title",)
    list_filter = (("cover", VerdictFilter),)
    formfield_overrides: ClassVar = {models.ImageField: {"form_class": SourceImageField}}
