"""Processors: what changes the pixels of a finished thumbnail, and how a fingerprint records it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from inspect import get_annotations
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.core.checks import CheckMessage
    from PIL.Image import Image

_PLAIN = (NoneType, bool, int, float, str, bytes)


@dataclass(frozen=True)
class Processor(ABC):
    """Changes the pixels of a finished thumbnail, before it is encoded.

    A subclass is a frozen dataclass, whose fields are its arguments, and has the method `process`. Arguments
    are numbers, texts, None, or tuples of these. They are part of the fingerprint of a thumbnail, so a
    thumbnail is stale if one of them has changed.
    """

    version: ClassVar[int] = 1
    """Increase it if the same arguments give another picture: thumbnails are then stale."""

    adds_alpha: ClassVar[bool] = False
    """Whether the result has alpha even if the picture has none. Fields must name a format with alpha."""

    path: ClassVar[str] = ""
    """The dotted path in migrations and fingerprints; empty for the path of the class. If you move or rename
    a class, set this to its old path, and import it there: otherwise its thumbnails are stale."""

    @abstractmethod
    def process(self, image: "Image") -> "Image":
        """Return the changed picture.

        Args:
            image: The thumbnail, or one frame of it, in sRGB. Its mode is L, LA, RGB or RGBA. It may be
                changed in place.

        Returns:
            A picture of the same size, in one of these modes.
        """

    def for_sibling(self, width: int, factor: float) -> Self:
        """Return the processor for another file of a set, so that all files look alike; by default itself.

        Override it if arguments are lengths: they are meant for the main file.

        Args:
            width: The width of that file in pixels.
            factor: How many times wider it is than the main file.
        """
        return self

    def identity(self) -> Mapping[str, object]:
        """Return what decides the result, by name: by default all arguments.

        Override it if the result also depends on something else, such as the content of a file. Values
        are numbers, texts, None, or tuples of these.
        """
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def check(self) -> "list[CheckMessage]":
        """Return system-check messages about this processor; none by default."""
        return []

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        """Return what migrations need: the path, and the arguments that differ from their defaults."""
        arguments = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.default is MISSING or getattr(self, each.name) != each.default
        }
        return dotted_path(self), (), arguments


def dotted_path(processor: Processor) -> str:
    """Return the path of a processor's class, for migrations and fingerprints."""
    kind = type(processor)
    return vars(kind).get("path") or f"{kind.__module__}.{kind.__qualname__}"


def text_of(processors: Iterable[Processor]) -> str:
    """Return the text that represents processors in the spec of a thumbnail; empty if there are none."""
    return ", ".join(map(_text, processors))


def _text(processor: Processor) -> str:
    arguments = ", ".join(f"{name}={_plain_text(value)}" for name, value in processor.identity().items())
    return f"{dotted_path(processor)}({arguments}) v{processor.version}"


def _plain_text(value: object) -> str:
    """Return the text of an argument, the same for equal numbers."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_plain_text, value))})"
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def problem_of(processor: Processor) -> str:
    """Return what is wrong with the class or the arguments of a processor, in words; empty if nothing is."""
    kind = type(processor)
    for each in kind.__mro__[: kind.__mro__.index(Processor)]:
        undeclared = "__dataclass_fields__" not in vars(each)
        if undeclared and (get_annotations(each) or "__init__" in vars(each)):
            return f"a dataclass: write @dataclass(frozen=True) above {each.__name__}"
    if not isinstance(processor.version, int) or processor.version < 1:
        return f"of a version that is a whole number above 0, not {processor.version!r}"
    if kind.identity is Processor.identity:
        for name, value in processor.identity().items():
            if not _is_plain(value):
                wanted = "described by numbers, texts, None and tuples of these"
                return f"{wanted}, but {name} is {value!r}: override {kind.__name__}.identity to describe it"
    return ""


def _is_plain(value: object) -> bool:
    return all(map(_is_plain, value)) if type(value) is tuple else type(value) in _PLAIN


def refuse(processor: Processor, argument: str, wanted: str) -> ImproperlyConfigured:
    """Return the error for an argument of a processor.

    Args:
        processor: The processor.
        argument: The name of the argument.
        wanted: What it must be, in words.
    """
    value = getattr(processor, argument)
    return ImproperlyConfigured(f"{type(processor).__name__}: {argument}={value!r}; it must be {wanted}")


def is_number(value: object, least: float, most: float) -> bool:
    """Return whether a value is a number between two others, both included."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
