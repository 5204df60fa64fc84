"""What can disturb a run: Ctrl-C, rows that other processes change, code that raises."""

import os
import signal
import threading

import pytest
from django.db import connection
from django.db.models.signals import post_init

from advthumb.management.scanning import Scan
from advthumb.signals import thumbnail_generated
from tests.conftest import colour_of, upload
from tests.testapp.models import Gallery, Photo
from tests.testapp.storages import CountingStorage

from .commands import GENERATE, photo, report, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def while_storing(monkeypatch):
    """Provide a function that sets what another process does while a thumbnail is being stored."""

    def does(action):
        usual = CountingStorage._save

        def save(storage, name, content):
            if name.startswith("thumbnails/"):
                monkeypatch.setattr(CountingStorage, "_save", usual)
                action()
                if threading.current_thread() is not threading.main_thread() and connection.connection:
                    connection.connection.close()  # Django keeps connections to in-memory databases open
                    connection.connection = None
            return usual(storage, name, content)

        monkeypatch.setattr(CountingStorage, "_save", save)

    return does


@pytest.fixture
def after_each():
    """Provide a function that sets what happens after each new thumbnail."""
    receivers = []

    def does(action):
        def receive(**_kwargs):
            action()

        receivers.append(receive)
        thumbnail_generated.connect(receive)

    yield does
    for receive in receivers:
        thumbnail_generated.disconnect(receive)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def once(action):
    """Return a function that acts on its first call only."""
    waiting = [action]
    return lambda: waiting.pop()() if waiting else None


def photos_of_one_source(count):
    """Insert rows without thumbnails that share one source."""
    name = photo(thumbnail="").image.name
    Photo.objects.bulk_create(Photo(image=name) for _ in range(count - 1))


def thumbnails():
    return [bool(row.thumbnail) for row in Photo.objects.order_by("pk")]


# Ctrl-C


def test_ctrl_c_finishes_started_rows_and_keeps_finished_work(after_each, stored):
    photos_of_one_source(200)
    left_behind = set(stored("thumbnails/"))
    after_each(once(press_ctrl_c))
    done = run(GENERATE, "--workers", "1")
    assert done.code == 130
    assert "Interrupted: what was done is kept, run it again for the rest." in done.out
    made = [row.thumbnail.name for row in Photo.objects.all() if row.thumbnail]
    assert 0 < len(made) < 200
    assert f"{len(made)} missing; {len(made)} made" in done.out
    assert set(stored("thumbnails/")) - left_behind == set(made)


def test_ctrl_c_is_reported_in_json(after_each):
    photos_of_one_source(200)
    after_each(once(press_ctrl_c))
    done = report(GENERATE, "--workers", "1")
    assert (done.code, done.json["interrupted"]) == (130, True)
    assert done.outcomes == {"made": sum(thumbnails())}


def test_a_second_ctrl_c_stops_in_the_middle_of_a_row(while_storing):
    def impatience():
        press_ctrl_c()
        while signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            pass  # two signals at once would count as one
        press_ctrl_c()

    for _ in range(2):
        photo(thumbnail="")
    while_storing(impatience)
    done = run(GENERATE)
    for thread in threading.enumerate():
        # Nothing waited for it; a real process would end now. The signal may have come during its start.
        if thread.name == "advthumb" and thread._started.wait(1):
            thread.join(10)
    assert done.code == 130
    assert "Interrupted" in done.out
    assert thumbnails() == [False, False]


def test_the_ctrl_c_handler_is_restored_afterwards():
    photo(thumbnail="")
    run(GENERATE)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_program_keeps_its_own_ctrl_c_handler(after_each):
    presses = []
    photo(thumbnail="")
    photo(thumbnail="")
    after_each(press_ctrl_c)
    before = signal.signal(signal.SIGINT, lambda *_: presses.append(1))
    try:
        done = report(GENERATE)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (done.code, done.outcomes) == (0, {"made": 2})
    assert len(presses) == 2


def test_a_command_runs_in_any_thread():
    photo(thumbnail="")
    done = []

    def work():
        done.append(report(GENERATE))
        connection.connection.close()  # Django keeps connections to in-memory databases open

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done[0].outcomes == {"made": 1}


# Other processes


def test_a_row_that_is_deleted_meanwhile_is_gone_and_leaves_no_file(while_storing, stored):
    row = photo(thumbnail="")
    left_behind = stored("thumbnails/")
    while_storing(lambda: Photo.objects.filter(pk=row.pk).delete())
    done = report(GENERATE)
    assert (done.code, done.outcomes) == (0, {"gone": 1})
    assert done.json["rows"][0]["reason"] == "the row was changed or deleted meanwhile"
    assert stored("thumbnails/") == left_behind


def test_a_row_that_is_deleted_before_it_is_loaded_is_gone(monkeypatch):
    rows = [photo(thumbnail=""), photo(thumbnail="")]
    assess = Scan.assess

    def assess_and_delete(scan, row, *rest):
        if row[0] == rows[1].pk:
            Photo.objects.filter(pk=row[0]).delete()
        return assess(scan, row, *rest)

    monkeypatch.setattr(Scan, "assess", assess_and_delete)
    done = report(GENERATE)
    assert (done.code, done.outcomes) == (0, {"made": 1, "gone": 1})
    assert done.json["rows"][0]["reason"] == "the row was deleted meanwhile"


def test_a_row_given_another_source_meanwhile_keeps_the_new_thumbnail(while_storing, stored):
    row = photo(thumbnail="")
    left_behind = set(stored("thumbnails/"))

    def another_source():
        other = Photo.objects.get(pk=row.pk)
        other.image = upload("b.jpg", "blue")
        other.save()

    while_storing(another_source)
    assert report(GENERATE).outcomes == {"gone": 1}
    row.refresh_from_db()
    assert colour_of(row.thumbnail)[2] > 200
    assert set(stored("thumbnails/")) - left_behind == {row.thumbnail.name}


def test_a_row_another_process_finished_before_loading_is_left_unchanged(monkeypatch):
    row = photo(thumbnail="")
    assess = Scan.assess

    def assess_and_make(scan, *values):
        assessed = assess(scan, *values)
        Photo.objects.get(pk=row.pk).save()
        return assessed

    monkeypatch.setattr(Scan, "assess", assess_and_make)
    assert report(GENERATE).outcomes == {"left": 1}
    assert Photo.objects.get(pk=row.pk).thumbnail


def test_a_row_two_processes_make_at_once_keeps_one_file(while_storing, stored):
    row = photo(thumbnail="")
    left_behind = set(stored("thumbnails/"))
    while_storing(lambda: Photo.objects.get(pk=row.pk).save())
    assert report(GENERATE).outcomes == {"made": 1}
    row.refresh_from_db()
    assert set(stored("thumbnails/")) - left_behind == {row.thumbnail.name}


# Code of the project


def test_a_row_that_cannot_even_be_loaded_fails_alone():
    rows = [photo(thumbnail=""), photo(thumbnail=""), photo(thumbnail="")]

    def refuse(instance, **_kwargs):
        if instance.pk == rows[1].pk:
            msg = "the project cannot load this one"
            raise LookupError(msg)

    post_init.connect(refuse, sender=Photo)
    try:
        done = report(GENERATE)
    finally:
        post_init.disconnect(refuse, sender=Photo)
    assert (done.code, done.outcomes) == (1, {"made": 2, "failed": 1})
    assert done.json["rows"][0]["reason"] == "LookupError: the project cannot load this one"
    assert thumbnails() == [True, False, True]


def test_a_row_that_the_database_refuses_fails_alone_and_leaves_no_file(stored):
    rows = [photo(thumbnail=""), photo(thumbnail=""), photo(thumbnail="")]
    left_behind = set(stored("thumbnails/"))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON testapp_photo "
            f"WHEN OLD.id = {rows[1].pk} BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        try:
            done = report(GENERATE)
        finally:
            cursor.execute("DROP TRIGGER refuse")
    assert (done.code, done.outcomes) == (1, {"made": 2, "failed": 1})
    assert done.json["rows"][0]["reason"] == "IntegrityError: not this one"
    assert thumbnails() == [True, False, True]
    rows = {row.thumbnail.name for row in Photo.objects.all() if row.thumbnail}
    assert set(stored("thumbnails/")) - left_behind == rows


def test_an_engine_that_is_not_installed_ends_the_run_with_what_to_do(settings):
    photo(thumbnail="")
    Gallery.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_ENGINE = "tests.testapp.engines.missing.MissingEngine"
    done = run(GENERATE)
    assert done.code == 1
    assert "The settings are wrong: " in done.err
