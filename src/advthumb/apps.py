"""The Django app: registers the system checks when it is ready, and touches no imaging library."""

from django.apps import AppConfig


class AdvthumbConfig(AppConfig):
    """Configuration of `advthumb` in INSTALLED_APPS."""

    name = "advthumb"
    verbose_name = "Thumbnails"

    def ready(self) -> None:
        """Register the system checks."""
        from . import checks  # noqa: F401 - importing registers them
