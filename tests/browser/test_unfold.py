"""django-unfold's admin in Chromium: `nox --session with-unfold`."""

import pytest
from django.core.files.base import ContentFile
from selenium.webdriver.support.select import Select

from advthumb.testing.pictures.files import encode
from advthumb.testing.pictures.pixels import gradient_pixels
from tests.conftest import picture
from tests.testapp.models import Album, Page, Photo

pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = "/admin/testapp/photo/"
OURS = (".advthumb", ".advthumb-cell")


def change(row):
    return f"/admin/testapp/{row._meta.model_name}/{row.pk}/change/"


def photo(name="alps.jpg", size=(600, 400)):
    data = encode(gradient_pixels(*size), "JPEG")
    return Photo.objects.create(title=name, image=ContentFile(data, name=name))


def broken():
    return Photo.objects.create(title="cut off", image=ContentFile(picture()[:600], name="cut-off.jpg"))


def test_the_change_form_shows_the_thumbnail_in_its_bounds(browser, monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (2000, 2000))
    browser.open(change(photo(size=(2400, 1600))))
    shown = browser.one(".advthumb img")
    assert browser.is_shown(shown)
    assert 100 < browser.width(shown) <= 320
    assert not browser.bursts()
    assert browser.serious_problems(*OURS) == []
    browser.photograph("unfold-change-form", again=True)


def test_a_broken_source_says_why_there_is_no_thumbnail(browser):
    row = broken()
    browser.open(change(row))
    assert browser.one(".advthumb").text.startswith(
        "Could not be made\nThe file is damaged or incomplete.\ncorrupt: "
    )
    assert browser.serious_problems(*OURS) == []
    with browser.dark():
        browser.open(change(row))
        assert browser.serious_problems(*OURS) == []
    browser.photograph("unfold-change-form-broken", again=True)


def test_the_list_has_thumbnails_a_filter_and_the_action(browser):
    row = photo()
    broken()
    browser.open(PHOTOS)
    assert browser.is_shown(browser.one(".advthumb-cell img"))
    assert browser.serious_problems(*OURS) == []
    browser.photograph("unfold-list", again=True)
    browser.one(f".action-select[value='{row.pk}']").click()
    Select(browser.one("select[name=action]")).select_by_visible_text("Make thumbnails again")
    browser.click("button[name=index]")
    assert "1 thumbnail was made." in browser.one("body").text
    assert Photo.objects.get(pk=row.pk).thumbnail.name != row.thumbnail.name
    browser.open(f"{PHOTOS}?thumbnail__verdict=missing")
    assert [each.text for each in browser.all("#result_list .field-title")] == ["cut off"]


def test_inlines_show_thumbnails_and_unfold_shows_those_that_are_read_only(browser):
    album = Album.objects.create()
    data = encode(gradient_pixels(600, 400), "JPEG")
    page = Page.objects.create(key="a", album=album, image=ContentFile(data, name="a.jpg"))
    browser.open(change(album))
    css = f"img[src$='{page.thumbnail.url}']"
    in_table, read_only = [each for each in browser.all(css) if each.is_displayed()]
    assert browser.is_shown(in_table)
    assert browser.is_shown(read_only)
    assert in_table.get_attribute("class") == "advthumb-picture"
    browser.photograph("unfold-inlines", again=True)
