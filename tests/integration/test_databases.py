"""Item 7: several databases, all kinds of keys, parents and children, managers that hide rows."""

import json

import pytest
from django.core.management import call_command
from django.db import transaction

from advthumb import iter_thumbnails, refresh_thumbnails
from tests.conftest import colour_of, upload
from tests.management.commands import GENERATE, REGENERATE, report
from tests.testapp.models import Article, Hidden, Photo, Place, Plot, Restaurant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

BLUE = (0, 0, 254)


@pytest.fixture
def routed(settings):
    """Keep photos in the other database."""
    settings.DATABASE_ROUTERS = ["tests.testapp.routers.PhotosElsewhere"]


def new_row(model):
    """Return a new row of a model with any kind of key."""
    key = {"block": "a", "number": 1} if model is Plot else {}
    row = model(image=upload(), **key)
    row.save()
    return row


def fetched(row):
    return type(row)._base_manager.get(pk=row.pk)


def prune(capsys):
    # Other storages keep their files in memory, from one test to the next.
    models = ("--model", "testapp.Photo", "--model", "testapp.Article")
    call_command("prune_thumbnails", *models, "--older-than", "0s", "--json")
    return json.loads(capsys.readouterr().out)["files"]


# Two databases with a router


def test_a_routed_row_lives_on_its_database_only(routed, stored):
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    photo.save(update_fields=["image"])
    assert not Photo.objects.using("default").exists()
    assert colour_of(Photo.objects.using("other").get().thumbnail) == BLUE
    assert stored("thumbnails/") == [photo.thumbnail.name]
    Photo.objects.all().delete()
    assert stored("thumbnails/") == []


def test_a_rollback_on_one_database_leaves_the_files_of_the_other(routed, stored):
    with pytest.raises(LookupError), transaction.atomic(using="other"):
        article = Article.objects.create(image=upload())
        Photo.objects.create(image=upload("b.jpg"))
        raise LookupError
    assert not Photo.objects.exists()
    assert stored("thumbnails/") == [article.thumbnail.name]


def test_bulk_create_and_refresh_go_where_the_router_says(routed):
    Photo.objects.bulk_create([Photo(image=upload()), Photo(image="images/a.jpg")])
    changes = list(iter_thumbnails(Photo.objects.all()))
    assert [change.made for change in changes] == [False, True]
    assert all(row.thumbnail for row in Photo.objects.using("other"))


@pytest.mark.parametrize("routers", [[], ["tests.testapp.routers.PhotosElsewhere"]])
def test_commands_go_where_the_router_says_or_where_they_are_told(routers, settings):
    for alias in ("default", "other"):
        Photo(image=upload()).save(using=alias)
        Photo.objects.using(alias).update(thumbnail="")
    settings.DATABASE_ROUTERS = routers
    first, second = ("other", "default") if routers else ("default", "other")
    assert report(GENERATE).outcomes == {"made": 1}
    assert Photo.objects.using(first).get().thumbnail
    assert not Photo.objects.using(second).get().thumbnail
    assert report(GENERATE, "--database", second).outcomes == {"made": 1}
    assert Photo.objects.using(second).get().thumbnail


def test_prune_keeps_files_named_in_either_database(routed, stored, capsys):
    photo, article = Photo.objects.create(image=upload()), Article.objects.create(image=upload("b.jpg"))
    assert prune(capsys) == []
    Photo.objects.all()._raw_delete("other")
    assert prune(capsys) == [photo.thumbnail.name]
    Article.objects.all()._raw_delete("default")
    assert sorted(prune(capsys)) == sorted([photo.thumbnail.name, article.thumbnail.name])


def test_a_row_moved_to_another_database_gets_its_own_file(stored):
    photo = Photo.objects.create(image=upload())
    here = photo.thumbnail.name
    photo.save(using="other")
    there = Photo.objects.using("other").get()
    assert there.thumbnail.name != here
    there.delete()
    assert stored("thumbnails/") == [here] == [Photo.objects.using("default").get().thumbnail.name]


# Rows that do not exist yet


def test_an_instance_that_is_not_saved_yet_has_no_thumbnail_and_stores_none(stored):
    photo = Photo(image=upload())
    assert not photo.thumbnail
    assert (photo.thumbnail.status, photo.thumbnail.url_or("none")) == ("missing", "none")
    photo.image.save("b.jpg", upload("b.jpg", "blue"), save=False)
    assert stored("thumbnails/") == []
    with pytest.raises(ValueError, match="its id attribute is set to None"):
        photo.delete()
    photo.save()
    assert colour_of(fetched(photo).thumbnail) == BLUE
    assert stored("thumbnails/") == [photo.thumbnail.name]


# Keys and managers


@pytest.mark.parametrize("model", [Hidden, Plot, Restaurant])
def test_the_life_of_a_row(model, stored):
    row = new_row(model)
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(fetched(row).thumbnail) == BLUE
    row.image = upload("c.jpg")
    row.save(update_fields=["image"])
    assert stored("thumbnails/") == [fetched(row).thumbnail.name] == [row.thumbnail.name]
    row = fetched(row)
    row.image = ""
    row.save()
    assert stored("thumbnails/") == stored("icons/") == []
    row.image = upload("d.jpg")
    row.save()
    row.delete()
    assert stored("thumbnails/") == stored("icons/") == []


@pytest.mark.parametrize("model", [Hidden, Plot, Restaurant])
def test_commands_reach_every_row(model, stored):
    row = new_row(model)
    model._base_manager.filter(pk=row.pk).update(thumbnail="")
    label = f"testapp.{model.__name__}"
    dry = report(GENERATE, "--model", label, "--dry-run")
    assert dry.outcomes["due"] == 1
    assert report(GENERATE, "--model", label).outcomes["made"] == 1
    assert fetched(row).thumbnail
    before = fetched(row).thumbnail.name
    assert "failed" not in report(REGENERATE, "--model", label, "--force").outcomes
    after = fetched(row).thumbnail.name
    assert after != before
    assert after in stored("thumbnails/")


@pytest.mark.parametrize("model", [Hidden, Plot])
def test_refresh_of_rows_that_bypassed_the_field(model):
    row = new_row(model)
    other = upload("b.jpg", "blue")
    name = row.image.storage.save("images/b.jpg", other)
    rows = model._base_manager.all()
    rows.update(image=name)
    assert refresh_thumbnails(rows).made == 1
    assert colour_of(fetched(row).thumbnail) == BLUE


@pytest.mark.parametrize("model", [Hidden, Plot, Restaurant])
def test_a_file_that_only_a_hidden_row_names_is_kept(model, stored):
    """References are searched in all rows, including those that the model's manager hides."""
    kept = new_row(model)
    photo = Photo.objects.create(image=upload("b.jpg"))
    Photo.objects.filter(pk=photo.pk).update(thumbnail=kept.thumbnail.name)
    Photo.objects.get().delete()
    assert kept.thumbnail.name in stored("thumbnails/")


def test_parent_and_child_are_one_row(stored):
    """Saving only the parent also updates the child's thumbnails."""
    Restaurant.objects.create(image=upload())
    parent = Place.objects.get()
    parent.image = upload("b.jpg", "blue")
    parent.save()
    row = Restaurant.objects.get()
    assert colour_of(row.thumbnail) == colour_of(row.icon) == BLUE
    assert report(REGENERATE, "--model", "testapp").outcomes == {"left": 2}
    assert stored("icons/") == [row.icon.name]
