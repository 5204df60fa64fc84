"""The cost of one source, rendered as a field does it: all limits are checked first."""

from pathlib import Path
from types import ModuleType

from django.core.files.storage import InMemoryStorage

from advthumb import conf
from advthumb.core.errors import ThumbnailError
from advthumb.core.spec import ThumbnailSpec
from advthumb.generation import Source, Target, generate
from tasks import Answer, timed


def cost(_contender: ModuleType, source: str) -> Answer:
    """Time one thumbnail of a source, and return the code of a refusal, or an empty one."""
    storage, data, made = InMemoryStorage(), Path(source).read_bytes(), []
    target = Target(ThumbnailSpec(width=300, height=300), conf.engines(), storage, str, None)
    times = timed(lambda: made.extend(generate(Source(storage, "source", data), [target])))
    refused = made[0].code if isinstance(made[0], ThumbnailError) else ""
    return {**times, "refused": str(refused)}
