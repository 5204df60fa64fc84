"""A browser as tests use it: open a page, look at it, press keys, take a picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from selenium_axe_python import Axe

_TABBABLE = """
return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(each => !each.disabled && each.tabIndex >= 0 && each.checkVisibility({visibilityProperty: true}))
"""
_SERIOUS = ("serious", "critical")
OURS = (".advthumb", ".advthumb-cell", "#changelist-filter", ".actions")
"""What we add to pages of Django's admin, as CSS selectors."""


_FINISH_TRANSITIONS = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => requestAnimationFrame(() => {
    document.getAnimations().forEach(each => each.finish());
    done();
}));
"""
"""Colours fade from light to dark. A contrast that is measured meanwhile is neither."""


class Browser:
    """Chromium on the pages of one site.

    Args:
        driver: Chromium.
        url: The site.
        screenshots: The folder for pictures of pages.
    """

    def __init__(self, driver: Chrome, url: str, screenshots: Path) -> None:
        self.driver = driver
        self._url = url
        self._screenshots = screenshots

    def open(self, path: str) -> None:
        """Load a page."""
        self.driver.get(self._url + path)

    def one(self, css: str) -> WebElement:
        """Return the only element that matches."""
        (found,) = self.all(css)
        return found

    def all(self, css: str) -> list[WebElement]:
        """Return all elements that match."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def click(self, css: str) -> None:
        """Click the only element that matches, and wait for the page that this leads to."""
        with self.next_page():
            self.one(css).click()

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """Wait for the page that something leads to."""
        page = self.one("html")
        yield
        WebDriverWait(self.driver, 60).until(lambda _driver: self.all("html") not in ([page], []))

    def script(self, code: str, *args: Any) -> Any:
        """Run JavaScript and return its result."""
        return self.driver.execute_script(code, *args)

    def is_shown(self, image: WebElement) -> bool:
        """Return whether a picture was loaded and decoded."""
        self.script("arguments[0].scrollIntoView()", image)
        loaded = "return arguments[0].complete && arguments[0].naturalWidth > 0"
        return bool(WebDriverWait(self.driver, 30).until(lambda _driver: self.script(loaded, image)))

    def width(self, element: WebElement) -> float:
        """Return the width of an element in CSS pixels, as it is laid out."""
        return float(self.script("return arguments[0].getBoundingClientRect().width", element))

    def bursts(self) -> bool:
        """Return whether the page is wider than its window."""
        return bool(
            self.script("const page = document.documentElement; return page.scrollWidth > page.clientWidth")
        )

    def tab_through(self) -> list[WebElement]:
        """Press Tab from the top of the page until it has no more, and return what had the focus in order."""
        visited: list[WebElement] = []
        self.script("document.activeElement.blur(); window.scrollTo(0, 0)")
        focused = "return document.activeElement === document.body ? null : document.activeElement"
        for _ in range(500):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            element = self.script(focused)
            if element is None or (visited and element == visited[0]):
                return visited
            visited.append(element)
        msg = "the focus never came back"
        raise AssertionError(msg)

    def tab_to(self, css: str) -> WebElement:
        """Press Tab until an element that matches has the focus, and return the element."""
        for _ in range(100):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            if self.script("return document.activeElement.matches(arguments[0])", css):
                return self.driver.switch_to.active_element
        msg = f"no key leads to {css}"
        raise AssertionError(msg)

    def tabbable(self) -> list[WebElement]:
        """Return the controls that a keyboard should reach."""
        return list(self.script(_TABBABLE))

    def serious_problems(self, *inside: str) -> list[str]:
        """Return what axe-core finds in elements that match, or that are inside of them.

        Args:
            inside: CSS selectors of our own parts of the page.
        """
        axe = Axe(self.driver)
        axe.inject()
        found = axe.run(options={"resultTypes": ["violations", "passes"]})
        assert found["passes"], "axe-core checked nothing"
        return [
            f"{each['id']}: {node['html']}"
            for each in found["violations"]
            if each["impact"] in _SERIOUS
            for node in each["nodes"]
            if self.script(
                "return !!document.querySelector(arguments[0])?.closest(arguments[1])",
                node["target"][-1],
                ", ".join(inside),
            )
        ]

    @contextmanager
    def window(self, width: int, height: int) -> Iterator[None]:
        """Give the window another size."""
        before = self.driver.get_window_size()
        self.driver.set_window_size(width, height)
        try:
            yield
        finally:
            self.driver.set_window_size(before["width"], before["height"])

    @contextmanager
    def dark(self) -> Iterator[None]:
        """Have the system ask for dark pages."""
        self._emulate("dark")
        try:
            yield
        finally:
            self._emulate("light")

    def _emulate(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.execute_async_script(_FINISH_TRANSITIONS)

    def photograph(self, name: str, *, again: bool = False) -> None:
        """Write a picture of the page, light and dark, for people to look at.

        Args:
            name: The picture's name.
            again: Whether the page must be loaded again to become dark.
        """
        self._screenshots.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(self._screenshots / f"{name}-light.png"))
        with self.dark():
            if again:
                self.driver.refresh()
            self.driver.save_screenshot(str(self._screenshots / f"{name}-dark.png"))
