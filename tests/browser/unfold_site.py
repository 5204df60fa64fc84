"""An admin of django-unfold with the mixin."""

from django.contrib import admin
from django.urls import path
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.sites import UnfoldAdminSite

from advthumb.contrib.admin import ThumbnailAdminMixin, VerdictFilter, thumbnail_column
from tests.testapp.models import Album, Page, Photo

# Unfold reverses the names of its own site; another name would send its links elsewhere.
site = UnfoldAdminSite(name="admin")


@admin.register(Photo, site=site)
class PhotoAdmin(ThumbnailAdminMixin, ModelAdmin):
    list_display = [thumbnail_column("thumbnail", height=30), "title"]
    list_display_links = ["title"]
    list_filter = [("thumbnail", VerdictFilter)]


class PagesInTable(ThumbnailAdminMixin, TabularInline):
    model = Page
    extra = 0


class PagesStacked(ThumbnailAdminMixin, StackedInline):
    model = Page
    extra = 0
    readonly_fields = ["thumbnail"]


@admin.register(Album, site=site)
class AlbumAdmin(ThumbnailAdminMixin, ModelAdmin):
    inlines = [PagesInTable, PagesStacked]


urlpatterns = [path("admin/", site.urls)]
