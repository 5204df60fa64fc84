"""Files of any kind: which of them an engine reads, and how long it takes for their thumbnails."""

from pathlib import Path
from types import ModuleType

from contenders import SINGLE_SIZES
from django.conf import settings

from advthumb import conf
from advthumb.engines.registry import engine
from tasks import Answer, timed, write_all


def reads(_contender: ModuleType) -> Answer:
    """Return the formats that the engine reads."""
    return {"reads": sorted(engine(conf.engines()[0]).reads)}


def show(contender: ModuleType, source: str) -> Answer:
    """Return the path of a lossless thumbnail, to check its pixels."""
    made = contender.render(Path(source).read_bytes(), Path(source).name, SINGLE_SIZES, lossless=True)
    return {"made": write_all(made, settings.FILE_UPLOAD_TEMP_DIR, ".png")}


def render(contender: ModuleType, sources: list[str], times: int = 1) -> Answer:
    """Time one thumbnail of each source; all of them are made that many times."""
    files = [(Path(source).read_bytes(), Path(source).name) for source in sources]

    def action() -> None:
        for _ in range(times):
            for data, name in files:
                contender.render(data, name, SINGLE_SIZES, lossless=False)

    return timed(action)
