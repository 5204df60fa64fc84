"""Admins of the test project: one with our mixin (`thumbs`) and one without it (`plain`)."""

from django.contrib import admin
from django.contrib.admin import ModelAdmin, StackedInline, TabularInline
from django.urls import path

from advthumb.contrib.admin import ThumbnailAdminMixin, VerdictFilter, thumbnail_column
from tests.testapp.models import Album, Document, Fingerprinted, Focused, Gallery, Page, Photo, Renamed

thumbs = admin.AdminSite(name="thumbs")
plain = admin.AdminSite(name="plain")


@admin.register(Photo, site=thumbs)
class PhotoAdmin(ThumbnailAdminMixin, ModelAdmin):
    list_display = [thumbnail_column("thumbnail", height=30), "title"]
    list_display_links = ["title"]
    list_filter = [("thumbnail", VerdictFilter)]


@admin.register(Gallery, site=thumbs)
class GalleryAdmin(ThumbnailAdminMixin, ModelAdmin):
    square_picture = thumbnail_column("square", label="Square")
    list_display = ["pk", "square_picture"]
    readonly_fields = ["webp"]


@admin.register(Document, site=thumbs)
class DocumentAdmin(ThumbnailAdminMixin, ModelAdmin):
    list_display = ["pk", thumbnail_column("thumbnail")]
    fields = ["file", "thumbnail"]
    readonly_fields = ["thumbnail"]


@admin.register(Fingerprinted, Renamed, site=thumbs)
class KeptElsewhereAdmin(ThumbnailAdminMixin, ModelAdmin):
    list_display = ["pk", thumbnail_column("thumbnail")]
    list_filter = [("thumbnail", VerdictFilter)]
    show_facets = admin.ShowFacets.ALWAYS


class PagesInTable(ThumbnailAdminMixin, TabularInline):
    model = Page
    extra = 1


class PagesStacked(ThumbnailAdminMixin, StackedInline):
    model = Page
    extra = 0
    verbose_name_plural = "stacked pages"
    readonly_fields = ["thumbnail"]


class FocusedInTable(TabularInline):
    model = Focused
    fields = ["image", "focus"]
    extra = 0


@admin.register(Focused, site=thumbs)
class FocusedAdmin(ThumbnailAdminMixin, ModelAdmin):
    pass


@admin.register(Focused, site=plain)
class PlainFocusedAdmin(ModelAdmin):
    pass


@admin.register(Album, site=thumbs)
class AlbumAdmin(ThumbnailAdminMixin, ModelAdmin):
    inlines = [PagesInTable, PagesStacked, FocusedInTable]


class PlainPages(TabularInline):
    model = Page
    extra = 0


@admin.register(Photo, site=plain)
class PlainPhotoAdmin(ModelAdmin):
    list_display = ["title", "thumbnail"]


@admin.register(Album, site=plain)
class PlainAlbumAdmin(ModelAdmin):
    inlines = [PlainPages]


urlpatterns = [path("thumbs/", thumbs.urls), path("plain/", plain.urls)]
