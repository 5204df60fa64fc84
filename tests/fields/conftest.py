"""Fixtures for tests with several writers: rows as others left them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Model

from advthumb.fields import after_commit
from tests.conftest import upload
from tests.testapp.models import Badge, Photo

RED, GREEN, BLUE = (254, 0, 0), (0, 255, 1), (0, 0, 254)
"""The colours of the thumbnails of red, lime and blue pictures."""


def column(attname: str = "thumbnail", model: type[Model] = Photo) -> str | None:
    """Return the value in the column of the only row, read from the database."""
    return model._base_manager.values_list(attname, flat=True).get()


def in_database(row: Model) -> Any:
    """Return an instance of the row as it is now."""
    return type(row)._base_manager.get(pk=row.pk)


def replace(row: Model, name: str = "b.jpg", colour: str = "blue", **options: Any) -> Any:
    """Give a row another source and return the row."""
    row.image = upload(name, colour)
    row.save(**options)
    return row


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Suppress what is done to files after a commit, until `undo`."""
    monkeypatch.setattr(after_commit, "delete_unreferenced", lambda *_: None)
    return monkeypatch


@pytest.fixture
def receiving() -> Iterator[Callable[[Any, Callable[..., None]], None]]:
    """Return a function that connects a receiver to a signal of badges for the length of the test."""
    connected = []

    def connect(signal: Any, receiver: Callable[..., None]) -> None:
        signal.connect(receiver, sender=Badge)
        connected.append((signal, receiver))

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver, sender=Badge)


@pytest.fixture
def received() -> Iterator[Callable[[Any], list[dict[str, Any]]]]:
    """Return a function that returns a list to which the details of each signal are added."""
    connected: list[tuple[Any, Callable[..., None]]] = []

    def listen(signal: Any) -> list[dict[str, Any]]:
        details: list[dict[str, Any]] = []

        def receive(**sent: Any) -> None:
            details.append(sent)

        signal.connect(receive)
        connected.append((signal, receive))
        return details

    yield listen
    for signal, receive in connected:
        signal.disconnect(receive)


@pytest.fixture
def by_name(settings: Any) -> None:
    """Have saves check names only, as they do when storages are not local."""
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
