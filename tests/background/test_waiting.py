"""The verdict `waiting`: what it is given for, and what it never excuses."""

import json
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command

from advthumb.fields.preview import ThumbnailPreview
from tests.conftest import upload
from tests.fields.conftest import in_database
from tests.testapp.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(queue):
    return Photo.objects.create(image=upload())


def verdicts():
    out = StringIO()
    call_command("thumbnail_status", "--model", "testapp.Photo", "--json", stdout=out)
    return {verdict: count for verdict, count in json.loads(out.getvalue())["total"].items() if count}


def run(command, *words):
    call_command(command, "--model", "testapp.Photo", "--workers", "1", *words, stdout=StringIO())


def test_a_thumbnail_waits_until_its_task_starts(waiting, queue):
    assert waiting.thumbnail.explain() == ("waiting", "a task that makes it is on its way")
    assert verdicts() == {"waiting": 1}
    queue.run()
    assert in_database(waiting).thumbnail.explain().status == "fresh"
    assert verdicts() == {"fresh": 1}


def test_another_size_waits(waiting, queue, monkeypatch):
    queue.run()
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (20, 20))
    photo = in_database(waiting)
    photo.save()
    assert photo.thumbnail.explain().status == "waiting"
    assert photo.thumbnail.status == "spec-changed"


def test_a_size_that_changed_while_a_task_waits_is_no_longer_waited_for(waiting, monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (20, 20))
    assert verdicts() == {"missing": 1}


def test_without_the_cache_a_waiting_thumbnail_is_missing(waiting):
    cache.clear()
    assert verdicts() == {"missing": 1}


@pytest.mark.parametrize("command", ["generate_thumbnails", "regenerate_thumbnails", "sync_thumbnails"])
def test_commands_leave_it_to_the_task(waiting, command):
    run(command)
    assert not in_database(waiting).thumbnail


@pytest.mark.parametrize("word", ["--force", "--clear-cache"])
def test_commands_can_be_told_to_make_it(waiting, queue, word):
    run("sync_thumbnails", word)
    assert in_database(waiting).thumbnail
    assert queue.run() == {"thumbnail": "left"}


def test_what_a_killed_worker_lost_is_made_by_the_command(waiting, queue, monkeypatch):
    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("advthumb.background.Pictures.render", killed)
        with pytest.raises(SystemExit):
            queue.run()
    assert verdicts() == {"missing": 1}
    run("sync_thumbnails")
    assert verdicts() == {"fresh": 1}


def test_no_task_excuses_the_thumbnail_of_another_source(waiting, queue):
    """A task waits for the old source, and the row got that source back as no save does."""
    old = waiting.image.name
    task = queue.results.pop()
    waiting.image = upload("b.jpg", "blue")
    waiting.save()
    queue.run()
    Photo.objects.update(image=old)
    assert verdicts() == {"source-changed": 1}
    assert task.task.call(**task.kwargs) == {"thumbnail": "made"}
    assert verdicts() == {"fresh": 1}


def test_the_verdict_of_an_inline_field_asks_no_cache(waiting, settings):
    settings.ADVANCE_THUMBNAIL_MODE = "inline"
    assert waiting.thumbnail.explain().status == "missing"


def test_the_admin_says_that_it_is_being_made(waiting):
    assert "Being made" in ThumbnailPreview().render("thumbnail", waiting.thumbnail)
