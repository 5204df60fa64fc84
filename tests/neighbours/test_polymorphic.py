"""django-polymorphic returns children for a query on their parent."""

import pytest
from django.core.management import call_command
from django.db import transaction

from advthumb import refresh_thumbnails
from tests.conftest import colour_of, upload

from .files import BLUE, RED, files_of
from .models import Circle, Shape

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def circle():
    return Circle.objects.create(image=upload("red.jpg", "red"))


def test_a_child_loaded_through_its_parent_can_be_replaced(circle, stored):
    shape = Shape.objects.get()
    assert type(shape) is Circle
    shape.image = upload("blue.jpg", "blue")
    shape.save()
    changed = Circle.objects.get()
    assert colour_of(changed.thumbnail) == colour_of(changed.icon) == BLUE
    assert stored("thumbnails/") + stored("icons/") == [changed.thumbnail.name, changed.icon.name]


def test_a_child_is_updated_when_its_parent_is_saved_alone(circle, stored):
    shape = Shape.objects.non_polymorphic().get()
    assert type(shape) is Shape
    shape.image = upload("blue.jpg", "blue")
    shape.save()
    changed = Circle.objects.get()
    assert colour_of(changed.thumbnail) == colour_of(changed.icon) == BLUE
    assert stored("thumbnails/") + stored("icons/") == [changed.thumbnail.name, changed.icon.name]


def test_a_save_of_the_parent_that_is_rolled_back_changes_no_file(circle, stored):
    before = stored("thumbnails/") + stored("icons/")
    with transaction.atomic():
        shape = Shape.objects.non_polymorphic().get()
        shape.image = upload("blue.jpg", "blue")
        shape.save()
        transaction.set_rollback(True)
    assert stored("thumbnails/") + stored("icons/") == before
    assert colour_of(Circle.objects.get().icon) == RED


def test_a_deferred_child_is_saved(circle, stored):
    before = stored()
    shape = Shape.objects.defer("thumbnail").get()
    shape.title = "words"
    shape.save()
    assert stored() == before == files_of(circle)


def test_a_deleted_child_leaves_no_thumbnail(circle, stored):
    Shape.objects.create(image=upload("blue.jpg", "blue"))
    Shape.objects.all().delete()
    assert stored("thumbnails/") + stored("icons/") == []


def test_parent_and_child_rows_are_refreshed_by_a_query_of_the_parent(circle):
    Shape.objects.create(image=upload("lime.jpg", "lime"))
    blue = Shape.objects.create(image=upload("blue.jpg", "blue"))
    Shape.objects.non_polymorphic().update(image=blue.image.name)
    refresh_thumbnails(Shape.objects.all())
    assert {colour_of(shape.thumbnail) for shape in Shape.objects.all()} == {BLUE}
    assert colour_of(Circle.objects.get().icon) == BLUE


def test_the_command_makes_the_thumbnails_of_children(circle):
    Circle.objects.update(icon=None)
    Shape.objects.non_polymorphic().update(thumbnail=None)
    call_command("generate_thumbnails", "--model", "neighbours", verbosity=0)
    made = Circle.objects.get()
    assert colour_of(made.thumbnail) == colour_of(made.icon) == RED
