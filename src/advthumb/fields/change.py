"""What was found and done about one thumbnail of a row: one value from the verdict to the written row."""

import logging
from typing import Generic, NamedTuple, Self, TypeVar

from django.db.models import Model

from advthumb.conditions import conditions_of_failure
from advthumb.core.detection import KEEPS_FILE, Assessment, Verdict
from advthumb.core.errors import ThumbnailError
from advthumb.core.fingerprints import failure_record
from advthumb.generation import Source, StoredThumbnail, is_lasting

from .column import ThumbnailColumn

logger = logging.getLogger("advthumb")

ModelT_co = TypeVar("ModelT_co", bound=Model, covariant=True)


class Change(NamedTuple, Generic[ModelT_co]):
    """What was found and done about one thumbnail of a row.

    Attributes:
        instance: The row.
        field: The thumbnail field.
        assessment: The verdict and its reason, before anything was done.
        old: The name that the row had before, as far as it is known.
        new: The name that the row should have, empty for none.
        old_record: The value of the row's `fingerprint_field` for the old name.
        stored: The new thumbnail, if one was made.
        error: The error, if making one failed.
        record: The new value for the `fingerprint_field`; None leaves it unchanged.
        seconds: How long it took to read, render and store.
        point: The text of the focal point that the thumbnail is to keep in view, empty for none.
    """

    instance: ModelT_co
    field: ThumbnailColumn
    assessment: Assessment
    old: str
    new: str
    old_record: str = ""
    stored: StoredThumbnail | None = None
    error: ThumbnailError | None = None
    record: str | None = None
    seconds: float = 0.0
    point: str = ""

    @property
    def made(self) -> bool:
        """Whether a thumbnail was made."""
        return self.stored is not None

    @property
    def writes(self) -> bool:
        """Whether the row must be written."""
        return self.new != self.old or self.record is not None

    def rendered(self, stored: StoredThumbnail, using: str) -> Self:
        """Return the change with a new thumbnail; cache the fingerprint if the name does not carry it."""
        record = str(stored.fingerprint)
        if not stored.named and not self.field.fingerprint_field:
            self.field.fingerprint_cache(using).set_record(stored.name, record)
        return self._replace(new=stored.name, stored=stored, record=record)

    def cleared(self) -> Self:
        """Return the change of a row that has no source."""
        return self._replace(new="", record="")

    def postponed(self) -> Self:
        """Return the change of a thumbnail that a task is to make.

        The present one stays meanwhile only if it still belongs to this source.
        """
        if self.assessment.verdict in KEEPS_FILE:
            return self
        return self._replace(new="", record="")

    def failed(self, error: ThumbnailError, source: Source, using: str) -> Self:
        """Return the change with an error.

        The present thumbnail stays only if it still belongs to this source.
        """
        stays = self.assessment.verdict in KEEPS_FILE
        new = self.new if stays else ""
        if not new:
            self.field.fingerprint_cache(using).set_reason(source.name, error.reason)
        if new or not is_lasting(error):
            return self._replace(new=new, error=error, record=None if stays else "")
        facts = source.facts()._replace(point=self.point)
        record = failure_record(self.field.spec, facts, conditions_of_failure(self.field.engines))
        if not self.field.fingerprint_field:
            self.field.fingerprint_cache(using).set_record(source.name, record)
        return self._replace(new=new, error=error, record=record)

    def log_failure(self, source: Source) -> None:
        """Log why no thumbnail could be made. Call it after a new row has got its key, if it gets one."""
        error = self.error
        logger.error(
            "No thumbnail for %s of %s from %r: %s",
            self.field,
            row_name(self.instance),
            source.name,
            error,
            exc_info=None if error is None or is_lasting(error) else error,
        )


def row_name(instance: Model) -> str:
    """Return the name of a row in messages."""
    name = type(instance).__name__
    return f"{name} (not saved yet)" if instance.pk is None else f"{name}(pk={instance.pk!r})"


def newly_assigned(name: str) -> Assessment:
    """Return the verdict on a thumbnail whose source was just assigned."""
    return Assessment(Verdict.SOURCE_CHANGED if name else Verdict.MISSING, "a new source was assigned")
