"""Django REST framework, and the schema that drf-spectacular makes of it."""

import json

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.validation import validate_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory
from rest_framework.viewsets import ModelViewSet

from advthumb.contrib.rest_framework import ThumbnailField
from tests.conftest import picture, upload
from tests.templates.sets import name_of_set
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
    url = f"http://testserver/media/{photo.thumbnail.name}"
    assert data["thumbnail"] == {
        "url": url,
        "width": 60,
        "height": 40,
        "status": "fresh",
        "srcset": url,
        "sources": {"JPEG": [{"url": url, "width": 60}]},
        "color": "",
        "placeholder": "",
    }
    assert not calls


def test_a_set_is_shown_with_absolute_urls():
    name = name_of_set(["AVIF"], [120])
    request = APIRequestFactory().get("/")
    data = PhotoSerializer(Photo(image="images/a.jpg", thumbnail=name), context={"request": request}).data
    url = f"http://testserver/media/{name}"
    assert data["thumbnail"]["srcset"] == f"{url} 60w, {url}.120.jpg 120w"
    assert json.loads(JSONRenderer().render(data))["thumbnail"]["sources"] == {
        "AVIF": [{"url": f"{url}.60.avif", "width": 60}, {"url": f"{url}.120.avif", "width": 120}],
        "JPEG": [{"url": url, "width": 60}, {"url": f"{url}.120.jpg", "width": 120}],
    }


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
    shown = {"url", "width", "height", "status", "srcset", "sources", "color", "placeholder"}
    assert set(described["required"]) == described["properties"].keys() == shown
    width = {key: value for key, value in described["properties"]["width"].items() if key != "description"}
    assert width == side
    url = {"type": "string", "format": "uri"}
    assert described["properties"]["url"] == url
    files = described["properties"]["sources"]["additionalProperties"]
    assert files["items"]["properties"]["url"] == url
    assert files["items"]["required"] == ["url", "width"]


def test_the_schema_accepts_the_response():
    schema = SchemaGenerator(patterns=router.urls).get_schema(request=None, public=True)
    described = schema["components"]["schemas"]["Thumbnail"]
    shown = PhotoSerializer(Photo(image="images/a.jpg", thumbnail=name_of_set())).data["thumbnail"]
    jsonschema.validate(shown, described)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(shown | {"sources": {"AVIF": ["a.avif"]}}, described)
