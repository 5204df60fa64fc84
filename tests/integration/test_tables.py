"""Compare-and-set with source and thumbnail in two tables (multi-table inheritance), on PostgreSQL."""

import threading
import time

import pytest
from django.db import connection, transaction

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.testapp.models import Restaurant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgresql")]


def meanwhile(work):
    """Run something in another thread with its own connection, and wait until it meets our locks."""

    def run():
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    return thread


def test_a_command_that_waits_for_a_save_sees_the_source_that_it_wrote(stored):
    """PostgreSQL sees the parent's row as it was before it waited for the child's row."""
    row = Restaurant.objects.create(image=upload())
    other = Restaurant.objects.get()
    with transaction.atomic():
        other.image = upload("b.jpg", "blue")
        other.save()
        command = meanwhile(lambda: refresh_thumbnails([row], fields=["icon"], force=True))
    command.join()
    now = Restaurant.objects.get()
    assert now.icon.status == "fresh"
    assert stored("icons/") == [now.icon.name]


def test_a_save_that_waits_for_a_command_leaves_one_unused_file_at_most(stored):
    """It read the row before it waited, so the command's file is left to `prune_thumbnails` (R5)."""
    Restaurant.objects.create(image=upload())
    row, other = Restaurant.objects.get(), Restaurant.objects.get()
    other.image = upload("b.jpg", "blue")
    with transaction.atomic():
        refresh_thumbnails([row], fields=["icon"], force=True)
        save = meanwhile(other.save)
    save.join()
    now = Restaurant.objects.get()
    assert now.icon.status == "fresh"
    assert colour_of(now.icon)[2] > 200
    assert now.icon.name in stored("icons/")
    assert len(stored("icons/")) <= 2
