"""System checks: a wrong set-up is said at start-up, with what to do about it."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core import checks
from django.db import models
from django.test.utils import isolate_apps

from advthumb.checks import check_fields, check_settings
from advthumb.fields import AdvanceThumbnailField


def found(*fields, **more):
    """Return the ids of what is wrong with a model of these fields."""
    return [message.id for message in messages(*fields, **more)]


def messages(thumbnail, **more):
    with isolate_apps("tests.testapp"):
        model = type(
            "Checked",
            (models.Model,),
            {
                "__module__": "tests.testapp.models",
                "image": models.ImageField(width_field="image_width"),
                "image_width": models.IntegerField(null=True),
                "title": models.CharField(max_length=10),
                "code": models.CharField(max_length=32),
                "thumbnail": thumbnail,
                **more,
            },
        )
        config = type("Config", (), {"get_models": lambda _self, **_kwargs: [model]})()
        return check_fields([config])


def thumbnail(**arguments):
    return AdvanceThumbnailField(**{"source_field": "image", "upload_to": "thumbnails/", **arguments})


def test_the_test_project_has_no_complaint():
    assert checks.run_checks() == []
    assert check_fields(None) == check_fields(list(apps.get_app_configs())) == []


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({}, []),
        ({"source_field": "nothing"}, ["advthumb.E001"]),
        ({"source_field": "title"}, ["advthumb.E002"]),
        ({"source_field": "thumbnail"}, ["advthumb.E003"]),
        ({"source_field": "second"}, ["advthumb.E003"]),
        ({"engine": "nothing"}, ["advthumb.E004", "advthumb.E009"][:1]),
        ({"engine": []}, ["advthumb.E004"]),
        ({"max_length": 60}, ["advthumb.E005"]),
        ({"max_length": None}, []),
        ({"upload_to": lambda _instance, name: name, "max_length": 60}, []),
        ({"upload_to": "%Y/%m/%d/" + "x" * 60}, ["advthumb.E005"]),
        ({"width_field": "nothing"}, ["advthumb.E006"]),
        ({"width_field": "image_width"}, ["advthumb.E006"]),
        ({"fingerprint_field": "nothing"}, ["advthumb.E006"]),
        ({"fingerprint_field": "title"}, ["advthumb.E007"]),
        ({"fingerprint_field": "image_width"}, ["advthumb.E006"]),
        ({"fingerprint_field": "code"}, []),
        ({"animated": True}, []),
        ({"animated": True, "format": "WEBP"}, []),
        ({"animated": True, "format": "JPEG"}, ["advthumb.W002"]),
        ({"format": "GIF", "engine": "tests.testapp.engines.ReadOnlyEngine"}, ["advthumb.E009"]),
    ],
)
def test_fields(arguments, ids):
    assert found(thumbnail(**arguments), second=thumbnail()) == ids


@pytest.mark.parametrize(
    ("setting", "value", "ids"),
    [
        ("ENGINE", "pillow", []),
        ("ENGINE", ["pillow"], []),
        ("ENGINE", {"BACKEND": "pillow"}, []),
        ("ENGINE", "nothing", ["advthumb.E004"]),
        ("ENGINE", [], ["advthumb.E004"]),
        ("ENGINE", [None], ["advthumb.E004"]),
        ("ENGINE", 3, ["advthumb.E004"]),
        ("ENGINE", "tests.testapp.engines.missing.Engine", ["advthumb.E004"]),
        ("ENGINE", "tests.testapp.engines.ComplainingEngine", ["testapp.W001"]),
        ("CHECK_ON_SAVE", "sometimes", ["advthumb.E008"]),
        ("FORMAT", "BMP", ["advthumb.E008"]),
        ("QUALITY", {"JPEG": 0}, ["advthumb.E008"]),
        ("QUALITY", {"BMP": 10}, ["advthumb.E008"]),
        ("QUALITY", 85, ["advthumb.E008"]),
        ("ALLOWED_FORMATS", ["JPEG", "NOTHING"], ["advthumb.E008"]),
        ("MAX_SOURCE_PIXELS", "many", ["advthumb.E008"]),
        ("MAX_SOURCE_BYTES", 0, ["advthumb.E008"]),
        ("CACHE", "nothing", ["advthumb.W001"]),
    ],
)
def test_settings(settings, setting, value, ids):
    setattr(settings, f"ADVANCE_THUMBNAIL_{setting}", value)
    assert [message.id for message in check_settings(None)] == ids


def test_messages_name_the_value_and_what_to_do(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = "tests.testapp.engines.missing.Engine"
    (message,) = check_settings(None)
    assert "a_library_that_nobody_has" in message.msg
    for message in messages(thumbnail(source_field="nothing", max_length=60, width_field="nothing")):
        assert message.hint
        assert message.obj.name == "thumbnail"


def test_every_id_is_documented():
    root = Path(__file__).parents[1]
    source = (root / "src/advthumb/checks.py").read_text()
    documented = (root / "docs/checks.md").read_text()
    ids = set(re.findall(r"advthumb\.[EW]\d{3}", source))
    assert ids
    assert ids == set(re.findall(r"advthumb\.[EW]\d{3}", documented))
