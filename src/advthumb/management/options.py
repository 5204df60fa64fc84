"""Options that several commands have in common, and what they choose."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError

from advthumb import conf

from .selection import Selection, choose

_LEVELS = (conf.AUTO, *conf.LEVELS)


def add_choice(parser: ArgumentParser) -> None:
    """Declare the options that choose models, a field and a database."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="APP[.MODEL]",
        help="Only this model, or the models of this app; may be given several times.",
    )
    parser.add_argument("--field", help="Only the thumbnail field of this name.")
    parser.add_argument(
        "--database", help="Alias of the database; by default the one each model is written to."
    )


def chosen(options: dict[str, Any]) -> list[Selection]:
    """Return the selections that these options ask for.

    Raises:
        CommandError: One of them names nothing.
    """
    labels = options["model"] or ()
    return choose([labels] if isinstance(labels, str) else labels, options["field"], options["database"])


def checked_whole_number(options: dict[str, Any], name: str) -> None:
    """Check an option that is a number from 1 on, or None.

    Raises:
        CommandError: It is below 1.
    """
    if options[name] is not None and options[name] < 1:
        raise CommandError(f"--{name} {options[name]}: give a number above 0, or leave it out.")


def add_verify(parser: ArgumentParser) -> None:
    """Declare how closely to look."""
    parser.add_argument(
        "--verify",
        choices=_LEVELS,
        default=conf.AUTO,
        help="How closely to look: at names only, at files too (stat), or at what is in the sources "
        "(content). The default, auto, is stat where both storages are local and name elsewhere.",
    )


def checked_verify(options: dict[str, Any]) -> str:
    """Return the level; `call_command` checks no choices, so they are checked here.

    Raises:
        CommandError: There is no such level.
    """
    verify: str = options["verify"]
    if verify not in _LEVELS:
        raise CommandError(f"--verify {verify!r}: choose from {', '.join(_LEVELS)}.")
    return verify
