"""Which choices a caller may pass, and the message about a wrong one."""

import pytest
from django.core.management import CommandError

from advthumb.fields.choices import checked_rows, checked_verify, named_fields
from advthumb.fields.relations import thumbnail_fields
from advthumb.management.errors import as_command_error
from tests.testapp.models import Gallery, Photo


@pytest.mark.parametrize("level", ["auto", "name", "stat", "content"])
def test_every_level_is_accepted(level):
    assert checked_verify(level) == level


@pytest.mark.parametrize("level", ["closely", "", None, "STAT"])
def test_another_level_is_refused_with_the_choices(level):
    with pytest.raises(ValueError, match=rf"^verify {level!r}: choose from auto, name, stat, content\.$"):
        checked_verify(level)


def test_fields_are_returned_in_order_of_declaration():
    fields = thumbnail_fields(Gallery)
    assert [field.name for field in named_fields(fields, ["webp", "small"])] == ["small", "webp"]
    assert named_fields(fields, []) == []


def test_an_unknown_field_is_refused_with_the_choices():
    with pytest.raises(
        ValueError, match=r"^fields 'thumb': no such thumbnail field. Choose from: small, square, webp.$"
    ):
        named_fields(thumbnail_fields(Gallery), ["thumb", "small"])
    with pytest.raises(
        ValueError, match=r"^--field 'x': no such thumbnail field. Choose from: nothing, there"
    ):
        named_fields([], ["x"], "--field")


def test_one_string_is_refused_instead_of_being_split_into_letters():
    with pytest.raises(ValueError, match=r"^fields 'small': give a list of names, such as \['small'\]."):
        named_fields(thumbnail_fields(Gallery), "small")


def test_a_queryset_of_instances_is_accepted():
    rows = Photo.objects.filter(pk__gt=3).order_by("title")
    assert checked_rows(rows) is rows


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (Photo.objects.all()[:2], "it is sliced"),
        (Photo.objects.order_by("pk")[2:], "it is sliced"),
        (Photo.objects.filter(pk=1).union(Photo.objects.filter(pk=2)), "combined with another one by union"),
        (Photo.objects.values("pk"), "it yields values"),
        (Photo.objects.values_list("pk", flat=True), "it yields values"),
    ],
)
def test_a_queryset_that_cannot_be_ordered_by_key_is_refused(rows, problem):
    with pytest.raises(ValueError, match=f"^queryset of testapp.Photo: .*{problem}.*filter"):
        checked_rows(rows)


def test_a_command_prints_the_same_message():
    with pytest.raises(CommandError, match=r"^--verify 'x': choose from auto"), as_command_error():
        checked_verify("x", "--verify")
