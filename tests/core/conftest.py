"""The core needs no files and no settings; property tests have no deadline, for busy machines."""

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


@pytest.fixture(autouse=True)
def media() -> None:
    """Replace the storage of the suite: nothing is stored here."""
