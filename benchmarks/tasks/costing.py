"""What one source costs as a field would have it: every limit is asked first."""

from pathlib import Path
from types import ModuleType

from django.core.files.storage import InMemoryStorage

from advthumb import conf
from advthumb.core.errors import ThumbnailError
from advthumb.core.spec import ThumbnailSpec
from advthumb.generation import Source, Target, generate
from tasks import Answer, timed


def cost(_contender: ModuleType, source: str) -> Answer:
    """Time one thumbnail of a source, and say by which code it is refused, empty if it is not."""
    storage, data, made = InMemoryStorage(), Path(source).read_bytes(), []
    target = Target(ThumbnailSpec(width=300, height=300), conf.engines(), storage, str, None)
    times = timed(lambda: made.extend(generate(Source(storage, "source", data), [target])))
    refused = made[0].code if isinstance(made[0], ThumbnailError) else ""
    return {**times, "refused": str(refused)}
