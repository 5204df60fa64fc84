"""Engines as third parties might write them."""

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from advthumb.core.formats import ImageFormat
from advthumb.engines.pillow import PillowEngine


class ReadOnlyEngine(PillowEngine):
    """Writes nothing but PNG."""

    name = "read-only"

    def __init__(self) -> None:
        super().__init__()
        self.writes = frozenset({ImageFormat.PNG})


class ComplainingEngine(PillowEngine):
    """Reports a problem with its set-up."""

    name = "complaining"

    def check(self) -> list[CheckMessage]:
        return [CheckWarning("This build is old.", id="testapp.W001")]
