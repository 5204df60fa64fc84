"""What a run of a command found and did, counted and told: as text, or as one JSON document.

The JSON document of `--json` has these keys:

    rows        one object for each thumbnail that failed, was gone or, in a dry run, is due (with
                `--verbosity 2` also for each that was made or cleared): `field`, `database`, `pk`,
                `source`, `verdict`, `outcome`, `reason`
    command     the name of the command
    dry_run     whether nothing was to be touched
    interrupted whether it was stopped before the end
    seconds     how long it took
    scanned     how many rows were gone through
    verdicts    how many thumbnails were found with each verdict
    outcomes    how many became of each outcome: `left`, `due`, `made`, `cleared`, `failed`, `gone`
    fields      one object per thumbnail field and database: `field`, `database`, `verdicts`,
                `outcomes`
"""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.core.management.base import OutputWrapper
from django.db import DEFAULT_DB_ALIAS

from advthumb.core.detection import Verdict

from .bulk import Outcome, Result
from .selection import Walk

_TOLD = frozenset({Outcome.FAILED, Outcome.GONE, Outcome.DUE})
_TOLD_IN_DETAIL = _TOLD | {Outcome.MADE, Outcome.CLEARED}


@dataclass(slots=True)
class Tally:
    """The counts of one thumbnail field on one database."""

    field: str
    database: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)


class Report:
    """Counts what a run yields.

    Attributes:
        dry_run: Whether nothing is to be touched.
        interrupted: Whether the run was stopped before the end.
        scanned: How many rows were gone through.
    """
