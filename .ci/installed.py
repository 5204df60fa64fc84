"""Prove that the wheel installed in this environment is whole: both packages, the commands and the types."""

import sys
from importlib.metadata import version
from importlib.resources import files

import django
from django.conf import settings
from django.core.management import get_commands
from django.utils import translation

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "advthumb"])
django.setup()

import advthumb.fields
import django_advance_thumbnail

with translation.override("de"):
    in_german = translation.gettext("This file is empty.")

PROOFS = {
    "the version is that of the package": version("django-advance-thumbnail") == advthumb.__version__,
    "the wheel is what was imported": "site-packages" in advthumb.__path__[0],
    "the alias gives the same field": (
        django_advance_thumbnail.AdvanceThumbnailField is advthumb.fields.AdvanceThumbnailField
    ),
    "both commands are found": {"generate_thumbnails", "regenerate_thumbnails"} <= get_commands().keys(),
    "both packages ship their types": all(
        (files(package) / "py.typed").is_file() for package in (advthumb, django_advance_thumbnail)
    ),
    "the style sheet of previews is there": (
        files("advthumb") / "static" / "advthumb" / "preview.css"
    ).is_file(),
    "messages are translated": in_german == "Diese Datei ist leer.",
    "ImageMagick's policy is there to forbid": (
        files("advthumb.engines.imagemagick") / "policy" / "policy.xml"
    ).is_file(),
}

for claim, holds in PROOFS.items():
    print(f"{'ok' if holds else 'FAILED':8}{claim}")
sys.exit(not all(PROOFS.values()))
