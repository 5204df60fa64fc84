"""A changed size is detected after a restart with any cache: every command here is a new process."""

import signal
import time

import pytest

from .project import Project

MODELS = """
    import os

    from django.db import models

    from advthumb.fields import AdvanceThumbnailField

    SIDE = int(os.environ.get("TEST_SIDE", 300))


    class Photo(models.Model):
        image = models.ImageField(upload_to="images/")
        thumbnail = AdvanceThumbnailField(
            source_field="image", upload_to="thumbnails/", size=(SIDE, SIDE), blank=True
        )
        fixed = AdvanceThumbnailField(
            source_field="image", upload_to="fixed/", size=(50, 50), blank=True
        )
"""

CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
    "tests.testapp.caches.BrokenCache",
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a project with two photos that have thumbnails."""
    project = Project.make(tmp_path_factory.mktemp("restart"), MODELS)
    project.migrate()
    insert(project, "a.jpg", "b.jpg")
    project.run("python manage.py generate_thumbnails")
    return project


@pytest.fixture
def project(filled, tmp_path):
    """Return a copy of that project for one test."""
    return filled.copy(tmp_path)


def insert(project, *names):
    """Insert rows that have a source but no thumbnails."""
    for name in names:
        stored = project.store(f"images/{name}")
        project.sql("INSERT INTO myapp_photo (image, thumbnail, fixed) VALUES (?, '', '')", stored)


def stopped_half_way(project, how):
    """Run `generate_thumbnails`, stop it when some rows are written, and return its code and output."""
    with project.popen("python manage.py generate_thumbnails") as running:
        while sum(map(bool, project.column("myapp_photo", "fixed"))) < 10 and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(how)
        out, err = running.communicate()
    return running.returncode, out, err


@pytest.mark.parametrize("cache", CACHES)
def test_only_stale_thumbnails_are_regenerated_and_a_second_run_does_nothing(cache, project):
    fixed = project.column("myapp_photo", "fixed")
    changed = {"TEST_CACHE": cache, "TEST_SIDE": "150"}
    line = "python manage.py regenerate_thumbnails"
    assert project.outcomes(line, TEST_CACHE=cache) == {"left": 4}
    assert project.outcomes(line, **changed) == {"made": 2, "left": 2}
    assert project.outcomes(line, **changed) == {"left": 4}
    assert project.column("myapp_photo", "fixed") == fixed
    names = project.column("myapp_photo", "thumbnail")
    assert all("_150x100_" in name for name in names)
    assert project.files("thumbnails") == names


def test_work_finished_before_a_kill_is_not_repeated(project):
    insert(project, *(f"{number:03}.jpg" for number in range(400)))
    assert stopped_half_way(project, signal.SIGKILL)[0] == -signal.SIGKILL
    done = sum(map(bool, project.column("myapp_photo", "fixed")))
    assert 2 < done < 402
    assert project.outcomes("python manage.py generate_thumbnails")["made"] == 2 * (402 - done)
    assert all(project.column("myapp_photo", "thumbnail"))


def test_ctrl_c_at_a_terminal_exits_with_130_and_keeps_finished_work(project):
    insert(project, *(f"{number:03}.jpg" for number in range(400)))
    code, out, err = stopped_half_way(project, signal.SIGINT)
    assert code == 130
    assert "Interrupted: what was done is kept, run it again for the rest." in out
    assert "Traceback" not in err
    names = [name for name in project.column("myapp_photo", "thumbnail") if name]
    assert 2 < len(names) < 402
    assert project.files("thumbnails") == names


def test_failures_are_printed_once_with_or_without_logging(project):
    insert(project, "broken.jpg")
    (project.media / "images/broken.jpg").write_bytes(b"no picture")
    done = project.start("python manage.py generate_thumbnails")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if "the source is not an image" in line]
    assert [line.partition(" pk=")[0] for line in said] == ["myapp.Photo.thumbnail", "myapp.Photo.fixed"]
    traced = project.start("python manage.py generate_thumbnails --traceback")
    assert "No thumbnail for myapp.Photo.fixed of Photo(pk=3) from 'images/broken.jpg'" in traced.stderr
