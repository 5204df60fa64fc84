"""No pages; tests that need some name them by `pytest.mark.urls`."""

from typing import Any

urlpatterns: list[Any] = []
