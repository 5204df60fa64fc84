"""The gallery on the front page, the admin, and the uploaded files."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import path

from gallery.views import gallery

urlpatterns = [
    path("", gallery, name="gallery"),
    path("admin/", admin.site.urls),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
