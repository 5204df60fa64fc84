"""Sealed processes make only the system calls that computing needs, whatever file they render."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode
from advthumb.core.formats import EXOTIC_FORMATS, ImageFormat
from advthumb.engines.samples import SAMPLES
from tests import pictures
from tests.pictures.pages import NAMESPACES, pdf, svg
from tests.pictures.raws import raw

from . import test_exotic_hostile_plain, test_exotic_mutations, test_pdf, test_previews, test_sealed_previews
from . import test_svg as drawings
from .conftest import had
from .damage import mutated
from .misbehaving import REFERENCE
from .tracing import Trace, _parted, traced

SECONDS = 2
"""The time limit for each hostile file: a slower process is killed, and its successor is traced, too."""
MUTATIONS = 12
MADE = list(test_exotic_mutations.FILES.values())
"""All files of `EXOTIC_FORMATS`, except those with the same header as another."""
REFUSALS = {ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED, ErrorCode.TOO_LARGE}

Files = Iterator[tuple[str, bytes]]
"""Pairs of a file name and its content."""


def exotic_files() -> Files:
    """Yield every file of `EXOTIC_FORMATS`, and the sample of each format."""
    yield from ((f"{number} {file.name}", file.data) for number, file in enumerate(MADE))
    yield from ((f"sample of {name}", SAMPLES[name]) for name in sorted(EXOTIC_FORMATS & SAMPLES.keys()))


def hostile_exotic_files() -> Files:
    """Yield bombs, each file damaged once, and some that name other files."""
    yield from test_exotic_hostile_plain.bombs()
    yield from ((f"huge {name}", data) for name, data in test_exotic_mutations.bombs())
    for file in test_exotic_mutations.ONE_OF_EACH.values():
        yield f"damaged {file.name}", mutated(file.data, file.name)
    yield "XPM that names a file", b'/* XPM */ x = {"1 1 1 1", "a c @/etc/hostname", "a"};'
    yield "MIFF that names a file", b"id=ImageMagick columns=1 rows=1 montage=@/etc/hostname\n\f\n:\x1a" * 2


def preview_files(alias: str) -> Files:
    """Yield files that a preview engine renders."""
    yield "sample", SAMPLES[SAMPLE_OF[alias]]
    if alias in test_previews.FILES:
        yield "ordinary", test_previews.FILES[alias].data
    if alias == "svg":
        yield (
            "filter",
            svg('<filter id="f"><feGaussianBlur stdDeviation="9"/></filter><rect filter="url(#f)"/>'),
        )
    for name, (other, make) in test_sealed_previews.FILES.items():
        if other == alias:
            yield name, make()


def hostile_drawings() -> Files:
    """Yield drawings with external references, and bombs."""
    names = {"path": "/etc/hostname", "folder": "/etc"}
    for number, (content, before) in enumerate(drawings.OUTSIDE):
        opening = "<?xml version='1.0'?>" + before.format(**names)
        yield f"pointing {number}", svg(content.format(**names), before=opening)
    yield from ((name, make()) for name, make in drawings.BOMBS.items())
    yield "text", svg('<text font-family="nobody has this, monospace">Ä</text>', NAMESPACES)


def hostile_documents() -> Files:
    """Yield documents with scripts and actions, and bombs."""
    for number, (page, catalogue) in enumerate(test_pdf.ACTIONS):
        yield f"action {number}", pdf(test_pdf.FULL_RED, page=page, catalogue=catalogue)
    yield from ((name, make()) for name, make in test_pdf.BOMBS.items())


def hostile_videos() -> Files:
    """Yield a video that points to another file, and videos that claim more than they have."""
    refused = pytest.importorskip("tests.engines.test_video_refused")
    yield (
        "pointing",
        refused.videos.pointing(refused.video([refused.BLACK] * 2, container="mov"), "/etc/hostname"),
    )
    yield from ((name, make()) for name, make in refused.CLAIMS.items())
    for kind, options in refused.KINDS.items():
        whole = refused.video([refused.SCENE] * 4, **options)
        yield from ((f"{kind} {number}", mutated(whole, f"{kind} {number}")) for number in range(2))


def hostile_jxl() -> Files:
    """Yield an animation."""
    yield "animation", pytest.importorskip("tests.engines.test_jxl").ANIMATED


SAMPLE_OF: Mapping[str, ImageFormat] = {
    "pdf": ImageFormat.PDF,
    "svg": ImageFormat.SVG,
    "raw": ImageFormat.RAW,
    "video": ImageFormat.MP4,
    "jxl": ImageFormat.JXL,
}
HOSTILE: Mapping[str, Callable[[], Files]] = {
    "imagemagick": hostile_exotic_files,
    "pdf": hostile_documents,
    "svg": hostile_drawings,
    "raw": lambda: iter(
        [("preview of nothing", raw(pictures.corner_pixels(64, 32), preview=b"\xff\xd8" * 99))]
    ),
    "video": hostile_videos,
    "jxl": hostile_jxl,
}


def files_of(alias: str) -> dict[str, bytes]:
    return dict(exotic_files() if alias == "imagemagick" else preview_files(alias))


def assert_sealed(trace: Trace) -> None:
    assert trace.processes
    assert any(" openat(" in line for line in trace.before)
    assert not trace.reaching, trace.reaching[:20]


@pytest.mark.parametrize("alias", HOSTILE)
def test_ordinary_files_make_a_sealed_process_only_compute(alias: str, tmp_path: Path) -> None:
    """Fonts, codecs and tables are loaded beforehand; one process renders all files."""
    readable = had(alias).reads
    files = files_of(alias)
    trace = traced(alias, files, tmp_path)
    assert_sealed(trace)
    assert trace.processes == 1
    refused = {name: code for name, code in trace.outcomes.items() if not _is_size(code)}
    assert set(refused.values()) <= {ErrorCode.UNSUPPORTED}
    assert len(refused) < len(files) / 4
    if alias == "imagemagick":
        shown = {file.format for n, file in enumerate(MADE) if f"{n} {file.name}" not in refused}
        assert shown == {file.format for file in MADE} & readable


@pytest.mark.parametrize("alias", HOSTILE)
def test_hostile_files_make_a_sealed_process_only_compute(alias: str, tmp_path: Path) -> None:
    had(alias)
    files = dict(HOSTILE[alias]())
    for name, data in list(files_of(alias).items())[:MUTATIONS]:
        files[f"{name}, damaged"] = mutated(data, name)
    files["the next one"] = SAMPLES[SAMPLE_OF.get(alias, ImageFormat.PSD)]
    trace = traced(alias, files, tmp_path, timeout=SECONDS)
    assert_sealed(trace)
    codes = {name: code for name, code in trace.outcomes.items() if not _is_size(code)}
    assert {name: code for name, code in codes.items() if code not in REFUSALS} == {}
    assert "the next one" not in codes


def _is_size(outcome: str) -> bool:
    return re.fullmatch(r"\d+x\d+", outcome) is not None


def test_the_trace_shows_calls_that_leave_the_process(tmp_path: Path) -> None:
    """The tests above rely on this; the seal refuses the calls."""
    calls = {
        "open /etc/hostname": "openat",
        "socket": "socket",
        "start": "(?:pipe2|clone)",  # Python 3.13 starts programs without a pipe
        "fork": "clone",
        "remove /nobody/has/this": "unlink",
        "kill 1": "kill",
    }
    trace = traced(REFERENCE, {order: order.encode() for order in calls}, tmp_path)
    assert {outcome.partition(":")[0] for outcome in trace.outcomes.values()} == {ErrorCode.ENGINE}
    seen = "\n".join(trace.reaching)
    assert [call for call in calls.values() if not re.search(rf"\d +{call}\(", seen)] == []


def test_a_trace_of_a_process_that_is_killed_shows_no_call_of_its_own(tmp_path: Path) -> None:
    """Lines as strace wrote them when a process was killed while it began another call."""
    log = tmp_path / "log"
    killed = ["7 kill(8, SIGKILL <unfinished ...>", "8 kill(8, SIGKILL <unfinished ...>", "8 +++ killed +++"]
    log.write_text("\n".join(["8 brk(0) = 0", "8 seccomp(0) = 0", *killed, "8 kill(1, SIGTERM) = 0"]))
    assert _parted(log, {}).reaching == ["8 kill(1, SIGTERM) = 0"]
