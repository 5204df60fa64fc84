"""A failure is remembered with its cause: it is retried only once that cause has changed."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from advthumb import conditions
from advthumb.conditions import conditions_of_failure
from advthumb.core.formats import ImageFormat
from advthumb.engines.isolation import IsolatedEngine
from advthumb.engines.pillow import PillowEngine
from advthumb.engines.registry import engine
from tests.conftest import upload
from tests.testapp.models import Fingerprinted, Photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempts(monkeypatch):
    """Return the formats of the sources that an engine probes, one for each attempt."""
    tried = []
    probe = PillowEngine._read_header

    def noting(self, data, image_format, max_frames):
        tried.append(image_format)
        return probe(self, data, image_format, max_frames)

    monkeypatch.setattr(PillowEngine, "_read_header", noting)
    return tried


@pytest.fixture(params=[Photo, Fingerprinted])
def failed(request, settings):
    """Return a model with a row whose source has too many pixels."""
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 100
    request.param.objects.create(image=upload())
    return request.param


def test_an_unchanged_cause_is_not_retried(failed, attempts):
    for _ in range(2):
        failed.objects.get().save()
    assert attempts == []
    assert not failed.objects.get().thumbnail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_SOURCE_PIXELS", 200),
        ("MAX_SOURCE_BYTES", 100_000),
        ("MAX_SOURCE_MEMORY", 100_000),
        ("MAX_FRAMES", 3),
        ("ALLOWED_FORMATS", ["JPEG"]),
        ("ENGINE", ["pillow", "pillow"]),
        ("ENGINE", {"BACKEND": "pillow", "OPTIONS": {"shrink_margin": 3}}),
    ],
)
def test_a_changed_setting_causes_one_retry(name, value, failed, attempts, settings):
    setattr(settings, f"ADVANCE_THUMBNAIL_{name}", value)
    for _ in range(2):
        failed.objects.get().save()
    assert attempts == [ImageFormat.JPEG]


def test_a_raised_limit_gives_the_thumbnail(failed, settings):
    assert failed.objects.get().thumbnail.status == ("failed" if failed is Fingerprinted else "missing")
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 100_000
    assert failed.objects.get().thumbnail.status == "missing"
    failed.objects.get().save()
    assert failed.objects.get().thumbnail.status == "fresh"


def test_another_build_of_an_engine_causes_a_retry(failed, attempts, monkeypatch, settings):
    pillow = engine("pillow")
    monkeypatch.setattr(pillow, "reads", pillow.reads - {ImageFormat.TIFF})
    settings.UNRELATED = "so that what was worked out of the settings is so again"
    failed.objects.get().save()
    assert attempts == [ImageFormat.JPEG]


def test_another_engine_of_the_field_causes_a_retry(failed, attempts, monkeypatch):
    reference = {"BACKEND": "advthumb.engines.pillow.PillowEngine"}
    monkeypatch.setattr(failed._meta.get_field("thumbnail"), "engine", reference)
    failed.objects.get().save()
    assert attempts == [ImageFormat.JPEG]


# What computing the conditions costs


def test_conditions_are_computed_once_per_version_of_the_settings(monkeypatch, settings):
    asked = []
    of_engine = conditions._of_engine
    monkeypatch.setattr(
        conditions, "_of_engine", lambda reference: asked.append(reference) or of_engine(reference)
    )
    settings.UNRELATED = 1
    before = conditions_of_failure(("pillow",))
    assert conditions_of_failure(("pillow",)) == before
    assert asked == ["pillow"]
    settings.ADVANCE_THUMBNAIL_MAX_FRAMES = 7
    assert conditions_of_failure(("pillow",)) != before
    assert asked == ["pillow"] * 2


def test_computing_conditions_starts_no_engine_process(monkeypatch, settings):
    def refuse(*_args, **_options):
        raise AssertionError("started")

    monkeypatch.setattr(IsolatedEngine, "__init__", refuse)
    settings.UNRELATED = 2
    assert "imagemagick" in conditions_of_failure(("imagemagick",))


def test_an_engine_that_is_missing_is_a_condition_too(settings):
    settings.UNRELATED = 3
    with pytest.raises(ImproperlyConfigured):
        engine("tests.testapp.engines.missing.MissingEngine")
    assert conditions_of_failure(("tests.testapp.engines.missing.MissingEngine",))


def test_a_page_of_rows_with_thumbnails_calls_no_engine(monkeypatch):
    row = Fingerprinted.objects.create(image=upload())
    monkeypatch.setattr(conditions, "_of_engine", lambda _reference: pytest.fail("asked"))
    assert row.thumbnail.status == "fresh"


@pytest.mark.parametrize("model", [Photo, Fingerprinted])
def test_a_failure_for_lack_of_memory_is_retried(model, monkeypatch):
    """The picture is unchanged, but the machine is less busy now."""

    def exhausted(*_arguments):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(PillowEngine, "_decode", exhausted)
        model.objects.create(image=upload())
    assert not model.objects.get().thumbnail
    model.objects.get().save()
    assert model.objects.get().thumbnail.status == "fresh"
