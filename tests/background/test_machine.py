"""The state machine of saves in task mode: tasks run late, twice, in any order, or are lost."""

import logging
from contextlib import suppress
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from hypothesis import settings
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.consistency import committing, models
from tests.consistency.bench import NUMBERS
from tests.consistency.machine import Machine
from tests.consistency.test_machine import SHORT
from tests.consistency.world import World

from .conftest import Queue

pytestmark = committing

SHORTER = settings(SHORT, max_examples=8)
MODELS = [models.LocalTwin, models.BucketPhoto, models.RecordedPhoto, models.Shop]


class LateWorld(World):
    """A world in which a thumbnail may be missing, because its task did not run. It may never be wrong."""

    def is_right(self, row, *, complete=False):
        return super().is_right(row)

    def is_complete(self, row):
        return super().is_right(row, complete=True)


class TaskMachine(Machine):
    """Rows whose thumbnails are made by tasks."""

    def __init__(self):
        super().__init__()
        self.world = LateWorld(self.model)
        self.queue = Queue()
        self.queue.lose()
        cache.clear()

    @precondition(lambda self: not self.open and len(self.queue))
    @rule(number=NUMBERS)
    def run_a_task(self, number):
        """Run one of the tasks."""
        self.queue.run(number % len(self.queue))
        self.look()

    @precondition(lambda self: not self.open and len(self.queue))
    @rule(number=NUMBERS)
    def deliver_a_task_twice(self, number):
        """Run one of the tasks twice: the second time nothing changes."""
        number %= len(self.queue)
        self.queue.run(number, keep=True)
        rows, files = self.world.rows(), self.world.thumbnails()
        self.queue.run(number)
        assert (self.world.rows(), self.world.thumbnails()) == (rows, files)
        self.look()

    @precondition(lambda self: len(self.queue))
    @rule(number=NUMBERS)
    def lose_a_task(self, number):
        """Lose one of the tasks."""
        self.queue.results.pop(number % len(self.queue))

    @precondition(lambda self: not self.open)
    @rule()
    def run_all(self):
        """Run all tasks, and the command that makes what was lost: then nothing is missing."""
        self.queue.run_all()
        words = ["--model", self.model._meta.label, "--clear-cache", "--no-progress"]
        with suppress(CommandError):  # a bad picture makes the exit code 1
            call_command("sync_thumbnails", *words, workers=1, verbosity=0, stderr=StringIO())
        self.put_right(*self.world.rows())
        for pk, row in self.world.rows().items():
            assert pk in self.world.allowed.excused or self.world.is_complete(row), f"{pk} has {row}"
        self.look()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_row_ever_has_the_thumbnail_of_another_source(model, queue, caplog):
    caplog.set_level(logging.CRITICAL, logger="advthumb")
    machine = type(f"{model.__name__}Machine", (TaskMachine,), {"model": model})
    run_state_machine_as_test(machine, settings=SHORTER)
