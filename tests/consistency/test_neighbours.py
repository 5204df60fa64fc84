"""Other databases on the same server: their open transactions cannot affect our rows."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import ConnectionHandler, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from advthumb.management.open_transactions import OpenTransactions, open_transactions

pytestmark = pytest.mark.django_db(transaction=True)

_OTHER = {"mysql": "mysql", "postgresql": "postgres"}
"""A database that every server has."""
_CACHED = 0.3
"""Seconds to wait: within 0.1 s InnoDB repeats its previous answer."""
_BEGIN = {
    "mysql": ["START TRANSACTION WITH CONSISTENT SNAPSHOT"],
    "postgresql": ["BEGIN", "SELECT pg_current_xact_id()"],
}


def opened(name: str) -> BaseDatabaseWrapper:
    """Return a connection to a database on the same server, with an open transaction."""
    found: BaseDatabaseWrapper = ConnectionHandler({"default": {**connection.settings_dict, "NAME": name}})[
        "default"
    ]
    with found.cursor() as cursor:
        for statement in _BEGIN[connection.vendor]:
            cursor.execute(statement)
    time.sleep(_CACHED)
    return found


@pytest.fixture
def served() -> Iterator[list[BaseDatabaseWrapper]]:
    """Provide a list of connections that are closed at the end."""
    if connection.vendor not in _OTHER:
        pytest.skip("SQLite has no server")
    connections: list[BaseDatabaseWrapper] = []
    yield connections
    for each in connections:
        each.close()


def test_a_transaction_in_another_database_is_ignored(served: list[BaseDatabaseWrapper]) -> None:
    served.append(opened(_OTHER[connection.vendor]))
    assert open_transactions(["default"]) == OpenTransactions()


def test_a_transaction_in_this_database_is_reported(served: list[BaseDatabaseWrapper]) -> None:
    served.append(opened(connection.settings_dict["NAME"]))
    assert open_transactions(["default"]).oldest >= timedelta(minutes=1)
