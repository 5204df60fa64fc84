"""Errors of the layers below, as a command reports them; and savepoints that contain them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.core.management import CommandError
from django.db import connections, transaction


@contextmanager
def as_command_error() -> Iterator[None]:
    """Turn a `ValueError` of a check into a `CommandError` with the same sentence."""
    try:
        yield
    except ValueError as error:
        raise CommandError(str(error)) from error


def contained(using: str) -> AbstractContextManager[object]:
    """Return a context in which a failing statement does not spoil the caller's transaction.

    Outside of a transaction each statement is committed by itself: nothing has to be contained.
    """
    return transaction.atomic(using) if connections[using].in_atomic_block else nullcontext()
