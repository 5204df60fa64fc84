"""The admin in Chromium: uploads, previews, lists with filter and action, the keyboard, and axe-core."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from selenium.webdriver.support.select import Select

from advthumb.testing.pictures.files import encode
from advthumb.testing.pictures.pixels import gradient_pixels
from tests.conftest import picture, upload
from tests.testapp.models import Album, Document, Fingerprinted, Page, Photo

from .pages import OURS

pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = "/thumbs/testapp/photo/"


def change(row):
    return f"/thumbs/testapp/{row._meta.model_name}/{row.pk}/change/"


def photo(name="alps.jpg", size=(600, 400), **options):
    data = encode(gradient_pixels(*size), options.pop("image_format", "JPEG"))
    return Photo.objects.create(title=name, image=ContentFile(data, name=name), **options)


def broken(name="cut-off.jpg"):
    return Photo.objects.create(title=name, image=ContentFile(picture()[:600], name=name))


@pytest.fixture
def large(monkeypatch):
    """Have thumbnails of photos made that are as large as 2000 pixels."""
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (2000, 2000))


def test_a_good_upload_shows_its_thumbnail_and_another_one_changes_it(browser, file_of):
    browser.open(f"{PHOTOS}add/")
    assert "Made when “Image” has a file." in browser.one(".advthumb").text
    browser.one("#id_title").send_keys("upload")
    browser.one("#id_image").send_keys(file_of("first.jpg", picture("red")))
    browser.click("[name=_continue]")
    first = browser.one(".field-thumbnail .advthumb img")
    assert browser.is_shown(first)
    source = first.get_attribute("src")
    assert source.endswith(Photo.objects.get().thumbnail.url)
    assert "Up to date" in browser.one(".field-thumbnail .advthumb").text

    browser.one("#id_image").send_keys(file_of("second.jpg", picture("blue")))
    browser.click("[name=_continue]")
    second = browser.one(".field-thumbnail .advthumb img")
    assert browser.is_shown(second)
    assert second.get_attribute("src") != source


def test_a_broken_file_that_is_in_a_row_says_what_is_wrong(browser):
    browser.open(change(broken()))
    text = browser.one(".field-thumbnail .advthumb").text
    assert text.startswith(
        "Could not be made\nThe file is damaged or incomplete.\ncorrupt: the file is damaged"
    )
    assert not browser.all(".field-thumbnail .advthumb img")
    browser.photograph("change-form-broken")


def test_a_broken_upload_never_breaks_the_page(browser, file_of):
    browser.open(f"{PHOTOS}add/")
    browser.one("#id_title").send_keys("upload")
    browser.one("#id_image").send_keys(file_of("a.jpg", b"no picture"))
    browser.click("[name=_continue]")
    assert "Upload a valid image" in browser.one("body").text
    assert browser.one(".field-thumbnail .advthumb")


@pytest.mark.parametrize("window", [(1280, 1000), (400, 900)], ids=["wide", "narrow"])
def test_a_large_thumbnail_does_not_burst_the_form(browser, large, window):
    row = photo(size=(2400, 1600))
    assert row.thumbnail.width == 2000
    with browser.window(*window):
        browser.open(change(row))
        shown = browser.one(".field-thumbnail .advthumb img")
        assert browser.is_shown(shown)
        assert 100 < browser.width(shown) <= 320
        assert not browser.bursts()
        browser.photograph(f"change-form-large-{window[0]}")


def test_the_preview_keeps_its_bounds_where_inline_styles_are_forbidden(browser, large, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.browser.csp.forbid_inline_styles"]
    browser.open(change(photo(size=(2400, 1600))))
    assert browser.script("return performance.getEntriesByName(location.href)[0].responseStatus") == 200
    shown = browser.one(".field-thumbnail .advthumb img")
    assert browser.is_shown(shown)
    assert browser.width(shown) <= 320


def test_a_change_form_has_no_serious_problem_in_light_and_dark(browser):
    browser.open(change(photo("alps.png", image_format="PNG")))
    assert browser.serious_problems(*OURS) == []
    with browser.dark():
        assert browser.serious_problems(*OURS) == []
    browser.photograph("change-form")


def test_the_reason_of_a_failure_has_contrast_in_light_and_dark(browser):
    browser.open(change(broken()))
    assert browser.serious_problems(*OURS) == []
    with browser.dark():
        assert browser.serious_problems(*OURS) == []


def test_the_keyboard_reaches_each_control_of_the_form_once(browser):
    browser.open(change(photo()))
    expected = browser.tabbable()
    assert browser.one(".field-thumbnail .advthumb a") in expected
    visited = browser.tab_through()
    assert len(visited) == len(set(visited))
    missed = [each.get_attribute("outerHTML") for each in expected if each not in visited]
    assert missed == []


@pytest.fixture
def rows():
    """Return rows in each state."""
    fresh = [photo(f"{name}.jpg") for name in ("alps", "boats")]
    stale = photo("changed.jpg")
    Photo.objects.filter(pk=stale.pk).update(image="images/other.jpg")
    broken()
    Photo.objects.create(title="no file")
    return fresh


def test_the_list_shows_thumbnails_without_a_serious_problem(browser, rows):
    browser.open(PHOTOS)
    pictures = browser.all(".advthumb-cell img")
    assert len(pictures) == 3
    assert all(browser.is_shown(each) for each in pictures)
    assert [each.size["height"] for each in pictures] == [30, 30, 30]
    assert browser.serious_problems(*OURS) == []
    with browser.dark():
        assert browser.serious_problems(*OURS) == []
    browser.photograph("list")


def test_the_filter_leads_to_the_rows_that_it_names(browser, rows):
    browser.open(PHOTOS)
    browser.click("#changelist-filter a[href='?thumbnail__verdict=stale']")
    assert [each.text for each in browser.all("#result_list tbody .field-title")] == ["changed.jpg"]
    browser.photograph("list-filtered")


def test_the_action_makes_the_chosen_thumbnails_again_and_says_how_many(browser, rows):
    browser.open(PHOTOS)
    before = {each.get_attribute("src") for each in browser.all(".advthumb-cell img")}
    for row in rows:
        browser.one(f".action-select[value='{row.pk}']").click()
    Select(browser.one("select[name=action]")).select_by_visible_text("Make thumbnails again")
    browser.click(".actions button[type=submit]")
    assert browser.one(".messagelist .success").text == "2 thumbnails were made."
    after = [each for each in browser.all(".advthumb-cell img") if each.get_attribute("src") not in before]
    assert len(after) == 2
    assert all(browser.is_shown(each) for each in after)
    browser.photograph("list-after-action")


def test_those_who_may_only_view_see_the_thumbnail(sign_in):
    row = photo()
    user = User.objects.create_user("viewer", is_staff=True)
    kind = ContentType.objects.get_for_model(Photo)
    allowed, _made = Permission.objects.get_or_create(content_type=kind, codename="view_photo")
    user.user_permissions.add(allowed)
    browser = sign_in(user)
    browser.open(change(row))
    assert browser.is_shown(browser.one(".field-thumbnail img"))
    assert not browser.all("[name=_save]")
    assert browser.serious_problems(*OURS) == []
    browser.photograph("view-only")


def test_inlines_keep_thumbnails_in_their_rows(browser):
    album = Album.objects.create()
    for key in "ab":
        data = encode(gradient_pixels(600, 400), "JPEG")
        Page.objects.create(key=key, album=album, image=ContentFile(data, name=f"{key}.jpg"))
    Page.objects.create(key="c", album=album, image=ContentFile(picture()[:600], name="c.jpg"))
    browser.open(change(album))
    assert all(browser.is_shown(each) for each in browser.all(".advthumb img"))
    assert browser.serious_problems(".advthumb") == []
    with browser.window(1280, 1900):
        browser.photograph("inlines")


def test_a_file_of_any_kind_has_a_preview_or_a_reason(browser):
    data = encode(gradient_pixels(600, 400), "TIFF")
    scanned = Document.objects.create(file=ContentFile(data, name="scan.tif"))
    letter = Document.objects.create(file=ContentFile(b"Dear support", name="letter.txt"))
    browser.open(change(scanned))
    assert browser.is_shown(browser.one(".field-thumbnail img"))
    browser.open(change(letter))
    assert "unsupported: " in browser.one(".field-thumbnail").text
    browser.photograph("document-unsupported")


def test_counts_stand_beside_the_filter(browser):
    Fingerprinted.objects.create(image=upload())
    Fingerprinted.objects.create(image=ContentFile(picture()[:600], name="b.jpg"))
    browser.open("/thumbs/testapp/fingerprinted/")
    assert "Could not be made (1)" in browser.one("#changelist-filter").text
    browser.photograph("list-with-counts")
