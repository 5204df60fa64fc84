"""What damaged files result in: a refusal, the same thumbnail as before, or garbage.

`python -m tests.engines.damage` damages each small file of the corpus by seed, renders what is left with
every engine, and records the counts in `damage.json` and in `docs/damage.md`. It takes about ten seconds.
"""

import datetime as dt
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import django.conf
import numpy as np
from PIL import Image

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.sniffing import SNIFF_BYTES, sniff
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.isolation.pool import BusyError
from advthumb.engines.isolation.processes import EndedError, TooSlowError
from advthumb.testing.contract.rendering import difference, opened, render_all, wanted
from tests.pictures import Pixels

from .corpus import CORPUS, MISSING, ROWS

RECORD = Path(__file__).with_suffix(".json")
PAGE = Path(__file__).parents[2] / "docs" / "damage.md"

MUTATIONS = 20
MOST_FLIPS = 8
SMALL = 64 * 1024
FILES = [row["file"] for row in ROWS if (CORPUS / row["file"]).stat().st_size <= SMALL]

GARBAGE_LEVELS = 5
"""A thumbnail with at least this mean difference, in levels of 255, is garbage: 2 % of the range."""

INTRODUCTION = f"""# What the engines make of damaged files

Most formats have no checksum of their pixels, so no engine can detect all damage. This page shows the
results of a run on {{date}}. Each file of the test corpus up to {SMALL // 1024} KiB was damaged
{{mutations}} times at random: up to {MOST_FLIPS} bytes were changed, the end was cut off, or a piece was
cut out. Each engine is tested only with files that it reads when they are intact.

- `corrupt`, `unsupported` and `too-large`: the file is refused with this code.
- `failed`: a crash, a hang, or an error of the engine.
- `same`: on average, the thumbnail is within {GARBAGE_LEVELS} levels of 255 of that of the intact file.
- `garbage`: it differs by more, or has another size.

`python -m tests.engines.damage` writes this page. It damages the files in the same way each time.
"""

_PROCESSES = 2
_GROUND = (255, 0, 255)
"""Thumbnails are compared on a background that no picture has, so that lost transparency is visible."""
_NO_ANSWER = (BusyError, EndedError, TooSlowError)
_REFUSALS = frozenset({ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED, ErrorCode.TOO_LARGE})


class Fate(StrEnum):
    """The outcome for a damaged file; the first three are the codes of refusals."""

    CORRUPT = ErrorCode.CORRUPT
    UNSUPPORTED = ErrorCode.UNSUPPORTED
    TOO_LARGE = ErrorCode.TOO_LARGE
    FAILED = "failed"
    SAME = "same"
    GARBAGE = "garbage"


class Mutation(NamedTuple):
    """A damaged file and its outcome."""

    file: str
    number: int
    format: str
    fate: Fate


def mutated(data: bytes, seed: str) -> bytes:
    """Return a file with bytes flipped, its end cut off, or a piece cut out; only the seed decides how."""
    chance = random.Random(seed)
    start, stop = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    match chance.choice(["flip", "flip", "cut", "cut out"]):
        case "cut":
            return data[:start]
        case "cut out":
            return data[:start] + data[stop:]
    flipped = bytearray(data)
    for _ in range(chance.randint(1, MOST_FLIPS)):
        flipped[chance.randrange(len(data))] ^= chance.randint(1, 255)
    return bytes(flipped)


def mutations(engine: ThumbnailEngine, file: str, count: int = MUTATIONS) -> Iterator[Mutation]:
    """Yield the outcomes of a file damaged in several ways; nothing if the undamaged file is refused."""
    data = (CORPUS / file).read_bytes()
    try:
        whole = seen(_thumbnail(engine, data))
    except ThumbnailError:
        return
    for number in range(count):
        damaged = mutated(data, f"{file} {number}")
        if damaged != data:
            yield Mutation(file, number, str(sniff(data[:SNIFF_BYTES])), fate(engine, damaged, whole))


def fate(engine: ThumbnailEngine, damaged: bytes, whole: Pixels) -> Fate:
    """Return the outcome for a damaged file, compared with the thumbnail of the undamaged one."""
    try:
        thumbnail = _thumbnail(engine, damaged)
    except ThumbnailError as error:
        answered = error.code in _REFUSALS and not isinstance(error.__cause__, _NO_ANSWER)
        return Fate(error.code) if answered else Fate.FAILED
    found = seen(thumbnail)
    alike = found.shape == whole.shape and difference(found, whole).mean() <= GARBAGE_LEVELS
    return Fate.SAME if alike else Fate.GARBAGE


def seen(thumbnail: RenderedThumbnail) -> Pixels:
    """Return the colours of a thumbnail on a background."""
    image = opened(thumbnail).convert("RGBA")
    ground = Image.new("RGBA", image.size, _GROUND)
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"))


def _thumbnail(engine: ThumbnailEngine, data: bytes) -> RenderedThumbnail:
    [thumbnail] = render_all(engine, data, wanted(100, 100))
    return thumbnail


def measured(alias: str) -> dict[str, Any]:
    """Return the counts of one engine by format, and which damaged files make garbage.

    The engine runs in separate processes, so that a crash ends neither this one nor the count.
    """
    engine = registry.engine(registry.isolated(alias, _PROCESSES))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    garbage = []
    with ThreadPoolExecutor(_PROCESSES) as threads:
        for found in threads.map(lambda file: list(mutations(engine, file)), FILES):
            for each in found:
                counts[each.format][each.fate] += 1
                if each.fate is Fate.GARBAGE:
                    garbage.append(f"{each.file} {each.number}")
    return {
        "versions": dict(engine.versions()),
        "formats": {name: dict(counts[name]) for name in sorted(counts)},
        "garbage": garbage,
    }


def page(record: Mapping[str, Any]) -> str:
    """Return the page of the docs for a recorded run."""
    lines = [
        INTRODUCTION.format(**record),
        f"| engine | format | damaged | {' | '.join(Fate)} |",
        "|---|---|" + "---|" * (1 + len(Fate)),
    ]
    for alias, result in record["engines"].items():
        total: Counter[str] = Counter()
        for name, counts in result["formats"].items():
            lines.append(_row(alias, name, counts))
            total.update(counts)
        lines.append(_row(alias, "**all**", total))
    versions = (
        f"- `{alias}`: {', '.join(f'{name} {version}' for name, version in result['versions'].items())}"
        for alias, result in record["engines"].items()
    )
    return "\n".join([*lines, "", "Versions:", "", *versions]) + "\n"


def _row(alias: str, name: str, counts: Mapping[str, int]) -> str:
    numbers = [sum(counts.values()), *(counts.get(each, 0) for each in Fate)]
    return f"| `{alias}` | {name} | {' | '.join(f'{number:,}' for number in numbers)} |"


def main() -> None:
    """Measure every engine and write the results."""
    if not FILES:
        raise SystemExit(MISSING)
    django.conf.settings.configure()
    record = {
        "date": f"{dt.datetime.now(tz=dt.UTC):%-d %B %Y}",
        "mutations": MUTATIONS,
        "engines": {alias: measured(alias) for alias in registry.ALIASES},
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(record), "utf-8")


if __name__ == "__main__":
    main()
