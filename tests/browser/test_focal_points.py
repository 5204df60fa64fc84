"""The widget for focal points in Chromium: clicks, drags, keys, inlines, a strict CSP, and no JavaScript."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from PIL import Image
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.conftest import colour_of
from tests.testapp.models import Album, Focused

from .focal_points import PICTURE, assert_near, at, point_in, shown_picture

pytestmark = pytest.mark.django_db(transaction=True)

WIDGET = ".advthumb-focus"
BLUE_PLACE = (0.25, 0.8)


def png(size=(1600, 1000)):
    """Return a grey picture with two blue stripes, which cross at 25 % / 80 %."""
    width, height = size
    image = Image.new("RGB", size, "grey")
    x, y = round(width * BLUE_PLACE[0]), round(height * BLUE_PLACE[1])
    image.paste("blue", (x - 200, 0, x + 200, height))
    image.paste("blue", (0, y - 200, width, y + 200))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def focused(**values):
    return Focused.objects.create(image=ContentFile(png(), name="a.png"), **values)


def change(row, site="thumbs"):
    return f"/{site}/testapp/{row._meta.model_name}/{row.pk}/change/"


def text(browser, css="#id_focus"):
    return browser.one(css).get_attribute("value")


@pytest.mark.parametrize("site", ["thumbs", "plain"])
def test_a_click_on_the_picture_stores_the_point_and_moves_the_crop(browser, site):
    row = focused()
    assert colour_of(row.tile) != (0, 0, 255)
    browser.open(change(row, site))
    at(browser, shown_picture(browser), *BLUE_PLACE).click().perform()
    assert_near(text(browser), BLUE_PLACE)
    browser.click("[name=_continue]")
    stored = Focused.objects.get()
    assert_near(str(stored.focus), BLUE_PLACE)
    assert colour_of(stored.tile) == (0, 0, 255)
    assert stored.tile.name != row.tile.name
    assert stored.whole.name == row.whole.name
    mark = browser.one(".advthumb-focus-point")
    assert mark.is_displayed()


def test_the_mark_is_where_the_point_is(browser):
    browser.open(change(focused(focus=BLUE_PLACE)))
    image = shown_picture(browser)
    box, mark = (
        browser.script("return arguments[0].getBoundingClientRect().toJSON()", element)
        for element in (image, browser.one(".advthumb-focus-point"))
    )
    x, y = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
    assert abs((x - box["x"]) / box["width"] - BLUE_PLACE[0]) < 0.003
    assert abs((y - box["y"]) / box["height"] - BLUE_PLACE[1]) < 0.003


def test_a_drag_ends_at_the_rim_of_the_picture(browser):
    browser.open(change(focused()))
    image = shown_picture(browser)
    drag = at(browser, image, 0.5, 0.5).click_and_hold()
    drag.move_by_offset(40, 0).perform()
    assert point_in(text(browser))[0] > 0.5
    width = image.size["width"]
    ActionChains(browser.driver).move_by_offset(width // 2 + 20, 0).release().perform()
    assert_near(text(browser), (1, 0.5))
    at(browser, image, 0.2, 0.2).perform()  # no button is pressed any more
    assert_near(text(browser), (1, 0.5))


def test_the_arrow_keys_move_the_point_and_delete_removes_it(browser):
    browser.open(change(focused()))
    shown_picture(browser)
    picture = browser.tab_to(PICTURE)
    assert picture.get_attribute("aria-valuetext") == "No point is chosen"
    assert browser.script("return getComputedStyle(arguments[0]).outlineStyle", picture) == "solid"
    keys = ActionChains(browser.driver)
    keys.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_DOWN).perform()
    assert text(browser) == "0.480,0.510"
    assert picture.get_attribute("aria-valuetext") == "48 percent from the left, 51 percent from the top"
    assert picture.get_attribute("aria-valuenow") == "48"
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_UP).key_up(Keys.SHIFT).perform()
    assert text(browser) == "0.480,0.410"
    for _ in range(12):
        ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(
            Keys.SHIFT
        ).perform()
    assert text(browser) == "1.000,0.410"
    ActionChains(browser.driver).send_keys(Keys.DELETE).perform()
    assert text(browser) == ""
    assert not browser.one(".advthumb-focus-point").is_displayed()
    browser.click("[name=_continue]")
    assert Focused.objects.get().focus is None


def test_what_is_typed_shows_in_the_picture(browser):
    browser.open(change(focused()))
    shown_picture(browser)
    browser.one("#id_focus").send_keys("0.25,.8")
    assert (
        browser.one(PICTURE).get_attribute("aria-valuetext")
        == "25 percent from the left, 80 percent from the top"
    )
    browser.one("#id_focus").send_keys("x")
    assert browser.one(PICTURE).get_attribute("aria-valuetext") == "No point is chosen"


def test_inline_rows_have_pictures_of_their_own(browser):
    album = Album.objects.create()
    rows = [focused(album=album) for _ in range(2)]
    browser.open(change(album))
    image = shown_picture(browser, browser.all(PICTURE)[1])
    at(browser, image, *BLUE_PLACE).click().perform()
    assert text(browser, "#id_focused_set-0-focus") == ""
    assert_near(text(browser, "#id_focused_set-1-focus"), BLUE_PLACE, image)
    browser.click("[name=_continue]")
    assert Focused.objects.get(pk=rows[0].pk).focus is None
    assert colour_of(Focused.objects.get(pk=rows[1].pk).tile) == (0, 0, 255)


def test_an_added_inline_row_shows_the_file_that_was_chosen(browser, file_of):
    album = Album.objects.create()
    browser.open(change(album))
    add = browser.one("#focused_set-group .add-row a")
    browser.script("arguments[0].click()", add)
    row = browser.one("#focused_set-0")
    assert not row.find_element("css selector", PICTURE).is_displayed()
    row.find_element("css selector", "[type=file]").send_keys(file_of("new.png", png()))
    image = shown_picture(browser, row.find_element("css selector", PICTURE))
    at(browser, image, *BLUE_PLACE).click().perform()
    browser.click("[name=_continue]")
    stored = Focused.objects.get()
    assert_near(str(stored.focus), BLUE_PLACE)
    assert colour_of(stored.tile) == (0, 0, 255)


def test_a_chosen_file_that_the_browser_cannot_show_hides_the_picture(browser, file_of):
    browser.open(change(focused()))
    shown_picture(browser)
    browser.one("#id_image").send_keys(file_of("a.tif", b"II*\0"))
    WebDriverWait(browser.driver, 30).until(lambda _driver: not browser.one(PICTURE).is_displayed())
    assert browser.one("#id_focus").is_displayed()


def test_it_works_where_inline_styles_and_scripts_are_forbidden(browser, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.browser.csp.forbid_inline_styles"]
    browser.open(change(focused(focus=(0.1, 0.1))))
    at(browser, shown_picture(browser), *BLUE_PLACE).click().perform()
    assert_near(text(browser), BLUE_PLACE)
    assert browser.one(".advthumb-focus-point").is_displayed()


def test_without_javascript_the_text_input_works(browser):
    row = focused()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(change(row))
        assert not browser.one(PICTURE).is_displayed()
        browser.one("#id_focus").send_keys("0.25,0.8")
        browser.one("[name=_continue]").click()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    WebDriverWait(browser.driver, 30).until(lambda _driver: Focused.objects.get().focus is not None)
    assert str(Focused.objects.get().focus) == "0.250,0.800"


def test_a_picture_taken_with_a_turned_camera_is_clicked_upright(browser):
    """The tag says that it was turned by 90 degrees; browsers show it upright, as crops see it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    with Image.open(BytesIO(png((1000, 1600)))) as upright:
        upright.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", exif=exif, quality=95)
    row = Focused.objects.create(image=ContentFile(out.getvalue(), name="turned.jpg"))
    browser.open(change(row))
    at(browser, shown_picture(browser), *BLUE_PLACE).click().perform()
    browser.click("[name=_continue]")
    assert_near(str(Focused.objects.get().focus), BLUE_PLACE)
    red, green, blue = colour_of(Focused.objects.get().tile)
    assert blue > 200
    assert max(red, green) < 60


def test_the_form_has_no_serious_problem_in_light_and_dark(browser):
    browser.open(change(focused(focus=BLUE_PLACE)))
    shown_picture(browser)
    assert browser.serious_problems(WIDGET) == []
    with browser.dark():
        assert browser.serious_problems(WIDGET) == []
    browser.photograph("focal-point")


def test_a_narrow_window_holds_the_picture(browser):
    with browser.window(400, 900):
        browser.open(change(focused(focus=BLUE_PLACE)))
        image = shown_picture(browser)
        assert not browser.bursts()
        at(browser, image, *BLUE_PLACE).click().perform()
        assert_near(text(browser), BLUE_PLACE, image)
