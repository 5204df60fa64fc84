"""In forms and the admin the field is a preview that ignores what is submitted."""

import pytest
from django import forms
from django.contrib.admin.options import FORMFIELD_FOR_DBFIELD_DEFAULTS
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from tests.conftest import picture, upload
from tests.testapp.models import Forced, Photo

pytestmark = pytest.mark.django_db


class PhotoForm(forms.ModelForm):
    class Meta:
        model = Photo
        fields = ["title", "image", "thumbnail"]


def test_submitted_data_is_ignored(calls):
    photo = Photo.objects.create(title="old", image=upload())
    made = photo.thumbnail.name
    calls.clear()
    form = PhotoForm(
        {"title": "new", "thumbnail": "x.jpg", "thumbnail-clear": "on"},
        {"thumbnail": SimpleUploadedFile("x.jpg", picture("blue"))},
        instance=photo,
    )
    assert form.is_valid(), form.errors
    assert not calls
    assert form.changed_data == ["title"]
    form.save()
    row = Photo.objects.get()
    assert (row.title, row.thumbnail.name) == ("new", made)


def test_a_new_source_through_a_form_makes_its_thumbnail():
    form = PhotoForm({"title": "new"}, {"image": SimpleUploadedFile("a.jpg", picture())})
    assert form.is_valid(), form.errors
    assert form.save().thumbnail.width == 60


def test_the_admin_file_widget_does_not_replace_it():
    overrides = FORMFIELD_FOR_DBFIELD_DEFAULTS[models.ImageField]
    field = Photo._meta.get_field("thumbnail").formfield(**overrides)
    assert field.disabled
    assert not field.required
    assert not field.widget.needs_multipart_form


def test_validation_accepts_rows_without_a_thumbnail():
    Forced(title="x", image="images/a.jpg").full_clean()
    with pytest.raises(ValidationError):
        Photo(title="x" * 51).full_clean()


def test_a_form_that_declares_an_upload_for_the_thumbnail_is_ignored_too():
    class UploadForm(PhotoForm):
        thumbnail = forms.ImageField(required=False)

    photo = Photo.objects.create(image=upload())
    made = photo.thumbnail.name
    form = UploadForm(
        {"title": "x"}, {"thumbnail": SimpleUploadedFile("x.jpg", picture("blue"))}, instance=photo
    )
    assert form.is_valid(), form.errors
    assert form.save(commit=False).thumbnail.name == made
