"""One decode serves validation and thumbnails, and nothing that could be wrong is reused."""

import copy
import gc
import os
import pickle
import threading
from typing import Any

import pytest
from django import forms
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from advthumb import prepared, rendering
from advthumb.engines.pillow import PillowEngine
from advthumb.fields.uploads import held
from advthumb.forms import SourceImageField
from advthumb.validators import SourceImageValidator
from tests.conftest import colour_of, picture
from tests.testapp import points
from tests.testapp.models import Badge, Gallery, Guarded, Photo, Restaurant, Shrunk

from .uploading import sent

pytestmark = pytest.mark.django_db

BLUE = (0, 0, 254)


class GuardedForm(forms.ModelForm):
    """Only the validator of the model, with the form field that Django gives an `ImageField`."""

    class Meta:
        model = Guarded
        fields = ["title", "image"]


class GuardedSourceForm(forms.ModelForm):
    """The form field and then the validator of the model."""

    class Meta:
        model = Guarded
        fields = ["title", "image"]
        field_classes = {"image": SourceImageField}


class GalleryForm(forms.ModelForm):
    """Only the form field."""

    class Meta:
        model = Gallery
        fields = ["image"]
        field_classes = {"image": SourceImageField}


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give each test its own store of prepared thumbnails, and return its content by upload id."""
    shelf = prepared._Shelf(prepared.MAX_PREPARED)
    monkeypatch.setattr(prepared, "_shelf", shelf)
    return shelf._kept


def _content(file: Any) -> bytes:
    with file.open("rb") as stream:
        return stream.read()


@pytest.mark.parametrize("form_class", [GuardedForm, GuardedSourceForm])
def test_a_form_and_its_save_decode_an_upload_once(form_class, rendered, shelf):
    form = form_class({}, {"image": sent()})
    assert form.is_valid(), form.errors
    assert len(rendered) == 1
    row = form.save()
    assert len(rendered) == 1
    assert (row.small.width, row.large.width) == (30, 60)
    assert not shelf


def test_a_form_field_without_a_validator_on_the_model_decodes_once_too(rendered):
    form = GalleryForm({}, {"image": sent()})
    assert form.is_valid(), form.errors
    row = form.save()
    assert len(rendered) == 1
    assert (row.small.width, row.square.size, row.webp.width) == (30, row.square.size, 50)
    assert row.webp.name.endswith(".webp")


def test_a_form_and_its_save_call_a_function_for_a_crop_once(monkeypatch):
    points.seen.clear()
    monkeypatch.setattr(Gallery._meta.get_field("square"), "gravity", "tests.testapp.points.leftmost")
    form = GalleryForm({}, {"image": sent()})
    assert form.is_valid(), form.errors
    assert form.save().square
    assert len(points.seen) == 1


def test_a_form_accepts_an_upload_for_which_a_function_fails(monkeypatch):
    points.seen.clear()
    monkeypatch.setattr(Gallery._meta.get_field("square"), "gravity", "tests.testapp.points.failing")
    form = GalleryForm({}, {"image": sent()})
    assert form.is_valid(), form.errors
    row = form.save()
    assert row.small
    assert not row.square
    assert len(points.seen) == 1


def test_a_validated_row_and_its_save_decode_once_however_often_it_is_validated(rendered):
    row = Guarded(image=sent())
    for _ in range(3):
        row.full_clean()
    row.save()
    assert len(rendered) == 1


def test_the_header_is_read_once_however_often_an_upload_is_validated(monkeypatch):
    """Otherwise an engine in separate processes would get the whole upload again."""
    read = []

    def identify(*args: Any, **kwargs: Any) -> Any:
        read.append(args)
        return rendering.identify(*args, **kwargs)

    monkeypatch.setattr(prepared, "identify", identify)
    row = Guarded(image=sent())
    for _ in range(3):
        row.full_clean()
    row.save()
    assert len(read) == 1


def test_a_replaced_source_is_decoded_once(rendered):
    row = Guarded.objects.create(image=sent())
    rendered.clear()
    form = GuardedForm({}, {"image": sent("b.jpg", picture("blue"))}, instance=row)
    assert form.is_valid()
    form.save()
    assert len(rendered) == 1
    assert colour_of(Guarded.objects.get().small) == BLUE


def test_a_form_without_a_new_upload_reads_nothing(rendered, calls):
    row = Guarded.objects.create(image=sent())
    rendered.clear()
    calls.clear()
    for form_class in (GuardedForm, GuardedSourceForm):
        form = form_class({"title": "new"}, instance=row)
        assert form.is_valid(), form.errors
    assert not rendered
    assert not calls


def test_thumbnails_in_parent_and_child_tables_share_one_decode(rendered):
    class RestaurantForm(forms.ModelForm):
        class Meta:
            model = Restaurant
            fields = ["image"]
            field_classes = {"image": SourceImageField}

    form = RestaurantForm({}, {"image": sent()})
    assert form.is_valid(), form.errors
    row = form.save()
    assert len(rendered) == 1
    assert (row.thumbnail.width, row.icon.width) == (60, 16)


def test_thumbnails_are_identical_to_those_of_a_plain_save():
    validated = Guarded(image=sent())
    validated.full_clean()
    validated.save()
    plain = Guarded.objects.create(image=sent())
    assert validated.small.name != plain.small.name
    assert _content(validated.small) == _content(plain.small)
    assert validated.small.status == validated.large.status == "fresh"


class TestWhatIsNotReused:
    """Thumbnails rendered for other bytes, with other settings or for another file."""

    def _saved(self, row: Guarded, rendered: list[object]) -> Guarded:
        rendered.clear()
        row.save()
        assert len(rendered) == 1
        return Guarded.objects.get()

    def test_changed_bytes_are_rendered_again(self, rendered):
        file = sent()
        row = Guarded(image=file)
        row.full_clean()
        file.seek(0)
        file.truncate()
        file.write(picture("blue"))
        assert colour_of(self._saved(row, rendered).small) == BLUE

    def test_after_a_changed_setting_they_are_rendered_again(self, rendered, settings):
        row = Guarded(image=sent())
        row.full_clean()
        settings.ADVANCE_THUMBNAIL_FORMAT = "PNG"
        assert self._saved(row, rendered).small.name.endswith(".png")

    def test_a_limit_lowered_meanwhile_applies_to_the_save(self, settings):
        row = Guarded(image=sent())
        row.full_clean()
        settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 10
        row.save()
        assert not row.small

    def test_they_are_dropped_with_the_bytes_of_an_upload(self, rendered):
        file = sent()
        row = Guarded(image=file)
        row.full_clean()
        row.image.save("a.jpg", file, save=False)
        source = held(row.image)
        assert source.rendered
        source.drop()
        assert not source.rendered
        self._saved(row, rendered)

    def test_another_field_size_has_that_thumbnail_rendered_again(self, rendered, monkeypatch):
        row = Guarded(image=sent())
        row.full_clean()
        monkeypatch.setattr(Guarded._meta.get_field("small"), "size", (20, 20))
        saved = self._saved(row, rendered)
        assert (saved.small.width, saved.large.width) == (20, 60)

    def test_another_upload_of_the_same_bytes_is_rendered_separately(self, rendered):
        Guarded(image=sent()).full_clean()
        self._saved(Guarded(image=sent()), rendered)

    def test_a_field_that_changes_uploads_gets_thumbnails_of_what_it_stores(self, rendered):
        file = sent()
        row = Shrunk(image=file)
        SourceImageValidator()(row.image)
        row.save()
        assert colour_of(Shrunk.objects.get().thumbnail) == BLUE

    def test_an_engine_chosen_meanwhile_renders_again(self, rendered, settings):
        row = Guarded(image=sent())
        row.full_clean()
        settings.ADVANCE_THUMBNAIL_ENGINE = {"BACKEND": "pillow", "OPTIONS": {"shrink_margin": 3}}
        self._saved(row, rendered)


class TestWhereItIsKept:
    """With the upload: limited in size, and not in any copy or pickle."""

    def test_a_pickle_and_a_copy_of_an_upload_have_no_thumbnails(self):
        file = sent()
        before = pickle.dumps(file), set(vars(file))
        row = Guarded(image=file)
        row.full_clean()
        assert (pickle.dumps(file), set(vars(file))) == before
        assert b"advthumb" not in pickle.dumps(file)
        assert prepared.taken(copy.copy(file), picture()) == {}
        assert prepared.taken(file, picture())

    def test_nothing_is_kept_for_an_object_without_weak_references(self, shelf):
        class Slotted:
            __slots__ = ()

        file = Slotted()
        prepared.keep(file, prepared.preparing(file, b"x"))
        assert not shelf

    def test_it_is_dropped_with_the_upload(self, shelf):
        row = Guarded(image=sent())
        row.full_clean()
        assert len(shelf) == 1
        del row
        gc.collect()
        assert not shelf

    def test_a_refusal_does_not_keep_the_upload_alive(self, shelf):
        for data in (picture()[:-300], b"GIF89a", picture()[:20]):
            with pytest.raises(forms.ValidationError):
                SourceImageValidator()(sent("a.gif", data))
        gc.collect()
        assert not shelf

    def test_a_temporary_error_does_not_keep_the_upload_alive(self, shelf, monkeypatch):
        monkeypatch.setattr(PillowEngine, "_decode", lambda *_: (_ for _ in ()).throw(BufferError("a bug")))
        SourceImageValidator()(sent())
        gc.collect()
        assert not shelf

    def test_the_oldest_are_dropped_beyond_the_limit_and_rendered_by_the_save(self, monkeypatch, rendered):
        small = prepared._Shelf(1)
        monkeypatch.setattr(prepared, "_shelf", small)
        first, second = (Guarded(image=sent()) for _ in range(2))
        first.full_clean()
        second.full_clean()
        assert len(small._kept) == 1
        rendered.clear()
        second.save()
        assert not rendered
        first.save()
        assert len(rendered) == 1

    def test_the_next_save_reuses_the_thumbnails_of_a_failed_one(self, rendered):
        class BadgeForm(forms.ModelForm):
            class Meta:
                model = Badge
                fields = ["image"]
                field_classes = {"image": SourceImageField}

        Badge.objects.create(code="taken")
        form = BadgeForm({}, {"image": sent()}, instance=Badge(code="taken"))
        assert form.is_valid(), form.errors
        with pytest.raises(IntegrityError), transaction.atomic():
            form.save()
        form.instance.code = "free"
        form.save()
        assert len(rendered) == 1
        assert Badge.objects.get(code="free").thumbnail.width == 60

    def test_thumbnails_of_a_file_stored_without_its_row_count_as_waiting_bytes(self, monkeypatch):
        from advthumb.fields import uploads

        sizes = []
        monkeypatch.setattr(uploads.memory, "add", lambda _source, size, **_: sizes.append(size))
        file = ContentFile(picture(), "a.jpg")
        row = Photo()
        SourceImageValidator().check(file, [Photo._meta.get_field("thumbnail").recipe])
        row.image.save("a.jpg", file, save=False)
        assert sizes[0] > len(picture())

    @pytest.mark.filterwarnings(
        "ignore:.*fork:DeprecationWarning"
    )  # from other threads, such as those of xdist
    def test_a_forked_process_continues_even_if_another_thread_held_the_lock(self):
        lock = prepared._Shelf(1)
        os.register_at_fork(after_in_child=lock.renew_lock)
        holder = threading.Thread(target=lock._lock.acquire)
        holder.start()
        holder.join()
        child = os.fork()
        if child == 0:
            os._exit(7 * lock._lock.acquire(timeout=5))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
