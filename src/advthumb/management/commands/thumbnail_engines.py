"""Show what each engine can do on this machine, and compare the engines on your own files."""

import json
import re
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError

from advthumb import conf
from advthumb.core.formats import SAFE_FORMATS
from advthumb.core.spec import ThumbnailSpec
from advthumb.diagnosis.comparison import Cell, compare
from advthumb.diagnosis.hazards import surroundings
from advthumb.diagnosis.sheet import sheet
from advthumb.diagnosis.trials import EngineReport, references, report

_ALLOWED_BY_DEFAULT = f"{', '.join(sorted(SAFE_FORMATS))}; for sealed engines, everything that they read"


class Command(BaseCommand):
    """Tries every engine; the exit code is 1 if an engine that the settings name is not available."""

    help = (
        "Show for each engine whether it is available, its versions and the formats it reads and writes, "
        "found out by trying; then limits and warnings. With --compare, render files with all of them."
    )
    # The command reports what is missing, so a system check about the same problem must not stop it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--compare", nargs="+", metavar="FILE", default=[], help="Render these files with every engine."
        )
        parser.add_argument(
            "--size",
            default="300x300",
            metavar="WxH",
            help="The box they are fitted into (300x300).",
        )
        parser.add_argument(
            "--output",
            default="thumbnail-engines.png",
            metavar="FILE",
            help="Where --compare writes the thumbnails side by side (thumbnail-engines.png).",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command.

        Raises:
            CommandError: An option is invalid, a setting is wrong, a file cannot be read or written,
                or an engine that the settings name is not available.
        """
        spec = _spec(options["size"])
        try:
            reports = [report(*item) for item in references().items()]
            limits = _limits()
        except ImproperlyConfigured as error:
            raise CommandError(f"The settings are wrong: {error}") from error
        rows = _compared(options["compare"], options["output"], reports, spec)
        warnings = list(surroundings())
        if options["json"]:
            self._print_json(reports, limits, warnings, rows)
        else:
            self._print_text(reports, limits, warnings)
            self._print_rows(rows, options["output"])
        missing = [each.engine for each in reports if each.in_use and each.problem]
        if missing:
            raise CommandError(
                f"ADVANCE_THUMBNAIL_ENGINE names engines that are not available: {', '.join(missing)}"
            )

    def _print_json(
        self,
        reports: list[EngineReport],
        limits: dict[str, Any],
        warnings: list[str],
        rows: list[list[Cell]],
    ) -> None:
        cells = [asdict(cell) for row in rows for cell in row]
        for cell in cells:
            del cell["pixels"]
        document = {"engines": list(map(asdict, reports)), "limits": limits, "warnings": warnings}
        self.stdout.write(json.dumps(document | {"comparison": cells}))

    def _print_text(self, reports: list[EngineReport], limits: dict[str, Any], warnings: list[str]) -> None:
        for each in reports:
            state = f"not available: {each.problem}" if each.problem else "available"
            self.stdout.write(f"{each.engine}{', in use' if each.in_use else ''}: {state}")
            facts = {
                "versions": [f"{name} {version}" for name, version in each.versions.items()],
                "reads": each.reads,
                "also reads": [f"{image_format} (not tried)" for image_format in each.untried],
                "writes": each.writes,
            }
            for title, found in facts.items():
                if found:
                    self.stdout.write(f"  {title + ':':12}{', '.join(found)}")
            for warning in each.warnings:
                self.stdout.write(self.style.WARNING(f"  warning:    {warning}"))
        self.stdout.write("limits:")
        for name, value in limits.items():
            shown = ", ".join(value) if isinstance(value, list) else value or _ALLOWED_BY_DEFAULT
            self.stdout.write(f"  {name}: {shown}")
        for warning in warnings:
            self.stdout.write(self.style.WARNING(f"warning: {warning}"))

    def _print_rows(self, rows: list[list[Cell]], output: str) -> None:
        for row in rows:
            self.stdout.write(f"\n{row[0].file}")
            for cell in row:
                self.stdout.write(f"  {cell.engine:12} {_in_words(cell)}")
        if rows:
            self.stdout.write(f"\nSide by side, from left to right as listed: {output}")


def _compared(
    files: list[str], output: str, reports: list[EngineReport], spec: ThumbnailSpec
) -> list[list[Cell]]:
    """Return the rows of the comparison (empty if there are no files), and write the sheet."""
    available = {each.engine: references()[each.engine] for each in reports if not each.problem}
    if not files:
        return []
    try:
        rows = compare(map(Path, files), available, spec)
        Path(output).write_bytes(sheet(rows))
    except OSError as error:
        raise CommandError(str(error)) from error
    return rows


def _in_words(cell: Cell) -> str:
    if cell.error:
        return cell.error
    differs = "another size" if cell.difference is None else f"differs by {cell.difference:.2f}"
    return f"{cell.size!s:>9} {cell.length:>9} bytes {cell.milliseconds:>8.1f} ms   {differs}"


def _spec(text: str) -> ThumbnailSpec:
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", str(text))
    if match is None:
        raise CommandError(f"--size {text!r}: give width and height in pixels, such as 300x300.")
    return ThumbnailSpec(
        width=int(match[1]),
        height=int(match[2]),
        format=conf.output_format(),
        qualities=conf.qualities(),
        effort=conf.effort(),
    )


def _limits() -> dict[str, Any]:
    allowed = conf.allowed_formats()
    return {
        "ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES": conf.max_source_bytes(),
        "ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS": conf.max_source_pixels(),
        "ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY": conf.max_source_memory(),
        "ADVANCE_THUMBNAIL_MAX_LARGE_DECODES": conf.max_large_decodes(),
        "ADVANCE_THUMBNAIL_MAX_FRAMES": conf.max_frames(),
        "ADVANCE_THUMBNAIL_ALLOWED_FORMATS": None if allowed is None else sorted(allowed),
    }
