"""Functions that find the point of a crop, and tasks: the worker calls them, and the save does not."""

import pytest

from tests.fields.test_focal_points import RED, focused, shown
from tests.testapp import points
from tests.testapp.models import Focused

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_task_calls_the_function(queue, monkeypatch):
    points.seen.clear()
    monkeypatch.setattr(Focused._meta.get_field("tile"), "gravity", "tests.testapp.points.leftmost")
    row = focused()
    assert not row.tile
    assert not points.seen
    queue.run_all()
    assert shown(row) == RED
    assert len(points.seen) == 1
