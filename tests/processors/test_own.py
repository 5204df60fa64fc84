"""Processors of one's own: what a class must be, and what represents it in fingerprints and migrations."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ImproperlyConfigured

from advthumb.fields import AdvanceThumbnailField
from advthumb.processing import text_of
from advthumb.processors import Blur, Greyscale, Processor, Rounded, Sharpen, Watermark

HERE = "tests.processors.test_own"


@dataclass(frozen=True)
class Border(Processor):
    """A processor with arguments of all kinds."""

    width: float = 2
    colour: str = "#000000"
    sides: tuple[int, ...] = ()

    def process(self, image):
        return image


class Mirror(Processor):
    """A processor without arguments needs no decorator."""

    def process(self, image):
        return image


class Undecorated(Processor):
    """Its argument would not be in the fingerprint."""

    width: int = 3

    def process(self, image):
        return image


class WithInit(Processor):
    """Likewise."""

    def __init__(self, width):
        object.__setattr__(self, "width", width)

    def process(self, image):
        return image


class Derived(Undecorated):
    """Likewise, by its base class."""


@dataclass(frozen=True)
class Coloured(Processor):
    """An argument may be anything if `identity` describes it."""

    table: Any = None

    def identity(self):
        return {"table": len(self.table)}

    def process(self, image):
        return image


@dataclass(frozen=True)
class Careless(Processor):
    """An argument of any type, and no description of it."""

    table: Any = None

    def process(self, image):
        return image


def field(*processors, **arguments):
    return AdvanceThumbnailField(source_field="image", processors=processors, **arguments)


def test_path_arguments_and_version_represent_a_processor():
    assert text_of([Border(colour="red"), Mirror()]) == (
        f"{HERE}.Border(width=2, colour='red', sides=()) v1, {HERE}.Mirror() v1"
    )
    assert text_of([]) == ""


def test_builtin_processors_keep_their_text():
    """A changed text would make every thumbnail of such fields stale."""
    assert text_of([Sharpen(0.6), Blur(4), Greyscale(), Rounded(24)]) == (
        "advthumb.processors.Sharpen(amount=0.6, radius=1) v1, advthumb.processors.Blur(radius=4) v1, "
        "advthumb.processors.Greyscale() v1, advthumb.processors.Rounded(radius=24) v1"
    )


def test_equal_processors_have_equal_texts():
    assert Border(2.0) == Border(2)
    assert text_of([Border(2.0)]) == text_of([Border(2)])
    assert text_of([Border(2.5)]) != text_of([Border(2)])
    assert text_of([Border(sides=(1, 2))]) != text_of([Border(sides=(12,))])
    assert len({Border(), Border(2.0), Border(3)}) == 2


def test_another_version_order_or_argument_is_another_spec(monkeypatch):
    before = field(Border(), Mirror()).spec
    assert before == field(Border(), Mirror()).spec
    assert before != field(Mirror(), Border()).spec
    assert before != field(Border(3), Mirror()).spec
    monkeypatch.setattr(Border, "version", 2)
    assert before != field(Border(), Mirror()).spec


def test_a_moved_class_keeps_its_path_but_does_not_give_it_to_derived_classes():
    class Moved(Mirror):
        path: ClassVar[str] = "old.place.Mirror"

    class Derived(Moved):
        pass

    assert text_of([Moved()]) == "old.place.Mirror() v1"
    assert Moved().deconstruct() == ("old.place.Mirror", (), {})
    assert text_of([Derived()]).endswith("Derived() v1")


def test_migrations_get_the_arguments_that_are_not_defaults():
    assert Border(width=3, sides=(1,)).deconstruct() == (f"{HERE}.Border", (), {"width": 3, "sides": (1,)})
    assert Watermark("a.png", scale=0.2).deconstruct() == (
        "advthumb.processors.Watermark",
        (),
        {"file": "a.png", "scale": 0.2},
    )


@pytest.mark.parametrize(
    ("processors", "told"),
    [
        ("sharpen", "processors='sharpen'; it must be a list of processors, such as [Sharpen(0.6)]"),
        (Sharpen(), "it must be a list of processors"),
        ([Sharpen], "it must be a list of processors"),
        ([Blur(), None], "it must be a list of processors"),
        (None, "processors=None; it must be a list of processors"),
        ([Undecorated()], "must be a dataclass: write @dataclass(frozen=True) above Undecorated"),
        ([WithInit(3)], "must be a dataclass: write @dataclass(frozen=True) above WithInit"),
        ([Derived()], "must be a dataclass: write @dataclass(frozen=True) above Undecorated"),
        ([Careless([1])], "but table is [1]: override Careless.identity to describe it"),
        ([Careless((1, {2}))], "but table is (1, {2}): override Careless.identity to describe it"),
    ],
)
def test_anything_but_a_list_of_processors_is_refused(processors, told):
    with pytest.raises(ImproperlyConfigured) as caught:
        AdvanceThumbnailField(source_field="image", processors=processors)
    assert told in str(caught.value)


@pytest.mark.parametrize("version", [0, "1", 1.5])
def test_a_version_is_a_whole_number(monkeypatch, version):
    monkeypatch.setattr(Mirror, "version", version)
    with pytest.raises(ImproperlyConfigured) as caught:
        field(Mirror())
    assert f"must be of a version that is a whole number above 0, not {version!r}" in str(caught.value)


def test_an_argument_that_identity_describes_may_be_anything():
    assert field(Coloured([1, 2])).spec == field(Coloured([3, 4])).spec
    assert field(Coloured([1, 2])).spec != field(Coloured([1])).spec


@pytest.mark.parametrize("image_format", [None, "JPEG"])
def test_rounded_corners_need_a_format_with_alpha(image_format):
    with pytest.raises(ImproperlyConfigured) as caught:
        field(Greyscale(), Rounded(24), format=image_format)
    told = str(caught.value)
    assert f"format={image_format!r}" in told
    assert "must be one of PNG, WEBP, AVIF, GIF, because Rounded adds transparency" in told
    for good in ("PNG", "WEBP", "AVIF", "GIF"):
        assert field(Rounded(24), format=good).processors == (Rounded(24),)
