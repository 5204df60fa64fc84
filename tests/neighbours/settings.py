"""A site with the packages that sites use beside advthumb."""

from tests.settings import *  # noqa: F403 - all but the apps is as ever
from tests.settings import INSTALLED_APPS as OF_ALL_TESTS

INSTALLED_APPS = [
    *OF_ALL_TESTS,
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "strawberry_django",
]
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
ROOT_URLCONF = "tests.neighbours.settings"
urlpatterns: list[object] = []
