"""The public API: every public name and its signature, written by `python -m tests.public_api`.

`docs/stability.md` promises that none of it changes without a deprecation. A test compares it with the file
`public_api.txt`, so that no change is missed.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

PINNED = Path(__file__).with_name("public_api.txt")
MODULES = (
    "advthumb",
    "advthumb.fields",
    "advthumb.fields.queries",
    "advthumb.observing",
    "advthumb.processors",
    "advthumb.signals",
    "advthumb.exceptions",
    "advthumb.core.samples",
    "advthumb.engines.base",
    "advthumb.engines.pipeline",
    "advthumb.engines.pillow",
    "advthumb.engines.vips",
    "advthumb.engines.imagemagick",
    "advthumb.engines.previews",
    "advthumb.engines.isolation",
    "advthumb.validators",
    "advthumb.forms",
    "advthumb.jinja",
    "advthumb.contrib.admin",
    "advthumb.contrib.opentelemetry",
    "advthumb.contrib.rest_framework",
    "advthumb.storages.adapters",
    "advthumb.testing",
    "django_advance_thumbnail",
)


def public_api() -> str:
    """Return every public name with its signature, one per line."""
    seen: dict[int, str] = {}
    return "\n".join(line for name in MODULES for line in _of_module(name, seen)) + "\n"


def _of_module(name: str, seen: dict[int, str]) -> Iterator[str]:
    module = import_module(name)
    for public in sorted(module.__all__):
        value, full = getattr(module, public), f"{name}.{public}"
        if not callable(value):
            yield full
        elif seen.setdefault(id(value), full) != full:
            yield f"{full} is {seen[id(value)]}"
        elif inspect.isclass(value):
            yield from _of_class(full, value, seen)
        else:
            yield f"def {full}{_signature(value)}"


def _of_class(name: str, value: type, seen: Mapping[int, str]) -> Iterator[str]:
    """Yield a class and its public members; members of a public parent are listed with the parent."""
    ours = [each for each in value.__mro__ if each.__module__.startswith(("advthumb", "django_advance"))]
    is_enum = issubclass(value, Enum)
    # Python versions differ in the signature of a class without its own `__init__`.
    told = not is_enum and any({"__init__", "__new__"} & vars(each).keys() for each in ours)
    yield f"class {name}{_signature(value) if told else ''}"
    listed = [each for each in ours if each is value or id(each) not in seen]
    members = list(value.__members__) if is_enum else sorted({*chain.from_iterable(map(vars, listed))})
    for member in members:
        found = getattr(value, member)
        to_write = member in getattr(value, "__abstractmethods__", ())
        if to_write or not member.startswith("_"):
            yield f"    {member}{_signature(found) if inspect.isroutine(found) else ''}"


def _signature(value: Any) -> str:
    """Return the arguments and their defaults; annotations are left to type checkers."""
    signature = inspect.signature(value)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    told = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    # Such a default only marks a missing argument.
    return re.sub(r"<object object at 0x\w+>", "...", told)


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PINNED.write_text(public_api(), "utf-8")
