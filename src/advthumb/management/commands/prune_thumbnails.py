"""Find thumbnails that no row names, and delete them if told to."""

import json
import re
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError

from advthumb import storages
from advthumb.core.errors import ThumbnailError
from advthumb.management.litter import places, unnamed
from advthumb.management.options import add_choice, chosen

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    """Lists litter; removes it with `--delete`."""

    help = (
        "List files that carry the name pattern of thumbnails and that no row names, as a killed "
        "process leaves them behind. Nothing is deleted without --delete."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_choice(parser)
        parser.add_argument("--delete", action="store_true", help="Delete what is found.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Only list what is found; so it is without --delete too."
        )
        parser.add_argument(
            "--older-than",
            default="1h",
            metavar="AGE",
            help="Leave files alone that are younger, for their row may be about to be written: a number "
            "with s, m, h or d. The default is 1h.",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option makes no sense, or a storage cannot be listed.
        """
        if options["delete"] and options["dry_run"]:
            raise CommandError("--delete and --dry-run: choose one of them.")
        age = _age(options["older_than"])
        fields = [field for walk in chosen(options) for field in walk.fields]
        names: list[str] = []
        count = 0
        try:
            for place in places(fields):
                for name in unnamed(place, age):
                    count += 1
                    if options["delete"]:
                        storages.delete(place.storage, name)
                    if options["json"]:
                        names.append(name)
                    elif options["verbosity"] > 0:
                        self.stdout.write(name)
        except ThumbnailError as error:
            raise CommandError(f"A storage cannot be gone through: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps({"files": names, "count": count, "deleted": options["delete"]}))
        elif options["verbosity"] > 0:
            self.stdout.write(
                f"{count} files deleted."
                if options["delete"]
                else f"{count} files that no row names; --delete removes them."
            )


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([smhd])", str(text))
    if match is None:
        raise CommandError(f"--older-than {text!r}: give a number with s, m, h or d, such as 90m or 2d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
