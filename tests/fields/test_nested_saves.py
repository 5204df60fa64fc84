"""Rule R8: each save has its own state, even if receivers save the same instance again."""

import pytest
from django.db import IntegrityError
from django.db.models.signals import post_save, pre_save

from advthumb.fields import state
from tests.conftest import colour_of, upload
from tests.testapp.models import Badge, Photo

from .conftest import BLUE, GREEN

pytestmark = pytest.mark.django_db(transaction=True)


def badge(code):
    return Badge.objects.get(code=code)


@pytest.fixture(autouse=True)
def taken(media):
    """Provide a row whose code is taken, and check at the end that no save is remembered."""
    Badge.objects.create(code="taken")
    yield
    assert state._running == {}


@pytest.mark.parametrize("signal", [pre_save, post_save])
def test_a_receiver_that_saves_the_instance_again(signal, receiving, stored):
    seen = []

    def again(instance, **_kwargs):
        if not seen:
            seen.append(instance.code)
            instance.save()

    row = Badge.objects.create(code="b", image=upload())
    receiving(signal, again)
    row.image = upload("b.jpg", "blue")
    row.save()
    assert seen == ["b"]
    assert colour_of(badge("b").thumbnail) == BLUE
    assert stored("thumbnails/") == [badge("b").thumbnail.name] == [row.thumbnail.name]


@pytest.mark.parametrize("signal", [pre_save, post_save])
def test_a_receiver_that_saves_the_instance_again_with_another_source(signal, receiving, stored):
    seen = []

    def again(instance, **_kwargs):
        if not seen:
            seen.append(instance.code)
            instance.image = upload("c.jpg", "lime")
            instance.save()

    row = Badge.objects.create(code="b", image=upload())
    receiving(signal, again)
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(badge("b").thumbnail) == colour_of(badge("b").image) == GREEN
    assert stored("thumbnails/") == [badge("b").thumbnail.name]


def test_a_full_save_inside_a_save_of_some_columns(receiving, stored):
    seen = []

    def replace_image(instance, **_kwargs):
        if not seen:
            seen.append(instance.code)
            instance.image = upload("b.jpg", "blue")
            instance.save()

    row = Badge.objects.create(code="b", image=upload())
    receiving(pre_save, replace_image)
    row.save(update_fields=["code"])
    assert colour_of(badge("b").thumbnail) == colour_of(badge("b").image) == BLUE
    assert stored("thumbnails/") == [badge("b").thumbnail.name]


def test_a_receiver_that_swallows_a_failed_save_of_the_instance(receiving, stored):
    """The outer save continues as if there had been no inner one."""
    tried = []

    def try_another_code(instance, **_kwargs):
        if not tried:
            tried.append(instance.code)
            instance.code = "taken"
            with pytest.raises(IntegrityError):
                instance.save()
            instance.code = "b"

    row = Badge.objects.create(code="b", image=upload())
    receiving(pre_save, try_another_code)
    row.image = upload("b.jpg", "blue")
    row.save()
    assert tried == ["b"]
    assert colour_of(badge("b").thumbnail) == BLUE
    assert stored("thumbnails/") == [badge("b").thumbnail.name]


def test_a_receiver_that_saves_the_row_through_another_instance(receiving, stored):
    """The row is read right before it is written, so the other's thumbnail is superseded."""
    seen = []

    def by_another(instance, **_kwargs):
        if not seen:
            seen.append(instance.code)
            other = Badge.objects.get(pk=instance.pk)
            other.image = upload("c.jpg", "lime")
            other.save()

    row = Badge.objects.create(code="b", image=upload())
    receiving(pre_save, by_another)
    row.image = upload("b.jpg", "blue")
    row.save()
    assert colour_of(badge("b").thumbnail) == BLUE
    assert stored("thumbnails/") == [badge("b").thumbnail.name]


def test_a_save_is_forgotten_once_it_is_over():
    row = Photo.objects.create(image=upload())
    assert state.running(row) is None
    assert not [name for name in vars(row) if "advthumb" in name]
