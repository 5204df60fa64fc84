"""Thumbnails in Django's admin: previews in forms, a column and a filter for lists, and an action.

For example::

    from advthumb.contrib.admin import ThumbnailAdminMixin, VerdictFilter, thumbnail_column

    @admin.register(Product)
    class ProductAdmin(ThumbnailAdminMixin, admin.ModelAdmin):
        list_display = [thumbnail_column("thumbnail", height=60), "name"]
        list_filter = [("thumbnail", VerdictFilter)]

Thumbnails in a list cost no query, no storage call and no cache call. A change form asks the storage for the
size of each thumbnail file, and asks the cache why a thumbnail is missing.
"""

from .lists import VerdictFilter, thumbnail_column
from .mixin import ThumbnailAdminMixin

__all__ = ["ThumbnailAdminMixin", "VerdictFilter", "thumbnail_column"]
