"""Thumbnails of all kinds of files, and the cost of running an engine in separate sealed processes."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from contenders import ENGINES, PREVIEWS, SINGLE_SIZES, Contender, ours
from harness import BENCHMARKS, ROOT, corpus
from harness.command import Order, main, noted
from harness.docs import FIRST_USE, IDLE_MEMORY, ISOLATION
from harness.environments import OUR_PYTHON
from harness.judging import flaws, psnr
from harness.measuring import Answers, Figure, figure, interleaved
from harness.results import Report, Row, at_most
from harness.uploads import Upload, uploads
from harness.workers import ONE_THREAD, Worker, WorkerError, first_answers, hired

from advthumb.engines.registry import engine_class

_READING = ("pillow", "imagemagick", *PREVIEWS)
"""The engines that read files other than ordinary photos."""
_SEALED = (*ENGINES, *PREVIEWS)
_SAMPLES = ROOT / "src" / "advthumb" / "engines" / "samples"
_SAMPLE_OF = {"pdf": "pdf", "svg": "svg", "raw": "raw", "video": "mp4", "jxl": "jxl"}
_INSIDE_IMAGEMAGICK = "advthumb.engines.imagemagick.engine.WandEngine"
_SECONDS, _MILLISECONDS = 0.6, 1.5
_TIMES = 20
"""How many times a small picture is rendered per sample."""


def measure(order: Order, report: Report) -> None:
    """Add a row for each kind of file, and the rows about processes."""
    files = uploads()
    able = [name for name in _READING if name in (*order.engines, *PREVIEWS)]
    allowed = sorted({file.format for file in files})
    contenders = [_allowing(ours(name), allowed) for name in able]
    with hired(contenders, report.absent, ONE_THREAD) as workers:
        reads = {name: worker.ask("uploading.reads")["reads"] for name, worker in workers.items()}
        for file in files:
            readers = {name: worker for name, worker in workers.items() if file.format in reads[name]}
            noted(report, _file(file, readers, order, report))
    isolated = [name for name in _SEALED if name in (*order.engines, *PREVIEWS)]
    for row in _processes(isolated, order, report):
        noted(report, row)
    noted(report, _isolation(isolated, partial(_small, order), _TIMES, order, report))
    large = [name for name in isolated if name in ENGINES]
    noted(report, _isolation(large, lambda _: order.path(corpus.CAMERAS[0]), 1, order, report))


def _allowing(contender: Contender, formats: list[str]) -> Contender:
    allowed = {"ADVANCE_THUMBNAIL_ALLOWED_FORMATS": formats}
    return replace(contender, settings={**contender.settings, **allowed})


def _file(file: Upload, workers: Mapping[str, Worker], order: Order, report: Report) -> Row:
    """Return the time and the quality of each contender that reads a file."""
    row = Row(f"{file.what}, to {SINGLE_SIZES[0][0]} px", "ms")
    judged = first_answers(workers, report.absent, file.what, partial(_judged, file))
    asks = {name: partial(workers[name].ask, "uploading.render", sources=[str(file.path)]) for name in judged}
    for name, answers in interleaved(asks, 1 if order.quick else 3, warm_up=0).items():  # they have made one
        row.figures[name], row.remarks[name] = figure(answers).scaled(1000), judged[name]
    return row


def _judged(file: Upload, worker: Worker) -> str:
    """Return the decibels of a thumbnail and its faults, if it is known what it should show."""
    [made] = worker.ask("uploading.show", source=str(file.path))["made"]
    if file.shown is None:
        return ""
    shown = str(file.shown)
    return ", ".join((f"{psnr(made, shown):.0f} dB", *sorted(flaws(made, shown, SINGLE_SIZES[0]))))


def _small(order: Order, name: str) -> str:
    """Return a small file that an engine reads."""
    return (
        str(_SAMPLES / f"sample.{_SAMPLE_OF[name]}") if name in PREVIEWS else order.path(corpus.ORIENTED[0])
    )


def _processes(names: list[str], order: Order, report: Report) -> tuple[Row, Row]:
    """Return the rows for the first use and for the memory of the process that it starts."""
    asks: dict[str, Callable[[], dict[str, Any]]] = {}
    for name in names:
        ask = partial(_first_use, _isolated(name), _small(order, name))
        try:
            ask()
        except WorkerError as reason:
            report.absent[f"{ours(name).name}, isolated"] = str(reason)
        else:
            asks[name] = ask
    first, memory = Row(FIRST_USE, "s"), Row(IDLE_MEMORY, "MiB")
    for name, answers in interleaved(asks, 1 if order.quick else 5, warm_up=0).items():
        contender = ours(name).name
        first.figures[contender] = figure(answers)
        first.claims.append(at_most(name, _SECONDS, first.figures[contender].median, " s"))
        memory.figures[contender] = figure(answers, "memory")
        memory.remarks[contender] = f"{figure(answers, 'own').median:.0f} of its own"
    return first, memory


def _first_use(contender: Contender, source: str) -> dict[str, Any]:
    """Use an engine once in a fresh process.

    Raises:
        WorkerError: It failed.
    """
    reference = json.dumps(contender.settings["ADVANCE_THUMBNAIL_ENGINE"])
    command = [OUR_PYTHON, "first_use.py", reference, source]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkerError(done.stderr.strip().rpartition("\n")[2])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _isolation(
    names: list[str], source: Callable[[str], str], times: int, order: Order, report: Report
) -> Row:
    """Return how much longer engines take for a file in sealed processes than in the calling process."""
    row = Row(ISOLATION if times > 1 else f"{ISOLATION} of 12 MP", "ms")
    for name in names:
        path = source(name)
        pair = (_isolated(name), _in_process(name, Path(path).suffix))
        environment = {**ONE_THREAD, **getattr(engine_class(name), "environment", {})}
        with hired(pair, report.absent, environment) as workers:
            asks = {
                each: partial(worker.ask, "uploading.render", sources=[path], times=times)
                for each, worker in workers.items()
            }
            if len(asks) < len(pair):
                continue
            answers = interleaved(asks, 3 if order.quick else 15)
        added = _added(*answers.values()).scaled(1000 / times)
        row.figures[ours(name).name] = added
        row.claims.append(at_most(name, _MILLISECONDS, added.median, " ms"))
    return row


def _isolated(name: str) -> Contender:
    """Return an engine in sealed processes: as it is if it always runs there, else in `IsolatedEngine`."""
    if engine_class(name).isolated:
        return ours(name)
    options = {"engine": name, "sealed": True}
    reference = {"BACKEND": "advthumb.engines.isolation.IsolatedEngine", "OPTIONS": options}
    return replace(ours(name), settings={"ADVANCE_THUMBNAIL_ENGINE": reference})


def _in_process(name: str, suffix: str) -> Contender:
    """Return the same engine in the calling process; it may read the format of the sample."""
    inside = _INSIDE_IMAGEMAGICK if name == "imagemagick" else getattr(engine_class(name), "inside", name)
    sniffed = {".mp4": "MP4", ".jpg": "JPEG"}.get(suffix, suffix[1:].upper())
    contender = replace(ours(inside), name=f"{ours(name).name}, in process")
    return _allowing(contender, [sniffed])


def _added(isolated: Answers, in_process: Answers) -> Figure:
    """Return how much longer the isolated engine took, sample by sample."""
    return Figure.of([a["seconds"] - b["seconds"] for a, b in zip(isolated, in_process, strict=True)])


if __name__ == "__main__":
    main("formats", measure)
