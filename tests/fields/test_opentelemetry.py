"""Spans of OpenTelemetry: one for each phase, with what is known about it."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from advthumb import observing
from tests.conftest import picture, upload
from tests.testapp.models import Gallery, Photo

pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is not installed")

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from advthumb.contrib.opentelemetry import SpanObserver

pytestmark = pytest.mark.django_db(transaction=True)

PHOTO = "testapp.Photo.thumbnail"


@pytest.fixture
def provider():
    return TracerProvider()


@pytest.fixture
def spans(provider, monkeypatch, settings):
    """Return a function that gives the spans that were ended since it was called last."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    path = "advthumb.contrib.opentelemetry.SpanObserver"
    settings.ADVANCE_THUMBNAIL_OBSERVER = path
    monkeypatch.setattr(observing, "_built", {path: SpanObserver(provider)})

    def ended():
        found = exporter.get_finished_spans()
        exporter.clear()
        return found

    return ended


def test_a_save_makes_a_span_of_each_phase(spans):
    data = picture()
    photo = Photo.objects.create(image=ContentFile(data, name="a.jpg"))
    common = {"advthumb.fields": (PHOTO,), "advthumb.verdicts": ("missing",), "advthumb.format": "JPEG"}
    size = {"advthumb.engine": "pillow", "advthumb.bytes": photo.thumbnail.size}
    found = spans()
    assert [(span.name, dict(span.attributes)) for span in found] == [
        ("advthumb.read", common | {"advthumb.bytes": len(data)}),
        ("advthumb.render", common | size),
        ("advthumb.store", common | size),
    ]
    assert all(span.start_time < span.end_time and span.status.is_unset for span in found)
    times = [moment for span in found for moment in (span.start_time, span.end_time)]
    assert times[-1] - times[0] < 60e9
    assert found[0].instrumentation_scope.name == "advthumb"


def test_several_thumbnails_are_named_together(spans):
    Gallery.objects.create(image=upload())
    labels = tuple(f"testapp.Gallery.{name}" for name in ("small", "square", "webp"))
    found = [(span.name, span.attributes["advthumb.fields"]) for span in spans()]
    assert found == [
        ("advthumb.read", labels),
        ("advthumb.render", labels),
        *(("advthumb.store", (label,)) for label in labels),
    ]


def test_a_phase_that_fails_is_an_error_with_its_code(spans):
    Photo.objects.create(image=ContentFile(picture()[:200], name="a.jpg"))
    read, render = spans()
    assert read.status.is_unset
    assert (render.status.status_code, render.status.description) == (trace.StatusCode.ERROR, "corrupt")
    assert render.attributes["error.type"] == "corrupt"


def test_the_spans_of_a_request_are_children_of_its_span(spans, provider):
    with provider.get_tracer("a view").start_as_current_span("upload") as parent:
        Photo.objects.create(image=upload())
    found = [span for span in spans() if span.name != "upload"]
    assert len(found) == 3
    assert {span.parent.span_id for span in found} == {parent.get_span_context().span_id}


def test_commands_make_spans_without_a_parent(spans):
    Photo.objects.create(image=upload())
    spans()
    call_command("generate_thumbnails", "--model", "testapp.Photo", "--force", verbosity=0)
    found = spans()
    assert [span.name.partition(".")[2] for span in found] == ["read", "render", "store"]
    assert {span.parent for span in found} == {None}


def test_nothing_else_imports_opentelemetry():
    script = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.bare_settings';"
        "django.setup(); import advthumb.management.base, advthumb.contrib.admin;"
        "print('opentelemetry' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
