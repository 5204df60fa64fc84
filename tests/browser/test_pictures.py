"""`{% picture %}` in Chromium: it fetches one file of a set, the one that fits, and the page never moves."""

from contextlib import contextmanager
from functools import cache
from io import BytesIO
from urllib.parse import urlencode

import pytest
from PIL import Image
from selenium.webdriver.support.wait import WebDriverWait

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName, members, new_nonce
from advthumb.core.sets import SetCode
from advthumb.testing.pictures.pixels import gradient_pixels
from tests.templates.sets import ALONE, AddressedStorage
from tests.testapp.models import Photo

from . import picture_site
from .conftest import SCREENSHOTS
from .pages import Browser

WIDTHS = (400, 1600)  # besides 800, that of the main file
PICTURE = '{% picture photo.thumbnail alt="Hills" loading="eager" %}'
HALF = '{% picture photo.thumbnail alt="Hills" sizes="(max-width: 600px) 100vw, 50vw" loading="eager" %}'
THUMBNAIL = '{% thumbnail photo.thumbnail alt="Hills" loading="eager" %}'


@pytest.fixture(autouse=True)
def _site(settings, monkeypatch):
    """Serve pages, and the files of thumbnails by a view that notes their names."""
    settings.ROOT_URLCONF = "tests.browser.picture_site"
    storage = AddressedStorage(lambda name: f"/files/{name}")
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "storage", storage)
    monkeypatch.setattr(picture_site, "fetched", [])


@pytest.fixture
def by_density(monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "densities", (1, 2))


@pytest.fixture
def stored_set(media):
    """Return the name of a set that is stored: a JPEG of 800 x 500 pixels with its siblings."""
    code = SetCode((ImageFormat.AVIF, ImageFormat.WEBP), WIDTHS)
    parsed = ThumbnailName.parse(ALONE)._replace(size=Size(800, 500), nonce=new_nonce(), set=code)
    main = f"thumbnails/{parsed}"
    (media / "thumbnails").mkdir()
    for member in members(main):
        (media / member.name).write_bytes(encoded(member.width, member.format.value))
    return main


@cache
def encoded(width, image_format):
    out = BytesIO()
    Image.fromarray(gradient_pixels(width, width * 5 // 8)).save(out, image_format)
    return out.getvalue()


@pytest.fixture
def browser(chromium, live_server):
    yield Browser(chromium, live_server.url, SCREENSHOTS)
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@contextmanager
def screen(browser, width, density):
    """Show pages in a window of so many CSS pixels, on a screen with so many pixels for each."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": density, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield
    browser.driver.get("about:blank")  # in a window of another size, it might fetch another file
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def show(browser, template, name, **more):
    """Open a page, wait for its picture, and return the `<img>`."""
    browser.open("/page/?" + urlencode({"template": template, "name": name, **more}))
    WebDriverWait(browser.driver, 30).until(lambda _driver: browser.script(LOADED))
    browser.driver.execute_async_script(DRAWN)
    assert browser.script("return window.refused") == []
    return browser.one("img")


LOADED = "const image = document.images[0]; return image.complete && image.naturalWidth > 0"
DRAWN = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)));
"""


@pytest.mark.parametrize(
    ("template", "width", "density", "chosen"),
    [
        (PICTURE, 380, 1, 400),
        (PICTURE, 760, 1, 800),
        (PICTURE, 1500, 1, 1600),
        (PICTURE, 390, 2, 800),
        (HALF, 1500, 1, 800),
        (HALF, 380, 1, 400),
        (HALF, 760, 1, 400),
    ],
)
def test_one_file_is_fetched_an_avif_of_the_width_that_fits(
    browser, stored_set, template, width, density, chosen
):
    with screen(browser, width, density):
        image = show(browser, template, stored_set)
        assert image.get_property("currentSrc").endswith(f".{chosen}.avif")
    assert picture_site.fetched == [f"{stored_set}.{chosen}.avif"]


@pytest.mark.usefixtures("by_density")
@pytest.mark.parametrize(
    ("template", "density", "suffix"),
    [(PICTURE, 1, ".800.avif"), (PICTURE, 2, ".1600.avif"), (THUMBNAIL, 1, ""), (THUMBNAIL, 2, ".1600.jpg")],
)
def test_one_file_is_fetched_that_fits_the_density_of_the_screen(
    browser, stored_set, template, density, suffix
):
    with screen(browser, 1000, density):
        assert browser.width(show(browser, template, stored_set)) == 800
    assert picture_site.fetched == [stored_set + suffix]


@pytest.mark.parametrize("width", [380, 1200])
def test_the_page_does_not_move_when_the_picture_arrives(browser, stored_set, width):
    with screen(browser, width, 1):
        image = show(browser, PICTURE, stored_set)
        assert browser.script("return window.shifted") == 0
        assert image.size == {"width": min(width, 800), "height": round(min(width, 800) / 1.6)}


def test_the_page_does_not_move_when_a_picture_replaces_its_placeholder(browser, stored_set, media):
    coloured = stored_set.replace("800x500_", "800x500ce7d11_")
    for member in members(stored_set):
        file = media / member.name
        file.rename(media / member.name.replace(stored_set, coloured))
    with screen(browser, 1200, 1):
        template = PICTURE.replace("alt", "placeholder=True alt")
        image = show(browser, template, coloured, styles="'unsafe-inline'")
        assert image.value_of_css_property("background-color") == "rgba(227, 180, 33, 1)"
        assert browser.script("return window.shifted") == 0
    assert picture_site.fetched == [f"{coloured}.1600.avif"]


def test_without_a_size_the_page_would_move(browser, stored_set):
    """So the measure of the test above sees a page that moves."""
    without = PICTURE.replace("alt", "width=None height=None alt")
    with screen(browser, 1200, 1):
        show(browser, without, stored_set)
        assert browser.script("return window.shifted") > 0


def test_a_style_in_an_attribute_would_be_refused(browser, stored_set):
    """So the list of what the page refused sees styles that its policy forbids."""
    with pytest.raises(AssertionError, match="style-src-attr"):
        show(browser, PICTURE.replace("alt", 'style="color: red" alt'), stored_set)
