"""Database routers as projects write them."""

from typing import Any


class PhotosElsewhere:
    """Keeps the model `Photo` on the database `other`, and everything else on `default`."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "other" if model._meta.model_name == "photo" else "default"

    db_for_write = db_for_read


class NoMigrations:
    """Forbids all migrations, as in projects whose tables are maintained elsewhere."""

    def allow_migrate(self, *_args: Any, **_hints: Any) -> bool:
        return False


class AttachmentsElsewhere:
    """Keeps the model `Attachment` on the database `other`; all else is left to other routers."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return "other" if model._meta.model_name == "attachment" else None

    db_for_write = db_for_read
