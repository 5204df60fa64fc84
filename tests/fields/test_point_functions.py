"""`gravity="path.of.a.function"`: saves, pages and commands of a field whose points are found."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from advthumb import refresh_thumbnails
from advthumb.core.names import ThumbnailName, files_of
from tests.conftest import colour_of
from tests.management.project import Project
from tests.testapp import points
from tests.testapp.models import Focused, Gallery, Responsive

from .test_focal_points import BLUE, RED, RIGHT, elsewhere, focused, shown, stripes

pytestmark = pytest.mark.django_db

LEFTMOST, FAILING, ANSWER = (f"tests.testapp.points.{name}" for name in ("leftmost", "failing", "answer"))
TILE = Focused._meta.get_field("tile")


@pytest.fixture(autouse=True)
def _no_function_was_called() -> None:
    points.seen.clear()


@pytest.fixture
def found_by(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that gives a field the path of a function."""

    def give(path: str, field: Any = TILE) -> None:
        monkeypatch.setattr(field, "gravity", path)

    return give


def test_a_save_keeps_the_point_that_a_function_finds(found_by: Any, rendered: list[object]) -> None:
    found_by(LEFTMOST)
    assert shown(focused()) == RED
    assert len(points.seen) == 1
    assert len(rendered) == 2, "one small decode for the function, and one for all thumbnails"


def test_the_focal_point_of_a_row_comes_first(found_by: Any, rendered: list[object]) -> None:
    found_by(LEFTMOST)
    row = focused(focus=RIGHT)
    assert shown(row) == BLUE
    assert not points.seen
    assert len(rendered) == 1, "and nothing is decoded for the function"
    row.focus = None
    row.save()
    assert shown(row) == RED


def test_no_function_is_called_for_a_page_or_a_save_that_changes_nothing(found_by: Any) -> None:
    found_by(LEFTMOST)
    row = focused()
    points.seen.clear()
    row.title = "new"
    row.save()
    row = Focused.objects.get()
    assert row.tile.url
    assert (row.tile.width, row.tile.status) == (40, "fresh")
    assert refresh_thumbnails([row]).made == 0
    assert not points.seen


def test_fields_with_the_same_function_call_it_once(found_by: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("small", "square"):
        field = Gallery._meta.get_field(name)
        found_by(LEFTMOST, field)
        monkeypatch.setattr(field, "resize_method", "fill")
    row = Gallery.objects.create(image=stripes())
    assert (colour_of(row.small), colour_of(row.square)) == ((255, 0, 0), (255, 0, 0))
    assert len(points.seen) == 1


def test_all_files_of_a_set_keep_the_same_point(found_by: Any) -> None:
    found_by(LEFTMOST, Responsive._meta.get_field("tile"))
    row = Responsive.objects.create(image=stripes())
    names = files_of(row.tile.name)
    assert len(names) == 2
    for name in names:
        with row.tile.storage.open(name) as file:
            assert colour_of(ContentFile(file.read())) == (255, 0, 0)
    assert len(points.seen) == 1


def test_another_function_makes_thumbnails_spec_changed(found_by: Any) -> None:
    row = focused()
    plain = ThumbnailName.parse(row.tile.name).fingerprint
    for path in (LEFTMOST, FAILING, "smart"):
        found_by(path)
        assert row.tile.status == "spec-changed"
    found_by(LEFTMOST)
    assert refresh_thumbnails([row]).made == 1
    assert row.tile.status == "fresh"
    assert shown(row) == RED
    assert ThumbnailName.parse(row.tile.name).fingerprint.spec != plain.spec


@pytest.mark.parametrize("path", [FAILING, ANSWER, "tests.testapp.points.gone"])
def test_a_function_that_fails_never_breaks_the_save(
    found_by: Any, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    points.ANSWERS["answer"] = (7, 7)
    found_by(path)
    row = focused()
    assert not row.tile
    assert row.whole, "other thumbnails of the source are made"
    assert f"the function in gravity={path!r}" in caplog.text
    assert "[engine]" in caplog.text
    found_by(LEFTMOST)
    assert refresh_thumbnails([row]).made == 1, "the source is not to blame, so it is tried again"
    assert shown(row) == RED


def test_a_function_that_fails_leaves_the_old_thumbnail_in_the_row(found_by: Any) -> None:
    row = focused()
    before = row.tile.name
    found_by(FAILING)
    row.save()
    assert Focused.objects.get().tile.name == before


@pytest.mark.django_db(transaction=True)
def test_commands_call_the_function_and_leave_rows_with_a_point_alone(found_by: Any) -> None:
    first, second = focused(), focused()
    elsewhere(second, RIGHT)
    found_by(LEFTMOST)
    call_command("regenerate_thumbnails")
    assert (shown(first), shown(second)) == (RED, BLUE)
    assert len(points.seen) == 1


MODELS = """
    from django.db import models

    from advthumb.fields import AdvanceThumbnailField

    class Product(models.Model):
        image = models.ImageField(upload_to="products/")
        tile = AdvanceThumbnailField(
            source_field="image",
            upload_to="tiles/",
            size=(40, 40),
            resize_method="fill",
            gravity="myapp.faces.find",
            null=True,
            blank=True,
        )

    LOADED = True
"""
FACES = """
    from myapp.models import LOADED

    def find(preview):
        return (0, 0.5) if LOADED else None
"""


def test_a_function_may_import_the_models_and_is_a_text_in_migrations(tmp_path: Any) -> None:
    project = Project.make(tmp_path, MODELS)
    project.write("myapp/faces.py", FACES)
    project.migrate()
    [written] = (tmp_path / "myapp/migrations").glob("0001*.py")
    assert "gravity='myapp.faces.find'" in written.read_text()
    assert "No changes detected" in project.run("python manage.py makemigrations --check --dry-run")
    assert "no issues" in project.run("python manage.py check")
