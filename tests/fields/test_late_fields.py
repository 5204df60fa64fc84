"""A thumbnail field added to a finished model (`add_to_class`) works like a declared one."""

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from advthumb.fields import AdvanceThumbnailField
from tests.conftest import colour_of, upload

from .conftest import BLUE, RED, in_database

pytestmark = pytest.mark.django_db(transaction=True)


def late_field(folder="late/"):
    return AdvanceThumbnailField(source_field="image", upload_to=folder, size=(60, 60), null=True, blank=True)


@pytest.fixture
def table():
    """Return a function that makes the tables of models for the length of the test."""
    made = []

    def create(*new):
        with connection.schema_editor() as editor:
            for model in new:
                editor.create_model(model)
                made.append(model)

    yield create
    with connection.schema_editor() as editor:
        for model in reversed(made):
            editor.delete_model(model)


@pytest.fixture
def late(table):
    """Return a model that got its thumbnail field late, and a child of it."""
    with isolate_apps("tests.testapp"):

        class Late(models.Model):
            image = models.ImageField(upload_to="images/", null=True)

            class Meta:
                app_label = "testapp"

        class LateChild(Late):
            class Meta:
                app_label = "testapp"

        Late.add_to_class("thumbnail", late_field())
        table(Late, LateChild)
        yield Late, LateChild


@pytest.mark.parametrize("place", [0, 1])
def test_the_life_of_a_row(place, late, stored):
    model = late[place]
    row = model.objects.create(image=upload())
    assert colour_of(in_database(row).thumbnail) == RED
    row.image = upload("b.jpg", "blue")
    row.save(update_fields=["image"])
    assert colour_of(in_database(row).thumbnail) == BLUE
    assert stored("late/") == [in_database(row).thumbnail.name]
    row.image = None
    row.save()
    assert not in_database(row).thumbnail
    assert stored("late/") == []


def test_save_receivers_are_connected_once_for_any_number_of_late_fields(table, stored):
    with isolate_apps("tests.testapp"):

        class Latest(models.Model):
            image = models.ImageField(upload_to="images/", null=True)
            thumbnail = late_field()

            class Meta:
                app_label = "testapp"

        Latest.add_to_class("small", late_field("small/"))
        table(Latest)
        row = Latest.objects.create(image=upload())
        assert (len(stored("late/")), len(stored("small/"))) == (1, 1)
        row.image = upload("b.jpg", "blue")
        row.save()
        assert colour_of(in_database(row).thumbnail) == colour_of(in_database(row).small) == BLUE
        assert (len(stored("late/")), len(stored("small/"))) == (1, 1)
