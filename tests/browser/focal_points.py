"""The widget for focal points, as tests use it."""

from selenium.webdriver import ActionChains
from selenium.webdriver.support.wait import WebDriverWait

PICTURE = ".advthumb-focus-picture"


def shown_picture(browser, picture=None):
    """Return the picture of the widget once it is shown."""
    picture = picture or browser.one(PICTURE)
    image = picture.find_element("css selector", "img")
    WebDriverWait(browser.driver, 30).until(
        lambda _driver: picture.is_displayed() and browser.script("return arguments[0].complete", image)
    )
    browser.script("arguments[0].scrollIntoView({block: 'center'})", picture)
    return image


def at(browser, image, x, y):
    """Return actions that move the mouse to a place of a picture, given in fractions."""
    box = browser.script("return arguments[0].getBoundingClientRect().toJSON()", image)
    left, top = round(box["width"] * (x - 0.5)), round(box["height"] * (y - 0.5))
    return ActionChains(browser.driver).move_to_element_with_offset(image, left, top)


def point_in(value):
    return tuple(float(side) for side in value.split(","))


def assert_near(value, wanted, image=None):
    """Fail if a point is not the one that was clicked.

    Args:
        value: The text of the point.
        wanted: The point.
        image: The picture, if it is small: a click of the driver hits a pixel beside.
    """
    pixels = [1.5 / side for side in image.size.values()] if image else [0]
    off = max(abs(one - other) for one, other in zip(point_in(value), wanted, strict=True))
    assert off <= max(0.003, *pixels), value
