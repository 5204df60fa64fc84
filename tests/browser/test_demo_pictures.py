"""The pictures of the demo in Chromium: sets, placeholders that fade in, and focal points to click."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from .demo_site import DEMO
from .focal_points import PICTURE, assert_near, at, shown_picture

PAGE = "/pictures/"
PHOTOGRAPHS = 9
SQUARE, WIDE = (f".crops:first-child img:nth-of-type({number})" for number in (1, 2))
NOTE = """
window.refused = []; window.shifted = 0;
document.addEventListener("securitypolicyviolation", event => window.refused.push(event.violatedDirective));
new PerformanceObserver(list => list.getEntries().forEach(each => { window.shifted += each.value; }))
    .observe({type: "layout-shift", buffered: true});
"""
FETCHED = """
const names = performance.getEntriesByType("resource").map(each => each.name);
return names.filter(name => name.includes("/media/"));
"""
OPACITY = "return Number(getComputedStyle(arguments[0]).opacity)"


@pytest.fixture(scope="module", autouse=True)
def _noted(demo):
    """Have every page note what its policy refused, and how far it moved."""
    demo.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NOTE})


@pytest.fixture
def slow(demo):
    """Have every file arrive late, and none come from the cache of the browser."""
    network = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    demo.driver.execute_cdp_cmd("Network.enable", {})
    demo.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    demo.driver.execute_cdp_cmd("Network.emulateNetworkConditions", network | {"latency": 500})
    yield demo
    demo.driver.execute_cdp_cmd("Network.emulateNetworkConditions", network | {"latency": 0})
    demo.driver.execute_cdp_cmd("Network.disable", {})


def open_picture(browser, title):
    """Go to the page of one picture."""
    browser.open(PAGE)
    with browser.next_page():
        next(link for link in browser.all(".card a") if link.text == title).click()


def show_all(browser):
    """Load the page of all pictures, and scroll past each of them."""
    browser.open(PAGE)
    images = browser.all(".frame img")
    assert len(images) == PHOTOGRAPHS
    assert all(browser.is_shown(image) for image in images)
    return images


def save(browser):
    browser.click("form [type=submit]")


def pixels(browser, site, css):
    """Return the stored file of a crop that the page shows."""
    path = urlsplit(browser.one(css).get_attribute("src")).path
    with Image.open(site.media / Path(path).relative_to("/media")) as image:
        return image.convert("RGB")


def levels_off(crop, photograph, x, y):
    """Return by how many of 255 levels a crop differs from that around a place of a photograph, on average.

    Args:
        crop: The crop.
        photograph: The name of the file, without the suffix.
        x: How much of what is cut off is cut off at the left, as a fraction.
        y: The same at the top.
    """
    with Image.open(DEMO / "photos" / f"{photograph}.jpg") as image:
        wanted = ImageOps.fit(image.convert("RGB"), crop.size, Image.Resampling.LANCZOS, centering=(x, y))
    return max(ImageStat.Stat(ImageChops.difference(crop, wanted)).mean)


@pytest.mark.parametrize("density", [1, 2])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_browser_fetches_one_file_for_each_picture(demo, width, density):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": density, "mobile": False}
    demo.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        images = show_all(demo)
        fetched = demo.script(FETCHED)
        assert sorted(fetched) == sorted(image.get_property("currentSrc") for image in images)
    finally:
        demo.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert all(name.endswith(".avif") for name in fetched)
    largest = 480 if density == 1 else 960
    assert {int(name.split(".")[-2]) <= largest for name in fetched} == {True}
    assert len({name.rpartition("_thumbnail_")[0] for name in fetched}) == PHOTOGRAPHS


def test_the_page_does_not_move_when_the_pictures_arrive(slow):
    show_all(slow)
    assert slow.script("return window.shifted") == 0


def test_a_placeholder_is_shown_until_the_picture_fades_in(slow):
    slow.open(PAGE)
    frame = slow.all(".frame")[0]
    image = frame.find_element("css selector", "img")
    assert slow.script("return getComputedStyle(arguments[0]).backgroundImage", frame).startswith(
        'url("data:image/png'
    )
    assert not image.get_property("complete")
    assert slow.script(OPACITY, image) == 0
    slow.photograph("demo-pictures-waiting")
    assert slow.is_shown(image)
    fade = slow.script("return getComputedStyle(arguments[0]).transitionDuration", image)
    assert fade == "0.7s"
    WebDriverWait(slow.driver, 10).until(lambda _driver: slow.script(OPACITY, image) == 1)


def test_nothing_fades_for_those_who_want_less_motion(demo):
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    demo.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        image = show_all(demo)[0]
        assert demo.script("return getComputedStyle(arguments[0]).transitionProperty", image) == "none"
    finally:
        demo.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_button_shows_the_placeholders_alone_and_is_pressed_by_keyboard(demo):
    image = show_all(demo)[0]
    demo.script("window.scrollTo(0, 0)")
    button = demo.tab_to("button[aria-pressed]")
    for pressed, opacity in (("true", 0), ("false", 1)):
        button.send_keys(Keys.SPACE)
        assert button.get_attribute("aria-pressed") == pressed
        WebDriverWait(demo.driver, 10).until(
            lambda _driver, wanted=opacity: demo.script(OPACITY, image) == wanted
        )


@pytest.mark.parametrize("window", [(1280, 1600), (360, 2500)], ids=["wide", "narrow"])
def test_the_page_of_a_picture_is_in_order_in_light_and_dark(demo, window):
    with demo.window(*window):
        open_picture(demo, "Pink lily leek")
        shown_picture(demo)
        assert all(demo.is_shown(image) for image in demo.all("main img"))
        assert all(each.get_dom_attribute("alt") is not None for each in demo.all("main img"))
        assert not demo.bursts()
        assert demo.serious_problems("html") == []
        with demo.dark():
            assert demo.serious_problems("html") == []
        demo.script("window.scrollTo(0, 0)")
        demo.photograph(f"demo-picture-{window[0]}")


def test_a_click_and_save_moves_the_crops(demo, demo_site):
    open_picture(demo, "Boats in Nagasaki")
    assert levels_off(pixels(demo, demo_site, SQUARE), "nagasaki-boats", 1, 0.5) < 4
    assert levels_off(pixels(demo, demo_site, SQUARE), "nagasaki-boats", 0, 0.5) > 20
    names = [demo.one(css).get_attribute("src") for css in (SQUARE, WIDE)]
    at(demo, shown_picture(demo), 0.25, 0.9).click().perform()
    save(demo)
    assert urlsplit(demo.driver.current_url).path.startswith(PAGE)
    assert_near(demo.one("#id_focus").get_attribute("value"), (0.25, 0.9), demo.one(f"{PICTURE} img"))
    assert levels_off(pixels(demo, demo_site, SQUARE), "nagasaki-boats", 0, 0.5) < 4
    assert levels_off(pixels(demo, demo_site, WIDE), "nagasaki-boats", 0.5, 1) < 4
    assert not {*names} & {demo.one(css).get_attribute("src") for css in (SQUARE, WIDE)}


def test_a_point_is_chosen_and_saved_with_the_keyboard_alone(demo):
    open_picture(demo, "Falcon 9")
    shown_picture(demo)
    before = demo.one(WIDE).get_attribute("src")
    picture = demo.tab_to(PICTURE)
    assert demo.script("return getComputedStyle(arguments[0]).outlineStyle", picture) == "solid"
    keys = ActionChains(demo.driver).send_keys(Keys.ARROW_LEFT).key_down(Keys.SHIFT)
    keys.send_keys(Keys.ARROW_UP).key_up(Keys.SHIFT).perform()
    with demo.next_page():
        demo.tab_to("form [type=submit]").send_keys(Keys.ENTER)
    assert demo.one("#id_focus").get_attribute("value") == "0.490,0.600"
    assert demo.one(WIDE).get_attribute("src") != before


def test_a_text_that_is_no_point_is_refused_with_a_reason(demo):
    open_picture(demo, "Espresso")
    before = demo.one(WIDE).get_attribute("src")
    demo.one("#id_focus").clear()
    demo.one("#id_focus").send_keys("the cup")
    save(demo)
    assert "is no focal point" in demo.one("form .errorlist").text
    assert demo.serious_problems("html") == []
    assert demo.one(WIDE).get_attribute("src") == before


def test_no_page_needs_inline_code_and_the_policy_would_refuse_it(demo):
    for path in ("/", "/orientations/", "/documents/", PAGE):
        demo.open(path)
        assert demo.script("return window.refused") == []
    open_picture(demo, "Galaxies")
    assert shown_picture(demo)
    assert demo.script("return window.refused") == []
    demo.script("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    refused = WebDriverWait(demo.driver, 10).until(lambda _driver: demo.script("return window.refused"))
    assert {*refused} == {"style-src-attr"}
