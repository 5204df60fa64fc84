"""An INSTALLED_APPS entry under the old name installs `advthumb`."""

from advthumb.apps import AdvthumbConfig as AdvanceThumbnailConfig

__all__ = ["AdvanceThumbnailConfig"]
