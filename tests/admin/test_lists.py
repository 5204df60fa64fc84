"""Lists in the admin: the column of thumbnails, and the filter by verdict."""

import re

import pytest
from django.contrib import admin
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from advthumb.contrib.admin import VerdictFilter, thumbnail_column
from tests.conftest import picture, upload
from tests.templates.sets import ALONE, name_of_set
from tests.testapp.models import Fingerprinted, Gallery, Photo, Remote

from .site import PhotoAdmin, thumbs

pytestmark = pytest.mark.django_db

PHOTOS = "/thumbs/testapp/photo/"


def page(client, url=PHOTOS, **parameters):
    response = client.get(url, parameters)
    assert response.status_code == 200
    return response.content.decode()


def fill(count, start=0):
    names = [f"images/{number}.jpg" for number in range(start, start + count)]
    made = Photo.objects.create(image=upload()).thumbnail.name
    Photo.objects.bulk_create(
        [
            Photo(title=name, image=name, thumbnail=["", made, "thumbnails/a_thumbnail.jpg"][number % 3])
            for number, name in enumerate(names)
        ]
    )


def titles(client, **parameters):
    return set(re.findall(r"/change/[^>]*>([^<]+)</a>", page(client, **parameters)))


def test_a_list_of_100_rows_costs_as_many_queries_as_one_and_no_other_io(staff, settings, calls):
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.CountingCache"}}
    fill(2)
    page(staff)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(staff)
    fill(97, start=10)
    calls.clear()
    caches["default"].calls.clear()
    with CaptureQueriesContext(connection) as many:
        html = page(staff)
    assert html.count('class="advthumb-cell"') == 101 - 1  # one page
    assert len(many) == len(few)
    assert not calls
    assert not caches["default"].calls


def test_a_thumbnail_is_shown_at_the_height_of_the_column(staff):
    photo = Photo.objects.create(title="x", image=upload())
    html = page(staff)
    assert f'src="{photo.thumbnail.url}"' in html
    assert 'height="30"' in html
    assert 'width="45"' in html  # of 60 x 40
    assert "advthumb-note" not in html  # fresh: no message
    assert "/static/advthumb/preview.css" in html


def test_a_thumbnail_smaller_than_the_column_is_not_enlarged():
    cell = thumbnail_column("thumbnail", height=100)(Photo.objects.create(image=upload()))
    assert 'height="40"' in cell
    assert 'width="60"' in cell


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image": "images/other.jpg"}, "Out of date: the file changed"),
        ({"thumbnail": ""}, "Not made yet"),
        ({"image": ""}, "The file it was made from is gone"),
        ({"image": "", "thumbnail": ""}, "No file yet"),
    ],
)
def test_a_thumbnail_that_is_not_up_to_date_says_so(change, words):
    Photo.objects.create(image=upload())
    Photo.objects.update(**change)
    photo = Photo.objects.get()
    cell = thumbnail_column("thumbnail")(photo)
    assert f'<span class="advthumb-note">{words}</span>' in cell
    assert ("<img" in cell) == bool(photo.thumbnail)


def test_a_column_lists_densities_and_no_widths(monkeypatch, calls):
    """In a list a picture is small, so its main file is wide enough."""
    name = name_of_set(["AVIF"], [120])
    row = Photo(image="images/a.jpg", thumbnail=name)
    assert "srcset" not in thumbnail_column("thumbnail")(row)
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "densities", (1, 2))
    assert f'srcset="/media/{name} 1x, /media/{name}.120.jpg 2x"' in thumbnail_column("thumbnail")(row)
    assert "srcset" not in thumbnail_column("thumbnail")(Photo(image="images/a.jpg", thumbnail=ALONE))
    assert not calls


def test_a_name_of_version_2_has_a_height_and_costs_nothing(calls):
    Photo.objects.bulk_create([Photo(image="images/a.jpg", thumbnail="thumbnails/a_thumbnail.jpg")])
    cell = thumbnail_column("thumbnail", height=30)(Photo.objects.get())
    assert 'height="30"' in cell
    assert "width=" not in cell
    assert not calls


def test_a_storage_without_urls_shows_the_verdict_in_words(monkeypatch):
    def no_url(self, name):
        raise NotImplementedError

    monkeypatch.setattr("tests.testapp.storages.RemoteStorage.url", no_url)
    cell = thumbnail_column("thumbnail")(Remote.objects.create(image=upload()))
    assert cell == '<span class="advthumb-cell"><span class="advthumb-note">Up to date</span></span>'


def test_the_heading_is_the_name_of_the_field_or_the_label(staff):
    Gallery.objects.create(image=upload())
    html = page(staff, "/thumbs/testapp/gallery/")
    assert "column-square_picture" in html
    assert re.search(r"<span>Square</span>", html)
    Photo.objects.create(image=upload())
    assert re.search(r"<span>Thumbnail</span>", page(staff))


@pytest.fixture
def one_of_each(settings):
    """Return the titles of rows in each state, by state."""
    rows = {
        state: Photo.objects.create(title=state, image=upload(f"{state}.jpg")) for state in ("fresh", "stale")
    }
    Photo.objects.filter(pk=rows["stale"].pk).update(image="images/other.jpg")
    Photo.objects.create(title="empty")
    Photo.objects.create(title="missing", image=ContentFile(picture()[:600], name="b.jpg"))
    Photo.objects.bulk_create([Photo(title="orphaned", thumbnail="thumbnails/x.jpg")])


def test_the_filter_shows_the_rows_of_each_state(staff, one_of_each):
    every = {"fresh", "stale", "empty", "missing", "orphaned"}
    assert titles(staff) == every
    for state in every:
        assert titles(staff, thumbnail__verdict=state) == {state}


def test_the_filter_lists_states_in_words_and_marks_the_selected_one(staff, one_of_each):
    html = page(staff, thumbnail__verdict="stale")
    assert re.search(r'<li class="selected">\s*<a href="\?thumbnail__verdict=stale">Out of date', html)
    assert "Could not be made" not in html  # without a fingerprint_field SQL cannot tell


def test_the_filter_needs_no_query_per_choice(staff, one_of_each):
    with CaptureQueriesContext(connection) as plain:
        page(staff)
    with CaptureQueriesContext(connection) as filtered:
        page(staff, thumbnail__verdict="stale")
    assert len(filtered) == len(plain)


def test_an_unknown_state_shows_the_whole_list(staff, one_of_each):
    response = staff.get(PHOTOS, {"thumbnail__verdict": "failed"})
    assert (response.status_code, response.url) == (302, f"{PHOTOS}?e=1")


def test_the_filter_counts_rows_if_facets_are_shown(staff):
    Fingerprinted.objects.create(image=upload())
    for name in ("b.jpg", "c.jpg"):
        Fingerprinted.objects.create(image=ContentFile(picture()[:600], name=name))
    html = page(staff, "/thumbs/testapp/fingerprinted/")
    assert "Up to date (1)" in html
    assert "Could not be made (2)" in html
    assert "Not made yet (0)" in html


@pytest.mark.parametrize("path", ["title", "album__thumbnail"])
def test_the_filter_refuses_a_field_that_is_not_a_thumbnail_of_the_model(path):
    name = path.rpartition("__")[2]
    with pytest.raises(ImproperlyConfigured, match=f"not by '{path}'"):
        VerdictFilter(
            Photo._meta.get_field(name), RequestFactory().get("/"), {}, Photo, PhotoAdmin(Photo, thumbs), path
        )


def test_django_s_checks_find_nothing_wrong():
    assert thumbs.is_registered(Photo)
    assert [message for model_admin in thumbs._registry.values() for message in model_admin.check()] == []
    assert isinstance(PhotoAdmin(Photo, thumbs), admin.ModelAdmin)
