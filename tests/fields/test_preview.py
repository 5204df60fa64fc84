"""What a form shows for a thumbnail: the picture, or the reason why there is none."""

from html.parser import HTMLParser

import pytest
from django import forms
from django.core.files.base import ContentFile
from django.test import modify_settings

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.fields.preview import alternative
from advthumb.fields.words import cause
from tests.conftest import picture, upload
from tests.testapp.models import Document, Photo, Place, Remote

pytestmark = pytest.mark.django_db


class PhotoForm(forms.ModelForm):
    class Meta:
        model = Photo
        fields = ["title", "image", "thumbnail"]


class Reader(HTMLParser):
    """Collects the elements of a piece of HTML by tag, and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.words = {}, [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.setdefault(tag, []).append(dict(attrs))
        if tag not in {"img", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " | ".join(self.words)


def preview(instance, form=PhotoForm):
    read = Reader(str(form(instance=instance)["thumbnail"]))
    assert not read.open
    return read


def test_the_picture_has_a_size_an_alt_text_and_a_link_to_its_file():
    photo = Photo.objects.create(image=upload('"><b>.jpg'))
    read = preview(photo)
    (img,), (link,) = read.elements["img"], read.elements["a"]
    assert link == {"href": photo.thumbnail.url}
    assert (img["src"], img["width"], img["height"]) == (photo.thumbnail.url, "60", "40")
    assert img["alt"] == f"Thumbnail of {photo.image.name.removeprefix('images/')}"
    assert "60 \N{MULTIPLICATION SIGN} 40 px" in read.text
    assert "b" not in read.elements


def test_nothing_needs_an_inline_style_or_script():
    read = preview(Photo.objects.create(image=upload()))
    attributes = {name for elements in read.elements.values() for each in elements for name in each}
    assert attributes == {"class", "id", "href", "src", "alt", "width", "height", "loading"}
    assert not {"style", "script"} & read.elements.keys()


def test_the_preview_has_the_id_of_its_field_and_the_label_that_django_writes():
    form = PhotoForm(instance=Photo.objects.create(image=upload()), prefix="p")
    assert Reader(str(form["thumbnail"])).elements["span"][0]["id"] == "id_p-thumbnail"
    assert form["thumbnail"].label == "Thumbnail"
    assert form["title"].label == "Title"
    assert "for=" not in form["thumbnail"].label_tag()  # it is not a control that can be focused
    assert "<legend>Thumbnail:</legend>" in form.as_div()


def test_the_form_includes_the_style_sheet_that_limits_large_pictures(client):
    form = PhotoForm(instance=Photo())
    assert "/static/advthumb/preview.css" in str(form.media)


@modify_settings(INSTALLED_APPS={"remove": ["advthumb", "tests.consistency"]})
def test_without_the_app_in_installed_apps_forms_have_no_style_sheet():
    assert str(PhotoForm().media) == ""


def test_a_new_row_says_when_its_thumbnail_is_made():
    read = Reader(str(PhotoForm()["thumbnail"]))
    assert read.text == "Made when the form is saved."
    assert "img" not in read.elements


def test_a_row_without_a_source_says_which_field_needs_a_file():
    assert preview(Photo.objects.create()).text == "Made when “Image” has a file."


def test_a_broken_source_says_why_there_is_no_thumbnail():
    photo = Photo.objects.create(image=ContentFile(picture()[:600], name="a.jpg"))
    read = preview(Photo.objects.get(pk=photo.pk))
    assert "img" not in read.elements
    assert read.text.startswith("Could not be made | The file is damaged or incomplete. | corrupt: ")


def test_a_file_that_no_engine_reads_says_so():
    class DocumentForm(forms.ModelForm):
        class Meta:
            model = Document
            fields = ["file", "thumbnail"]

    document = Document.objects.create(file=ContentFile(b"Dear support", name="notes.txt"))
    read = preview(document, DocumentForm)
    assert read.text.startswith("Could not be made | Files of this kind cannot be read here. | unsupported: ")


def test_the_reason_is_text_and_no_markup():
    photo = Photo.objects.create(image=upload())
    photo.thumbnail.field.fingerprint_cache("default").set_reason(
        photo.image.name, "<script>alert(1)</script>"
    )
    Photo.objects.update(thumbnail="")
    html = str(PhotoForm(instance=Photo.objects.get())["thumbnail"])
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_a_storage_without_urls_shows_only_the_facts(monkeypatch):
    class RemoteForm(forms.ModelForm):
        class Meta:
            model = Remote
            fields = ["thumbnail"]

    def no_url(self, name):
        raise NotImplementedError

    row = Remote.objects.create(image=upload())
    monkeypatch.setattr("tests.testapp.storages.RemoteStorage.url", no_url)
    read = preview(row, RemoteForm)
    assert not {"img", "a"} & read.elements.keys()
    assert read.text == "60 \N{MULTIPLICATION SIGN} 40 px"


def test_a_thumbnail_of_version_2_has_no_size_in_its_name_and_its_file_is_not_opened(calls):
    Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="thumbnails/a_thumbnail.jpg")
    calls.clear()
    (img,) = preview(Photo.objects.get()).elements["img"]
    assert not {"width", "height"} & img.keys()
    assert not calls


def test_a_preview_costs_no_query_and_no_storage_call(calls, django_assert_num_queries):
    rows = [Photo.objects.create(image=upload()), Photo.objects.create()]
    rows.append(Photo.objects.create(image=ContentFile(b"no picture", name="b.jpg")))
    calls.clear()
    with django_assert_num_queries(0):
        for row in rows:
            preview(row)
    assert not calls


def test_the_text_of_a_picture_loads_no_deferred_column(django_assert_num_queries):
    Place.objects.create(image=upload())
    place = Place.objects.defer("image").get()
    with django_assert_num_queries(0):
        assert alternative(place.thumbnail) == "Thumbnail"


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_has_a_cause_for_people(code):
    assert cause(ThumbnailError("it is 9 px too wide", code).reason).endswith(".")
    assert cause("the row has no thumbnail") == ""
