"""Ordinary pictures compared with an earlier commit: `python benchmarks/bench_against.py COMMIT`.

Each engine of both trees renders the same picture in turn, both with the libraries of our environment.
Processor time is compared, because other programs disturb it least. `imagemagick` decodes in another
process, so for it the elapsed time is compared.
"""

import io
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from contenders import SINGLE_SIZES, Contender, ours
from harness import CACHE, ROOT, corpus
from harness.command import Order, carry_out, noted, parser, prepare
from harness.measuring import figure, interleaved, ratio
from harness.results import Report, Row, at_most
from harness.workers import ONE_THREAD, Worker, hired

_PICTURES = {
    "12 MP JPEG": corpus.CAMERAS[0],
    "12 MP JPEG, progressive": corpus.PROGRESSIVE,
    "12 MP PNG": corpus.PNG_12,
    "12 MP WebP": corpus.WEBP_12,
}
_ROUNDS = 41
_MOST = 1.02
"""The highest allowed ratio of the new time to the old one."""


def measure(commit: str, order: Order, report: Report) -> None:
    """Add a row for each picture: the milliseconds of both trees, and the ratio of neighbouring samples."""
    now = list(map(ours, order.engines))
    before = [earlier(contender, commit) for contender in now]
    with hired((*now, *before), report.absent, ONE_THREAD) as workers:
        for what, name in _PICTURES.items():
            noted(report, _row(what, order.path(name), list(zip(now, before, strict=True)), workers, order))


def earlier(contender: Contender, commit: str) -> Contender:
    """Return the same contender as of a commit, whose files are extracted from the repository."""
    folder = CACHE / "checkouts" / commit
    if not folder.exists():
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", commit, "src", "benchmarks", "demo"],  # noqa: S607
            check=True,
            capture_output=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder.with_suffix(".part"), filter="data")
        folder.with_suffix(".part").rename(folder)
        (folder / "benchmarks" / ".cache").mkdir()
    return replace(contender, name=f"{contender.name} {commit}", checkout=str(folder))


def _row(
    what: str,
    path: str,
    pairs: Sequence[tuple[Contender, Contender]],
    workers: Mapping[str, Worker],
    order: Order,
) -> Row:
    row = Row(f"{what} to {SINGLE_SIZES[0][0]} px, {Path(path).stat().st_size / 1e6:.1f} MB", "ms")
    for now, before in pairs:
        if not {now.name, before.name} <= set(workers):
            continue
        asks = {
            one.name: partial(workers[one.name].ask, "rendering.render", source=path, sizes=SINGLE_SIZES)
            for one in (before, now)
        }
        answers = interleaved(asks, 3 if order.quick else _ROUNDS)
        key = "seconds" if now.elsewhere else "cpu"
        for one in (before, now):
            row.figures[one.name] = figure(answers[one.name], key).scaled(1000)
        times = ratio(answers[before.name], answers[now.name], key)
        row.remarks[now.name] = f"{times.median:.3f}x ({times.low:.3f}-{times.high:.3f})"
        row.claims.append(at_most(now.engine, _MOST, times.median, "x"))
    return row


if __name__ == "__main__":
    options = parser("Measure ordinary pictures against an earlier commit.")
    options.add_argument("commit", help="the commit to compare with")
    arguments = options.parse_args()
    carry_out("against", partial(measure, arguments.commit), prepare(arguments))
