"""Type checkers see what is accepted at run time; `typing_tests/` covers the rest."""

import inspect
from typing import get_args, get_type_hints

from django.db.models import Field, FileField, ImageField

from advthumb.core.formats import OUTPUTS, Effort
from advthumb.core.gravity import COMPASS, SMART
from advthumb.core.spec import ResizeMethod
from advthumb.fields import Change, Verify
from advthumb.fields.arguments import RESIZE_COVER, EffortName, FormatName, GravityName, ResizeMethodName
from advthumb.fields.choices import LEVELS
from advthumb.fields.options import ImageFieldOptions
from tests.testapp.models import Photo


def test_literal_types_list_exactly_the_accepted_values():
    assert get_args(FormatName) == tuple(OUTPUTS)
    assert get_args(EffortName) == tuple(Effort)
    assert get_args(GravityName) == (*COMPASS, SMART)
    assert set(get_args(ResizeMethodName)) == {*ResizeMethod, RESIZE_COVER}
    assert get_args(Verify) == LEVELS


def test_type_checkers_know_every_argument_of_an_image_field():
    of_django = {
        name
        for field in (Field, FileField, ImageField)
        for name in inspect.signature(field.__init__).parameters
        if name not in {"self", "kwargs"}
    }
    assert set(get_type_hints(ImageFieldOptions)) == of_django - {"rel"}  # relations set this themselves


def test_the_generic_form_of_a_change_is_the_same_class():
    change = Change[Photo](Photo(), Photo._meta.get_field("thumbnail"), None, "", "")
    assert type(change) is Change
    assert type(change._replace(new="a.jpg")) is Change


def test_the_field_is_not_a_descriptor_at_run_time():
    field = Photo._meta.get_field("thumbnail")
    assert not hasattr(field, "__get__")
    assert not hasattr(field, "__set__")
