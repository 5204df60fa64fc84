"""One writer of the soak test (`tests.soak`): for some seconds it does random operations on rows.

Its storage fails at random too. At the end it prints as JSON what it did.
"""

import argparse
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from io import StringIO
from random import Random
from typing import Any

import django

django.setup()

from django.core.exceptions import ObjectDoesNotExist  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.db.models import Model  # noqa: E402

from advthumb import refresh_thumbnails  # noqa: E402
from advthumb.fields.relations import thumbnail_fields  # noqa: E402
from tests.conftest import upload  # noqa: E402
from tests.testapp.models import Gallery, Photo, Responsive, Restaurant  # noqa: E402
from tests.testapp.storages import FaultyStorage  # noqa: E402

FEW, MANY = 20, 60
FAULTS = {
    "save": ("error", "partial", "slow"),
    "exists": ("error", "slow"),
    "get_modified_time": ("error",),
    "delete": ("error", "slow"),
}
FAULT_RATE = 0.05


class Soaker:
    """Writes rows of four models at random: with one thumbnail, several, sets, and of parent and child.

    Args:
        random: Makes all choices.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.operations: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def fault(self, call: str) -> str:
        """Return how a storage call fails, for `FaultyStorage`."""
        if self.random.random() > FAULT_RATE:
            return ""
        fault = self.random.choice(FAULTS[call])
        self.faults[f"{call} {fault}"] += 1
        return fault

    def run(self, seconds: float) -> None:
        """Do one operation after another."""
        do = [self.create, self.replace, self.replace_source, self.retitle, self.clear, self.delete]
        do += [self.copy, self.share, self.behind, self.undone, self.partly, self.locked, self.command]
        weights = [4, 6, 3, 6, 1, 2, 2, 1, 1, 3, 3, 2, 0.3]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            (operation,) = self.random.choices(do, weights)
            try:
                operation()
            except (DatabaseError, LookupError, ObjectDoesNotExist) as error:
                # The row is gone or PostgreSQL ended a deadlock, as can happen in any project without us.
                self.refused[type(error).__name__] += 1
            self.operations[operation.__name__] += 1

    def upload(self) -> Any:
        return upload(f"{self.random.randrange(1000)}.jpg", f"#{self.random.randrange(1 << 24):06x}")

    def model(self) -> type[Model]:
        return self.random.choice([Photo, Photo, Gallery, Restaurant, Responsive])

    def row(self, model: type[Model] | None = None, **options: Any) -> Model:
        """Return a row loaded a moment ago, so that others may have written it since."""
        model = model or self.model()
        rows = model._base_manager.all()
        pks = list(rows.values_list("pk", flat=True))
        if options.get("locked"):
            rows = rows.select_for_update()
        row = rows.filter(pk=self.random.choice(pks)).first() if pks else None
        if row is None:
            raise LookupError
        time.sleep(self.random.random() / 100)
        return row

    def create(self) -> None:
        model = self.model()
        if model._base_manager.count() < MANY:
            model._base_manager.create(image=self.upload())

    def replace(self) -> None:
        row = self.row()
        row.image = self.upload()
        row.save()

    def replace_source(self) -> None:
        row = self.row()
        row.image = self.upload()
        row.save(update_fields=["image"])

    def locked(self) -> None:
        with transaction.atomic():
            row = self.row(locked=True)
            row.image = self.upload()
            row.save()

    def retitle(self) -> None:
        row = self.row(Photo)
        row.title = str(self.random.random())
        row.save()

    def clear(self) -> None:
        row = self.row()
        row.image = None
        row.save()

    def delete(self) -> None:
        """Delete a row as it is now, because a stale instance would not know all its files."""
        with transaction.atomic():
            row = self.row(locked=True)
            if type(row)._base_manager.count() > FEW:
                row.delete()

    def copy(self) -> None:
        row = self.row()
        if type(row)._base_manager.count() < MANY:
            row.pk = row.id = None
            row.save()

    def share(self) -> None:
        """Copy a row with its names, as `bulk_create` and SQL do.

        Skip a row where only the source was just written: it still has the old thumbnail.
        """
        row = self.row(self.random.choice([Photo, Gallery]))
        if type(row)._base_manager.count() < MANY:
            with transaction.atomic():
                twin = type(row)._base_manager.select_for_update().get(pk=row.pk)
                if any(
                    getattr(twin, field.attname).status != "fresh" for field in thumbnail_fields(type(row))
                ):
                    return
                twin.pk = None
                type(row)._base_manager.bulk_create([twin])

    def behind(self) -> None:
        """Change a source without the field noticing, then refresh the thumbnail."""
        row, other = self.row(Photo), self.row(Photo)
        rows = Photo.objects.filter(pk=row.pk)
        rows.update(image=other.image.name)
        refresh_thumbnails(rows)

    def undone(self) -> None:
        """Do something else, and roll it back."""
        operation = self.any()
        with transaction.atomic():
            with transaction.atomic():
                operation()
            transaction.set_rollback(True)
        self.operations[f"{operation.__name__} undone"] += 1

    def partly(self) -> None:
        """Do three things in one transaction, the second in a savepoint that is rolled back."""
        first, second, third = self.any(), self.any(), self.any()
        with transaction.atomic():
            first()
            with transaction.atomic():
                second()
                transaction.set_rollback(True)
            third()
        self.operations[f"{second.__name__} undone"] += 1

    def any(self) -> Callable[[], None]:
        """Return an operation that may be undone."""
        saves = [self.create, self.replace, self.replace_source, self.clear, self.retitle, self.copy]
        return self.random.choice([*saves, self.delete])

    def command(self) -> None:
        name = self.random.choice(["generate_thumbnails", "regenerate_thumbnails"])
        arguments = ["--force", "--limit", "10"] if self.random.random() < 0.5 else []
        try:
            call_command(name, *arguments, "--no-progress", stdout=StringIO(), stderr=StringIO())
        except CommandError:
            self.refused["CommandError"] += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", required=True)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # only the faults are logged here, and they are counted
    soaker = Soaker(Random(options.seed))
    FaultyStorage.fault = staticmethod(soaker.fault)
    FaultyStorage.lag = 0.02
    soaker.run(options.seconds)
    connection.close()
    counts = {"operations": soaker.operations, "faults injected": soaker.faults, "refused": soaker.refused}
    sys.stdout.write(json.dumps({"counts": counts, "left": FaultyStorage.left}))
