"""Signals, sent after the transaction that they tell of is committed.

`thumbnail_generated` carries `instance`, `field` and `name` (the stored name);
`thumbnail_failed` carries `instance`, `field` and `error` (a `ThumbnailError`).
The sender is the model class of the instance.
"""

from django.dispatch import Signal

thumbnail_generated = Signal()
thumbnail_failed = Signal()
