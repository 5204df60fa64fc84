"""Settings of the processes that tests start: they use the database and the files of the test."""

import os

from tests import settings

SECRET_KEY = settings.SECRET_KEY
# These two would need templates, middleware and a storage of static files.
INSTALLED_APPS = [
    app
    for app in settings.INSTALLED_APPS
    if app not in {"django.contrib.admin", "django.contrib.staticfiles"}
]
DATABASES = {"default": settings.DATABASES["default"] | {"NAME": os.environ["ADVTHUMB_CHILD_DATABASE"]}}
DEFAULT_AUTO_FIELD = settings.DEFAULT_AUTO_FIELD
SILENCED_SYSTEM_CHECKS = settings.SILENCED_SYSTEM_CHECKS
USE_TZ = True
MEDIA_ROOT = os.environ["ADVTHUMB_CHILD_MEDIA"]
MEDIA_URL = "/media/"
STORAGES = {"default": {"BACKEND": os.environ["ADVTHUMB_CHILD_STORAGE"]}}
ADVANCE_THUMBNAIL_QUALITY = {"JPEG": int(os.environ.get("ADVTHUMB_CHILD_QUALITY", "85"))}
