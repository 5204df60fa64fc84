"""django-filter, with the single registration that docs/howto.md describes."""

import django_filters
import pytest
from django.db.models import Q

from advthumb.fields import AdvanceThumbnailField
from tests.conftest import upload
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db


class HasThumbnail(django_filters.BooleanFilter):
    def filter(self, qs, value):
        if value is None:
            return qs
        empty = Q(**{self.field_name: ""}) | Q(**{f"{self.field_name}__isnull": True})
        return qs.exclude(empty) if value else qs.filter(empty)


class PhotoFilter(django_filters.FilterSet):
    class Meta:
        model = Photo
        fields = ["thumbnail"]
        filter_overrides = {AdvanceThumbnailField: {"filter_class": HasThumbnail}}


def test_rows_are_filtered_by_whether_they_have_a_thumbnail():
    shown = Photo.objects.create(image=upload())
    empty, null = Photo.objects.create(), Photo.objects.create()
    Photo.objects.filter(pk=null.pk).update(thumbnail=None)

    def found(**data):
        return set(PhotoFilter(data, queryset=Photo.objects.all()).qs)

    assert found(thumbnail="true") == {shown}
    assert found(thumbnail="false") == {empty, null}
    assert found() == {shown, empty, null}
