"""`advthumb.malloc`: which processes keep freed memory, and that they do."""

import platform
import subprocess
import sys
import textwrap

import pytest
from django.core.management import call_command, load_command_class

from advthumb.management import base

from .commands import ALL

GLIBC = platform.libc_ver()[0] == "glibc"


@pytest.fixture
def tuned(monkeypatch):
    """Return a list of calls that tune the allocator; they are recorded and not carried out."""
    times = []
    monkeypatch.setattr(base, "keep_freed_memory", lambda: times.append(1))
    return times


@pytest.mark.django_db
@pytest.mark.parametrize("name", ALL)
def test_a_command_run_as_a_program_tunes_malloc(name, tuned, capsys):
    load_command_class("advthumb", name).run_from_argv(["manage.py", name])
    assert tuned == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ALL)
def test_malloc_is_not_tuned_under_call_command_or_if_disabled(name, tuned, capsys):
    """The process may be one that serves pages."""
    call_command(name)
    load_command_class("advthumb", name).run_from_argv(["manage.py", name, "--no-malloc-tuning"])
    assert tuned == []


def printed(environment: dict[str, str]) -> list[str]:
    """Return what a process prints: whether it was tuned, and if large blocks are mapped before and after."""
    code = """
        import ctypes
        from advthumb.malloc import keep_freed_memory
        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        class Info(ctypes.Structure):
            _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]
        libc.mallinfo2.restype = Info
        def mapped():
            before = libc.mallinfo2().hblks
            libc.malloc(20 * 2**20)
            return libc.mallinfo2().hblks - before
        print(mapped(), keep_freed_memory(), mapped())
    """
    arguments = [sys.executable, "-c", textwrap.dedent(code)]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), **environment}
    return subprocess.run(
        arguments, env=environment, check=True, capture_output=True, text=True
    ).stdout.split()


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_glibc_reuses_kept_memory_for_large_blocks():
    assert printed({}) == ["1", "True", "0"]


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_malloc_settings_in_the_environment_win():
    assert printed({"MALLOC_TRIM_THRESHOLD_": "65536"}) == ["1", "False", "1"]


def test_other_c_libraries_are_left_alone(monkeypatch):
    from advthumb import malloc

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert malloc.keep_freed_memory() is False
