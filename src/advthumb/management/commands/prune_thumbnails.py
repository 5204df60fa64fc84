"""Find thumbnails that are not named by any row, and optionally delete them."""

import json
import posixpath
import re
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError

from advthumb import storages
from advthumb.fields.references import NAMES_AT_ONCE
from advthumb.management.findings import Findings
from advthumb.management.litter import Place, Search
from advthumb.management.options import add_choice, chosen
from advthumb.signals import thumbnail_deleted

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FEW = 50
"""Up to this many files are deleted without `--yes`."""

_FOLDERS_SHOWN = 20


class Command(BaseCommand):
    """Lists unused files; deletes them with `--delete`.

    The exit code is 1 if a database or a storage had to be skipped, if a file could not be deleted, or if
    so many files would be deleted that `--yes` is required.
    """

    help = (
        "List files with the name pattern of thumbnails that no row names, such as those that a killed "
        "process left behind. Nothing is deleted without --delete."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_choice(parser)
        parser.add_argument("--delete", action="store_true", help="Delete what is found.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Only list what is found, which is also the default."
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help=f"Delete even if that is more than {_FEW} files and more than a tenth of all thumbnails. "
            "Another site may use the same folders.",
        )
        parser.add_argument(
            "--folder",
            metavar="FOLDER",
            help="Search only this folder of the fields' storages, and the folders inside it. It may be "
            "a folder that no field uses any more.",
        )
        parser.add_argument(
            "--older-than",
            default="1h",
            metavar="AGE",
            help="Keep files that are younger than this, because their rows may not be written yet: a number "
            "with s, m, h or d. The default is 1h. While a transaction is open, files must be older than the "
            "transaction by this much.",
        )
        parser.add_argument(
            "--shard",
            metavar="K/N",
            help="Refused: files have no keys by which they could be divided. Divide the work with --folder.",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option is invalid, or not everything could be done.
        """
        if options["delete"] and options["dry_run"]:
            raise CommandError("--delete and --dry-run: choose one of them.")
        if options["shard"] is not None:
            raise CommandError(
                "--shard: this command lists the files of a storage, which have no keys. Run it on one "
                "machine, or give each machine folders of its own with --folder."
            )
        age = _age(options["older_than"])
        folder = _folder(options["folder"])
        fields = dict.fromkeys(field for walk in chosen(options) for field in walk.fields)
        with Findings() as findings:
            Pruning(self, Search(fields, age, folder), findings, options).run()


class Pruning:
    """One run: searches, deletes and reports.

    Args:
        command: The command, whose streams are used for output.
        search: Finds unused files.
        findings: Stores the unused files.
        options: The options of the command.
    """

    def __init__(
        self, command: BaseCommand, search: Search, findings: Findings, options: dict[str, Any]
    ) -> None:
        self._command = command
        self._search = search
        self._findings = findings
        self._delete = bool(options["delete"])
        self._yes = bool(options["yes"])
        self._json = bool(options["json"])
        self._quiet = self._json or options["verbosity"] == 0
        self._names: list[str] = []
        self._failed: list[str] = []
        self._deleted = 0

    def run(self) -> None:
        """Search, delete if requested, and report.

        Raises:
            CommandError: Not everything could be done.
        """
        places = self._search.places()
        for number, place in enumerate(places):
            for names, unused in self._search.batches(place):
                self._findings.add(number, names, unused)
                if not self._delete:
                    self._tell_names(unused)
        refused = self._delete and not self._yes and self._is_much()
        if self._delete and not refused:
            for number, place in enumerate(places):
                for names in self._findings.batches(number, NAMES_AT_ONCE):
                    self._delete_in(place, self._search.unused(place, names))
        self._tell(places, refused=refused)
        self._exit(refused=refused)

    def _is_much(self) -> bool:
        found = self._findings
        return found.unused > _FEW and found.unused * 10 > found.files

    def _delete_in(self, place: Place, names: list[str]) -> None:
        left = dict.fromkeys(names)
        for name in storages.delete_all(place.storage, names):
            del left[name]
            self._deleted += 1
            self._tell_names([name])
            thumbnail_deleted.send_robust(place.field.model, field=place.field, name=name)
        for name in left:
            self._failed.append(name)
            if not self._json:
                self._command.stderr.write(f"{name} could not be deleted.")

    def _tell_names(self, names: list[str]) -> None:
        if self._json:
            self._names += names
        elif not self._quiet:
            for name in names:
                self._command.stdout.write(name)

    def _tell(self, places: list[Place], *, refused: bool) -> None:
        if self._json:
            self._command.stdout.write(json.dumps(self._document(places, refused=refused)))
            return
        for note in self._search.notes:
            self._command.stderr.write(note)
        if self._quiet:
            return
        folders = self._findings.folders()
        for each in folders[:_FOLDERS_SHOWN]:
            self._command.stdout.write(f"{each.folder}/: {each.unused} of {each.files} are unused")
        if len(folders) > _FOLDERS_SHOWN:
            self._command.stdout.write(f"and {len(folders) - _FOLDERS_SHOWN} more folders")
        self._command.stdout.write(self._summary(refused=refused))

    def _summary(self, *, refused: bool) -> str:
        if refused:
            return f"{_files(self._findings.unused)} that no row names; nothing was deleted."
        if not self._delete:
            return f"{_files(self._findings.unused)} that no row names; --delete removes them."
        if self._failed:
            return f"{_files(self._deleted)} deleted, {len(self._failed)} could not be."
        return f"{_files(self._deleted)} deleted."

    def _document(self, places: list[Place], *, refused: bool) -> dict[str, Any]:
        return {
            "files": self._names,
            "count": self._findings.unused,
            "deleted": self._deleted,
            "failed": self._failed,
            "refused": refused,
            "folders": [
                {
                    "field": str(places[each.place].field),
                    "folder": each.folder,
                    "files": each.files,
                    "unused": each.unused,
                }
                for each in self._findings.folders()
            ],
            "skipped": self._search.skipped,
            "notes": self._search.notes,
        }

    def _exit(self, *, refused: bool) -> None:
        """Exit with code 1 if there were problems."""
        problems = list(self._search.skipped)
        if refused:
            problems.append(
                f"{self._findings.unused} of {self._findings.files} thumbnails would be deleted: more than "
                f"{_FEW}, and more than a tenth. Does another site keep its thumbnails in the same folders? "
                "If none does, add --yes, or choose a part with --folder."
            )
        if self._failed:
            problems.append(f"{_files(len(self._failed))} could not be deleted; the log says why.")
        if problems:
            raise CommandError("\n".join(problems))


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _folder(text: str | None) -> str | None:
    if text is None:
        return None
    folder = posixpath.normpath(str(text)).strip("/")
    if folder == ".":
        return ""
    if ".." in folder.split("/"):
        raise CommandError(
            f"--folder {text!r}: give the folder that file names start with, such as thumbnails/2026."
        )
    return folder


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([smhd])", str(text))
    if match is None:
        raise CommandError(f"--older-than {text!r}: give a number with s, m, h or d, such as 90m or 2d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
