"""`FocalPointField`: what can be assigned, stored, looked up and validated."""

import json
import pickle

import pytest
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.db.models import F
from django.template import Context, Template

from advthumb.fields import FocalPoint, FocalPointField
from tests.testapp.models import Focused

pytestmark = pytest.mark.django_db

POINT = FocalPoint(0.26, 0.787)


def text_in_row() -> str:
    """Return the text in the column of the only row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT focus FROM testapp_focused")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("value", [POINT, "0.260,0.787", "0.26, .787", (0.26, 0.787), [0.26, 0.787]])
def test_a_point_a_text_and_a_pair_can_be_assigned(value):
    row = Focused.objects.create(focus=value)
    assert row.focus == POINT
    assert text_in_row() == "0.260,0.787"
    assert Focused.objects.get().focus == POINT


@pytest.mark.parametrize("value", [None, "", " "])
def test_an_empty_value_is_none_on_the_instance_and_an_empty_text_in_the_row(value):
    row = Focused.objects.create(focus=value)
    assert row.focus is None
    assert text_in_row() == ""
    assert Focused.objects.get().focus is None
    assert Focused().focus is None


def test_a_value_that_is_no_point_is_reported_by_full_clean_and_refused_by_save():
    row = Focused(focus="left")
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    [message] = caught.value.message_dict["focus"]
    assert message.startswith("“left” is no focal point. Enter two numbers from 0 to 1, how far")
    with pytest.raises(ValueError, match="'left' is no focal point"):
        row.save()


def test_a_good_value_passes_full_clean():
    Focused(focus=POINT).full_clean()
    Focused().full_clean()


def test_an_empty_value_is_refused_where_the_column_is_not_blank():
    field = FocalPointField()
    with pytest.raises(ValidationError, match="cannot be blank"):
        field.clean(None, None)
    assert field.clean("0.1,0.2", None) == FocalPoint(0.1, 0.2)


def test_lookups_take_what_can_be_assigned():
    Focused.objects.create(focus=POINT)
    for value in (POINT, "0.26,0.787", (0.26, 0.787)):
        assert Focused.objects.filter(focus=value).exists()
        assert Focused.objects.filter(focus__in=[value]).exists()
    assert not Focused.objects.filter(focus="").exists()
    assert Focused.objects.filter(focus__startswith="0.26").exists()
    assert Focused.objects.values_list("focus", flat=True).get() == POINT


def test_updates_take_what_can_be_assigned_and_expressions():
    row = Focused.objects.create()
    Focused.objects.update(focus=(0.1, 0.2))
    assert text_in_row() == "0.100,0.200"
    row.focus = F("focus")
    row.save()
    row.refresh_from_db()
    assert row.focus == FocalPoint(0.1, 0.2)


def test_a_deferred_point_is_loaded_on_access(django_assert_num_queries):
    Focused.objects.create(focus=POINT)
    row = Focused.objects.defer("focus").get()
    with django_assert_num_queries(1):
        assert row.focus == POINT
    with django_assert_num_queries(0):
        assert row.focus == POINT


def test_a_text_in_the_row_that_is_no_point_counts_as_empty():
    Focused.objects.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE testapp_focused SET focus = 'somewhere'")
    assert Focused.objects.get().focus is None


def test_rows_travel_as_json_and_pickles():
    Focused.objects.create(title="a", focus=POINT)
    Focused.objects.create(title="b")
    text = serializers.serialize("json", Focused.objects.order_by("title"))
    assert [each["fields"]["focus"] for each in json.loads(text)] == ["0.260,0.787", None]
    Focused.objects.all().delete()
    for each in serializers.deserialize("json", text):
        each.save()
    assert [row.focus for row in Focused.objects.order_by("title")] == [POINT, None]
    assert pickle.loads(pickle.dumps(Focused.objects.get(title="a"))).focus == POINT


def test_templates_show_the_value_of_object_position():
    template = Template("[{{ row.focus.css }}]")
    assert template.render(Context({"row": Focused(focus=POINT)})) == "[26% 78.7%]"
    assert template.render(Context({"row": Focused()})) == "[]"


def test_migrations_get_the_public_path_and_no_length():
    field = FocalPointField(blank=True, default=POINT)
    name, path, args, kwargs = field.deconstruct()
    assert (name, path, args) == (None, "advthumb.fields.FocalPointField", [])
    assert kwargs == {"blank": True, "default": "0.260,0.787"}
    assert FocalPointField(*args, **kwargs).max_length == 11
    code, imports = MigrationWriter.serialize(field)
    assert code == "advthumb.fields.FocalPointField(blank=True, default='0.260,0.787')"
    assert imports == {"import advthumb.fields"}


def test_a_length_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"max_length=20; leave it out, .* has 11 characters"):
        FocalPointField(max_length=20)


def test_validators_of_the_column_check_texts_of_serializers():
    """Django REST framework runs them on what was sent."""
    with pytest.raises(ValidationError, match="is no focal point"):
        for validate in FocalPointField().validators:
            validate("middle")


def test_the_column_holds_a_short_text():
    assert isinstance(Focused._meta.get_field("focus"), models.CharField)
    assert Focused._meta.get_field("focus").max_length == 11
    assert "Focal point" in str(FocalPointField.description)
