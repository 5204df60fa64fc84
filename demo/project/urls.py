"""The gallery as the front page, the other pages, the admin and the uploaded files."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import path

from gallery.views import documents, gallery, orientations, upload

urlpatterns = [
    path("", gallery, name="gallery"),
    path("orientations/", orientations, name="orientations"),
    path("documents/", documents, name="documents"),
    path("upload/", upload, name="upload"),
    path("admin/", admin.site.urls),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
