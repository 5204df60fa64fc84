"""The form field and the widget for focal points, without a browser."""

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.forms import modelform_factory

from advthumb.fields import FocalPoint
from advthumb.forms import FocalPointFormField, FocalPointWidget
from tests.conftest import upload
from tests.testapp.models import Focused, FocusedRecorded

pytestmark = pytest.mark.django_db

Form = modelform_factory(Focused, fields=["focus"])


def test_a_form_of_a_model_shows_the_source_and_the_point():
    row = Focused.objects.create(image=upload(), focus=(0.26, 0.787))
    html = str(Form(instance=row)["focus"])
    assert '<input type="text" name="focus" value="0.260,0.787"' in html
    assert f'<img alt="" draggable="false" src="{row.image.url}">' in html
    assert 'data-field="focus" data-source="image"' in html


def test_a_form_of_a_new_row_has_no_picture_yet():
    html = str(Form()["focus"])
    assert '<img alt="" draggable="false">' in html
    assert 'data-source="image"' in html


def test_a_source_that_browsers_do_not_show_is_shown_by_a_thumbnail_that_is_not_cropped():
    row = Focused.objects.create(image=upload("a.tif", image_format="TIFF"))
    assert f'src="{row.whole.url}"' in str(Form(instance=row)["focus"])


def test_without_such_a_thumbnail_no_picture_is_shown():
    row = FocusedRecorded.objects.create(image=upload("a.tif", image_format="TIFF"))
    html = str(modelform_factory(FocusedRecorded, fields=["focus"])(instance=row)["focus"])
    assert row.tile
    assert "src=" not in html


def test_a_storage_without_urls_shows_no_picture(monkeypatch):
    row = Focused.objects.create(image=upload())
    monkeypatch.setattr(InMemoryStorage, "url", None, raising=False)

    def no_url(_storage, name):
        raise NotImplementedError

    monkeypatch.setattr(type(row.image.storage._wrapped), "url", no_url)
    assert "src=" not in str(Form(instance=row)["focus"])


def test_an_upload_that_is_not_stored_is_not_shown():
    row = Focused(image=ContentFile(b"", name="a.jpg"))
    assert "src=" not in str(Form(instance=row)["focus"])


def test_a_form_without_a_model_shows_the_picture_that_it_names():
    class Plain(forms.Form):
        focus = FocalPointFormField(widget=FocalPointWidget(picture="/media/a.jpg"), required=False)

    assert '<img alt="" draggable="false" src="/media/a.jpg">' in str(Plain()["focus"])
    form = Plain({"focus": "0.2,0.3"})
    assert form.is_valid()
    assert form.cleaned_data == {"focus": FocalPoint(0.2, 0.3)}
    assert Plain({"focus": ""}).is_valid()


def test_a_form_saves_the_point_and_the_crop():
    row = Focused.objects.create(image=upload())
    form = Form({"focus": "0.1, 0.2"}, instance=row)
    assert form.has_changed()
    before = form.save(commit=False).tile.name
    form.save()
    found = Focused.objects.get()
    assert found.focus == FocalPoint(0.1, 0.2)
    assert found.tile.name != before
    assert found.tile.status == "fresh"
    assert not Form({"focus": "0.1,0.2"}, instance=found).has_changed()
    assert Form({"focus": ""}, instance=found).save().focus is None


def test_a_wrong_text_is_reported_and_shown_again():
    form = Form({"focus": "left <b>"}, instance=Focused())
    assert form.errors["focus"][0].startswith("“left <b>” is no focal point. Enter two numbers from 0 to 1")
    assert 'value="left &lt;b&gt;"' in str(form["focus"])


def test_an_unchanged_wrong_text_counts_as_a_change():
    assert Form({"focus": "left"}, instance=Focused()).has_changed()


@pytest.mark.parametrize("widget", [None, AdminTextInputWidget, AdminTextInputWidget()])
def test_the_admin_gets_the_widget_too(widget):
    field = Focused._meta.get_field("focus").formfield(**({"widget": widget} if widget else {}))
    assert isinstance(field.widget, FocalPointWidget)
    assert not field.required


@pytest.mark.parametrize("widget", [forms.HiddenInput, forms.TextInput, FocalPointWidget(picture="/a.jpg")])
def test_a_widget_that_a_form_asks_for_is_kept(widget):
    field = Focused._meta.get_field("focus").formfield(widget=widget)
    assert type(field.widget) is (widget if isinstance(widget, type) else type(widget))
    assert getattr(field.widget, "picture", "/a.jpg") == "/a.jpg"


def test_a_hidden_input_of_a_form_has_no_picture():
    row = Focused.objects.create(image=upload())
    hidden = modelform_factory(Focused, fields=["focus"], widgets={"focus": forms.HiddenInput})
    assert "img" not in str(hidden(instance=row)["focus"])


def test_the_page_loads_static_files_and_has_no_inline_code():
    media = str(Form().media)
    assert (
        media.count("<script") == media.count('<script src="/static/advthumb/focal_point.js"></script>') == 1
    )
    assert media.count("<link") == media.count('<link href="/static/advthumb/focal_point.css"') == 1
    html = str(Form(instance=Focused())["focus"])
    assert "style=" not in html
    assert "<script" not in html
    assert " on" not in html.replace(" on the picture", "")


def test_without_the_app_no_file_is_named(settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "advthumb"]
    assert str(FocalPointWidget().media) == ""


def test_the_picture_is_a_slider_with_a_name_and_is_hidden_until_it_is_loaded():
    html = str(Form()["focus"])
    assert 'role="slider"' in html
    assert 'tabindex="0"' in html
    assert 'aria-label="Focal point in the picture"' in html
    assert 'data-chosen="{x} percent from the left, {y} percent from the top"' in html
    assert html.count(" hidden") == 3


def test_the_list_of_the_admin_shows_the_text(rf):
    model_admin = admin.ModelAdmin(Focused, admin.site)
    assert str(Focused(focus=(0.5, 0.25)).focus) == "0.500,0.250"
    assert model_admin.get_form(rf.get("/")).base_fields["focus"].widget.__class__ is FocalPointWidget
