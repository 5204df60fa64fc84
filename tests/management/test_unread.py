"""Missing tables are reported and skipped; everything else is done."""

import json
from contextlib import contextmanager

import pytest
from django.db import connections
from django.test import override_settings

from advthumb.management.selection import choose
from tests.conftest import upload
from tests.testapp.models import Article, Badge, Document, Photo

from .commands import ALL, GENERATE, report, run, wiped

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@contextmanager
def without_table(*models, using="default"):
    """Drop the tables of some models for a while."""
    with connections[using].schema_editor() as editor:
        for model in models:
            editor.delete_model(model)
    try:
        yield
    finally:
        with connections[using].schema_editor() as editor:
            for model in models:
                editor.create_model(model)


@pytest.mark.parametrize("command", ALL)
def test_a_missing_table_is_reported_and_other_models_continue(command):
    rows = [wiped(Photo), wiped(Article), wiped(Badge)]
    with without_table(Document):
        done = run(command, "--force")
    assert done.code == 1
    assert "testapp.Document: skipped, its table cannot be read; has `migrate` been run?" in done.err
    assert "testapp_document" in done.err
    assert "Models whose table could not be read: 1" in done.err
    assert all(type(row).objects.get().thumbnail for row in rows)


def test_a_missing_table_is_listed_in_json():
    wiped(Photo)
    with without_table(Document):
        done = report(GENERATE)
    (entry,) = done.json["unread"]
    assert (entry["model"], entry["database"]) == ("testapp.Document", "default")
    assert "testapp_document" in entry["reason"]
    assert (done.code, done.outcomes) == (1, {"made": 1})


def test_after_a_missing_column_other_models_continue():
    wiped(Photo)
    field = Article._meta.get_field("thumbnail")
    with connections["default"].schema_editor() as editor:
        editor.remove_field(Article, field)
    try:
        done = run(GENERATE)
    finally:
        with connections["default"].schema_editor() as editor:
            editor.add_field(Article, field)
    assert done.code == 1
    assert "testapp.Article: skipped" in done.err
    assert Photo.objects.get().thumbnail


def test_started_rows_are_finished_when_the_table_becomes_unreadable(monkeypatch):
    from django.db import DatabaseError

    from advthumb.management import scanning

    monkeypatch.setattr(scanning, "CHUNK", 60)
    name = wiped(Photo).image.name
    Photo.objects.bulk_create(Photo(image=name) for _ in range(99))
    checked = scanning.Scan.checked

    def fails_later(scan, threads):
        for number, row in enumerate(checked(scan, threads)):
            if number == 60:
                raise DatabaseError("the connection was lost")
            yield row

    monkeypatch.setattr(scanning.Scan, "checked", fails_later)
    done = run(GENERATE, "--model", "testapp.Photo")
    assert done.code == 1
    assert "the connection was lost" in done.err
    made = Photo.objects.exclude(thumbnail="").exclude(thumbnail=None).count()
    assert made == 50  # those of the first batch
    assert f"{made} made" in done.out


def test_status_reports_a_missing_table_and_counts_the_others():
    Photo.objects.create(image=upload())
    with without_table(Document):
        done = run("thumbnail_status")
        document = json.loads(run("thumbnail_status", "--json").out)
    assert done.code == 1
    assert "testapp.Document: skipped, its table cannot be read" in done.err
    assert "testapp.Photo.thumbnail: 1 fresh (by stat)" in done.out
    assert [entry["model"] for entry in document["unread"]] == ["testapp.Document"]
    assert document["total"]["fresh"] == 1


def test_a_missing_table_does_not_disturb_the_progress_bar():
    from advthumb.core.detection import Verdict
    from advthumb.management.bulk import Run
    from advthumb.management.run_options import RunOptions

    wiped(Photo)
    with without_table(Document):
        assert Run(RunOptions(frozenset(Verdict))).count(choose()) == 1


# --database


def test_a_database_without_the_tables_is_reported_model_by_model():
    with without_table(Photo, Article, using="other"):
        labels = ("--model", "testapp.Photo", "--model", "testapp.Article")
        done = run(GENERATE, *labels, "--database", "other")
    assert done.code == 1
    for label in ("testapp.Photo", "testapp.Article"):
        assert f"{label} on other: skipped, its table cannot be read" in done.err


class PhotosElsewhere:
    """Keeps photos, and nothing else, on the other database."""

    def db_for_write(self, model, **_hints):
        return "other" if model is Photo else "default"

    def allow_migrate(self, db, _app_label, model_name=None, **_hints):
        return (db == "other") == (model_name == "photo")


class NoMigrations:
    """Forbids all migrations, as in a project whose tables are created elsewhere."""

    def allow_migrate(self, _db, _app_label, **_hints):
        return False


@override_settings(DATABASE_ROUTERS=[PhotosElsewhere()])
def test_a_model_stored_elsewhere_without_a_table_there_is_skipped_silently():
    row = Article(image=upload())
    row.save(using="other")
    Article.objects.using("other").update(thumbnail="")
    assert Article in [selection.model for selection in choose(database="other")]
    with without_table(Article, using="other"):
        assert Article not in [selection.model for selection in choose(database="other")]
        done = run(GENERATE, "--model", "testapp.Photo", "--model", "testapp.Article", "--database", "other")
    assert (done.code, done.err) == (0, "")


@override_settings(DATABASE_ROUTERS=[NoMigrations()])
@pytest.mark.parametrize("database", [(), ("--database", "default")])
def test_a_router_that_forbids_migrations_hides_no_rows(database):
    wiped(Photo)
    assert report(GENERATE, *database).outcomes == {"made": 1}


@override_settings(DATABASE_ROUTERS=[NoMigrations()])
def test_a_table_in_another_schema_is_found_although_no_table_list_has_it(monkeypatch):
    monkeypatch.setattr(Photo._meta, "db_table", 'elsewhere"."photo')
    done = run(GENERATE, "--model", "testapp.Photo", "--database", "default")
    assert done.code == 1
    assert "testapp.Photo: skipped, its table cannot be read" in done.err


@override_settings(DATABASE_ROUTERS=[PhotosElsewhere()])
def test_a_database_without_any_of_the_chosen_models_is_an_error():
    with without_table(Article, using="other"):
        done = run(GENERATE, "--model", "testapp.Article", "--database", "other")
    assert done.code == 1
    assert "--database 'other': no model with a thumbnail field has a table there." in done.err
