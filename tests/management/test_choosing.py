"""Which rows the options select, and the messages for wrong values."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.test import override_settings

from advthumb.management.selection import choose
from tests.conftest import upload
from tests.testapp.models import Article, Gallery, Hidden, Photo, PhotoProxy, Place, Restaurant

from .commands import BOTH, GENERATE, broken_photo, photo, report, run, wiped

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

FIELDS = {
    "testapp.Photo.thumbnail",
    "testapp.Gallery.small",
    "testapp.Gallery.square",
    "testapp.Gallery.webp",
}


def fields_of(done):
    return {entry["field"] for entry in done.json["fields"]}


# --model and --field


@pytest.mark.parametrize("label", ["testapp.Photo", "testapp.photo", "TESTAPP.PHOTO", "testapp.photoproxy"])
@pytest.mark.parametrize("command", BOTH)
def test_the_model_option_ignores_case(command, label):
    photo()
    Gallery.objects.create(image=upload())
    assert fields_of(report(command, "--model", label)) == {"testapp.Photo.thumbnail"}


def test_model_can_be_repeated_and_counts_once():
    photo()
    Gallery.objects.create(image=upload())
    Article.objects.create(image=upload())
    labels = ("testapp.Photo", "testapp.Gallery", "testapp.PhotoProxy", "testapp.photo")
    done = report(GENERATE, *[part for label in labels for part in ("--model", label)])
    assert fields_of(done) == FIELDS
    assert done.json["scanned"] == 2


def test_an_app_label_selects_all_its_models():
    photo()
    Gallery.objects.create(image=upload())
    assert fields_of(report(GENERATE, "--model", "TestApp")) == FIELDS == fields_of(report(GENERATE))


def test_model_may_be_one_string_from_code_as_in_version_2():
    wiped(Photo)
    call_command(GENERATE, model="testapp.Photo", verbosity=0)
    assert Photo.objects.get().thumbnail


@pytest.mark.parametrize("command", BOTH)
@pytest.mark.parametrize(
    ("option", "value", "choices"),
    [
        ("--model", "testapp.Photos", ["testapp.Photo,", "testapp.Gallery,", "testapp,"]),
        ("--model", "auth", ["testapp.Photo,", "testapp.Gallery,", "testapp,"]),
        ("--field", "thumb", ["icon,", "small,", "square,", "thumbnail,", "webp,"]),
        ("--database", "archive", ["default,", "other."]),
        ("--verify", "closely", ["auto", "name", "stat", "content"]),
        ("--limit", "0", ["above 0"]),
        ("--limit", "many", ["int"]),
    ],
)
def test_a_wrong_value_is_an_error_that_lists_the_choices(command, option, value, choices):
    row = wiped(Photo)
    done = run(command, option, value)
    assert done.code == 1
    assert option in done.err
    assert value in done.err
    assert not [choice for choice in choices if choice not in done.err]
    row.refresh_from_db()
    assert not row.thumbnail


def test_choices_are_checked_from_code_too():
    with pytest.raises(CommandError, match="--verify 'closely': choose from auto, name, stat, content"):
        call_command(GENERATE, verify="closely")


def test_field_chooses_one_field():
    wiped(Gallery, "small", "square", "webp")
    wiped(Photo)
    assert fields_of(report(GENERATE, "--field", "square")) == {"testapp.Gallery.square"}
    row = Gallery.objects.get()
    assert (bool(row.small), bool(row.square), bool(row.webp)) == (False, True, False)


def test_field_must_be_one_of_the_chosen_models():
    done = run(GENERATE, "--model", "testapp.Gallery", "--field", "thumbnail")
    assert done.code == 1
    assert "Choose from: small, square, webp." in done.err


def test_inherited_thumbnails_are_processed_once_through_the_parent():
    wiped(Restaurant, "thumbnail", "icon")
    done = report(GENERATE)
    assert {entry["field"]: entry["outcomes"]["made"] for entry in done.json["fields"]} == {
        "testapp.Place.thumbnail": 1,
        "testapp.Restaurant.icon": 1,
    }
    assert done.outcomes == {"made": 2}


def test_a_child_selected_alone_includes_its_inherited_thumbnails(calls):
    Place.objects.create(image=upload())
    wiped(Restaurant, "thumbnail", "icon")
    calls.clear()
    done = report(GENERATE, "--model", "testapp.Restaurant")
    assert (done.json["scanned"], done.outcomes) == (1, {"made": 2})
    assert calls["open"] == 1
    row = Restaurant.objects.get()
    assert row.thumbnail
    assert row.icon


def test_proxies_are_not_processed_again():
    wiped(PhotoProxy)
    done = report(GENERATE)
    assert (done.json["scanned"], done.outcomes) == (1, {"made": 1})
    assert [selection.model for selection in choose(["testapp.PhotoProxy"])] == [Photo]


# --database


def test_database_chooses_where_rows_are_read_and_written():
    for using in ("default", "other"):
        Photo.objects.using(using).create(image=upload())
        Photo.objects.using(using).update(thumbnail="")
    done = run(GENERATE, "--database", "other")
    assert "testapp.Photo.thumbnail on other: 1 missing; 1 made" in done.out
    assert Photo.objects.using("other").get().thumbnail
    assert not Photo.objects.get().thumbnail
    assert report(GENERATE).json["fields"][0]["database"] == "default"
    assert Photo.objects.get().thumbnail


class PhotosElsewhere:
    """Keeps photos, and nothing else, on the other database."""

    def db_for_write(self, model, **_hints):
        return "other" if model is Photo else "default"

    def allow_migrate(self, db, _app_label, model_name=None, **_hints):
        return (db == "other") == (model_name == "photo")


@override_settings(DATABASE_ROUTERS=[PhotosElsewhere()])
def test_without_the_database_option_the_router_decides():
    wiped(Photo)
    wiped(Article)
    assert Photo.objects.using("other").count() == 1
    done = report(GENERATE)
    assert {(entry["field"], entry["database"]) for entry in done.json["fields"]} == {
        ("testapp.Photo.thumbnail", "other"),
        ("testapp.Article.thumbnail", "default"),
    }
    assert done.outcomes == {"made": 2}


def test_rows_hidden_by_managers_are_processed(monkeypatch):
    Hidden.objects.create(image=upload())
    QuerySet(Hidden).update(thumbnail="")
    monkeypatch.setattr(Hidden._meta, "base_manager_name", "objects")
    Hidden._meta._expire_cache()
    try:
        assert not Hidden._base_manager.exists()
        assert report(GENERATE, "--model", "testapp.Hidden", "--verify", "name").verdicts == {"missing": 1}
    finally:
        monkeypatch.undo()
        Hidden._meta._expire_cache()


# --limit


def test_limit_stops_after_that_many_rows():
    for _ in range(5):
        wiped(Photo)
    photo()
    assert report(GENERATE, "--limit", "2", "--dry-run").outcomes == {"due": 2}
    made = [report(GENERATE, "--limit", "2").outcomes.get("made", 0) for _ in range(4)]
    assert made == [2, 2, 1, 0]


def test_limit_counts_rows_and_not_thumbnails():
    for _ in range(2):
        wiped(Gallery, "small", "square", "webp")
    assert report(GENERATE, "--limit", "1").outcomes == {"made": 3}
    assert report(GENERATE, "--limit", "1").outcomes == {"left": 3, "made": 3}


def test_limit_is_not_used_up_by_broken_pictures():
    broken_photo()
    wiped(Photo)
    assert report(GENERATE, "--limit", "1", "--clear-cache").outcomes == {"failed": 1, "made": 1}
