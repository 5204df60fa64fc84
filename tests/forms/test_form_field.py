"""`SourceImageField`: every format that the engines read, and which formats a browser is told to accept."""

import subprocess
import sys

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from advthumb.core.formats import ImageFormat
from advthumb.engines import registry
from advthumb.exceptions import EngineUnavailable
from advthumb.forms import SourceImageField, UploadedPicture
from tests import pictures
from tests.conftest import picture
from tests.pictures.pages import pdf, svg
from tests.testapp.models import Document, Gallery, GuardedFile

from .uploading import DAMAGED, broken, refusal, sent


def engine_or_skip(alias: str) -> None:
    try:
        registry.engine(alias)
    except EngineUnavailable as error:
        pytest.skip(str(error))


def test_the_cleaned_file_describes_its_real_content():
    file = SourceImageField().clean(sent("a.jpg", picture(image_format="PNG"), "text/html"))
    assert file.image == UploadedPicture("PNG", (120, 80))
    assert (file.image.format, file.image.size, file.image.width, file.image.height) == (
        "PNG",
        (120, 80),
        120,
        80,
    )
    assert file.content_type == "image/png"
    assert file.tell() == 0


def test_without_a_model_an_upload_is_decoded_once(rendered):
    assert SourceImageField().clean(sent())
    assert len(rendered) == 1
    assert SourceImageField(decode=False).clean(sent())
    assert len(rendered) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"max_pixels": 10}, "too-many-pixels"),
        ({"max_bytes": 10}, "too-many-bytes"),
        ({"min_size": (500, 500)}, "too-small"),
        ({"formats": ["PNG"]}, "unsupported"),
        ({"max_length": 3}, "max_length"),
    ],
)
def test_it_has_the_limits_of_the_validator_and_of_a_file_field(arguments, code):
    assert refusal(SourceImageField(**arguments).clean, sent()).error_list[0].code == code


def test_a_broken_upload_is_refused_and_a_missing_one_only_if_required():
    assert refusal(SourceImageField().clean, broken()).messages == [DAMAGED]
    assert refusal(SourceImageField().clean, None).error_list[0].code == "required"
    assert SourceImageField(required=False).clean(None) is None


def test_heic_is_accepted_where_django_s_field_refuses_it(settings):
    data = (registry_samples() / "sample.heic").read_bytes()
    with pytest.raises(forms.ValidationError):
        forms.ImageField().clean(sent("a.heic", b"\0\0\0\x18ftypheic" + bytes(100)))
    for alias in ("pillow", "vips"):
        engine_or_skip(alias)
        if ImageFormat.HEIC not in registry.engine(alias).reads:
            continue
        settings.ADVANCE_THUMBNAIL_ENGINE = alias
        assert SourceImageField().clean(sent("a.heic", data)).content_type == "image/heic"


def registry_samples():
    from pathlib import Path

    from advthumb.engines import samples

    return Path(samples.__file__).parent


@pytest.mark.parametrize(
    ("alias", "name", "content_type"),
    [
        ("imagemagick", "psd", "image/vnd.adobe.photoshop"),
        ("imagemagick", "jp2", "image/jp2"),
        ("pdf", "pdf", "application/pdf"),
        ("svg", "svg", "image/svg+xml"),
        ("video", "mp4", "video/mp4"),
        ("jxl", "jxl", "image/jxl"),
    ],
)
def test_formats_that_pillow_cannot_open_are_accepted_where_an_engine_reads_them(
    settings, alias, name, content_type
):
    engine_or_skip(alias)
    data = (registry_samples() / f"sample.{name}").read_bytes()
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow"]
    assert refusal(SourceImageField().clean, sent(f"a.{name}", data)).code == "unsupported"
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", alias]
    file = SourceImageField().clean(sent(f"a.{name}", data))
    assert file.image.format == name.upper()
    assert file.content_type == content_type


class DocumentForm(forms.ModelForm):
    """A form for a plain `FileField` whose thumbnail has its own engines."""

    class Meta:
        model = GuardedFile
        fields = ["file"]
        field_classes = {"file": SourceImageField}


@pytest.mark.parametrize(("name", "data"), [("a.pdf", pdf()), ("a.svg", svg("<rect width='9' height='9'/>"))])
def test_a_document_gets_its_thumbnail_by_the_engines_of_the_field(db, name, data):
    engine_or_skip(name[2:])
    form = DocumentForm({}, {"file": sent(name, data)})
    assert form.is_valid(), form.errors
    assert form.save().thumbnail.width == 60


def test_a_damaged_document_is_a_form_error(db):
    engine_or_skip("pdf")
    form = DocumentForm({}, {"file": sent("a.pdf", pdf()[:60])})
    assert form.errors.as_data()["file"][0].code == "corrupt"


class TestAccept:
    """The `accept` attribute of the widget."""

    def test_it_accepts_the_media_types_and_extensions_that_the_engines_read(self, settings):
        settings.ADVANCE_THUMBNAIL_ENGINE = "pillow"
        words = str(SourceImageField().widget.attrs["accept"]).split(",")
        assert words[:5] == ["image/jpeg", ".jpg", ".jpeg", ".jpe", ".jfif"]
        assert {"image/png", ".webp", "image/avif", ".tiff"} <= {*words}
        assert not {"application/pdf", ".psd", ".svg"} & {*words}

    def test_it_follows_the_settings_and_the_argument(self, settings):
        field = SourceImageField()
        settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", "imagemagick", "pdf", "video"]
        words = str(field.widget.attrs["accept"]).split(",")
        assert {"image/jpeg", ".psd", ".tga", "application/pdf", ".pdf", "video/mp4", ".mov"} <= {*words}
        assert "image/svg+xml" not in words
        settings.ADVANCE_THUMBNAIL_ALLOWED_FORMATS = ["PNG", "PDF"]
        assert str(field.widget.attrs["accept"]) == "image/png,.png,.apng,application/pdf,.pdf"
        assert str(SourceImageField(formats=["PDF"]).widget.attrs["accept"]) == "application/pdf,.pdf"

    def test_a_model_form_accepts_what_the_thumbnail_engines_read(self, settings):
        settings.ADVANCE_THUMBNAIL_ENGINE = "pillow"
        html = str(DocumentForm()["file"])
        assert "application/pdf" in html
        assert ".svg" in html
        assert "video/mp4" not in html
        assert 'accept="image/jpeg,' in html

    def test_a_given_one_is_kept(self):
        widget = forms.FileInput({"accept": "image/*"})
        assert SourceImageField(widget=widget).widget.attrs["accept"] == "image/*"
        assert "accept" not in SourceImageField(widget=forms.TextInput).widget.attrs

        class Form(forms.ModelForm):
            class Meta:
                model = Gallery
                fields = ["image"]
                field_classes = {"image": SourceImageField}
                widgets = {"image": forms.FileInput({"accept": "image/*"})}

        assert 'accept="image/*"' in str(Form()["image"])

    def test_showing_a_form_starts_no_engine_process(self):
        script = """
import django, subprocess, sys
from django.conf import settings
settings.configure(ADVANCE_THUMBNAIL_ENGINE=["pillow", "imagemagick", "pdf", "svg", "raw", "video", "jxl"],
                   TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}])
django.setup()
def refuse(*args, **kwargs): raise AssertionError("a process was started")
subprocess.Popen.__init__ = refuse
import os; os.fork = os.posix_spawn = refuse
from django import forms
from advthumb.forms import SourceImageField
assert not {"PIL", "pyvips", "wand"} & set(sys.modules), "an imaging library was imported"
class Form(forms.Form):
    file = SourceImageField()
html = str(Form()["file"])
assert ".psd" in html and ".pdf" in html and ".cr2" in html and ".jxl" in html, html
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_a_running_engine_is_asked_what_it_reads(self, monkeypatch):
        engine_or_skip("imagemagick")
        running = registry.engine("imagemagick")
        monkeypatch.setattr(running, "reads", frozenset({ImageFormat.JPEG, ImageFormat.PSD}))
        assert registry.readable(["imagemagick"]) == {ImageFormat.JPEG, ImageFormat.PSD}

    def test_an_isolated_engine_without_an_alias_is_treated_as_a_common_one(self):
        reference = {"BACKEND": "advthumb.engines.isolation.IsolatedEngine", "OPTIONS": {"engine": "nobody"}}
        assert "JPEG" in registry.readable([reference])
        assert "PDF" not in registry.readable([reference])
        assert registry.readable(["advthumb.engines.previews.PdfEngine"]) == {"PDF"}


def test_a_form_field_without_a_model_column_is_checked_alone(rendered):
    class Form(forms.ModelForm):
        extra = SourceImageField()

        class Meta:
            model = Document
            fields = []

    assert Form({}, {"extra": sent()}).is_valid()
    assert len(rendered) == 1
    assert not Form({}, {"extra": broken()}).is_valid()


def test_an_upload_the_model_refuses_by_header_is_not_decoded_by_the_form(rendered, monkeypatch):
    (validator,) = [
        each for each in GuardedFile._meta.get_field("file").validators if hasattr(each, "max_pixels")
    ]
    monkeypatch.setattr(validator, "max_pixels", 100)
    form = DocumentForm({}, {"file": sent()})
    assert form.errors.as_data()["file"][0].code == "too-many-pixels"
    assert not rendered


def test_an_upload_that_could_not_be_checked_is_passed_on_without_facts(monkeypatch):
    from advthumb.core.errors import ErrorCode, ThumbnailError
    from advthumb.engines.pillow import PillowEngine

    def busy(*_args):
        raise ThumbnailError("no process became free", ErrorCode.ENGINE, for_now=True)

    monkeypatch.setattr(PillowEngine, "_read_header", busy, raising=False)
    file = SourceImageField().clean(SimpleUploadedFile("a.jpg", picture(), "image/jpeg"))
    assert file.image is None
    assert file.content_type == "image/jpeg"


def test_several_files_in_one_field_work_as_django_documents():
    class Several(forms.ClearableFileInput):
        allow_multiple_selected = True

    class SeveralField(SourceImageField):
        widget = Several

        def clean(self, data, initial=None):
            return [super(SeveralField, self).clean(each, initial) for each in data]

    assert (
        len(
            SeveralField().clean(
                [sent(), sent("b.png", pictures.encode(pictures.plain_pixels(4, 4, (1, 2, 3)), "PNG"))]
            )
        )
        == 2
    )
    assert refusal(SeveralField().clean, [sent(), broken()]).messages == [DAMAGED]
