"""How alike the thumbnails of two engines are.

`python -m tests.engines.equality` writes the limits that `test_equality` checks into `docs/engine-matrix.md`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from advthumb.core.errors import ThumbnailError
from advthumb.core.images import SourceInfo
from advthumb.core.planning import plan
from advthumb.core.rendered import RenderedThumbnail
from advthumb.core.set_planning import plan_set
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.finishing import finished
from advthumb.testing.contract.rendering import opened, rgba, wanted

from .differences import DIFFERENCES
from .equality_sources import SIDE, Source, sources

MATRIX = Path(__file__).parents[2] / "docs" / "engine-matrix.md"
REFERENCE = "pillow"
OTHERS = sorted(set(registry.ALIASES) - {REFERENCE})
MAX_FRAMES = 200
SMOOTH, NOISE, PROCESSED = 1.0, 3.0, 0.5
"""The allowed mean difference between two engines, in levels. The last one is for what processors made of an
opaque photo: processors are the same for all engines."""


@dataclass(frozen=True)
class Rendering:
    """What an engine made of a source; `files` has the wanted thumbnail and the siblings of its set."""

    info: SourceInfo
    files: Sequence[RenderedThumbnail]
    default: RenderedThumbnail
    moving: RenderedThumbnail


def problems(engine: ThumbnailEngine, source: Source) -> list[str]:
    """Return how the thumbnails of a source differ from those of the reference; empty if they do not."""
    reference = registry.engine(REFERENCE)
    expected, found = (_attempt(each, source) for each in (reference, engine))
    if isinstance(expected, str) or isinstance(found, str):
        verdicts = [each if isinstance(each, str) else "rendered" for each in (expected, found)]
        return [] if verdicts[0] == verdicts[1] else [" / ".join(verdicts)]
    both_move = source.format in engine.animates & reference.animates
    pairs = {
        "size": ([each.size for each in expected.files], [each.size for each in found.files]),
        "upright size": (expected.info.display_size, found.info.display_size),
        "format": (expected.default.format, found.default.format),
        "alpha": (expected.info.has_alpha, found.info.has_alpha),
        "formats": ([each.format for each in expected.files], [each.format for each in found.files]),
        "alpha of the thumbnail": (_has_alpha(expected.files[0]), _has_alpha(found.files[0])),
        "frames": (expected.info.frames, found.info.frames) if both_move else (1, 1),
        "timing": (_delays(expected.moving), _delays(found.moving)) if both_move else ((), ()),
    }
    told = [f"{name}: {one} / {other}" for name, (one, other) in pairs.items() if one != other]
    if not told:
        levels = max(map(difference, expected.files, found.files))
        processed = source.processors and not expected.info.has_alpha
        if levels > (NOISE if source.noise else PROCESSED if processed else SMOOTH):
            told.append(f"{levels:.2f} levels apart")
    return told


def difference(one: RenderedThumbnail, other: RenderedThumbnail) -> float:
    """Return the mean difference in levels of two thumbnails of one size, on black or on white."""
    first, second = (rgba(each).astype(np.float64) for each in (one, other))
    return max(float(np.abs(_on(first, ground) - _on(second, ground)).mean()) for ground in (0, 255))


def matrix() -> str:
    """Return the page for the docs. Every engine and the corpus must be available."""
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in sources():
        groups[source.group].append(source)
    engines = [registry.engine(alias) for alias in OTHERS]
    lines = [
        _HEAD,
        f"| pictures | {' | '.join(f'`{alias}`' for alias in OTHERS)} |",
        "|---" * (len(OTHERS) + 1) + "|",
    ]
    for group, members in groups.items():
        lines.append(f"| {group} | {' | '.join(_cell(engine, members) for engine in engines)} |")
    lines += ["", "## What differs, and why", ""]
    lines += [f"- `{alias}`, {name}: {reason}" for (alias, name), reason in sorted(DIFFERENCES.items())] or [
        "Nothing."
    ]
    return "\n".join(lines) + "\n"


_HEAD = f"""# The same picture from every engine

This page compares each engine with `{REFERENCE}`, at {SIDE} px. Size, format, alpha, frames and their
timing must be equal, and the mean difference at most {SMOOTH:.0f} level of 255, {NOISE:.0f} on noise and
dither, or {PROCESSED} if processors changed an opaque photo. The pictures are those of the test suite, and
real files from the test suites of a dozen imaging projects.
`python -m tests.engines.equality` writes this page, and a test fails if it is out of date.
"""


def _cell(engine: ThumbnailEngine, members: Iterable[Source]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for source in members:
        if source.format not in engine.reads:
            counts["not read"] += 1
        elif (engine.name, source.name) in DIFFERENCES:  # checked by `test_equality`
            counts["differ"] += 1
        else:
            counts["the same"] += 1
    return ", ".join(f"{counts[what]} {what}" for what in ("the same", "differ", "not read") if counts[what])


def _attempt(engine: ThumbnailEngine, source: Source) -> Rendering | str:
    try:
        return _rendered(engine, source)
    except ThumbnailError as error:
        return f"refused as {error.code}"


@cache
def _rendered(engine: ThumbnailEngine, source: Source) -> Rendering:
    info = engine.probe(source.data, source.format, MAX_FRAMES)
    default = wanted(SIDE, SIDE, None)
    plans = [*plan_set(source.spec, info), plan(default, info), plan(replace(default, animated=True), info)]
    *files, still, moving = engine.render(source.data, info, plans)
    if source.processors:
        files = finished(files, plans[:-2], source.processors)
    return Rendering(info, files, still, moving)


def _on(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", ground: int) -> "np.ndarray":
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + ground * (1 - alpha)


def _has_alpha(thumbnail: RenderedThumbnail) -> bool:
    return opened(thumbnail).has_transparency_data


def _delays(thumbnail: RenderedThumbnail) -> list[int]:
    image = opened(thumbnail)
    delays = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        delays.append(round(image.info.get("duration", 0)))
    return delays


if __name__ == "__main__":
    import django.conf

    django.conf.settings.configure()
    MATRIX.write_text(matrix(), "utf-8")
