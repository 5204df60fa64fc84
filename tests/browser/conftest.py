"""Chromium, signed in to the admins of the test project, and on the demo.

Without Chromium and its driver (Debian: `chromium chromium-driver`) these tests are deselected, which pytest
counts. With ADVTHUMB_REQUIRE_BROWSER in the environment, as in CI, they fail instead.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from .demo_site import DemoSite, serve_demo
from .pages import Browser

HERE = Path(__file__).parent
SCREENSHOTS = HERE / "screenshots"
PLAIN = ["test_admin.py", "test_demo.py", "test_demo_pictures.py", "test_focal_points.py"]
collect_ignore = PLAIN if apps.is_installed("unfold") else ["test_unfold.py"]
PROGRAMS = ("chromium", "chromedriver")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and leave them out where there is no browser."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker("browser")
    if not all(map(shutil.which, PROGRAMS)) and not os.environ.get("ADVTHUMB_REQUIRE_BROWSER"):
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@contextmanager
def start_chromium() -> Iterator[Chrome]:
    """Start a browser without a window, and end it in the end."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    assert not missing, (
        f"ADVTHUMB_REQUIRE_BROWSER is set; apt-get install chromium chromium-driver: {missing}"
    )
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for switch in (
        "headless=new",
        "disable-dev-shm-usage",
        "window-size=1280,1000",
        "force-device-scale-factor=1",
        # As a process of its own, it may crash on a busy machine, and start again without the cookies.
        "enable-features=NetworkServiceInProcess2",
    ):
        options.add_argument(f"--{switch}")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to start as root otherwise
    driver = Chrome(options, ChromeService(str(shutil.which("chromedriver"))))
    driver.set_page_load_timeout(60)
    driver.set_script_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def chromium(live_server) -> Iterator[Chrome]:
    """Return a browser for all tests of the test project. It ends before the server does."""
    with start_chromium() as driver:
        yield driver


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory) -> Iterator[DemoSite]:
    """Return the demo, served by a process with its own database and media."""
    with serve_demo(tmp_path_factory.mktemp("demo")) as site:
        yield site


@pytest.fixture(scope="module")
def demo(demo_site) -> Iterator[Browser]:
    """Return a browser on the demo. It is not that of the admin's tests, which need the test database."""
    with start_chromium() as driver:
        yield Browser(driver, demo_site.url, SCREENSHOTS)


@pytest.fixture
def file_of(tmp_path) -> Callable[[str, bytes], str]:
    """Return a function that writes a file to be uploaded and gives its path."""

    def written(name: str, data: bytes) -> str:
        path = Path(tmp_path, name)
        path.write_bytes(data)
        return str(path)

    return written


@pytest.fixture
def sign_in(chromium: Chrome, live_server, settings) -> Iterator[Callable[[User], Browser]]:
    """Return a function that signs a user in and gives the browser."""
    if not apps.is_installed("unfold"):
        settings.ROOT_URLCONF = "tests.admin.site"
    ContentType.objects.clear_cache()  # the tables were emptied meanwhile

    def signed_in(user: User) -> Browser:
        client = Client()
        client.force_login(user)
        browser = Browser(chromium, live_server.url, SCREENSHOTS)
        browser.open("/static/advthumb/preview.css")  # cookies are set for the site that is open
        chromium.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value, "path": "/"})
        return browser

    yield signed_in
    chromium.get("about:blank")  # nothing is asked of the server any more
    chromium.delete_all_cookies()


@pytest.fixture
def browser(sign_in) -> Browser:
    """Return a browser whose user may do everything."""
    return sign_in(User.objects.create_superuser("staff", password="staff"))
