"""strawberry-django, with the single registration that docs/howto.md describes."""

import pytest
import strawberry
import strawberry_django
from strawberry_django.fields.types import field_type_map

from advthumb.fields import AdvanceThumbnailField
from tests.conftest import upload
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db


@strawberry.type
class Thumbnail:
    url: str
    width: int | None
    height: int | None
    status: str


field_type_map[AdvanceThumbnailField] = Thumbnail


@strawberry_django.type(Photo)
class PhotoType:
    title: strawberry.auto
    thumbnail: strawberry.auto


@strawberry.type
class Query:
    photos: list[PhotoType] = strawberry_django.field()


def test_thumbnails_are_objects_and_null_where_there_is_none(django_assert_num_queries):
    shown = Photo.objects.create(title="beach", image=upload(size=(120, 80)))
    Photo.objects.create(title="empty")
    schema = strawberry.Schema(Query)
    result = schema.execute_sync("{ photos { title thumbnail { url width height status } } }")
    assert result.errors is None
    by_title = {photo["title"]: photo["thumbnail"] for photo in result.data["photos"]}
    expected = {key: shown.thumbnail.as_dict()[key] for key in ("url", "width", "height", "status")}
    assert by_title == {"beach": expected, "empty": None}
