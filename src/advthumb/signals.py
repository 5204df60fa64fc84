"""Signals, sent after the commit of the transaction that they report.

`thumbnail_generated` carries `instance`, `field`, `name` (the stored name), `superseded` (the name that the
row had before, empty for none), `bytes` (the length of the stored file) and `seconds`. `thumbnail_failed`
carries `instance`, `field`, `error` (a `ThumbnailError`) and `seconds`. `seconds` is how long it took to read
and render the source and to store the thumbnail. Thumbnails of one source that are rendered together share
the time of reading and rendering. The sender of both is the model class of the instance. `bulk_create` sends
neither, as Django sends no `post_save` for it.

`thumbnail_deleted` carries `field` and `name`: the file was deleted from the storage of the field, so you can
purge a cache in front of it. The sender is the model class of the field. It is also sent for the files of
saves that failed, and for files that `prune_thumbnails` deletes.
"""

from typing import Any

from django.dispatch import Signal

__all__ = ["thumbnail_deleted", "thumbnail_failed", "thumbnail_generated"]


class _RobustSignal(Signal):
    """A signal whose receivers may be objects and partials.

    Django logs a receiver that raised by its `__qualname__`, which those lack. That error would keep the
    receivers after it from being called.
    """

    def _log_robust_failure(self, _receiver: Any, _error: Exception) -> None:
        """Log nothing: `fields.after_commit`, which sends the signals, logs failures."""


thumbnail_generated = _RobustSignal()
"""A thumbnail was stored. Arguments: `instance`, `field`, `name`, `superseded`, `bytes`, `seconds`."""

thumbnail_failed = _RobustSignal()
"""No thumbnail could be made. Arguments: `instance`, `field`, `error`, `seconds`."""

thumbnail_deleted = _RobustSignal()
"""A file was deleted from the storage of a field. Arguments: `field`, `name`."""
