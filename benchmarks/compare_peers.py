"""What six other packages do in situations that every site meets, compared with advthumb.

    python benchmarks/compare_peers.py            # runs all packages (two minutes), then writes the pages
    python benchmarks/compare_peers.py --write    # only writes the pages, from results/peers.json

Each package runs in a separate process with its defaults, used as its documentation says
(`contenders/`); `tasks/facts.py` defines the questions. Answers go to `results/peers.json`, and
`harness/comparison.py` puts them into words.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from contenders import PEERS, SINGLE_SIZES, Contender, ours
from harness import CACHE
from harness.comparison import RESULTS, write_pages
from harness.corpus import DISPLAY_P3, ORIENTED, corpus
from harness.environments import set_up_peers
from harness.judging import flaws
from harness.results import circumstances
from harness.samples import KINDS, MEANS, PHOTO, samples
from harness.workers import Worker, WorkerError
from PIL import Image, ImageStat

_ROWS = 20
_SAME_LEVELS = 10
"""Means of the same picture differ by less than this, with any decoder and encoder."""


def main() -> None:
    """Run all packages, save the answers, and write the pages."""
    options = argparse.ArgumentParser(description="Compare with other packages.")
    options.add_argument("--write", action="store_true", help="only write the pages, from published answers")
    if not options.parse_args().write:
        set_up_peers()
        us = replace(ours("pillow"), name="advthumb")
        previews = {"ADVANCE_THUMBNAIL_ENGINE": ["pillow", "imagemagick", "pdf", "svg"]}
        everything = replace(us, name="advthumb with previews", settings=previews)
        answers = {us.name: _ask(us, _without("pillow_heif"))} | {one.name: _ask(one) for one in PEERS}
        answers[everything.name] = {"pictures": _ask(everything)["pictures"]}
        published = {"facts": circumstances(), "rows": _ROWS, "answers": answers}
        RESULTS.write_text(json.dumps(published, indent=1, sort_keys=True) + "\n", "utf-8")
    write_pages()


def _without(extra: str) -> dict[str, str]:
    """Return an environment in which the module of one of our extras is missing, as it is for the peers."""
    folder = CACHE / f"without-{extra}"
    folder.mkdir(exist_ok=True)
    (folder / f"{extra}.py").write_text("raise ModuleNotFoundError(name=__name__)\n", "utf-8")
    return {"PYTHONPATH": str(folder)}


def _ask(contender: Contender, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    print(contender.name, flush=True)
    folder = samples()
    photo, other = str(folder / PHOTO), str(folder / "sample-other.jpg")
    sources = {name: corpus() / name for name in (*ORIENTED, DISPLAY_P3)}
    sources |= {name: folder / name for name in KINDS if name != "sample-other.jpg"}
    app = (contender.apps or ("stdimage",))[0]
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        asked = {
            "page": ("page_costs", {"source": photo, "rows": _ROWS}),
            "changed": ("changed_size", {"source": photo}),
            "replaced": ("replaced", {"source": photo, "other": other}),
            "rolled_back": ("rolled_back", {"source": photo, "other": other}),
            "command": ("command", {"app": app, "source": photo}),
        }
        worker = Worker(contender, environment)
        try:
            answers: dict[str, Any] = {
                name: _answer(worker, f"facts.{task}", **arguments)
                for name, (task, arguments) in asked.items()
            }
            answers["pictures"] = {
                name: _judged(worker, str(path), contender.box or SINGLE_SIZES[0], scratch)
                for name, path in sources.items()
            }
        finally:
            worker.close()
    return answers


def _answer(worker: Worker, task: str, **arguments: Any) -> dict[str, Any]:
    try:
        answer = worker.ask(task, **arguments)
    except WorkerError as reason:
        worker.restart()
        return {"crashed": str(reason)}
    return {name: value for name, value in answer.items() if name != "peak"}


def _judged(worker: Worker, source: str, box: tuple[int, int], scratch: str) -> dict[str, Any]:
    """Make a thumbnail, and return what was raised and the result."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    answer = _answer(worker, "facts.picture", source=source, folder=str(folder))
    made = answer.pop("made", [])
    answer["lost"] = bool(answer.get("lost"))
    if made:
        answer |= _described(made[0])
        name = Path(source).name
        if name in {*ORIENTED, DISPLAY_P3}:
            answer["flaws"] = sorted(flaws(made[0], source, box))
        if name in MEANS:
            answer["same"] = (
                max(abs(a - b) for a, b in zip(answer["means"], MEANS[name], strict=True)) < _SAME_LEVELS
            )
    shutil.rmtree(folder)
    return answer


def _described(path: str) -> dict[str, Any]:
    """Return the mode, frames and means of a thumbnail, and whether it has a colour profile."""
    with Image.open(path) as image:
        grey = ImageStat.Stat(image.convert("RGB")).mean
        return {
            "format": image.format,
            "mode": image.mode,
            "frames": getattr(image, "n_frames", 1),
            "profile": "icc_profile" in image.info,
            "means": [round(mean) for mean in grey],
            "size": list(image.size),
        }


if __name__ == "__main__":
    main()
