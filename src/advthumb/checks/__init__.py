"""System checks: they report a wrong set-up at start-up, not at the first upload.

Importing this package registers them. Every id is explained in docs/checks.md.
"""

from django.core import checks

from .fields import check_fields
from .settings import check_fallback, check_observer, check_settings
from .tasks import check_tasks

TAG = "advthumb"

for _check in (check_settings, check_observer, check_fallback, check_fields, check_tasks):
    checks.register(_check, TAG)

__all__ = ["TAG", "check_fallback", "check_fields", "check_observer", "check_settings", "check_tasks"]
