"""django-modeltranslation has a column for each language; a thumbnail follows the image of its language."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import QuerySet
from django.forms import ModelForm
from django.utils.translation import override
from modeltranslation.admin import TranslationAdmin

from advthumb import refresh_thumbnails
from advthumb.checks import check_fields
from advthumb.contrib.admin import ThumbnailAdminMixin
from tests.conftest import colour_of, picture, upload

from .files import BLUE, LIME, RED
from .models import OfOneLanguage, Translated

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def red():
    return upload("red.jpg", "red")


def blue():
    return upload("blue.jpg", "blue")


def shown(model=Translated):
    """Return the colours of the thumbnails in the row."""
    row = model._base_manager.get()
    files = (row.thumbnail_en, row.thumbnail_de)
    return tuple(colour_of(file) if file else None for file in files)


def named(model=Translated):
    """Return the names of all the row's thumbnails, including the one in the untranslated column."""
    return QuerySet(model).values_list("thumbnail", "thumbnail_en", "thumbnail_de").get()


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_language_gets_the_thumbnail_of_its_image_whatever_language_is_active(language, stored):
    with override(language):
        row = Translated.objects.create(image_en=red(), image_de=blue())
        assert shown() == (RED, BLUE)
        row.title = "words"
        row.save()
    assert shown() == (RED, BLUE)
    assert stored("thumbnails/") == sorted([row.thumbnail_en.name, row.thumbnail_de.name])
    assert named() == ("", row.thumbnail_en.name, row.thumbnail_de.name)


@pytest.mark.parametrize(("first", "second"), [("en", "de"), ("de", "en")])
def test_a_save_in_another_language_changes_no_thumbnail(first, second, stored):
    with override(first):
        Translated.objects.create(image_en=red(), image_de=blue())
    before = named(), stored()
    with override(second):
        Translated.objects.get().save()
        Translated.objects.only("title").get().save()
    assert (named(), stored()) == before


def test_assigning_to_the_plain_name_sets_the_image_of_the_active_language(stored):
    row = Translated.objects.create(image_en=red(), image_de=blue())
    with override("de"):
        row.image = upload("lime.jpg", "lime")
        row.save()
    assert shown() == (RED, LIME)
    assert len(stored("thumbnails/")) == 2


def test_a_language_without_an_image_has_no_thumbnail_and_shows_that_of_the_fallback(stored):
    for language in ("en", "de"):
        with override(language):
            row = Translated.objects.create(image_en=red())
            assert shown() == (RED, None)
            row.save()
            assert shown() == (RED, None)
            assert colour_of(row.thumbnail) == RED
            row.delete()
    assert stored("thumbnails/") == []


def test_the_plain_name_shows_the_thumbnail_of_the_active_language():
    row = Translated.objects.create(image_en=red(), image_de=blue())
    with override("de"):
        assert row.thumbnail.name == row.thumbnail_de.name
        assert Translated.objects.get().thumbnail.status == "fresh"
    with override("en"):
        assert row.thumbnail.name == row.thumbnail_en.name


def test_one_image_is_replaced_and_one_cleared(stored):
    row = Translated.objects.create(image_en=red(), image_de=blue())
    row.image_en, row.image_de = upload("lime.jpg", "lime"), None
    row.save()
    assert shown() == (LIME, None)
    assert stored("thumbnails/") == [row.thumbnail_en.name]


def test_a_save_of_one_language_with_update_fields(stored):
    row = Translated.objects.create(image_en=red(), image_de=blue())
    row.image_de = upload("lime.jpg", "lime")
    row.save(update_fields=["image_de"])
    assert shown() == (RED, LIME)
    assert len(stored("thumbnails/")) == 2


def test_a_deleted_row_leaves_no_thumbnail(stored):
    row = Translated.objects.create(image_en=red(), image_de=blue())
    with override("de"):
        row.delete()
    assert stored("thumbnails/") == []


def test_a_save_that_is_rolled_back_changes_no_file(stored):
    row = Translated.objects.create(image_en=red(), image_de=blue())
    before = stored("thumbnails/")
    with override("de"), transaction.atomic():
        row.image = upload("lime.jpg", "lime")
        row.save()
        transaction.set_rollback(True)
    assert stored("thumbnails/") == before
    assert shown() == (RED, BLUE)


def test_an_upload_costs_one_decode_and_is_not_read_back(rendered, calls):
    with override("de"):
        Translated.objects.create(image=blue())
    assert (len(rendered), calls["open"]) == (1, 0)
    assert shown() == (None, BLUE)


def test_rows_created_in_bulk_have_the_thumbnail_of_each_language():
    with override("de"):
        Translated.objects.bulk_create([Translated(image_en=red(), image_de=blue())])
    assert shown() == (RED, BLUE)


def test_the_commands_make_the_thumbnails_of_each_language(stored):
    row = Translated.objects.create(image_en=red(), image_de=blue())
    with override("de"):
        call_command("regenerate_thumbnails", "--force", "--model", "neighbours.Translated", verbosity=0)
    assert shown() == (RED, BLUE)
    assert len(stored("thumbnails/")) == 2
    assert row.thumbnail_en.name not in stored()
    Translated.objects.update(image_en=row.image_de.name)
    refresh_thumbnails(Translated.objects.all())
    assert shown() == (BLUE, BLUE)


def test_rows_written_by_a_migration_are_repaired_by_the_command():
    Translated.objects.create(image_en=red(), image_de=blue())
    state = ModelState.from_model(Translated)
    then = ProjectState({("neighbours", state.name_lower): state}).apps.get_model("neighbours", "Translated")
    QuerySet(then).get().save()
    assert shown() == (RED, RED)  # the thumbnail of the plain column
    call_command("sync_thumbnails", "--model", "neighbours.Translated", verbosity=0)
    assert shown() == (RED, BLUE)


def test_an_untranslated_thumbnail_follows_the_language_that_it_names(rendered, stored):
    for language in ("en", "de"):
        with override(language):
            row = OfOneLanguage.objects.create(image_en=red(), image_de=blue())
            assert colour_of(row.thumbnail) == RED
            row.image = upload("lime.jpg", "lime")
            row.save()
            assert colour_of(OfOneLanguage.objects.get().thumbnail) == (LIME if language == "en" else RED)
            assert stored("thumbnails/") == [row.thumbnail.name]
            row.delete()
    assert stored("thumbnails/") == []


def test_rows_that_are_older_than_the_translation_keep_their_thumbnail(stored):
    row = Translated.objects.create(image_en=red())
    name = row.thumbnail_en.name
    rows = QuerySet(Translated)  # before the translation: the names are in the plain columns
    rows.update(thumbnail=name, thumbnail_en=None, image=row.image_en.name, image_en=None)
    call_command("update_translation_fields", "neighbours", verbosity=0)
    with override("de"):
        Translated.objects.get().save()
    assert named() == ("", name, "")
    assert stored("thumbnails/") == [name]
    assert shown() == (RED, None)


class EachLanguage(ModelForm):
    class Meta:
        model = Translated
        fields = ["image_en", "image_de", "thumbnail_en", "thumbnail_de", "thumbnail"]


class OfTheAdmin(ThumbnailAdminMixin, TranslationAdmin): ...


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_form_takes_an_image_of_another_language_and_leaves_the_thumbnails_alone(language, rf):
    row = Translated.objects.create(title_en="red", title_de="rot", image_en=red())
    form_of_admin = OfTheAdmin(Translated, admin.site).get_form(rf.get("/"), row)
    for form_class in (EachLanguage, form_of_admin):
        with override(language):
            row = Translated.objects.get()
            sent = {"image_de": SimpleUploadedFile("blue.jpg", picture("blue"))}
            form = form_class({"title_en": "red", "title_de": "rot"}, sent, instance=row)
            assert form.is_valid(), form.errors
            form.save()
        assert shown() == (RED, BLUE)


def test_a_check_finds_only_an_untranslated_thumbnail_of_a_translated_image(monkeypatch):
    thumbnail = OfOneLanguage._meta.get_field("thumbnail")
    assert [found for found in check_fields(None) if found.obj.model._meta.app_label == "neighbours"] == []
    monkeypatch.setattr(thumbnail, "source_field_name", "image")
    (found,) = [found for found in check_fields(None) if found.obj == thumbnail]
    assert found.id == "advthumb.W008"
    assert "source_field='image_en' or source_field='image_de'." in found.hint
