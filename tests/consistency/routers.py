"""Database routers as projects write them."""

from typing import Any


class Replica:
    """The example from Django's documentation: reads go to the replica, writes to the primary."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **_hints: Any) -> str:
        return "default"

    def allow_relation(self, _one: Any, _other: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        return db == "default"


class NotMigrated:
    """All rows are in a database whose tables an administrator maintains.

    Args:
        alias: The alias of that database.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return self.alias

    db_for_write = db_for_read

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool | None:
        return False if db == self.alias else None


class TwinsElsewhere:
    """Keeps one model on the database `other`."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return "other" if model._meta.model_name == "localtwin" else None

    db_for_write = db_for_read
