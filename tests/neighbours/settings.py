"""A site with other packages that sites use together with advthumb."""

from tests.settings import *  # noqa: F403 - only the apps differ
from tests.settings import INSTALLED_APPS as OF_ALL_TESTS

INSTALLED_APPS = [
    "modeltranslation",  # must come before the admin
    *OF_ALL_TESTS,
    "auditlog",
    "import_export",
    "polymorphic",
    "reversion",
    "safedelete",
    "simple_history",
    "tests.neighbours",
    "django_cleanup.apps.CleanupSelectedConfig",  # it must ignore the files of other tests
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "strawberry_django",
]
LANGUAGES = [("en", "English"), ("de", "German")]
LANGUAGE_CODE = "en"
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
ROOT_URLCONF = "tests.neighbours.settings"
urlpatterns: list[object] = []
