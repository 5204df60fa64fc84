"""The test project with django-unfold's admin in place of Django's own."""

from tests.settings import *  # noqa: F403 - all but the apps is as ever
from tests.settings import INSTALLED_APPS as OF_ALL_TESTS

INSTALLED_APPS = ["unfold", *OF_ALL_TESTS]
ROOT_URLCONF = "tests.browser.unfold_site"
