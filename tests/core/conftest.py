"""The core needs no files and no settings, and its properties have all the time that a busy machine takes."""

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


@pytest.fixture(autouse=True)
def media() -> None:
    """Take the place of the suite's storage: nothing is stored here."""
