"""Checks of files that are not on this machine: several rows at a time, and the results in order."""

from threading import Barrier, Event

import pytest
from django.core.files.storage import default_storage

from advthumb.management.in_order import in_order
from tests.conftest import upload
from tests.management.commands import GENERATE, report
from tests.testapp.models import Photo
from tests.testapp.storages import RemoteStorage

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 30


class MeetingStorage(RemoteStorage):
    """Answers about sources only when three are asked about at a time."""

    meeting: Barrier | None = None

    def size(self, name):
        if self.meeting is not None:
            self.meeting.wait(SECONDS)
        return super().size(name)


def test_three_rows_are_checked_at_a_time_for_each_worker(settings, monkeypatch):
    """With one thread, nothing would ever meet."""
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": f"{__name__}.MeetingStorage"}}
    for number in range(6):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    monkeypatch.setattr(MeetingStorage, "meeting", Barrier(3))
    done = report(GENERATE, "--model", "testapp.photo", "--verify", "stat", "--workers", "1")
    assert done.outcomes == {"left": 6}
    assert not default_storage.meeting.broken


def test_results_come_in_the_order_of_the_items_whichever_is_done_first():
    last_is_done = Event()

    def work(item):
        if item == 2:
            last_is_done.set()
        assert last_is_done.wait(SECONDS)
        return item * 10

    assert list(in_order(range(3), work, 3)) == [0, 10, 20]


def test_what_a_call_raises_is_raised_in_its_place():
    def work(item):
        if item == 1:
            raise LookupError(item)
        return item

    results = in_order(range(3), work, 2)
    assert next(results) == 0
    with pytest.raises(LookupError):
        next(results)


def test_items_are_taken_only_a_few_ahead():
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    results = in_order(items(), abs, 2)
    assert next(results) == 0
    assert len(taken) == 4
    results.close()
