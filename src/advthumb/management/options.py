"""Options that several commands have in common, and the selections that they produce."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management import CommandError

from advthumb import conf
from advthumb.fields.choices import LEVELS, checked_verify

from .errors import as_command_error
from .selection import Selection, choose
from .shards import chosen_shard


def add_choice(parser: ArgumentParser) -> None:
    """Declare the options that select models, a field and a database."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="APP[.MODEL]",
        help="Only this model, or the models of this app. You can give it several times.",
    )
    parser.add_argument("--field", help="Only the thumbnail field of this name.")
    parser.add_argument(
        "--database",
        help="Alias of the database. The default is the database that each model is written to.",
    )


def chosen(options: Mapping[str, Any]) -> list[Selection]:
    """Return the selections that these options describe.

    Raises:
        CommandError: An option names something that does not exist.
    """
    labels = options["model"] or ()
    return choose(
        [labels] if isinstance(labels, str) else labels,
        options["field"],
        options["database"],
        chosen_shard(options),
    )


def checked_whole_number(options: Mapping[str, Any], name: str) -> None:
    """Check an option that is a positive whole number or None.

    Raises:
        CommandError: The number is below 1.
    """
    if options[name] is not None and options[name] < 1:
        raise CommandError(f"--{name} {options[name]}: give a number above 0, or leave it out.")


def add_verify(parser: ArgumentParser) -> None:
    """Declare the option for how much is checked."""
    parser.add_argument(
        "--verify",
        choices=LEVELS,
        default=conf.AUTO,
        help="How much is checked: name compares names only, stat also checks both files, content also "
        "reads the sources. The default, auto, is stat where both storages are local, otherwise name.",
    )


def verify_level(options: Mapping[str, Any]) -> str:
    """Return the level. It is checked here, because `call_command` does not check choices.

    Raises:
        CommandError: There is no such level.
    """
    with as_command_error():
        return checked_verify(options["verify"], "--verify")
