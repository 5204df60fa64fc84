"""A Wagtail site with one kind of page, without templates and URLs because no page is requested."""

from tests.settings import *  # noqa: F403 - only the apps differ
from tests.settings import INSTALLED_APPS as OF_ALL_TESTS

INSTALLED_APPS = [
    *(name for name in OF_ALL_TESTS if not name.startswith("tests.")),
    "wagtail.users",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "tests.with_wagtail",
]
STATIC_URL = "/static/"
WAGTAILIMAGES_IMAGE_MODEL = "with_wagtail.Picture"
WAGTAIL_SITE_NAME = "tests"
ROOT_URLCONF = "tests.with_wagtail.settings"
urlpatterns: list[object] = []
