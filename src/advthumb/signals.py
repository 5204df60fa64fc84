"""Signals, sent after the transaction that they tell of is committed; `bulk_create` sends none, as Django's.

`thumbnail_generated` carries `instance`, `field`, `name` (the stored name) and `superseded` (the name that
the row had before, empty for none). `thumbnail_failed` carries `instance`, `field` and `error` (a
`ThumbnailError`). The sender of both is the model class of the instance.

`thumbnail_deleted` carries `field` and `name`: the file was deleted from the storage of the field, so a cache
in front of it may be purged. The sender is the model class of the field. It is also sent for files of saves
that were rolled back, and for files that `prune_thumbnails` deletes.
"""

from typing import Any

from django.dispatch import Signal

__all__ = ["thumbnail_deleted", "thumbnail_failed", "thumbnail_generated"]


class _RobustSignal(Signal):
    """A signal whose receivers may be objects and partials.

    Django names one that raised by its `__qualname__`, which those lack, and that error would come in the
    way of the receivers behind it.
    """

    def _log_robust_failure(self, _receiver: Any, _error: Exception) -> None:
        """Log nothing: whoever sends the signal does (`fields.after_commit`)."""


thumbnail_generated = _RobustSignal()
"""A thumbnail was stored. Arguments: `instance`, `field`, `name`, `superseded`."""

thumbnail_failed = _RobustSignal()
"""No thumbnail could be made. Arguments: `instance`, `field`, `error`."""

thumbnail_deleted = _RobustSignal()
"""A file was deleted from the storage of a field. Arguments: `field`, `name`."""
