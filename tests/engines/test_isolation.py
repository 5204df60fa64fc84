"""Engines in separate processes: a failure in one affects one picture and nothing else."""

import gc
import os
import platform
import resource
import selectors
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.images import Size
from advthumb.core.planning import plan
from advthumb.engines.isolation import IsolatedEngine, processes
from advthumb.engines.isolation.engine import RemoteError
from advthumb.engines.isolation.processes import EndedError, Process, Time, TooSlowError
from advthumb.engines.isolation.wire import Message
from advthumb.engines.registry import engine
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.rendering import render, wanted
from tests import pictures

from .fake import OPAQUE
from .misbehaving import REFERENCE

GOOD = b"nothing"
PLANS = [plan(wanted(), OPAQUE)]
LINUX = Path("/proc/self/fd")


@pytest.fixture
def isolated() -> Iterator[Callable[..., IsolatedEngine]]:
    """Return a function that creates an engine; its processes end with the test."""
    made = []

    def make(reference: Any = REFERENCE, **options: Any) -> IsolatedEngine:
        options = {"workers": 1, "timeout": 20, **options}
        made.append(IsolatedEngine(engine=reference, **options))
        return made[-1]

    yield make
    for each in made:
        for process in [*each._pool._idle, *each._pool._busy]:
            process.end()


@pytest.fixture(scope="module")
def shared() -> Iterator[IsolatedEngine]:
    """Return an engine with one process, shared by all tests, which replace the process if they harm it."""
    engine = IsolatedEngine(engine=REFERENCE, workers=1, timeout=20)
    yield engine
    for process in engine._pool._idle:
        process.end()


@pytest.fixture
def boxed(shared: IsolatedEngine) -> IsolatedEngine:
    """Return the shared engine; its process is running and idle."""
    made(shared)
    return shared


def process_of(engine: IsolatedEngine) -> int:
    [process] = engine._pool._idle
    return process.pid


def runs(process: int) -> bool:
    """Return whether the process exists, including zombies."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def gone(process: int, seconds: float = 30) -> bool:
    """Wait until a process has ended and return whether it did. It may be an orphan."""
    deadline = time.monotonic() + seconds
    while runs(process) and time.monotonic() < deadline:
        stat = Path(f"/proc/{process}/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True  # a zombie until init reaps it; a container may lack init
        time.sleep(0.02)
    return not runs(process)


def refusal(engine: IsolatedEngine, order: bytes, seconds: float = 20) -> ThumbnailError:
    """Return the error of an order; `seconds` limits this one, because a busy machine needs some time."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ThumbnailError) as caught:
        patch.setattr(engine, "_timeout", seconds)
        engine.render(order, OPAQUE, PLANS)
    return caught.value


def made(engine: IsolatedEngine) -> bytes:
    [thumbnail] = engine.render(GOOD, OPAQUE, PLANS)
    return thumbnail.data


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_a_process_reuses_the_memory_of_one_picture_for_the_next(boxed) -> None:
    """Otherwise the kernel provides each of the 7,680 pages again."""
    assert int(refusal(boxed, b"count_faults 30").message) < 100


def test_an_isolated_engine_makes_the_same_thumbnails_as_the_engine_inside(isolated) -> None:
    """For any engine and any reference: the same bytes, from one process."""
    boxed, plain = isolated("pillow"), engine("pillow")
    assert (boxed.name, boxed.reads, boxed.writes, boxed.animates) == (
        plain.name,
        plain.reads,
        plain.writes,
        plain.animates,
    )
    assert (boxed.versions(), boxed.shrink_margin) == (plain.versions(), plain.shrink_margin)
    first = process_of(boxed)
    for image_format in sorted(plain.reads & SAFE_FORMATS):
        data = pictures.gradient(image_format=image_format)
        for output in sorted(plain.writes):
            assert render(boxed, data, wanted(output=output)) == render(plain, data, wanted(output=output))
        raw = replace(wanted(), processors="any")
        assert render(boxed, data, raw) == render(plain, data, raw)
    assert process_of(boxed) == first


def test_a_setting_can_name_an_isolated_engine() -> None:
    reference = {
        "BACKEND": "advthumb.engines.isolation.IsolatedEngine",
        "OPTIONS": {"engine": {"BACKEND": "pillow", "OPTIONS": {"shrink_margin": 1.5}}},
    }
    assert engine(reference).shrink_margin == 1.5
    assert engine(reference) is engine(reference)
    assert render(engine(reference), pictures.gradient()).size == (50, 50)


def test_the_messages_of_the_inner_engine_are_passed_on(isolated) -> None:
    boxed = isolated(shrink_margin=3)
    [message] = boxed.check()
    assert (message.level, message.msg, message.hint, message.id) == (
        30,
        "It misbehaves.",
        "Do not use it.",
        "tests.W001",
    )
    assert (boxed.name, boxed.shrink_margin) == ("misbehaving", 3)


@pytest.mark.parametrize(
    ("order", "code", "told"),
    [
        (b"abort", ErrorCode.CORRUPT, "made the process of the misbehaving engine crash (SIGABRT)"),
        (b"segfault", ErrorCode.CORRUPT, "crash (SIGSEGV)"),
        (b"signal 9", ErrorCode.ENGINE, "ended with status -9"),  # caused by the system, not by the picture
        (b"signal 14", ErrorCode.TOO_LARGE, "took longer than"),  # the alarm that the process sets for itself
        (b"exit 3", ErrorCode.ENGINE, "ended with status 3"),
        (b"raise", ErrorCode.ENGINE, "ended with status"),
        (b"close", ErrorCode.ENGINE, "ended with status -9"),
    ],
)
def test_a_process_that_dies_fails_only_one_picture(
    boxed: IsolatedEngine, order: bytes, code: ErrorCode, told: str
) -> None:
    before, first = made(boxed), process_of(boxed)
    error = refusal(boxed, order)
    assert error.code is code
    assert told in error.message
    assert isinstance(error.__cause__, EndedError)
    assert not runs(first)
    assert made(boxed) == before
    assert process_of(boxed) != first


@pytest.mark.parametrize(
    ("megabytes", "before", "code"),
    [(100, 0, ErrorCode.CORRUPT), (1300, 0, ErrorCode.TOO_LARGE), (1300, 2**40, ErrorCode.CORRUPT)],
    ids=["little memory", "all of it", "all of it, but less than its parent"],
)
def test_a_crash_for_lack_of_memory_is_not_blamed_on_the_picture(
    isolated, monkeypatch, megabytes: int, before: int, code: ErrorCode
) -> None:
    """It may succeed later, or with more memory. Linux counts the peak of this process as the child's."""
    if code is ErrorCode.TOO_LARGE or before:
        monkeypatch.setattr(resource, "getrusage", lambda _who: SimpleNamespace(ru_maxrss=before))
    boxed = isolated(memory=1536 << 20)
    error = refusal(boxed, b"fill %d" % megabytes)
    assert (error.code, error.for_now) == (code, code is ErrorCode.TOO_LARGE)
    assert "SIGABRT" in error.message


def test_an_exit_for_lack_of_memory_is_not_blamed_on_the_engine(isolated, monkeypatch) -> None:
    """Python exits with 1 if no memory is left to report that."""
    monkeypatch.setattr(resource, "getrusage", lambda _who: SimpleNamespace(ru_maxrss=0))
    boxed = isolated(memory=1536 << 20)
    error = refusal(boxed, b"fill_and_exit 1300")
    assert (error.code, error.for_now) == (ErrorCode.TOO_LARGE, True)
    monkeypatch.undo()  # this process may have used more memory than the limit of the other
    assert refusal(isolated(memory=1536 << 20), b"fill_and_exit 100").code is ErrorCode.ENGINE


def test_a_process_reaped_by_other_code_is_recognised_as_ended(boxed: IsolatedEngine, monkeypatch) -> None:
    """Some programs wait for all children at once."""

    def gone(*_arguments: int) -> None:
        raise ChildProcessError

    monkeypatch.setattr(os, "wait4", gone)
    assert refusal(boxed, b"exit 3").code is ErrorCode.ENGINE
    monkeypatch.undo()
    assert made(boxed)


def test_a_process_that_dies_while_reading_the_header_fails_only_one_picture(boxed: IsolatedEngine) -> None:
    with pytest.raises(ThumbnailError, match="SIGABRT") as caught:
        boxed.probe(b"early", ImageFormat.PNG)
    assert caught.value.code is ErrorCode.CORRUPT
    assert boxed.probe(GOOD, ImageFormat.PNG) == OPAQUE


def test_a_process_that_exceeds_its_time_is_killed(isolated) -> None:
    boxed = isolated()
    first = process_of(boxed)
    error = refusal(boxed, b"hang", 0.5)
    assert (error.code, error.for_now) == (ErrorCode.TOO_LARGE, True)
    assert error.message == "the misbehaving engine took longer than 0.5 s for this picture"
    assert isinstance(error.__cause__, TooSlowError)
    assert not runs(first)
    assert made(boxed)


def test_sending_the_source_counts_towards_the_time_limit(isolated) -> None:
    """The process is stopped, and the source is larger than its pipe."""
    boxed = isolated()
    first = process_of(boxed)
    os.kill(first, signal.SIGSTOP)
    assert refusal(boxed, bytes(8 << 20), 0.5).code is ErrorCode.TOO_LARGE
    assert not runs(first)


def test_memory_has_a_limit_and_a_process_that_reaches_it_is_replaced(isolated) -> None:
    """Libraries do not always give back what they had counted for the picture."""
    boxed = isolated(memory=400 << 20)
    first = process_of(boxed)
    error = refusal(boxed, b"allocate 600")
    assert (error.code, error.for_now) == (ErrorCode.TOO_LARGE, True)
    assert not runs(first)
    assert boxed.render(b"allocate 60", OPAQUE, PLANS)


def test_a_possible_lack_of_memory_is_not_blamed_on_the_picture(isolated) -> None:
    """Some libraries report a damaged picture when they run out of memory."""
    if not LINUX.exists():
        pytest.skip("only Linux limits the memory of a process and reports its peak")
    roomy = isolated()
    error = refusal(roomy, b"damage")
    assert (error.code, error.for_now) == (ErrorCode.CORRUPT, False)
    status = Path(f"/proc/{process_of(roomy)}/status").read_text()
    [peak] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmPeak:")]
    error = refusal(isolated(memory=(peak << 10) + (16 << 20)), b"damage")
    assert (error.code, error.for_now) == (ErrorCode.TOO_LARGE, True)
    assert str(error.__cause__) == "the pixels cannot be decoded: bad block [corrupt]"
    assert refusal(roomy, b"damage large").for_now


def test_a_source_larger_than_the_memory_is_too_large(isolated) -> None:
    boxed = isolated(memory=300 << 20)
    assert refusal(boxed, bytes(400 << 20)).code in {ErrorCode.TOO_LARGE, ErrorCode.ENGINE}
    assert made(boxed)


@pytest.mark.parametrize(
    "answer",
    [
        "rubbish" * 10,
        "\xff" * 64,
        "\0\0\0\2\0\0\0\0{}",
        "\0\0\0\2\0\0\0\0[]",
        "\0\0\0\4\0\0\0\0null",
        '\0\0\0\x0e\0\0\0\0{"sizes":[[1]]}'[:22],
        '\0\0\0\x12\0\0\0\0{"sizes":[["a",2]]}'[:26] + "}",
        '\0\0\0\x0d\0\0\0\0{"error":"no"}'[:21],
        "\0\0\0\x13\0\0\0\1" + "\0" * 8 + '{"sizes":[["a",2]]}',
        "\0\0\0\x0f\0\0\0\1" + "\xff" * 8 + '{"sizes":[[1]]}',
    ],
)
def test_an_invalid_answer_is_reported_and_the_process_replaced(boxed: IsolatedEngine, answer: str) -> None:
    """A hijacked library may answer anything; its answer is neither unpickled nor trusted."""
    first = process_of(boxed)
    error = refusal(boxed, b"answer " + answer.encode("utf-8"))
    assert error.code is ErrorCode.ENGINE
    assert "gave no valid answer" in error.message
    assert not runs(first)
    assert made(boxed)


def test_an_unrequested_answer_is_never_used_for_another_picture(boxed: IsolatedEngine) -> None:
    """A hijacked library could leave behind an answer for the next picture."""
    before, first = made(boxed), process_of(boxed)
    error = refusal(boxed, b"answer_early")
    assert (error.code, error.for_now) == (ErrorCode.ENGINE, False)
    assert "it answers no request" in error.message
    assert not runs(first)
    assert made(boxed) == before


def test_a_process_that_sends_unrequested_data_is_ended(boxed: IsolatedEngine) -> None:
    before, first = made(boxed), process_of(boxed)
    assert boxed.render(b"answer_late", OPAQUE, PLANS)
    [process] = boxed._pool._idle
    with selectors.DefaultSelector() as selector:
        selector.register(process._answers, selectors.EVENT_READ)
        assert selector.select(20)
    assert made(boxed) == before
    assert not runs(first)


def test_a_process_that_sent_too_much_is_not_kept(boxed: IsolatedEngine, monkeypatch) -> None:
    """Data in its pipe after the answer is noticed at once."""
    monkeypatch.setattr(Process, "is_ready", lambda _process: False)
    first = process_of(boxed)
    assert made(boxed)
    assert not runs(first)
    assert not boxed._pool._idle


@pytest.mark.parametrize("code", ErrorCode)
def test_a_refusal_keeps_its_code_message_and_cause(boxed: IsolatedEngine, code: ErrorCode) -> None:
    first = process_of(boxed)
    error = refusal(boxed, f"refuse {code}".encode())
    assert (error.code, error.message) == (code, "it does not want to")
    assert isinstance(error.__cause__, RemoteError)
    assert str(error.__cause__) == "the reason"
    assert process_of(boxed) == first


def test_nothing_is_printed(boxed: IsolatedEngine, capfd: pytest.CaptureFixture[str]) -> None:
    assert boxed.render(b"print", OPAQUE, PLANS)
    refusal(boxed, b"abort")
    assert capfd.readouterr() == ("", "")


def test_no_open_files_or_ended_processes_are_left_behind(isolated) -> None:
    """No file descriptor and no zombie."""
    if not LINUX.exists():
        pytest.skip("only Linux lists open file descriptors")
    boxed = isolated()
    made(boxed)
    gc.collect()  # otherwise files of earlier tests could be closed meanwhile, and hide a leak
    before = len(list(LINUX.iterdir()))
    for order, seconds in ((b"abort", 20), (b"hang", 0.3), (b"exit 0", 20), (b"answer nonsense", 20)):
        refusal(boxed, order, seconds)
        made(boxed)
    gc.collect()
    assert len(list(LINUX.iterdir())) == before


def test_a_process_that_died_while_idle_is_replaced(boxed: IsolatedEngine) -> None:
    first = process_of(boxed)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert made(boxed)
    assert process_of(boxed) != first


def test_an_interrupted_request_leaves_no_partial_answer(boxed: IsolatedEngine, monkeypatch) -> None:
    first = process_of(boxed)

    def interrupted(*_arguments: object) -> Message:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Process, "ask", interrupted)
        made(boxed)
    assert not runs(first)
    assert made(boxed)


def test_a_source_is_sent_once(isolated, monkeypatch) -> None:
    """With the request for its header; its pixels are decoded from the same bytes, in the same process."""
    boxed = isolated(workers=2)
    sent = []
    ask = Process.ask

    def noting(process: Process, message: Message, left: Time) -> Message:
        sent.append((message.document.get("do"), len(message.blobs)))
        return ask(process, message, left)

    monkeypatch.setattr(Process, "ask", noting)
    source = b"nothing at all"
    info = boxed.probe(source, ImageFormat.PNG)
    with boxed._pool.borrowed(Time(20)):  # the process that has it is taken by somebody else
        boxed.render(source, info, PLANS)
    boxed._pool._idle.reverse()  # it is not the next in turn
    boxed.render(source, info, PLANS)
    boxed.render(source, info, PLANS)
    assert [each for each in sent if each[0]] == [("probe", 1), ("render", 1), ("render", 0), ("render", 1)]


def test_threads_render_at_the_same_time(isolated, tmp_path: Path) -> None:
    """Each waits for the other, in a separate process."""
    boxed = isolated(workers=2)
    with ThreadPoolExecutor(2) as pool:
        order = f"meet {tmp_path}".encode()
        results = [pool.submit(boxed.render, order, OPAQUE, PLANS) for _ in range(2)]
        assert [result.result() for result in results]
    assert len(list(tmp_path.iterdir())) == 2


def test_there_are_no_more_processes_than_allowed(isolated) -> None:
    boxed = isolated(workers=2)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: made(boxed), range(40)))) == 1
    assert 1 <= len(boxed._pool._idle) <= 2
    assert not boxed._pool._busy


def test_waiting_for_a_free_process_ends_after_the_time_of_one_picture(boxed: IsolatedEngine) -> None:
    """The error says so and does not blame the picture."""
    first = process_of(boxed)
    with boxed._pool.borrowed(Time(20)):
        error = refusal(boxed, GOOD, 0.2)
    assert error.message == "no process of the misbehaving engine became free for this picture in 0.2 s"
    assert (error.code, error.for_now) == (ErrorCode.ENGINE, True)
    assert made(boxed)
    assert process_of(boxed) == first


class Clock:
    """The clock of this process, which a test can advance."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that times pictures."""
    clock = Clock()
    monkeypatch.setattr(processes, "monotonic", clock)
    return clock


def time_left(monkeypatch: pytest.MonkeyPatch, clock: Clock, seconds: float) -> list[float]:
    """Return the time given to each request; each seems to take this many seconds."""
    given = []
    ask = Process.ask

    def noting(process: Process, message: Message, left: Time) -> Message:
        if "do" in message.document:
            given.append(round(left.left(), -1))
            clock.ahead += seconds
        return ask(process, message, left)

    monkeypatch.setattr(Process, "ask", noting)
    return given


def test_one_time_limit_covers_a_picture_from_header_to_thumbnails(isolated, monkeypatch, clock) -> None:
    """Whichever process is used, the time that the header took is subtracted."""
    boxed = isolated(workers=2, timeout=100)
    given = time_left(monkeypatch, clock, 30)
    info = boxed.probe(GOOD, ImageFormat.PNG)
    boxed.render(GOOD, info, PLANS)
    with boxed._pool.borrowed(Time(20)):  # the process that has it is taken by somebody else
        boxed.render(GOOD, info, PLANS)
    assert given == [100, 70, 70]


def test_waiting_for_a_free_process_counts_towards_the_time_limit(isolated, monkeypatch, clock) -> None:
    boxed = isolated(timeout=100)
    given = time_left(monkeypatch, clock, 0)
    [taken] = boxed._pool._idle

    def wait(_seconds: float) -> bool:
        clock.ahead += 60
        boxed._pool._idle.append(taken)
        return True

    with boxed._pool.borrowed(Time(20)):
        monkeypatch.setattr(boxed._pool._changed, "wait", wait)
        info = boxed.probe(GOOD, ImageFormat.PNG)
    boxed.render(GOOD, info, PLANS)
    assert given == [40, 40]


def test_starting_a_process_does_not_count_towards_the_time_limit(isolated, monkeypatch) -> None:
    """Otherwise a machine too slow to start a process in time would never make a picture."""
    boxed = isolated()
    for process in boxed._pool._idle:
        process.end()
    monkeypatch.setattr(boxed, "_timeout", 0.2)
    assert made(boxed)


def test_a_process_is_replaced_after_a_number_of_pictures(isolated) -> None:
    """It is replaced between two pictures, and none is refused."""
    boxed = isolated(max_pictures=3, workers=1)
    seen = []
    for number in range(7):
        source = b"nothing %d" % number
        info = boxed.probe(source, ImageFormat.PNG)
        header = process_of(boxed)
        assert boxed.render(source, info, PLANS)
        assert process_of(boxed) == header
        seen.append(header)
    first, second, third = dict.fromkeys(seen)
    assert seen == [first] * 3 + [second] * 3 + [third]
    assert not runs(first)


def test_a_waiting_picture_takes_the_place_of_a_process_that_died(boxed: IsolatedEngine) -> None:
    with ThreadPoolExecutor(4) as pool:
        orders = [b"abort", GOOD] * 4
        results = [pool.submit(boxed.render, order, OPAQUE, PLANS) for order in orders]
        failed = [result.exception() is not None for result in results]
    assert failed == [True, False] * 4


def test_a_process_does_not_inherit_secrets(isolated, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    monkeypatch.setenv("MAGICK_CONFIGURE_PATH", "/somewhere")
    found = isolated().versions()
    assert "PYTHONPATH" in found
    assert not {"DATABASE_PASSWORD", "DJANGO_SETTINGS_MODULE", "MAGICK_CONFIGURE_PATH", "HOME"} & found.keys()


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("no.such.Engine", "No module named 'no'"),
        ({"BACKEND": "pillow", "OPTIONS": {"shrink_margin": 0}}, "shrink_margin is 0"),
        ({"BACKEND": "pillow", "OPTIONS": {"speed": 9}}, "unexpected keyword argument 'speed'"),
    ],
    ids=str,
)
def test_an_engine_that_cannot_be_loaded_is_unavailable(reference: Any, told: str) -> None:
    with pytest.raises(EngineUnavailable, match=told):
        IsolatedEngine(engine=reference)


def test_a_process_that_cannot_be_started_is_unavailable(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    with pytest.raises(EngineUnavailable, match=r"cannot be started: .*/nowhere/python3"):
        IsolatedEngine(engine=REFERENCE)


def test_too_little_memory_for_the_engine_makes_it_unavailable() -> None:
    with pytest.raises(EngineUnavailable):
        IsolatedEngine(engine="pillow", memory=1 << 20)


def test_a_process_that_ends_at_once_makes_the_engine_unavailable(monkeypatch) -> None:
    monkeypatch.setattr(processes, "_python", lambda: "/bin/false")
    with pytest.raises(EngineUnavailable, match=r"did not start: EndedError\(1\)"):
        IsolatedEngine(engine=REFERENCE)


def test_the_interpreter_is_found_when_a_server_embeds_python(isolated, monkeypatch) -> None:
    """uWSGI and mod_wsgi put themselves into `sys.executable`."""
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert made(isolated())


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": "30"},
        {"timeout": float("nan")},
        {"memory": 0},
        {"memory": "1G"},
        {"workers": 0},
        {"workers": 1.5},
        {"max_pictures": 0},
        {"max_pictures": 2.5},
        {"shrink_margin": 0.5},
    ],
    ids=str,
)
def test_invalid_options_are_refused(options: dict[str, Any]) -> None:
    [(name, value)] = options.items()
    with pytest.raises(ImproperlyConfigured, match=rf"{name} is {value!r}"):
        IsolatedEngine(engine=REFERENCE, **options)


SCRIPT = """
    import os, sys, signal, time, multiprocessing, threading
    from pathlib import Path
    from advthumb.engines.isolation import IsolatedEngine
    from tests.engines.fake import OPAQUE
    from tests.engines.misbehaving import REFERENCE
    from tests.engines.test_isolation import PLANS, GOOD, process_of
"""


def run_script(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start an interpreter, for what a test must not do to its own process."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT) + textwrap.dedent(code), *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_forked_process_starts_processes_of_its_own() -> None:
    """gunicorn with preload, Celery's prefork: parent and child do not disturb each other's processes."""
    script = run_script("""
        boxed = IsolatedEngine(engine=REFERENCE)
        boxed.render(GOOD, OPAQUE, PLANS)
        first = process_of(boxed)
        child = os.fork()
        if not child:
            boxed.render(GOOD, OPAQUE, PLANS)
            sys.exit(process_of(boxed) == first)  # as programs end, and not without their last words
        _, status = os.waitpid(child, 0)
        boxed.render(GOOD, OPAQUE, PLANS)
        print(status, process_of(boxed) == first)
    """)
    assert script.communicate(timeout=60)[0] == "0 True\n"


def test_a_forked_process_does_not_keep_processes_of_its_parent_alive() -> None:
    """It keeps no end of their pipes, so they end with the process that started them."""
    script = run_script("""
        boxed = IsolatedEngine(engine=REFERENCE)
        print(process_of(boxed), flush=True)
        if os.fork():
            os.kill(os.getpid(), signal.SIGKILL)
        sys.stdout.close(); os.close(1)
        time.sleep(60)
    """)
    assert script.stdout is not None
    assert gone(int(script.stdout.readline()))
    script.communicate()


def test_a_daemonic_process_may_use_an_isolated_engine() -> None:
    """Celery's workers are daemonic, and multiprocessing forbids them to have children."""
    script = run_script("""
        boxed = IsolatedEngine(engine=REFERENCE)
        def use():
            print(len(boxed.render(GOOD, OPAQUE, PLANS)), flush=True)
        process = multiprocessing.get_context("fork").Process(target=use, daemon=True)
        process.start(); process.join()
        print(process.exitcode)
    """)
    assert script.communicate(timeout=60)[0] == "1\n0\n"


def test_no_process_outlives_a_killed_parent() -> None:
    script = run_script("""
        boxed = IsolatedEngine(engine=REFERENCE)
        print(process_of(boxed), flush=True)
        time.sleep(60)
    """)
    assert script.stdout is not None
    process = int(script.stdout.readline())
    assert runs(process)
    script.kill()
    script.communicate()
    assert gone(process)


def test_no_process_outlives_a_parent_killed_during_work(tmp_path: Path) -> None:
    """It ends by itself, a second after its time limit."""
    script = run_script(
        """
        boxed = IsolatedEngine(engine=REFERENCE, timeout=1)
        boxed._timeout = 60  # the parent is not the one to end it
        print(process_of(boxed), flush=True)
        boxed.render(f"hang_deaf {sys.argv[1]}".encode(), OPAQUE, PLANS)
        """,
        str(tmp_path / "hangs"),
    )
    assert script.stdout is not None
    process = int(script.stdout.readline())
    while not (tmp_path / "hangs").exists():
        assert script.poll() is None
        time.sleep(0.01)
    script.kill()
    script.communicate()
    assert gone(process)


def test_processes_end_with_the_interpreter() -> None:
    script = run_script("""
        boxed = IsolatedEngine(engine=REFERENCE)
        print(process_of(boxed))
    """)
    out, _ = script.communicate(timeout=60)
    assert not runs(int(out))


def test_a_size_is_transferred_unchanged(isolated) -> None:
    """Values are equal on both sides."""
    boxed, plain = isolated("pillow"), engine("pillow")
    data = pictures.oriented(6)
    info = boxed.probe(data, ImageFormat.JPEG)
    assert info == plain.probe(data, ImageFormat.JPEG)
    assert isinstance(info.size, Size)
    assert info.orientation.clockwise == 90
