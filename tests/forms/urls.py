"""An admin and an API with validated sources."""

from django.contrib import admin
from django.db import models
from django.urls import path
from rest_framework import generics, serializers

from advthumb.forms import SourceImageField
from advthumb.validators import SourceImageValidator
from tests.testapp.models import Gallery, Guarded, GuardedFile


class GalleryAdmin(admin.ModelAdmin):
    """A model without a validator: the form field checks."""

    formfield_overrides = {models.ImageField: {"form_class": SourceImageField}}


site = admin.AdminSite()
site.register(Guarded)
site.register(Gallery, GalleryAdmin)


class GuardedSerializer(serializers.ModelSerializer):
    """A model whose field has the validator."""

    class Meta:
        model = Guarded
        fields = ["id", "image"]


class GuardedFileSerializer(serializers.ModelSerializer):
    """The same for files of any kind."""

    class Meta:
        model = GuardedFile
        fields = ["id", "file"]


class GallerySerializer(serializers.ModelSerializer):
    """A model without a validator, and a field that accepts files that Pillow cannot open."""

    image = serializers.FileField(validators=[SourceImageValidator(max_pixels=50_000_000)])

    class Meta:
        model = Gallery
        fields = ["id", "image"]


class GuardedView(generics.CreateAPIView):
    serializer_class = GuardedSerializer


class GuardedFileView(generics.CreateAPIView):
    serializer_class = GuardedFileSerializer


class GalleryView(generics.CreateAPIView):
    serializer_class = GallerySerializer


urlpatterns = [
    path("admin/", site.urls),
    path("guarded/", GuardedView.as_view()),
    path("files/", GuardedFileView.as_view()),
    path("gallery/", GalleryView.as_view()),
]
