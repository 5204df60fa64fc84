"""The output of `thumbnail_status`: text for people, JSON for programs, and the text format of Prometheus."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from advthumb.core.detection import Level

from .reporting import Tally, level_word, on_database
from .selection import Selection


class FieldCount(NamedTuple):
    """The thumbnails of one field on one database.

    Attributes:
        field: The name of the field.
        using: The alias of the database.
        level: How much was checked.
        tally: The counts.
    """

    field: str
    using: str
    level: Level
    tally: Tally

    @property
    def label(self) -> str:
        """The name of the field, with its database unless that is the default one."""
        return on_database(self.field, self.using)


@dataclass(frozen=True)
class Status:
    """What `thumbnail_status` found.

    Attributes:
        counts: The counts of each field.
        unread: The selections that could not be read, each with the reason.
        verify: How much was to be checked.
        shard: The shard that was counted; None for all rows.
        seconds: How long the counting took.
        ended: When it ended, in seconds since 1970.
    """

    counts: Sequence[FieldCount]
    unread: Sequence[tuple[Selection, str]]
    verify: str
    shard: str | None
    seconds: float
    ended: float


def as_text(status: Status) -> Iterator[str]:
    """Yield a line for each field."""
    if status.shard is not None:
        yield f"Only shard {status.shard} of each table:"
    for count in status.counts:
        yield f"{count.label}: {count.tally.found()}"


def as_json(status: Status) -> Iterator[str]:
    """Yield one JSON document."""
    total = Tally()
    for count in status.counts:
        total.merge(count.tally)
    yield json.dumps(
        {
            "verify": status.verify,
            "shard": status.shard,
            "fields": {
                count.label: {"level": level_word(count.level), **count.tally.verdicts}
                for count in status.counts
            },
            "total": total.verdicts,
            "unread": [
                {"model": selection.model._meta.label, "database": selection.using, "reason": reason}
                for selection, reason in status.unread
            ],
        }
    )


def as_prometheus(status: Status) -> Iterator[str]:
    """Yield lines of the text format of Prometheus; the metrics of a shard have the label `shard`."""
    common = {} if status.shard is None else {"shard": status.shard}
    yield from _described("advthumb_thumbnails", "Thumbnails by verdict; level says how much was checked.")
    for count in status.counts:
        where = {"field": count.field, "database": count.using, "level": level_word(count.level)}
        for verdict, number in count.tally.verdicts.items():
            yield _sample("advthumb_thumbnails", {**where, "verdict": verdict.value, **common}, number)
    for name, meaning, value in (
        ("advthumb_unread_tables", "Tables that could not be read.", len(status.unread)),
        ("advthumb_status_duration_seconds", "How long the counting took.", status.seconds),
        (
            "advthumb_status_timestamp_seconds",
            "When the counting ended.",
            status.ended,
        ),
    ):
        yield from _described(name, meaning)
        yield _sample(name, common, value)


def _described(name: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} gauge"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{written}}} {value}" if written else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


FORMATS: Mapping[str, Callable[[Status], Iterator[str]]] = MappingProxyType(
    {"text": as_text, "json": as_json, "prometheus": as_prometheus}
)
"""The values of `--format`."""
