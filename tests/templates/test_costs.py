"""Promise 6: a page of thumbnails costs no query and no storage call, whichever columns are loaded."""

import pytest

from tests.conftest import upload
from tests.testapp.models import Document, Measured, Photo, Remote

from .conftest import django, jinja
from .html import elements
from .sets import name_of_set

pytestmark = [pytest.mark.django_db, pytest.mark.costs]

DJANGO = '{% for p in rows %}{% thumbnail p.thumbnail alt="" %}{{ p.thumbnail|thumbnail_url }}{% endfor %}'
JINJA = '{% for p in rows %}{{ thumbnail(p.thumbnail, alt="") }}{{ p.thumbnail|thumbnail_url }}{% endfor %}'
ENGINES = [(django, DJANGO), (jinja, JINJA)]
LEGACY = "thumbnails/a_thumbnail.jpg"


@pytest.fixture(params=ENGINES, ids=["django", "jinja"])
def page(request, calls, django_assert_num_queries):
    """Return a function that renders rows, checks that it costs nothing, and returns image attributes."""
    render, source = request.param

    def rendered(rows):
        loaded = list(rows)
        calls.clear()
        with django_assert_num_queries(0):
            html = render(source, rows=loaded)
        assert not calls
        return [attributes for tag, attributes in elements(html) if tag == "img"]

    return rendered


@pytest.mark.parametrize(
    "rows",
    [
        Photo.objects.all(),
        Photo.objects.only("thumbnail"),
        Photo.objects.defer("image"),
        Photo.objects.defer("title"),
    ],
    ids=["all", "only the thumbnail", "without the source", "without the title"],
)
def test_a_page_of_thumbnails(page, settings, rows):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    for name in "abc":
        Photo.objects.create(title=name, image=upload(f"{name}.jpg"))
    found = page(rows.all())
    assert [(each["width"], each["height"]) for each in found] == [("60", "40")] * 3


def test_a_page_of_sources(page, settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    Photo.objects.bulk_create([Photo(image=""), Photo(image="")])
    Photo.objects.update(image="images/a.jpg")
    assert [each["src"] for each in page(Photo.objects.all())] == ["/media/images/a.jpg"] * 2


def test_a_deferred_source_is_not_loaded(page, settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    Photo.objects.create()
    Photo.objects.update(image="images/a.jpg")
    assert page(Photo.objects.only("thumbnail")) == []


def test_deferred_size_columns_are_not_loaded(page, settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    Measured.objects.create()
    Measured.objects.update(image="images/a.jpg", image_width=120, image_height=80)
    (found,) = page(Measured.objects.all())
    assert (found["width"], found["height"]) == ("120", "80")
    row = Measured.objects.defer("image", "image_width", "image_height").get()
    row.image = "images/a.jpg"
    (found,) = page([row])
    assert found["src"] == "/media/images/a.jpg"
    assert "width" not in found


def test_names_of_version_2_are_not_measured(page):
    """Measuring would open their files: they are shown without a size until they are made again."""
    Photo.objects.create()
    Photo.objects.update(thumbnail=LEGACY)
    (found,) = page(Photo.objects.all())
    assert found["src"] == f"/media/{LEGACY}"
    assert not {"width", "height"} & found.keys()


def test_size_columns_give_the_size_of_a_thumbnail_without_one_in_its_name(page):
    Document.objects.create()
    Document.objects.update(thumbnail=LEGACY, width=6, height=4)
    (found,) = page(Document.objects.all())
    assert (found["width"], found["height"]) == ("6", "4")


def test_a_storage_that_is_down_breaks_no_page(page, monkeypatch):
    Remote.objects.create(image=upload())
    names = ["open", "save", "delete", "exists", "size", "get_modified_time", "listdir"]
    monkeypatch.setattr("tests.testapp.storages.RemoteStorage.broken", frozenset(names))
    (found,) = page(Remote.objects.all())
    assert (found["width"], found["height"]) == ("60", "40")


def test_a_thumbnail_that_was_not_loaded_is_loaded_by_django(django_assert_num_queries):
    """Like any column that a template names. A fallback would be wrong, because the row has a thumbnail."""
    Photo.objects.create(image=upload())
    row = Photo.objects.only("title").get()
    with django_assert_num_queries(1):
        ((_, attributes),) = elements(django('{% thumbnail p.thumbnail alt="" %}', p=row))
    assert attributes["src"] == row.thumbnail.url


PICTURE = '{% for p in rows %}{% picture p.thumbnail alt="" sizes="50vw" %}{% endfor %}'
PICTURE_IN_JINJA = '{% for p in rows %}{{ picture(p.thumbnail, alt="", sizes="50vw") }}{% endfor %}'


@pytest.fixture
def hundred_sets():
    """Return the query of 100 rows whose thumbnails have 3 formats and 4 widths."""
    Photo.objects.bulk_create([Photo(title=str(number)) for number in range(100)])
    name = name_of_set(["AVIF", "WEBP"], [30, 120, 240])
    for row in Photo.objects.all():
        Photo.objects.filter(pk=row.pk).update(
            image=f"images/{row.pk}.jpg", thumbnail=name.replace("/a_", f"/{row.pk}_")
        )
    return Photo.objects.order_by("pk")


@pytest.mark.parametrize(("render", "source"), [(django, PICTURE), (jinja, PICTURE_IN_JINJA)])
def test_a_page_of_100_pictures_costs_one_query(
    hundred_sets, render, source, calls, django_assert_num_queries
):
    with django_assert_num_queries(1):
        html = render(source, rows=hundred_sets)
    assert not calls
    found = elements(html)
    assert [tag for tag, _attributes in found] == ["picture", "source", "source", "img"] * 100
    assert {attributes["srcset"].count("w,") for _tag, attributes in found if attributes} == {3}
    assert len({attributes["srcset"] for _tag, attributes in found if attributes}) == 300


def test_an_api_with_100_sets_costs_one_query(hundred_sets, calls, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = [row.thumbnail.as_dict() for row in hundred_sets]
    assert not calls
    assert {len(each["sources"]["AVIF"]) for each in found} == {4}
    assert {each["srcset"].count("w,") for each in found} == {3}
