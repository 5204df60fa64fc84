"""`isolation.seal` and `isolation.seccomp`: what code that took over a sealed process can still do."""

import ctypes
import errno
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
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
"""Whether this system has filters; where it has not, the tests of the filter's program remain."""

needs_filter = pytest.mark.skipif(not FILTERED, reason="this system has no seccomp filters")
THREADED = "tests.engines.misbehaving.ThreadedEngine"
LATE = "tests.engines.misbehaving.LateEngine"
ELSEWHERE = "tests.engines.misbehaving.OnAnotherMachine"


@pytest.fixture(scope="module")
def sealed() -> Iterator[Callable[[str], IsolatedEngine]]:
    """Return a function that gives a sealed engine, the same for the same reference."""
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
    """Return an engine whose process is not sealed: there the same orders do what they say."""
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
def test_a_sealed_process_reaches_no_other_one(sealed, order: str) -> None:
    """Not even the one that asks it, which has the keys of the site."""
    secret = ctypes.create_string_buffer(b"SECRET_KEY")
    place = f" {ctypes.addressof(secret)} {len(secret)}" if order == "peek" else ""
    error = refusal(sealed(), f"{order} {os.getpid()}{place}".encode())
    assert (error.code, os.strerror(errno.EPERM) in error.message) == (ErrorCode.ENGINE, True)


def test_a_process_that_is_not_sealed_reaches_others(unsealed: IsolatedEngine) -> None:
    """What the test above relies on: those orders are such that it is the filter that refuses them."""
    assert unsealed.render(f"kill {os.getpid()}".encode(), OPAQUE, PLANS)
    secret = ctypes.create_string_buffer(b"SECRET_KEY")
    order = f"peek {process_of(unsealed)} {ctypes.addressof(secret)} {len(secret)}"
    with pytest.raises(ThumbnailError, match=os.strerror(errno.EFAULT)):  # it may look, and nothing is there
        unsealed.render(order.encode(), OPAQUE, PLANS)


@needs_filter
def test_a_sealed_process_has_no_rights_to_gain_and_none_to_start_others(sealed) -> None:
    """As the kernel shows it, whoever the user is: RLIMIT_NPROC does not hold for root, the filter does."""
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
def test_an_engine_that_starts_threads_may_do_so_and_no_more(sealed) -> None:
    assert sealed(THREADED).render(b"thread", OPAQUE, PLANS)
    assert refusal(sealed(THREADED), b"fork").code is ErrorCode.ENGINE


@needs_filter
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has another table of calls")
def test_a_call_of_another_table_ends_the_process(sealed) -> None:
    assert "crash (SIGSYS)" in refusal(sealed(), f"call {0x40000000 + 39}".encode()).message


def test_a_sealed_process_may_abort(sealed) -> None:
    """It sends the signal to itself."""
    assert "crash (SIGABRT)" in refusal(sealed(), b"abort").message


def test_where_there_is_no_filter_it_works_and_the_check_says_so(sealed, unsealed: IsolatedEngine) -> None:
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
def test_where_there_is_a_filter_the_check_is_silent(sealed) -> None:
    assert [message.id for message in sealed().check()] == ["tests.W001"]


@pytest.mark.parametrize(
    ("call", "told"),
    [("prctl", "no_new_privs cannot be set"), ("syscall", "the filter cannot be set")],
)
def test_a_kernel_that_forbids_the_filter_is_told_of(monkeypatch, call: str, told: str) -> None:
    """As that of some containers, or one that was built without."""

    class Library:
        def __getattr__(self, name: str) -> Callable[..., int]:
            return lambda *_arguments: -1 if name == call else 0

    monkeypatch.setattr(ctypes, "CDLL", lambda *_arguments, **_options: Library())
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(seccomp.NoSeccompError, match=told):
        seccomp.install(threads=False)


@pytest.mark.parametrize("reference", ["pillow", "vips"])
def test_a_sealed_engine_makes_the_same_thumbnails(sealed, reference: str) -> None:
    """Of every kind of picture that the suite has, in one process. (`imagemagick` is always sealed.)"""
    plain = engine(reference)
    box = sealed(reference)
    first = process_of(box)
    chosen = {(each.group, each.format): each for each in sources() if each.format in plain.reads}
    assert {each.name: _same(plain, box, each) for each in chosen.values()} == dict.fromkeys(
        (each.name for each in chosen.values()), True
    )
    assert process_of(box) == first


def _same(one: ThumbnailEngine, other: ThumbnailEngine, source: Source) -> bool:
    """Return whether both make the same files, or refuse the source alike."""
    found = (_attempt(engine, source) for engine in (one, other))
    first, second = (
        each if isinstance(each, str) else (each.still, each.default, each.moving) for each in found
    )
    return first == second


def test_an_engine_may_load_parts_of_itself_when_it_needs_them(sealed) -> None:
    """It has needed them already: once it is sealed, no file is opened any more."""
    assert made(sealed(LATE))


def test_an_engine_does_once_all_that_it_can_before_it_is_sealed() -> None:
    fake = FakeEngine(reads=["PNG", "JPEG", "GIF"])
    seal.rehearse(fake)
    assert fake.steps.count("decode") == 3
    assert fake.steps.count("encode") == 3 * len(fake.writes)


# The program of the filter, run as the kernel runs it


def answer(
    machine: Machine, number: int, argument: int = 0, *, architecture: int | None = None, **options
) -> int:
    """Return what the filter answers to a system call of process 42 (linux/filter.h)."""
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


def test_the_filter_lets_through_what_is_on_its_list_and_nothing_else(machine: Machine) -> None:
    allowed = {pair[machine.which] for pair in seccomp.ALLOWED.values()}
    special = {
        pair[machine.which] for pair in (seccomp._TGKILL, seccomp._CLONE, seccomp._CLONE3, seccomp._ACCESS)
    }
    for number in set(range(600)) - special:
        assert answer(machine, number) == (ALLOW if number in allowed else failing(errno.EPERM))


def test_the_filter_lets_a_process_signal_itself_alone(machine: Machine) -> None:
    number = seccomp._TGKILL[machine.which]
    assert answer(machine, number, 42) == ALLOW
    assert answer(machine, number, 43) == failing(errno.EPERM)
    assert answer(machine, number, 0xFFFFFFFF) == failing(errno.EPERM)


def test_the_filter_lets_threads_be_started_where_they_are_needed(machine: Machine) -> None:
    number, newer = seccomp._CLONE[machine.which], seccomp._CLONE3[machine.which]
    thread, child = 0x003D0F00, 0x01200011  # what the C library asks for
    assert answer(machine, number, thread) == answer(machine, number, child) == failing(errno.EAGAIN)
    assert answer(machine, number, thread, threads=True) == ALLOW
    assert answer(machine, number, child, threads=True) == failing(errno.EPERM)
    assert answer(machine, newer) == answer(machine, newer, threads=True) == failing(errno.ENOSYS)


def test_the_filter_says_that_every_file_may_be_read_and_looks_at_none(machine: Machine) -> None:
    """Font libraries ask so about files that they hold open, and would not use them; the call is not made."""
    assert answer(machine, seccomp._ACCESS[machine.which]) == failing(0)


def test_the_filter_kills_who_speaks_as_another_machine(machine: Machine) -> None:
    for other in {0x40000003, 0x40000028, *(each.architecture for each in MACHINES.values())}:
        told = answer(machine, seccomp.ALLOWED["read"][machine.which], architecture=other)
        assert told == (ALLOW if other == machine.architecture else KILL)
    assert answer(machine, 0x40000000) == KILL
