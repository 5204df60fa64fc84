"""The gallery as the front page, the other pages, the admin and the uploaded files."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import path

from gallery.views import documents, gallery, orientations, picture, pictures, upload

urlpatterns = [
    path("", gallery, name="gallery"),
    path("orientations/", orientations, name="orientations"),
    path("documents/", documents, name="documents"),
    path("pictures/", pictures, name="pictures"),
    path("pictures/<int:pk>/", picture, name="picture"),
    path("upload/", upload, name="upload"),
    path("admin/", admin.site.urls),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
