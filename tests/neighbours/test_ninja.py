"""Django Ninja, whose schemas are pydantic models."""

import pytest
from ninja import ModelSchema, NinjaAPI, Schema
from ninja.testing import TestClient

from tests.conftest import upload
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db


class FileOut(Schema):
    url: str
    width: int


class ThumbnailOut(Schema):
    url: str
    width: int | None
    height: int | None
    status: str
    srcset: str
    sources: dict[str, list[FileOut]]
    color: str
    placeholder: str


class PhotoOut(ModelSchema):
    thumbnail: ThumbnailOut | None

    class Meta:
        model = Photo
        fields = ["title"]

    @staticmethod
    def resolve_thumbnail(photo, context):
        return photo.thumbnail.as_dict(context["request"])


api = NinjaAPI(urls_namespace="neighbours")


@api.get("/photos", response=list[PhotoOut])
def photos(request):
    return Photo.objects.order_by("pk")


def test_thumbnails_are_shown_with_their_own_schema(monkeypatch):
    shown = Photo.objects.create(title="beach", image=upload(size=(120, 80)))
    Photo.objects.create(title="empty")
    first, second = TestClient(api).get("/photos").json()
    url = f"http://testlocation{shown.thumbnail.url}"
    assert first == {
        "title": "beach",
        "thumbnail": {
            "url": url,
            "width": 60,
            "height": 40,
            "status": "fresh",
            "srcset": url,
            "sources": {"JPEG": [{"url": url, "width": 60}]},
            "color": "",
            "placeholder": "",
        },
    }
    assert second == {"title": "empty", "thumbnail": None}
