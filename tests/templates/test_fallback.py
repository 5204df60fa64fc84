"""What replaces a missing thumbnail: the setting, or the argument of the filter."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template

from advthumb.checks import check_fallback
from tests.conftest import upload
from tests.testapp.models import Document, Measured, Photo, Remote

from .conftest import django
from .html import image

TAG = '{% thumbnail p.thumbnail alt="None yet" class="card" %}'
SOURCES = [
    ("images/a.jpg", True),
    ("images/A.JPEG", True),
    ("images/a.svg", True),
    ("images/without-extension", True),
    ("files/a.pdf", False),
    ("files/a.heic", False),
    ("files/a.zip", False),
]


@pytest.fixture(autouse=True)
def _static(settings, tmp_path):
    """Serve static files from a folder."""
    (tmp_path / "static" / "img").mkdir(parents=True)
    (tmp_path / "static" / "img" / "none.svg").write_text("<svg/>")
    settings.STATIC_URL = "/static/"
    settings.STATICFILES_DIRS = [tmp_path / "static"]


def test_nothing_shows_by_default(empty):
    assert django(TAG, p=empty) == ""
    assert django("{{ p.thumbnail|thumbnail_url }}", p=empty) == ""


def test_a_static_file_is_shown_with_all_attributes_of_the_tag(settings, empty):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/none.svg"
    assert image(django(TAG, p=empty)) == {
        "src": "/static/img/none.svg",
        "alt": "None yet",
        "loading": "lazy",
        "decoding": "async",
        "class": "card",
    }
    assert django("{{ p.thumbnail|thumbnail_url }}", p=empty) == "/static/img/none.svg"


def test_a_static_file_shows_without_the_app_for_static_files(settings, empty):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if not app.endswith("staticfiles")]
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/none.svg"
    assert image(django(TAG, p=empty))["src"] == "/static/img/none.svg"


def test_the_fallback_goes_through_the_storage_of_static_files(settings, empty, tmp_path):
    """For example, a name with a hash."""
    static = {"BACKEND": "tests.testapp.storages.RemoteStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/none.svg"
    assert image(django(TAG, p=empty))["src"] == "https://files.example/img/none.svg"


@pytest.mark.parametrize("row", [None, ""])
def test_a_static_file_shows_for_a_missing_row(settings, row):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/none.svg"
    assert image(django(TAG, p=row))["src"] == "/static/img/none.svg"


def test_a_thumbnail_shows_and_no_fallback(settings, photo):
    settings.ADVANCE_THUMBNAIL_FALLBACK = lambda _file: pytest.fail("there is a thumbnail")
    assert image(django(TAG, p=photo))["src"] == photo.thumbnail.url


def test_a_function_gets_the_file_and_returns_a_url(settings, empty):
    seen = []

    def initials(file):
        seen.append(file)
        return f"https://avatars.example/?name={file.instance.title}&size={file.field.size[0]}"

    settings.ADVANCE_THUMBNAIL_FALLBACK = initials
    found = image(django(TAG, p=empty))
    assert found["src"] == "https://avatars.example/?name=Nothing&size=60"
    assert "width" not in found
    (file,) = seen
    assert file is empty.thumbnail
    url = django("{{ p.thumbnail|thumbnail_url }}", p=empty)
    assert url == "https://avatars.example/?name=Nothing&amp;size=60"


@pytest.mark.parametrize("answer", [None, ""])
def test_a_function_may_have_no_url(settings, empty, answer):
    settings.ADVANCE_THUMBNAIL_FALLBACK = lambda _file: answer
    assert django(TAG, p=empty) == ""
    assert django("{{ p.thumbnail|thumbnail_url }}", p=empty) == ""


def test_a_function_is_not_called_for_a_missing_row(settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = lambda _file: pytest.fail("there is no file")
    assert django(TAG, p=None) == ""


def test_the_source_shows_without_a_size(settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    found = image(django(TAG, p=Photo(image="images/a.jpg")))
    assert found["src"] == "/media/images/a.jpg"
    assert not {"width", "height"} & found.keys()


def test_the_source_shows_with_the_size_in_its_columns(settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    row = Measured(image="images/a.jpg", image_width=120, image_height=80)
    found = image(django(TAG, p=row))
    assert (found["src"], found["width"], found["height"]) == ("/media/images/a.jpg", "120", "80")


@pytest.mark.parametrize("row", [Photo(), Photo(image=""), Remote(), Document(), None])
def test_no_source_shows_nothing(settings, row):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    assert django(TAG, p=row) == ""


@pytest.mark.parametrize(("name", "shows"), SOURCES)
def test_the_source_is_shown_only_if_browsers_support_its_format(settings, name, shows):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    html = django(TAG, p=Document(file=name))
    assert bool(html) is shows
    assert not shows or image(html)["src"] == f"/media/{name}"


def test_a_source_that_is_not_stored_yet_shows_nothing(settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    assert django(TAG, p=Photo(image=upload())) == ""


def test_the_filter_argument_overrides_the_setting(settings, photo, empty):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/none.svg"
    source = '{{ p.thumbnail|thumbnail_url:"img/other.png" }}'
    assert django(source, p=empty) == "/static/img/other.png"
    assert django(source, p=None) == "/static/img/other.png"
    assert django(source, p=photo) == photo.thumbnail.url
    assert django('{{ p.thumbnail|thumbnail_url:"source" }}', p=Photo(image="b.jpg")) == "/media/b.jpg"
    assert django('{{ p.thumbnail|thumbnail_url:"" }}', p=empty) == ""


def test_the_filter_output_is_escaped():
    row = Remote(thumbnail="a&b.jpg")
    assert django("{{ p.thumbnail|thumbnail_url }}", p=row) == "https://files.example/a&amp;b.jpg"
    assert django("{{ p.thumbnail|thumbnail_url|safe }}", p=row) == "https://files.example/a&b.jpg"


def test_the_filter_refuses_anything_else():
    with pytest.raises(TypeError, match=r"the file of testapp\.Photo\.image"):
        django("{{ p.image|thumbnail_url }}", p=Photo(image="images/a.jpg"))


@pytest.mark.parametrize("value", ["", "/static/none.svg", "https://example.com/x.png", 5, ["img/none.svg"]])
def test_an_invalid_fallback_setting_is_refused(settings, empty, value):
    settings.ADVANCE_THUMBNAIL_FALLBACK = value
    message = "ADVANCE_THUMBNAIL_FALLBACK is .*; it must be the path of a static file below STATIC_URL"
    with pytest.raises(ImproperlyConfigured, match=message):
        Template("{% load advthumb %}" + TAG).render(Context({"p": empty}))


def test_the_check_finds_the_static_file(settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/none.svg"
    assert check_fallback(None) == []
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/missing.svg"
    (message,) = check_fallback(None)
    assert message.id == "advthumb.W006"
    assert "'img/missing.svg'" in message.msg
    assert "STATICFILES_DIRS" in message.hint


@pytest.mark.parametrize("value", [None, "source", str, "", 5])
def test_the_check_passes_otherwise(settings, value):
    settings.ADVANCE_THUMBNAIL_FALLBACK = value
    assert check_fallback(None) == []


def test_the_check_needs_the_app_for_static_files(settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if not app.endswith("staticfiles")]
    settings.ADVANCE_THUMBNAIL_FALLBACK = "img/missing.svg"
    assert check_fallback(None) == []
