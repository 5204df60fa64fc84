"""Turns errors of the lower layers into command errors, and contains database errors with savepoints."""

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
    """Return a context manager in which a failing statement does not break the caller's transaction.

    Outside a transaction, each statement is committed separately, so there is nothing to contain.
    """
    return transaction.atomic(using) if connections[using].in_atomic_block else nullcontext()
