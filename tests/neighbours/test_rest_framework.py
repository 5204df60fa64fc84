"""Django REST framework, and the schema that drf-spectacular makes of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.validation import validate_schema
from rest_framework import serializers
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory
from rest_framework.viewsets import ModelViewSet

from advthumb.contrib.rest_framework import ThumbnailField
from tests.conftest import picture, upload
from tests.testapp.models import Gallery, Photo

pytestmark = pytest.mark.django_db


class PhotoSerializer(serializers.ModelSerializer):
    class Meta:
        model = Photo
        fields = ["id", "title", "image", "thumbnail"]


class GallerySerializer(serializers.ModelSerializer):
    class Meta:
        model = Gallery
        fields = "__all__"


class NamedSerializer(serializers.ModelSerializer):
    preview = ThumbnailField(source="thumbnail", label="Preview")

    class Meta:
        model = Photo
        fields = ["preview"]


class PhotoViewSet(ModelViewSet):
    queryset = Photo.objects.order_by("pk")
    serializer_class = PhotoSerializer


router = SimpleRouter()
router.register("photos", PhotoViewSet)


@pytest.fixture
def photo():
    return Photo.objects.create(title="beach", image=upload(size=(120, 80)))


def test_a_plain_model_serializer_makes_thumbnails_read_only():
    field = PhotoSerializer().fields["thumbnail"]
    assert type(field) is ThumbnailField
    assert field.read_only
    assert type(PhotoSerializer().fields["image"]) is serializers.ImageField
    assert {name for name, one in GallerySerializer().fields.items() if type(one) is ThumbnailField} == {
        "small",
        "square",
        "webp",
    }


def test_a_thumbnail_is_shown_with_an_absolute_url(photo, django_assert_num_queries, calls):
    photo = Photo.objects.get()
    calls.clear()
    request = APIRequestFactory().get("/")
    with django_assert_num_queries(0):
        data = PhotoSerializer(photo, context={"request": request}).data
    assert data["thumbnail"] == {
        "url": f"http://testserver/media/{photo.thumbnail.name}",
        "width": 60,
        "height": 40,
        "status": "fresh",
        "color": "",
        "placeholder": "",
    }
    assert not calls


def test_without_a_request_the_url_has_no_host(photo):
    assert PhotoSerializer(photo).data["thumbnail"]["url"] == f"/media/{photo.thumbnail.name}"


def test_a_field_of_another_name_shows_the_same(photo):
    assert NamedSerializer(photo).data == {"preview": photo.thumbnail.as_dict()}
    assert NamedSerializer().fields["preview"].label == "Preview"


def test_a_row_without_a_thumbnail_shows_null():
    assert PhotoSerializer(Photo.objects.create()).data["thumbnail"] is None


def test_an_upload_makes_a_thumbnail_and_a_posted_thumbnail_is_ignored():
    sent = {
        "title": "new",
        "image": SimpleUploadedFile("a.jpg", picture()),
        "thumbnail": SimpleUploadedFile("mine.jpg", picture("blue")),
    }
    request = APIRequestFactory().post("/photos/", sent)
    response = PhotoViewSet.as_view({"post": "create"})(request)
    assert response.status_code == 201, response.data
    row = Photo.objects.get()
    assert response.data["thumbnail"]["url"] == f"http://testserver{row.thumbnail.url}"
    assert "mine" not in row.thumbnail.name


@pytest.mark.parametrize(
    ("version", "side"),
    [
        ("3.0.3", {"type": "integer", "nullable": True}),
        ("3.1.0", {"type": ["integer", "null"]}),
    ],
)
def test_the_schema_describes_the_response(version, side, monkeypatch):
    monkeypatch.setattr(spectacular_settings, "OAS_VERSION", version)
    schema = SchemaGenerator(patterns=router.urls).get_schema(request=None, public=True)
    validate_schema(schema)
    parts = schema["components"]["schemas"]
    thumbnail = parts["Photo"]["properties"]["thumbnail"]
    assert thumbnail["readOnly"] is True
    assert "#/components/schemas/Thumbnail" in str(thumbnail)
    assert "null" in str(thumbnail)
    described = parts["Thumbnail"]
    assert set(described["required"]) == {"url", "width", "height", "status", "color", "placeholder"}
    width = {key: value for key, value in described["properties"]["width"].items() if key != "description"}
    assert width == side
    assert described["properties"]["url"] == {"type": "string", "format": "uri"}
