"""Focal points and tasks: the old crop stays until the task made the new one, around the latest point."""

import pytest
from django.core.management import call_command

from advthumb.fields import rows
from tests.fields.conftest import in_database
from tests.fields.test_focal_points import BLUE, LEFT, MIDDLE, RED, RIGHT, focused, named, shown, stripes
from tests.testapp.models import Focused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(queue):
    """Return the instance of a row whose thumbnails a task has made."""
    made = focused(focus=LEFT)
    queue.run_all()
    return in_database(made)


@pytest.mark.parametrize("update_fields", [None, ["focus"]])
def test_a_moved_point_keeps_the_old_crop_and_enqueues_one_task_for_it(row, queue, update_fields):
    old = named(row)
    row.focus = RIGHT
    row.save(update_fields=update_fields)
    assert named(row) == old
    assert row.tile.status == "spec-changed"
    assert row.tile.explain().status == "waiting"
    assert [each["fields"] for each in queue.kwargs] == [["tile"]]
    queue.run()
    assert shown(row) == BLUE
    assert in_database(row).tile.status == "fresh"


def test_a_point_that_moves_twice_needs_one_task(row, queue):
    for point in (MIDDLE, RIGHT):
        row.focus = point
        row.save()
    assert len(queue) == 1
    queue.run()
    assert shown(row) == BLUE


def test_a_point_that_moves_while_its_task_runs_gets_a_task_of_its_own(row, queue, monkeypatch):
    row.focus = MIDDLE
    row.save()
    update = rows._update

    def moved_meanwhile(*args):
        monkeypatch.undo()
        row.focus = RIGHT
        row.save()
        return update(*args)

    monkeypatch.setattr(rows, "_update", moved_meanwhile)
    queue.run()
    assert shown(row) == RED
    assert len(queue) == 1
    queue.run()
    assert shown(row) == BLUE


def test_a_point_that_was_moved_by_update_is_found_by_the_command(row, queue):
    Focused.objects.update(focus=RIGHT)
    call_command("regenerate_thumbnails", verbosity=0)
    queue.run_all()
    assert shown(row) == BLUE


def test_bulk_create_of_uploads_leaves_the_crops_to_tasks(queue):
    Focused.objects.bulk_create([Focused(image=stripes(), focus=point) for point in (LEFT, RIGHT)])
    queue.run_all()
    assert [shown(each) for each in Focused.objects.order_by("pk")] == [RED, BLUE]
