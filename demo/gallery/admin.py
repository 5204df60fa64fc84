"""Photos in the admin: thumbnails in the list, and previews in the form."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gallery.models import Photo


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Generic in the stubs only.
    """A list one can look at."""

    list_display = ("square_picture", "title", "thumbnail")
    list_display_links = ("square_picture", "title")

    @admin.display(description="")
    def square_picture(self, photo: Photo) -> SafeString | str:
        """Show the square; its width and height come from its name, at no cost."""
        square = photo.square
        if not square:
            return "no thumbnail"
        return format_html(
            '<img src="{}" width="{}" height="{}" alt="">', square.url, square.width, square.height
        )
