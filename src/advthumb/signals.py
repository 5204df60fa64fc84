"""Signals, sent after the transaction that they tell of is committed.

`thumbnail_generated` carries `instance`, `field` and `name` (the stored name);
`thumbnail_failed` carries `instance`, `field` and `error` (a `ThumbnailError`);
`thumbnail_deleted` carries `field` and `name`, and is sent after the file went.
The sender is the model class of the instance.
"""

from django.dispatch import Signal

thumbnail_generated = Signal()
thumbnail_failed = Signal()
thumbnail_deleted = Signal()
