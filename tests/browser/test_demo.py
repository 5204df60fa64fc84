"""The demo in Chromium: each page of its gallery, and uploads in its admin."""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from advthumb.testing.pictures.hostile import truncated
from tests.conftest import picture

from .pages import OURS

PHOTOS = "/admin/gallery/photo/"
PREVIEWS = ".field-thumbnail .advthumb img, .field-square .advthumb img, .field-preview .advthumb img"
PAGES = {  # path: thumbnails of each file, files at least, and what is said of those without thumbnails
    "/": (2, 3, ["No thumbnail: this picture cannot be read."]),
    "/orientations/": (2, 2, []),
    "/documents/": (1, 2, ["No preview: no engine reads this file."]),
    "/pictures/": (1, 9, []),
}


@pytest.fixture
def staff(demo):
    """Return the browser, signed in to the admin by its form."""
    demo.open("/admin/")
    if demo.all("#login-form"):
        demo.one("#id_username").send_keys("admin")
        demo.one("#id_password").send_keys("admin")
        demo.click("#login-form [type=submit]")
    assert demo.one("#user-tools")
    return demo


def fill_in(browser, title, file):
    browser.one("#id_title").clear()
    browser.one("#id_title").send_keys(title)
    browser.one("#id_image").send_keys(file)
    browser.click("[name=_continue]")


def sources(browser, css):
    """Return the addresses of pictures, all of which are shown."""
    found = browser.all(css)
    assert all(browser.is_shown(each) for each in found)
    return [each.get_attribute("src") for each in found]


def titles(browser):
    browser.open(PHOTOS)
    return [each.text for each in browser.all("#result_list tbody .field-title")]


def problems(browser, *inside):
    """Return what axe-core finds in light and in dark."""
    light = browser.serious_problems(*inside)
    with browser.dark():
        return light + browser.serious_problems(*inside)


@pytest.mark.parametrize("window", [(1280, 1000), (400, 1700)], ids=["wide", "narrow"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_of_the_gallery_shows_every_thumbnail(demo, path, window):
    pictures, files, missing = PAGES[path]
    with demo.window(*window):
        demo.open(path)
        cards = len(demo.all(".card"))  # other tests upload more
        assert cards >= files
        assert len(sources(demo, "main img")) == pictures * (cards - len(missing))
        assert all(each.get_dom_attribute("alt") is not None for each in demo.all("main img"))
        assert [each.text for each in demo.all(".picture p")] == missing
        assert not demo.bursts()
        assert problems(demo, "html") == []
        demo.script("window.scrollTo(0, 0)")
        demo.photograph(f"demo-{path.strip('/') or 'photos'}-{window[0]}")


def test_the_navigation_leads_to_each_page_and_says_where_one_is(demo):
    demo.open("/")
    links = [each.get_dom_attribute("href") for each in demo.all("nav a")]
    assert links == [*PAGES, "/admin/"]
    for path in PAGES:
        demo.click(f"nav a[href='{path}']")
        assert demo.one("[aria-current=page]").get_dom_attribute("href") == path


def test_an_upload_is_previewed_and_listed_and_another_file_replaces_it(staff, file_of):
    staff.open(f"{PHOTOS}add/")
    fill_in(staff, "uploaded", file_of("first.jpg", picture("red", (600, 400))))
    first = sources(staff, PREVIEWS)
    assert len(first) == 3
    assert "Up to date" in staff.one(".field-thumbnail .advthumb").text
    assert problems(staff, *OURS) == []
    fill_in(staff, "replaced", file_of("second.jpg", picture("blue", (400, 600))))
    second = sources(staff, PREVIEWS)
    assert len(second) == 3
    assert not {*first} & {*second}
    staff.photograph("demo-form")
    assert "replaced" in titles(staff)
    assert second[1] in sources(staff, ".advthumb-cell img")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("cut-off.jpg", truncated("JPEG"), "damaged"),
        ("letter.jpg", b"Dear support", "This file is in none of the accepted formats: JPEG, PNG"),
    ],
)
def test_a_broken_upload_is_refused_with_a_reason_and_nothing_is_stored(
    staff, demo_site, file_of, name, data, message
):
    before = titles(staff), demo_site.files()
    staff.open(f"{PHOTOS}add/")
    fill_in(staff, "broken", file_of(name, data))
    assert message in staff.one(".field-image .errorlist").text
    assert problems(staff, *OURS, ".field-image .errorlist") == []
    staff.photograph(f"demo-refused-{name.partition('.')[0]}")
    assert (titles(staff), demo_site.files()) == before


def test_the_action_makes_thumbnails_again_and_says_how_many(staff):
    listed = titles(staff)
    before = sources(staff, ".advthumb-cell img")
    for title in ("alps.jpg", "see-through.png"):
        staff.all(".action-select")[listed.index(title)].click()
    Select(staff.one("select[name=action]")).select_by_visible_text("Make thumbnails again")
    staff.click(".actions button[type=submit]")
    assert staff.one(".messagelist .success").text == "6 thumbnails were made."
    after = sources(staff, ".advthumb-cell img")
    assert len(after) == len(before)
    assert len({*after} - {*before}) == 2
    assert problems(staff, *OURS) == []
    staff.photograph("demo-list-after-action")


def test_a_picture_is_uploaded_with_the_keyboard_alone(staff, file_of):
    staff.open("/admin/")
    with staff.next_page():
        staff.tab_to(f".model-photo a[href='{PHOTOS}add/']").send_keys(Keys.ENTER)
    staff.tab_to("#id_title").send_keys("by keyboard")
    # The dialog of the system is no part of the page; WebDriver answers it.
    staff.tab_to("#id_image").send_keys(file_of("keyboard.png", picture("green", image_format="PNG")))
    with staff.next_page():
        staff.tab_to("[name=_continue]").send_keys(Keys.ENTER)
    assert staff.one("#id_title").get_attribute("value") == "by keyboard"
    assert len(sources(staff, PREVIEWS)) == 3
