"""System checks: a wrong set-up is reported at start-up, with its remedy."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.test.utils import isolate_apps

from advthumb.checks import check_fields, check_settings
from advthumb.core.fingerprints import RECORD_LENGTH
from advthumb.fields import AdvanceThumbnailField, FocalPointField
from tests.testapp.storages import DjangoSuffixingDisk, OverwritingStorage, RenamingStorage


def found(*fields, **more):
    """Return the ids of the checks that a model with these fields fails."""
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
                "code": models.CharField(max_length=40),
                "focus": FocalPointField(blank=True),
                "thumbnail": thumbnail,
                **more,
            },
        )
        return check_fields([config_of(model)])


def config_of(model):
    """Return the configuration of an app with a single model."""
    return type("Config", (), {"get_models": lambda _self, **_kwargs: [model]})()


def thumbnail(**arguments):
    return AdvanceThumbnailField(**{"source_field": "image", "upload_to": "thumbnails/", **arguments})


def test_the_test_project_gets_only_warnings_about_odd_source_storages():
    """Storages that overwrite, or that may overwrite as far as can be known."""
    found = {(message.id, message.obj.model.__name__) for message in checks.run_checks()}
    assert ("advthumb.W003", "Renamed") in found
    assert {code for code, _model in found} == {"advthumb.W003"}
    ours = {name for _code, name in found if not name.startswith(("Bucket", "Recorded", "Renamed"))}
    assert ours == set()
    assert check_fields(None) == check_fields(list(apps.get_app_configs()))


class _Hashing(FileSystemStorage):
    """Names files by a digest."""

    def generate_filename(self, filename):
        return f"{abs(hash(filename))}.jpg"


class _Unanswering(FileSystemStorage):
    """Raises what storages raise if their settings are missing."""

    def get_available_name(self, name, max_length=None):
        raise RuntimeError("no bucket is configured")


def by_hand(_instance, name):
    return f"thumbnails/{name}"


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
        ({"placeholder_field": "nothing"}, ["advthumb.E006"]),
        ({"placeholder_field": "title"}, ["advthumb.E019"]),
        ({"placeholder_field": "image_width"}, ["advthumb.E006"]),
        ({"placeholder_field": "code", "fingerprint_field": "code"}, ["advthumb.E019"]),
        ({"placeholder_field": "code"}, []),
        ({"max_length": 77}, []),
        ({"max_length": 77, "placeholder": True}, ["advthumb.E005"]),
        ({"animated": True}, []),
        ({"animated": True, "format": "WEBP"}, []),
        ({"animated": True, "format": "JPEG"}, ["advthumb.W002"]),
        ({"default": "placeholders/none.png"}, ["advthumb.E010"]),
        ({"default": lambda: "placeholders/none.png"}, ["advthumb.E010"]),
        ({"db_default": "placeholders/none.png"}, ["advthumb.E010"]),
        ({"default": ""}, []),
        ({"default": None}, []),
        ({"resize_method": "fill", "focal_field": "focus"}, []),
        ({"resize_method": "fill", "focal_field": "nothing"}, ["advthumb.E013"]),
        ({"resize_method": "fill", "focal_field": "title"}, ["advthumb.E014"]),
        ({"resize_method": "fill", "focal_field": "thumbnail"}, ["advthumb.E014"]),
        ({"resize_method": "fill", "focal_field": "focus", "max_length": 80}, ["advthumb.E005"]),
        ({"resize_method": "fill", "max_length": 80}, []),
        ({"resize_method": "fill", "gravity": "smart"}, []),
        ({"resize_method": "fill", "gravity": "tests.testapp.points.leftmost"}, []),
        ({"resize_method": "fill", "gravity": "tests.testapp.points.gone"}, ["advthumb.E020"]),
        ({"resize_method": "fill", "gravity": "tests.testapp.points.not_a_function"}, ["advthumb.E020"]),
        ({"resize_method": "fill", "gravity": "no_such_package.find"}, ["advthumb.E020"]),
        ({"format": "GIF", "engine": "tests.testapp.engines.ReadOnlyEngine"}, ["advthumb.E009"]),
        ({"format": "AVIF", "lossless": True, "engine": "pillow"}, ["advthumb.E009"]),
        ({"format": "WEBP", "lossless": True, "engine": "pillow"}, []),
        ({"format": "PNG", "lossless": True, "engine": "pillow"}, []),
        ({"lossless": True, "engine": "pillow"}, []),
        (
            {"formats": ["JPEG", "GIF"], "engine": "tests.testapp.engines.ReadOnlyEngine", "max_length": 200},
            ["advthumb.E009", "advthumb.E009"],
        ),
        ({"lossless": True, "formats": ["AVIF"], "engine": "pillow"}, ["advthumb.E009"]),
        ({"widths": (400,), "formats": ["WEBP"], "max_length": 82}, []),
        ({"widths": (400,), "formats": ["WEBP"], "max_length": 81}, ["advthumb.E005"]),
        ({"densities": (1, 2), "max_length": 81}, []),
        ({"densities": (1, 2), "max_length": 80}, ["advthumb.E005"]),
        ({"widths": (400,), "storage": RenamingStorage()}, ["advthumb.E018"]),
        ({"formats": ["WEBP"], "storage": DjangoSuffixingDisk()}, ["advthumb.E018"]),
        ({"widths": (400,), "storage": _Hashing(), "upload_to": by_hand}, ["advthumb.E018"]),
        ({"widths": (400,), "upload_to": by_hand}, []),
        ({"widths": (400,), "storage": OverwritingStorage()}, []),
        ({"widths": (400,), "storage": FileSystemStorage()}, []),
        ({"widths": (400,), "storage": _Unanswering()}, []),
        ({"storage": RenamingStorage()}, []),
        ({"widths": (400, 800), "formats": ["AVIF"]}, ["advthumb.W012"]),
        ({"widths": (400, 800), "format": "AVIF"}, ["advthumb.W012"]),
        ({"widths": (400, 800), "formats": ["AVIF"], "effort": "fast"}, []),
        ({"size": (150, 150), "densities": (1, 2), "formats": ["AVIF"]}, []),
        ({"widths": (400, 800), "formats": ["WEBP"]}, []),
        ({"size": (800, None), "format": "AVIF"}, []),
    ],
)
def test_fields(arguments, ids):
    assert found(thumbnail(**arguments), second=thumbnail()) == ids


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ({"source_field": "photo"}, "source_field='photo': testapp.Checked has no", "Choose from: 'image'."),
        ({"source_field": "title"}, "source_field='title' is a CharField.", "Choose from: 'image'."),
        ({"source_field": "thumbnail"}, "names the thumbnail field itself.", "Choose from: 'image'."),
        ({"source_field": "second"}, "names another thumbnail field.", "Choose from: 'image'."),
        ({"max_length": 60}, "max_length=60 is too short", "give 'thumbnail' max_length="),
        (
            {"resize_method": "fill", "gravity": "no_such_package.find"},
            "gravity='no_such_package.find' cannot be imported: No module named 'no_such_package'.",
            "Name a function that gets a small picture, and returns (x, y) or None.",
        ),
        (
            {"resize_method": "fill", "gravity": "tests.testapp.points.not_a_function"},
            "gravity='tests.testapp.points.not_a_function' cannot be called: it is (0.5, 0.5).",
            "Name a function",
        ),
        ({"default": "none.png"}, "default='none.png'", "Remove default from 'thumbnail'"),
        ({"width_field": "w"}, "width_field='w'", "leave out width_field, or declare 'w'."),
        ({"height_field": "h"}, "height_field='h'", "leave out height_field, or declare 'h'."),
        (
            {"fingerprint_field": "print"},
            "fingerprint_field='print'",
            f"Declare print = models.CharField(max_length={RECORD_LENGTH}, blank=True, default='')",
        ),
        (
            {"fingerprint_field": "title"},
            "fingerprint_field='title' cannot hold",
            f"Declare title = models.CharField(max_length={RECORD_LENGTH}, blank=True, default='').",
        ),
        (
            {"width_field": "image_width"},
            "width_field='image_width' already holds the size of the source 'image'.",
            "would overwrite 'image_width'. Name another column, or leave out width_field.",
        ),
        ({"fingerprint_field": "image"}, "names the source itself", "Declare image ="),
        (
            {"placeholder_field": "hash"},
            "placeholder_field='hash': testapp.Checked has no field of that name.",
            "Declare hash = models.CharField(max_length=40, blank=True, default=''), or leave out",
        ),
        (
            {"placeholder_field": "title"},
            "placeholder_field='title' cannot hold a ThumbHash.",
            "Declare a column for it alone: models.CharField(max_length=40, blank=True, default='').",
        ),
        ({"height_field": "thumbnail"}, "names the thumbnail itself", "leave out height_field"),
    ],
)
def test_messages_and_hints_name_the_column_and_the_argument(arguments, message, hint):
    [said] = messages(thumbnail(**arguments), second=thumbnail())
    assert message in said.msg
    assert hint in said.hint


def focal(**arguments):
    return thumbnail(resize_method="fill", focal_field="focus", **arguments)


@pytest.mark.parametrize(
    ("in_parent", "message"),
    [
        ({"image": models.ImageField()}, "testapp.Parent.image is in the table of a parent"),
        (
            {"image": models.ImageField(), "focus": FocalPointField(blank=True)},
            "testapp.Parent.focus is in the table of a parent",
        ),
        ({"focus": FocalPointField(blank=True)}, "testapp.Parent.focus is in the table of a parent"),
    ],
    ids=["source", "both", "point"],
)
def test_source_and_focal_point_must_be_in_the_table_of_the_thumbnail(in_parent, message):
    columns = {"image": models.ImageField(), "focus": FocalPointField(blank=True)}
    in_child = {name: column for name, column in columns.items() if name not in in_parent}
    with isolate_apps("tests.testapp"):
        module = {"__module__": "tests.testapp.models"}
        parent = type("Parent", (models.Model,), module | in_parent)
        child = type("Child", (parent,), module | in_child | {"thumbnail": focal()})
        [said] = check_fields([config_of(child)])
    assert said.id == "advthumb.E015"
    assert said.msg.startswith(f"focal_field='focus': {message}")
    assert "in one model, which may be abstract" in said.hint


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing", "testapp.Checked has no field of that name."), ("title", "is a CharField.")],
)
def test_a_missing_focal_point_gets_a_hint_with_its_declaration(name, message):
    [said] = messages(thumbnail(resize_method="fill", focal_field=name))
    assert said.msg == f"focal_field={name!r}{':' if name == 'nothing' else ''} {message}"
    assert said.hint == (
        f"Declare {name} = FocalPointField(blank=True) in testapp.Checked, or leave out focal_field."
    )


def test_a_model_without_an_image_field_gets_a_hint_to_add_one():
    [said] = messages(thumbnail(source_field="photo"), image=models.CharField(max_length=9), image_width=None)
    assert said.hint == "Add an ImageField to testapp.Checked and name it."


def test_a_missing_app_is_reported_once(settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "advthumb"]
    said = [message for message in checks.run_checks() if message.id == "advthumb.W007"]
    assert len(said) == 1
    assert said[0].level == checks.WARNING
    assert "advthumb is not in INSTALLED_APPS" in said[0].msg
    assert said[0].hint == "Add 'advthumb' to INSTALLED_APPS."


@pytest.mark.parametrize("name", ["advthumb", "advthumb.apps.AdvthumbConfig", "django_advance_thumbnail"])
def test_an_app_installed_under_any_of_its_names_gives_no_warning(settings, name):
    others = [app for app in settings.INSTALLED_APPS if app != "advthumb"]
    settings.INSTALLED_APPS = [name, *others]
    assert "advthumb.W007" not in {message.id for message in checks.run_checks()}


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
        ("EFFORT", "much", ["advthumb.E008"]),
        ("EFFORT", None, ["advthumb.E008"]),
        ("EFFORT", "small", []),
        ("ALLOWED_FORMATS", ["JPEG", "NOTHING"], ["advthumb.E008"]),
        ("MAX_SOURCE_PIXELS", "many", ["advthumb.E008"]),
        ("MAX_SOURCE_BYTES", 0, ["advthumb.E008"]),
        ("MAX_SOURCE_MEMORY", "1 GB", ["advthumb.E008"]),
        ("MAX_LARGE_DECODES", 0, ["advthumb.E008"]),
        ("KEEP_SUPERSEDED", 3600, ["advthumb.E008"]),
        ("KEEP_SUPERSEDED", timedelta(-1), ["advthumb.E008"]),
        ("KEEP_SUPERSEDED", timedelta(1), []),
        ("FALLBACK", "", ["advthumb.E008"]),
        ("FALLBACK", 5, ["advthumb.E008"]),
        ("FALLBACK", Path("none.svg"), ["advthumb.E008"]),
        ("FALLBACK", "/static/none.svg", ["advthumb.E008"]),
        ("FALLBACK", "https://example.com/none.svg", ["advthumb.E008"]),
        ("FALLBACK", "data:image/gif,", ["advthumb.E008"]),
        ("FALLBACK", "img/../../none.svg", ["advthumb.E008"]),
        ("FALLBACK", "../none.svg", ["advthumb.E008"]),
        ("FALLBACK", "source", []),
        ("FALLBACK", str, []),
        ("MODE", "sometimes", ["advthumb.E008"]),
        ("TASK", "default", ["advthumb.E008"]),
        ("TASK", {"queues": "default"}, ["advthumb.E008"]),
        ("TASK", {"queue": None}, ["advthumb.E008"]),
        ("TASK", {"priority": 101}, ["advthumb.E008"]),
        ("TASK", {"retries": -1}, ["advthumb.E008"]),
        ("TASK", {"retries": True}, ["advthumb.E008"]),
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


class OwnNames(FileSystemStorage):
    """Overrides how names are found, as storages in old guides do."""

    def get_available_name(self, name, max_length=None):
        return name


class LikeS3(OwnNames):
    """Has the option of S3Storage."""

    def __init__(self, file_overwrite):
        super().__init__()
        self.file_overwrite = file_overwrite


class NoOption(FileSystemStorage):
    get_available_name = OwnNames.get_available_name


class NotSetUp(FileSystemStorage):
    """Raises until its settings exist."""

    @property
    def file_overwrite(self):
        raise ImproperlyConfigured("no bucket")


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ({}, None),
        ({"storage": LikeS3(file_overwrite=True)}, "overwrites"),
        ({"storage": LikeS3(file_overwrite=False)}, None),
        ({"storage": FileSystemStorage(allow_overwrite=True)}, "overwrites"),
        ({"storage": NoOption()}, "may overwrite"),
        ({"storage": NotSetUp()}, None),
        ({"storage": LikeS3(file_overwrite=True), "upload_to": lambda _instance, name: name}, None),
    ],
)
def test_a_source_on_an_overwriting_storage_is_reported_once(source, word):
    found = messages(thumbnail(), image=models.ImageField(**source), second=thumbnail())
    assert [message.id for message in found] == (["advthumb.W003"] if word else [])
    for message in found:
        assert f"'image' {word} files" in message.msg
        assert "file_overwrite=False" in message.hint


def by_database(*_args):
    """Stand in for `DB_CASCADE`, which Django has since 6.1."""


@pytest.mark.parametrize(
    ("fields", "culprit"),
    [
        ({"owner": ("Owner", by_database)}, "Checked.owner"),
        ({"owner": ("Owner", models.CASCADE)}, None),
        ({"owner": ("Owned", models.CASCADE)}, "Owned.owner"),
        ({"owner": ("Owned", models.DO_NOTHING)}, None),
        ({"owner": ("self", models.CASCADE)}, None),
    ],
)
def test_database_level_cascades_are_reported(monkeypatch, fields, culprit):
    monkeypatch.setattr(models, "DB_CASCADE", by_database, raising=False)
    with isolate_apps("tests.testapp"):
        in_app = {"__module__": "tests.testapp.models"}
        owner = type("Owner", (models.Model,), dict(in_app))
        owned = {**in_app, "owner": models.ForeignKey(owner, by_database)}
        known = {"Owner": owner, "Owned": type("Owned", (models.Model,), owned), "self": "self"}
        keys = {name: models.ForeignKey(known[to], how) for name, (to, how) in fields.items()}
        parts = {"image": models.ImageField(), "thumbnail": thumbnail(), "second": thumbnail()}
        model = type("Checked", (models.Model,), {**in_app, **parts, **keys})
        found = check_fields([config_of(model)])
    assert [message.id for message in found] == (["advthumb.W004"] if culprit else [])
    assert all(f"testapp.{culprit} has on_delete=DB_CASCADE" in message.msg for message in found)


def test_a_field_added_to_a_model_later_is_checked():
    with isolate_apps("tests.testapp"):
        model = type(
            "Theirs",
            (models.Model,),
            {"__module__": "tests.testapp.models", "image": models.ImageField()},
        )
        model.add_to_class("thumbnail", thumbnail(source_field="nothing"))
        assert [message.id for message in check_fields([config_of(model)])] == ["advthumb.E001"]


def test_every_id_is_documented():
    root = Path(__file__).parents[1]
    source = "".join(path.read_text() for path in (root / "src").rglob("*.py"))
    documented = (root / "docs/checks.md").read_text()
    ids = set(re.findall(r"advthumb\.[EW]\d{3}", source))
    assert ids
    assert ids == set(re.findall(r"advthumb\.[EW]\d{3}", documented))
