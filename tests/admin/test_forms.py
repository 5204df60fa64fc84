"""Change forms in the admin: a preview next to its source, for users who may edit or only view."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import picture, upload
from tests.testapp.models import Album, Document, Fingerprinted, Gallery, Page, Photo

from .site import GalleryAdmin, thumbs

pytestmark = pytest.mark.django_db

DAMAGED = "The file is damaged or incomplete."


def change(row, site="thumbs"):
    return f"/{site}/testapp/{row._meta.model_name}/{row.pk}/change/"


def page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def lines(html):
    """Return the fields of each line of a form."""
    return re.findall(r'class="form-row field-([^"]*)"', html)


def previews(html):
    """Return the text of each preview, with its lines separated by bars."""
    found = re.findall(r'<span class="advthumb"[^>]*>(.*?)</span></span>', html, re.DOTALL)
    return [re.sub(r"(<[^>]*>)+", " | ", text).strip(" |") for text in found]


def test_the_preview_is_shown_below_its_source_with_all_details(staff):
    photo = Photo.objects.create(image=upload())
    html = page(staff, change(photo))
    assert lines(html) == ["title", "image", "thumbnail"]
    size = f"{default_storage.size(photo.thumbnail.name)}\N{NO-BREAK SPACE}bytes"
    told = f"60 \N{MULTIPLICATION SIGN} 40 px · {size} · JPEG | Engine setting: pillow | Up to date"
    assert previews(html) == [told]
    assert f'<a href="{photo.thumbnail.url}"><img class="advthumb-picture"' in html
    assert html.count("advthumb/preview.css") == 1


def test_several_previews_are_shown_below_their_source_in_any_declaration_order(staff):
    row = Gallery.objects.create(image=upload())
    html = page(staff, change(row))
    assert lines(html) == ["image", "small", "square", "webp"]
    assert len(previews(html)) == 3  # `webp` is in readonly_fields


def test_a_form_checks_each_thumbnail_once_and_adds_no_query(staff, calls):
    row = Gallery.objects.create(image=upload())
    page(staff, change(row))
    calls.clear()
    with CaptureQueriesContext(connection) as queries:
        page(staff, change(row))
    assert len([each for each in queries if "testapp_gallery" in each["sql"]]) == 1
    assert calls == {"size": 3, "get_modified_time": 3}  # on a plain local disk: 3 calls of `stat`


def test_a_broken_source_says_why_there_is_no_thumbnail(staff):
    photo = Photo.objects.create(image=ContentFile(picture()[:600], name="a.jpg"))
    (text,) = previews(page(staff, change(photo)))
    assert text.startswith(f"Could not be made | {DAMAGED} | corrupt: ")


def test_a_file_that_no_engine_reads_says_so_in_a_read_only_field(staff):
    document = Document.objects.create(file=ContentFile(b"Dear support", name="notes.txt"))
    (text,) = previews(page(staff, change(document)))
    assert text.startswith("Could not be made | Files of this kind cannot be read here. | unsupported: ")


def test_a_lost_file_is_reported(staff):
    photo = Photo.objects.create(image=upload())
    default_storage.delete(photo.thumbnail.name)
    (text,) = previews(page(staff, change(photo)))
    assert text.endswith("The thumbnail&#x27;s file is gone")
    assert "bytes" not in text


def test_a_stale_thumbnail_says_why(staff):
    photo = Photo.objects.create(image=upload())
    Photo.objects.update(image="images/other.jpg")
    (text,) = previews(page(staff, change(photo)))
    assert text.endswith("Out of date: the file changed | made from a source of another name")


def test_an_unreachable_storage_only_hides_the_file_size(staff, monkeypatch):
    photo = Photo.objects.create(image=upload())

    def unreachable(self, name):
        raise OSError("the network is down")

    monkeypatch.setattr("tests.testapp.storages.CountingStorage.path", unreachable)
    (text,) = previews(page(staff, change(photo)))
    assert text == "60 \N{MULTIPLICATION SIGN} 40 px · JPEG | Engine setting: pillow | Up to date"


def test_users_with_view_permission_see_the_picture(permitted):
    photo = Photo.objects.create(image=upload())
    html = page(permitted("view"), change(photo))
    assert 'name="_save"' not in html
    assert f'alt="Thumbnail of a.jpg" height="40" src="{photo.thumbnail.url}" width="60"' in html
    assert len(previews(html)) == 1
    assert "advthumb/preview.css" in html


def test_users_with_view_permission_cannot_change_anything(permitted):
    photo = Photo.objects.create(title="old", image=upload())
    response = permitted("view").post(change(photo), {"title": "new"})
    assert response.status_code == 403
    assert Photo.objects.get().title == "old"


def test_an_upload_makes_the_thumbnail_and_the_preview_shows_it(staff):
    response = staff.post(
        "/thumbs/testapp/photo/add/",
        {"title": "new", "image": SimpleUploadedFile("a.jpg", picture()), "thumbnail": "x.jpg"},
    )
    assert response.status_code == 302, response.context["errors"]
    photo = Photo.objects.get()
    assert photo.thumbnail.url in page(staff, change(photo))


def test_a_form_with_errors_still_shows_the_stored_thumbnail(staff):
    photo = Photo.objects.create(title="old", image=upload())
    response = staff.post(change(photo), {"title": "", "image": SimpleUploadedFile("b.jpg", picture("blue"))})
    html = response.content.decode()
    assert "This field is required" in html
    assert photo.thumbnail.url in html


@pytest.fixture
def album():
    album = Album.objects.create()
    for key in "ab":
        Page.objects.create(key=key, album=album, image=upload(f"{key}.jpg"))
    Page.objects.create(key="c", album=album, image=ContentFile(picture()[:600], name="c.jpg"))
    return album


def test_inlines_show_previews_in_tables_and_stacks(staff, album):
    html = page(staff, change(album))
    texts = previews(html)
    made = "60 \N{MULTIPLICATION SIGN} 40 px · JPEG | Up to date"
    broken = [text for text in texts if text.startswith(f"Could not be made | {DAMAGED} | corrupt: ")]
    assert texts.count(made) == 4
    assert len(broken) == 2
    assert "Made when “Image” has a file." in texts  # the empty forms
    assert "id_thumbnail" not in html  # the same id would appear several times


def test_inlines_do_not_call_the_storage(staff, album, calls, monkeypatch):
    def refuse(self, name):
        raise AssertionError(name)

    calls.clear()
    monkeypatch.setattr("tests.testapp.storages.CountingStorage.path", refuse)
    assert len(previews(page(staff, change(album)))) > 6
    assert not calls


def test_inlines_show_previews_to_users_with_view_permission(permitted, album):
    html = page(permitted("view", models=[Album, Page]), change(album))
    assert previews(html).count("60 \N{MULTIPLICATION SIGN} 40 px · JPEG | Up to date") == 4
    assert 'type="file"' not in html


def test_a_fingerprint_field_is_used_for_the_preview(staff):
    row = Fingerprinted.objects.create(image=upload())
    (text,) = previews(page(staff, change(row)))
    assert text.endswith("JPEG | Engine setting: pillow | Up to date")


def test_fields_that_the_project_excludes_or_places_stay_that_way(rf):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)

    def pixels(instance):
        return instance.pk

    class Excluding(GalleryAdmin):
        exclude = ["small"]
        readonly_fields = [pixels, "webp"]

    class Placing(GalleryAdmin):
        fields = [("square", "image"), "webp"]

    class InSets(GalleryAdmin):
        fieldsets = [("Pictures", {"classes": ["wide"], "fields": ["webp", ("image", "square")]})]

    def placed(kind):
        ((title, options),) = kind(Gallery, thumbs).get_fieldsets(request)
        lines = [line if isinstance(line, list) else [line] for line in options.pop("fields")]
        return title, options, [[getattr(each, "__name__", each) for each in line] for line in lines]

    assert placed(Excluding) == (None, {}, [["image"], ["square"], ["webp"], ["pixels"]])
    assert placed(Placing) == (None, {}, [["square", "image"], ["webp"]])
    assert placed(InSets) == ("Pictures", {"classes": ["wide"]}, [["webp"], ["image", "square"]])


def test_add_only_inlines_show_previews_in_their_empty_forms(permitted, album):
    html = page(permitted("view", "add", models=[Album, Page]), change(album))
    assert previews(html).count("60 \N{MULTIPLICATION SIGN} 40 px · JPEG | Up to date") == 4
    assert "Made when “Image” has a file." in previews(html)


def test_forms_lists_and_inlines_work_without_the_mixin(staff, album):
    photo = Photo.objects.create(title="x", image=upload())
    assert previews(page(staff, change(photo, "plain"))) == ["60 \N{MULTIPLICATION SIGN} 40 px"]
    assert len(previews(page(staff, change(album, "plain")))) >= 3
    assert photo.thumbnail.name in page(staff, "/plain/testapp/photo/")
    view = page(staff, change(Photo.objects.create(image=ContentFile(b"x", name="x.jpg")), "plain"))
    assert previews(view)[0].startswith("Could not be made | ")


def test_the_cause_of_a_failure_is_told_in_the_language_of_the_user(staff, settings):
    photo = Photo.objects.create(image=ContentFile(picture()[:600], name="a.jpg"))
    settings.LANGUAGE_CODE = "de"
    (text,) = previews(page(staff, change(photo)))
    assert "Konnte nicht erstellt werden | Die Datei ist beschädigt oder unvollständig. | corrupt: " in text


def test_the_engines_are_those_of_the_present_setting(staff, settings):
    """A thumbnail says nowhere which engine made it, so another setting is shown beside the same file."""
    photo = Photo.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_ENGINE = ["imagemagick", {"BACKEND": "pillow", "OPTIONS": {}}]
    (text,) = previews(page(staff, change(photo)))
    assert "Engine setting: imagemagick, pillow | Up to date" in text
