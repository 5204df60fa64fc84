"""Checks a shell block: each command exists and takes the given options."""

import re
import shlex
import tomllib
from collections.abc import Sequence
from functools import cache

from django.core.management import get_commands, load_command_class

from .blocks import ROOT

_OF_DJANGO = {"check", "makemigrations", "migrate", "runserver", "shell", "startapp", "startproject"}
"""Django's own commands that the documentation uses; they are not checked."""

_OF_THE_SYSTEM = {"apt", "apt-get", "brew", "cd", "docker", "git", "mkdir"}
"""Third-party programs, which are not checked."""

_NAME = re.compile(r"django-advance-thumbnail(?:\[(?P<extras>[\w,-]+)\])?(?:[=<>~!].*)?")


def check(text: str) -> None:
    """Fail on the first command that does not exist or does not take its options."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words and re.match(r"[A-Z_]+=|sudo$", words[0]):
            words = words[1:]  # A variable of the environment.
        if words:
            _check_command(words)


def _check_command(words: Sequence[str]) -> None:
    program, *rest = words
    program = program.removeprefix(".venv/bin/")
    if program in {"python", "python3"}:
        program, *rest = rest
    if program == "-m":
        program, *rest = rest
    if program.endswith("manage.py") or program == "django-admin":
        _check_management_command(*rest)
    elif program == "dev.py":
        assert f'command == "{rest[0]}"' in (ROOT / "dev.py").read_text(), f"dev.py does not know {rest[0]}"
    elif program.endswith(".py"):
        assert (ROOT / program).is_file(), f"{program} does not exist"
    elif program in {"pip", "uv"}:
        _check_requirements([word for word in rest if _NAME.match(word)])
    elif program != "venv":
        assert program in _OF_THE_SYSTEM, f"if {program!r} is a command, add it to {__name__}"


def _check_management_command(name: str, *arguments: str) -> None:
    if name in _OF_DJANGO:
        return
    app = get_commands().get(name)
    assert app, f"the command {name} does not exist"
    command = load_command_class(app, name)
    command.create_parser("manage.py", name).parse_args(arguments)  # CommandError explains what is wrong.


def _check_requirements(names: Sequence[str]) -> None:
    for name in names:
        found = _NAME.fullmatch(name)
        assert found, f"{name!r} is not a requirement"
        unknown = set(filter(None, (found["extras"] or "").split(","))) - extras()
        assert not unknown, f"pyproject.toml has no extra {', '.join(sorted(unknown))}"


@cache
def extras() -> frozenset[str]:
    """Return the names of our extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return frozenset(project["optional-dependencies"])
