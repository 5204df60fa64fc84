"""The core needs no files and no settings, and its properties no deadline on a busy machine."""

import hypothesis
import pytest

hypothesis.settings.register_profile("steady", deadline=None)
hypothesis.settings.load_profile("steady")


@pytest.fixture(autouse=True)
def media() -> None:
    """Take the place of the suite's storage: nothing is stored here."""
