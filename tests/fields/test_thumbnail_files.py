"""What a template or a view may read from a thumbnail without a query or I/O."""

import pytest
from django.template import Context, Template

from advthumb import refresh_thumbnails
from advthumb.core.names import ThumbnailName
from tests.conftest import colour_of, upload
from tests.templates.sets import ALONE, AddressedStorage, name_of_set
from tests.testapp.models import Fingerprinted, Overwritten, Photo, Renamed

pytestmark = pytest.mark.django_db


def photo(image="images/a.jpg", thumbnail=""):
    return Photo(image=image, thumbnail=thumbnail)


def test_status_is_the_verdict_at_level_name(calls, django_assert_num_queries, monkeypatch):
    row = Photo.objects.create(image=upload())
    calls.clear()
    with django_assert_num_queries(0):
        assert row.thumbnail.status == "fresh"
        assert photo(None).thumbnail.status == "fresh"
        assert photo().thumbnail.status == "missing"
        assert photo(None, row.thumbnail.name).thumbnail.status == "orphaned"
        assert photo("images/b.jpg", row.thumbnail.name).thumbnail.status == "source-changed"
        assert photo(thumbnail="thumbnails/a_thumbnail.jpg").thumbnail.status == "unknown"
        monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (10, 10))
        assert row.thumbnail.status == "spec-changed"
    assert not calls


def test_status_uses_the_fingerprint_field():
    assert Fingerprinted.objects.create(image=upload()).thumbnail.status == "fresh"
    assert Renamed.objects.create(image=upload()).thumbnail.status == "unknown"


def test_url_or():
    row = Photo.objects.create(image=upload())
    assert row.thumbnail.url_or("/none.png") == row.thumbnail.url
    assert photo().thumbnail.url_or("/none.png") == "/none.png"
    assert photo().thumbnail.url_or() == ""


def test_templates_never_raise():
    template = Template("{{ p.thumbnail.url_or }}|{{ p.thumbnail.status }}|{{ p.thumbnail.width }}")
    assert template.render(Context({"p": photo()})) == "|missing|"
    gone = photo(thumbnail="thumbnails/a_thumbnail.jpg")
    assert template.render(Context({"p": gone})) == f"{gone.thumbnail.url}|unknown|"


def test_names_of_version_2_are_measured_by_opening_the_file(media, calls):
    (media / "thumbnails").mkdir()
    (media / "thumbnails" / "a_thumbnail.jpg").write_bytes(upload(size=(7, 5)).read())
    row = photo(thumbnail="thumbnails/a_thumbnail.jpg")
    assert (row.thumbnail.width, row.thumbnail.height) == (7, 5)
    assert calls["open"] == 1


def test_no_two_renderings_share_a_name():
    """Not even for the same source and spec: each has its own URL and file."""
    row, twin = Photo.objects.create(image=upload()), Photo.objects.create()
    Photo.objects.filter(pk=twin.pk).update(image=row.image.name)
    names = {row.thumbnail.name}
    for _ in range(3):
        refresh_thumbnails(Photo.objects.all(), force=True)
        names.update(Photo.objects.values_list("thumbnail", flat=True))
    assert len(names) == 7
    assert len({ThumbnailName.parse(name).fingerprint for name in names}) == 1


def test_a_storage_that_overwrites_never_gets_the_same_name_twice():
    row = Overwritten.objects.create(image=upload())
    twin = Overwritten.objects.create(image=row.image.name)
    assert twin.thumbnail.name != row.thumbnail.name
    refresh_thumbnails([row], force=True)
    twin.delete()
    assert colour_of(Overwritten.objects.get().thumbnail) == (254, 0, 0)


class Request:
    """Builds URLs like Django's request."""

    def build_absolute_uri(self, location=None, /):
        return f"https://example.org{location}"


def test_a_thumbnail_as_a_dictionary_costs_nothing(calls, django_assert_num_queries):
    Photo.objects.create(image=upload(size=(120, 80)))
    photo = Photo.objects.get()
    calls.clear()
    with django_assert_num_queries(0):
        shown = photo.thumbnail.as_dict()
        absolute = photo.thumbnail.as_dict(Request())
    url, absolute_url = photo.thumbnail.url, f"https://example.org{photo.thumbnail.url}"
    assert shown == {
        "url": url,
        "width": 60,
        "height": 40,
        "status": "fresh",
        "srcset": url,
        "sources": {"JPEG": [{"url": url, "width": 60}]},
        "color": "",
        "placeholder": "",
    }
    assert absolute == {
        **shown,
        "url": absolute_url,
        "srcset": absolute_url,
        "sources": {"JPEG": [{"url": absolute_url, "width": 60}]},
    }
    assert not calls


def test_no_thumbnail_gives_no_dictionary():
    assert Photo.objects.create().thumbnail.as_dict(Request()) is None


def test_the_dictionary_of_a_stale_thumbnail_says_so(settings):
    photo = Photo.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_FORMAT = "WEBP"
    assert photo.thumbnail.as_dict()["status"] == "spec-changed"


SET = name_of_set(["AVIF"], [30, 120])  # a JPEG of 60 pixels
OF_VERSION_2 = "thumbnails/a_thumbnail.jpg"


def test_the_files_of_a_set_cost_nothing(calls, django_assert_num_queries):
    file = photo(thumbnail=SET).thumbnail
    with django_assert_num_queries(0):
        assert file.srcset() == f"{file.url}.30.jpg 30w, {file.url} 60w, {file.url}.120.jpg 120w"
        assert file.srcset("JPEG") == file.srcset("jpeg") == file.srcset()
        avif = [(f"{file.url}.{width}.avif", width) for width in (30, 60, 120)]
        assert file.srcset("AVIF") == ", ".join(f"{url} {width}w" for url, width in avif)
        assert file.srcset("WEBP") == ""
        assert file.sources["AVIF"] == avif
        assert [*file.sources] == ["AVIF", "JPEG"]
        widest = f"{file.url}.120.jpg"
        assert [file.url_for(width) for width in (1, 60, 61, 500)] == [
            f"{file.url}.30.jpg",
            file.url,
            widest,
            widest,
        ]
    assert not calls


@pytest.mark.parametrize("name", ["", None])
def test_no_thumbnail_has_no_files(name):
    file = photo(thumbnail=name).thumbnail
    assert (file.srcset(), file.srcset("AVIF"), file.sources, file.url_for(9)) == ("", "", {}, "")


def test_a_thumbnail_that_is_not_stored_has_no_set():
    file = photo(thumbnail=upload(SET)).thumbnail
    assert (file.srcset(), file.sources) == ("", {})


def test_a_name_of_version_2_tells_no_widths():
    file = photo(thumbnail=OF_VERSION_2).thumbnail
    assert (file.srcset(), file.sources, file.url_for(9)) == ("", {}, file.url)


def test_a_thumbnail_without_a_set_is_its_only_file():
    file = photo(thumbnail=ALONE).thumbnail
    assert (file.srcset(), file.sources) == (file.url, {"JPEG": [(file.url, 60)]})
    assert file.url_for(9) == file.url


def test_templates_show_the_files_of_a_set():
    row = photo(thumbnail=SET)
    template = Template(
        "{{ p.thumbnail.srcset }}|{% for f in p.thumbnail.sources.AVIF %}{{ f.url }} {% endfor %}"
    )
    srcset, urls = template.render(Context({"p": row})).split("|")
    assert srcset == row.thumbnail.srcset()
    assert urls.split() == [url for url, _width in row.thumbnail.sources["AVIF"]]


def test_a_set_as_a_dictionary_has_absolute_urls(monkeypatch):
    field = Photo._meta.get_field("thumbnail")
    asked = []
    storage = AddressedStorage(lambda name: asked.append(name) or f"/{name}")
    monkeypatch.setattr(field, "storage", storage)
    main = f"https://example.org/{SET}"
    shown = photo(thumbnail=SET).thumbnail.as_dict(Request())
    assert (shown["url"], shown["width"], shown["height"]) == (main, 60, 40)
    assert shown["srcset"] == f"{main}.30.jpg 30w, {main} 60w, {main}.120.jpg 120w"
    assert [*shown["sources"]] == ["AVIF", "JPEG"]
    assert shown["sources"]["JPEG"] == [
        {"url": f"{main}.30.jpg", "width": 30},
        {"url": main, "width": 60},
        {"url": f"{main}.120.jpg", "width": 120},
    ]
    assert len(asked) == len(set(asked)) == 6
