"""`--processes`: a picture that crashes its process costs only one row."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from advthumb.engines.registry import isolated
from tests.conftest import picture
from tests.testapp.engines.crashing import MARK
from tests.testapp.models import Photo

from .commands import GENERATE, photo, report

pytestmark = pytest.mark.django_db(transaction=True)

CRASHING = "tests.testapp.engines.crashing.CrashingEngine"
ISOLATED = "advthumb.engines.isolation.IsolatedEngine"


@pytest.fixture
def crashing(settings):
    """Use an engine that crashes on pictures with a mark."""
    settings.ADVANCE_THUMBNAIL_ENGINE = CRASHING


def insert(count, *, crash):
    """Insert rows without thumbnails, some of which crash the engine."""
    rows = [photo(thumbnail="") for _ in range(count)]
    for number in crash:
        storage = rows[number].image.storage
        name = storage.save("images/crash.jpg", ContentFile(picture() + MARK))
        Photo.objects.filter(pk=rows[number].pk).update(image=name)
    return rows


def test_a_picture_that_crashes_its_process_costs_one_row(crashing):
    rows = insert(12, crash=[3, 7])
    done = report(GENERATE, "--processes", "--workers", "2")
    assert (done.code, done.outcomes) == (1, {"made": 10, "failed": 2})
    failed = {row["pk"]: row["reason"] for row in done.json["rows"]}
    assert set(failed) == {rows[3].pk, rows[7].pk}
    for reason in failed.values():
        assert reason.startswith("the picture made the process of the crashing engine crash (SIGABRT)")
        assert reason.endswith("[corrupt]")
    assert [bool(row.thumbnail) for row in Photo.objects.order_by("pk")].count(True) == 10


def test_a_crash_is_recorded_and_not_retried_on_each_run(crashing):
    insert(1, crash=[0])
    report(GENERATE, "--processes", "--workers", "1")
    done = report(GENERATE)  # without --processes: a retry would end this process
    assert (done.code, done.outcomes, done.verdicts) == (1, {"failed": 1}, {"failed": 1})


def test_the_pictures_are_the_same():
    rows = [photo(thumbnail="") for _ in range(2)]
    report(GENERATE, "--limit", "1")
    report(GENERATE, "--processes")
    one, other = (Path(Photo.objects.get(pk=row.pk).thumbnail.path).read_bytes() for row in rows)
    assert one == other


@pytest.mark.parametrize(
    "reference", ["pillow", CRASHING, {"BACKEND": "vips", "OPTIONS": {"shrink_margin": 3}}]
)
def test_an_engine_gets_its_own_processes(reference):
    assert isolated(reference, 3) == {"BACKEND": ISOLATED, "OPTIONS": {"engine": reference, "workers": 3}}


@pytest.mark.parametrize("reference", ["imagemagick", {"BACKEND": ISOLATED, "OPTIONS": {"engine": "pillow"}}])
def test_an_engine_that_has_processes_keeps_them(reference):
    assert isolated(reference, 3) is reference


def test_an_unknown_engine_is_left_for_its_creation_to_report():
    assert isolated("no.such.Engine", 1)["OPTIONS"]["engine"] == "no.such.Engine"
