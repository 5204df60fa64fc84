"""`isolation.seal` and `isolation.seccomp`: what code that has taken over a sealed process can still do."""

import ctypes
import errno
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.gravity import SMART
from advthumb.diagnosis.trials import report
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.isolation import IsolatedEngine, seal, seccomp
from advthumb.engines.isolation.seccomp import ALLOW, KILL, MACHINES, Machine, error, program
from advthumb.engines.registry import engine

from .equality import _attempt
from .equality_sources import Source, sources
from .fake import OPAQUE, FakeEngine
from .misbehaving import REFERENCE
from .test_isolation import PLANS, made, process_of, refusal

FILTERED = Path("/proc/sys/kernel/seccomp").exists() and (platform.machine() in MACHINES)
"""Whether this system has filters; without them, only the tests of the filter's program run."""

needs_filter = pytest.mark.skipif(not FILTERED, reason="this system has no seccomp filters")
THREADED = "tests.engines.misbehaving.ThreadedEngine"
LATE = "tests.engines.misbehaving.LateEngine"
ELSEWHERE = "tests.engines.misbehaving.OnAnotherMachine"


@pytest.fixture(scope="module")
def sealed() -> Iterator[Callable[[str], IsolatedEngine]]:
    """Return a function that returns a sealed engine, always the same one for a reference."""
    boxes: dict[str, IsolatedEngine] = {}

    def get(reference: str = REFERENCE) -> IsolatedEngine:
        if reference not in boxes:
            boxes[reference] = IsolatedEngine(engine=reference, workers=1, timeout=60, sealed=True)
        return boxes[reference]

    yield get
    for box in boxes.values():
        for process in box._pool._idle:
            process.end()


@pytest.fixture(scope="module")
def unsealed() -> Iterator[IsolatedEngine]:
    """Return an engine whose process is not sealed, where the same orders succeed."""
    box = IsolatedEngine(engine=REFERENCE, workers=1, timeout=60)
    yield box
    for process in box._pool._idle:
        process.end()


@pytest.mark.parametrize("order", ["open /dev/null", "socket", "start", "fork", "thread"])
def test_a_sealed_process_opens_and_starts_nothing(sealed, unsealed: IsolatedEngine, order: str) -> None:
    assert unsealed.render(order.encode(), OPAQUE, PLANS)
    error = refusal(sealed(), order.encode())
    assert error.code is ErrorCode.ENGINE


@needs_filter
@pytest.mark.parametrize("order", ["remove", "rename", "chmod"])
def test_a_sealed_process_changes_no_file(
    sealed, unsealed: IsolatedEngine, order: str, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.touch(0o600)
    error = refusal(sealed(), f"{order} {victim}".encode())
    assert (error.code, os.strerror(errno.EPERM) in error.message) == (ErrorCode.ENGINE, True)
    assert victim.stat().st_mode & 0o777 == 0o600
    assert unsealed.render(f"{order} {victim}".encode(), OPAQUE, PLANS)
    assert not (victim.exists() and victim.stat().st_mode & 0o777 == 0o600)


@needs_filter
@pytest.mark.parametrize("order", ["kill", "trace", "peek"])
def test_a_sealed_process_cannot_reach_other_processes(sealed, order: str) -> None:
    """Not even the one that sends it requests, which has the secrets of the site."""
    secret = ctypes.create_string_buffer(b"SECRET_KEY")
    place = f" {ctypes.addressof(secret)} {len(secret)}" if order == "peek" else ""
    error = refusal(sealed(), f"{order} {os.getpid()}{place}".encode())
    assert (error.code, os.strerror(errno.EPERM) in error.message) == (ErrorCode.ENGINE, True)


def test_an_unsealed_process_can_reach_other_processes(unsealed: IsolatedEngine) -> None:
    """The test above relies on this: without the filter, those orders succeed."""
    assert unsealed.render(f"kill {os.getpid()}".encode(), OPAQUE, PLANS)
    secret = ctypes.create_string_buffer(b"SECRET_KEY")
    order = f"peek {process_of(unsealed)} {ctypes.addressof(secret)} {len(secret)}"
    with pytest.raises(ThumbnailError, match=os.strerror(errno.EFAULT)):  # allowed, but nothing is there
        unsealed.render(order.encode(), OPAQUE, PLANS)


@needs_filter
def test_a_sealed_process_cannot_gain_privileges_or_start_others(sealed) -> None:
    """As the kernel reports, for any user: RLIMIT_NPROC does not apply to root, but the filter does."""
    box = sealed()
    made(box)
    folder = Path("/proc", str(process_of(box)))
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
    limits = (folder / "limits").read_text()
    for name in ("processes", "open files", "file size"):
        [line] = [line for line in limits.splitlines() if line.startswith(f"Max {name} ")]
        assert line.removeprefix(f"Max {name} ").split()[:2] == ["0", "0"]


@needs_filter
def test_an_engine_that_needs_threads_may_start_threads_but_not_fork(sealed) -> None:
    assert sealed(THREADED).render(b"thread", OPAQUE, PLANS)
    assert refusal(sealed(THREADED), b"fork").code is ErrorCode.ENGINE


@needs_filter
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has a second table of system calls")
def test_a_system_call_from_another_table_ends_the_process(sealed) -> None:
    assert "crash (SIGSYS)" in refusal(sealed(), f"call {0x40000000 + 39}".encode()).message


def test_a_sealed_process_may_abort(sealed) -> None:
    """A process sends SIGABRT to itself."""
    assert "crash (SIGABRT)" in refusal(sealed(), b"abort").message


def test_without_a_filter_the_engine_works_and_the_check_reports_it(sealed, unsealed: IsolatedEngine) -> None:
    box = sealed(ELSEWHERE)
    assert refusal(box, b"open /dev/null").code is ErrorCode.ENGINE
    [_, warning] = box.check()
    assert (warning.id, warning.level) == ("advthumb.W005", 30)
    assert warning.msg.endswith(
        "are not fully sealed: there is no filter of system calls for linux on riscv64."
    )
    assert len(unsealed.check()) == 1
    reference = {
        "BACKEND": "advthumb.engines.isolation.IsolatedEngine",
        "OPTIONS": {"engine": ELSEWHERE, "sealed": True, "workers": 1},
    }
    assert warning.msg in report("elsewhere", reference).warnings


@needs_filter
def test_with_a_filter_the_check_is_silent(sealed) -> None:
    assert [message.id for message in sealed().check()] == ["tests.W001"]


@pytest.mark.parametrize(
    ("call", "told"),
    [("prctl", "no_new_privs cannot be set"), ("syscall", "the filter cannot be set")],
)
def test_a_kernel_that_forbids_the_filter_is_reported(monkeypatch, call: str, told: str) -> None:
    """As in some containers, or a kernel built without it."""

    class Library:
        def __getattr__(self, name: str) -> Callable[..., int]:
            return lambda *_arguments: -1 if name == call else 0

    monkeypatch.setattr(ctypes, "CDLL", lambda *_arguments, **_options: Library())
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(seccomp.NoSeccompError, match=told):
        seccomp.install(threads=False)


@pytest.mark.parametrize("reference", ["pillow", "vips"])
def test_a_sealed_engine_makes_the_same_thumbnails(sealed, reference: str) -> None:
    """For every kind of picture in the suite, in one process. (`imagemagick` is always sealed.)"""
    plain = engine(reference)
    box = sealed(reference)
    first = process_of(box)
    readable = [each for each in sources() if each.format in plain.reads]
    chosen = {(each.group, each.format, each.spec.gravity): each for each in readable}
    assert SMART in {each.spec.gravity for each in chosen.values()}
    assert {each.name: _same(plain, box, each) for each in chosen.values()} == dict.fromkeys(
        (each.name for each in chosen.values()), True
    )
    assert process_of(box) == first


def _same(one: ThumbnailEngine, other: ThumbnailEngine, source: Source) -> bool:
    """Return whether both make the same files, or refuse the source with the same code."""
    found = (_attempt(engine, source) for engine in (one, other))
    first, second = (
        each if isinstance(each, str) else (each.files, each.default, each.moving) for each in found
    )
    return first == second


def test_an_engine_may_load_its_parts_lazily(sealed) -> None:
    """The rehearsal has loaded them already, because a sealed process cannot open files."""
    assert made(sealed(LATE))


def test_an_engine_rehearses_everything_before_it_is_sealed() -> None:
    fake = FakeEngine(reads=["PNG", "JPEG", "GIF"])
    seal.rehearse(fake)
    assert fake.steps.count("decode") == 3
    assert fake.steps.count("encode") == 3 * len(fake.writes)


# The program of the filter, run as the kernel runs it


def answer(
    machine: Machine, number: int, argument: int = 0, *, architecture: int | None = None, **options
) -> int:
    """Return the filter's answer to a system call of process 42 (linux/filter.h)."""
    words = {
        0: number,
        4: machine.architecture if architecture is None else architecture,
        16: argument & 0xFFFFFFFF,
    }
    tests = {
        0x15: lambda one, two: one == two,
        0x35: lambda one, two: one >= two,
        0x45: lambda one, two: bool(one & two),
    }
    instructions, at, held = program(machine, 42, **{"threads": False, **options}), 0, 0
    while True:
        code, if_true, if_false, value = instructions[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            held = words[value]
        else:
            at += if_true if tests[code](held, value) else if_false


def failing(number: int) -> int:
    return error(number).value


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> Machine:
    return MACHINES[request.param]


def test_the_filter_allows_only_the_listed_calls(machine: Machine) -> None:
    allowed = {pair[machine.which] for pair in seccomp.ALLOWED.values()}
    special = {
        pair[machine.which] for pair in (seccomp._TGKILL, seccomp._CLONE, seccomp._CLONE3, seccomp._ACCESS)
    }
    for number in set(range(600)) - special:
        assert answer(machine, number) == (ALLOW if number in allowed else failing(errno.EPERM))


def test_the_filter_lets_a_process_signal_only_itself(machine: Machine) -> None:
    number = seccomp._TGKILL[machine.which]
    assert answer(machine, number, 42) == ALLOW
    assert answer(machine, number, 43) == failing(errno.EPERM)
    assert answer(machine, number, 0xFFFFFFFF) == failing(errno.EPERM)


def test_the_filter_allows_threads_only_if_they_are_needed(machine: Machine) -> None:
    number, newer = seccomp._CLONE[machine.which], seccomp._CLONE3[machine.which]
    thread, child = 0x003D0F00, 0x01200011  # the flags that the C library uses
    assert answer(machine, number, thread) == answer(machine, number, child) == failing(errno.EAGAIN)
    assert answer(machine, number, thread, threads=True) == ALLOW
    assert answer(machine, number, child, threads=True) == failing(errno.EPERM)
    assert answer(machine, newer) == answer(machine, newer, threads=True) == failing(errno.ENOSYS)


def test_the_filter_reports_every_file_as_readable_without_a_check(machine: Machine) -> None:
    """Font libraries call it for files that are already open and would not use them if it failed."""
    assert answer(machine, seccomp._ACCESS[machine.which]) == failing(0)


def test_the_filter_kills_calls_of_another_architecture(machine: Machine) -> None:
    for other in {0x40000003, 0x40000028, *(each.architecture for each in MACHINES.values())}:
        told = answer(machine, seccomp.ALLOWED["read"][machine.which], architecture=other)
        assert told == (ALLOW if other == machine.architecture else KILL)
    assert answer(machine, 0x40000000) == KILL
