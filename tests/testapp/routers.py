"""Database routers as projects write them."""

from typing import Any


class PhotosElsewhere:
    """Keeps the model `Photo` on the database `other`, and everything else on `default`."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "other" if model._meta.model_name == "photo" else "default"

    db_for_write = db_for_read
