"""A process that writes rows on request: one JSON order per line on stdin, one answer per line on stdout.

An order says what to `do` (a function below) to the row `pk` of a `model`, how long to `wait` before
loading it and how long to `think` between loading and writing.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from io import StringIO
from time import sleep
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from tests.conftest import upload  # noqa: E402
from tests.testapp.models import Photo  # noqa: E402


def _loaded(pk: int, wait: float, think: float, model: str = "Photo", rows: Any = None) -> Any:
    sleep(wait)
    row = (rows or apps.get_model("testapp", model).objects).get(pk=pk)
    sleep(think)
    return row


def replace(*, name: str, colour: str, update_fields: list[str] | None = None, **row: Any) -> None:
    """Give a row another source."""
    photo = _loaded(**row)
    photo.image = upload(name, colour)
    photo.save(update_fields=update_fields)


def replace_in_transaction(**order: Any) -> None:
    """Give a row another source, in a transaction that also loads it."""
    with transaction.atomic():
        replace(**order)


def replace_locked(*, pk: int, name: str, colour: str, wait: float, think: float) -> None:
    """Give a row another source, and lock the row meanwhile."""
    with transaction.atomic():
        photo = _loaded(pk, wait, think, rows=Photo.objects.select_for_update())
        photo.image = upload(name, colour)
        photo.save()


def retitle(*, title: str, **row: Any) -> None:
    """Save a whole row to change an unrelated column."""
    photo = _loaded(**row)
    photo.title = title
    photo.save()


def retitle_without_source(*, title: str, **row: Any) -> None:
    """Save a row whose source was not loaded."""
    photo = _loaded(rows=Photo.objects.defer("image"), **row)
    photo.title = title
    photo.save()


def clear(**row: Any) -> None:
    """Remove the source."""
    photo = _loaded(**row)
    photo.image = None
    photo.save()


def delete(**row: Any) -> None:
    """Delete a row."""
    _loaded(**row).delete()


def command(*, name: str, arguments: list[str]) -> str:
    """Run a management command and return what it printed."""
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


DO: dict[str, Callable[..., Any]] = {
    "replace": replace,
    "replace-source": partial(replace, update_fields=["image"]),
    "replace-in-transaction": replace_in_transaction,
    "replace-locked": replace_locked,
    "retitle": retitle,
    "retitle-without-source": retitle_without_source,
    "clear": clear,
    "delete": delete,
    "command": command,
}

if __name__ == "__main__":
    for line in sys.stdin:
        order = json.loads(line)
        answer = DO[order.pop("do")](**order)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
