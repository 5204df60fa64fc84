"""The Django app: registers the system checks when it is ready, and loads no imaging library."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy


class AdvthumbConfig(AppConfig):
    """Configuration of `advthumb` in INSTALLED_APPS."""

    name = "advthumb"
    verbose_name = gettext_lazy("Thumbnails")

    def ready(self) -> None:
        """Register the system checks, and the serializer field if Django REST framework is installed."""
        from . import checks, task_checks  # noqa: F401 - importing registers them

        if apps.is_installed("rest_framework"):
            from .contrib import rest_framework  # noqa: F401 - importing registers it
