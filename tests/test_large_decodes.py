"""`large_decodes`: a limited number of large sources at a time, and everything else at once."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier, BrokenBarrierError, Event, Thread

import pytest
from django.core.files.storage import InMemoryStorage

from advthumb import large_decodes
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.pillow import PillowEngine
from advthumb.generation import Source, Target, generate
from advthumb.large_decodes import LARGE, turn
from tests import pictures

TOGETHER = 5
"""Seconds to wait for a thread that is expected."""


def meet(pixels: int, parties: int, seconds: float = TOGETHER) -> list[bool]:
    """Decode a source of this many pixels in each of several threads; return which of them met all others."""
    barrier = Barrier(parties)

    def decode(_number: int) -> bool:
        with turn(pixels):
            try:
                barrier.wait(seconds)
            except BrokenBarrierError:
                return False
            return True

    with ThreadPoolExecutor(parties) as pool:
        return list(pool.map(decode, range(parties)))


def test_at_most_two_large_sources_are_decoded_at_a_time():
    assert meet(LARGE + 1, 2) == [True, True]
    assert meet(LARGE + 1, 3, seconds=0.2) == [False] * 3


def test_small_sources_never_wait():
    assert meet(LARGE, 6) == [True] * 6


@pytest.mark.parametrize("most", [1, 3])
def test_the_number_is_a_setting(settings, most):
    settings.ADVANCE_THUMBNAIL_MAX_LARGE_DECODES = most
    assert meet(LARGE + 1, most) == [True] * most
    assert meet(LARGE + 1, most + 1, seconds=0.2) == [False] * (most + 1)


def test_a_waiting_decode_starts_when_another_finishes_or_fails():
    with pytest.raises(ValueError, match="damaged"), turn(LARGE + 1):
        raise ValueError("damaged")
    assert meet(LARGE + 1, 2) == [True, True]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_process_does_not_wait_for_its_parent(settings):
    settings.ADVANCE_THUMBNAIL_MAX_LARGE_DECODES = 1
    taken, done = Event(), Event()

    def decode() -> None:
        with turn(LARGE + 1):
            taken.set()
            done.wait(TOGETHER)

    thread = Thread(target=decode)
    thread.start()
    taken.wait(TOGETHER)
    before = large_decodes._turns
    large_decodes._renew()  # Python calls this in a fork; a real fork here would have threads of tests
    try:
        with turn(LARGE + 1):
            assert large_decodes._turns is not before
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("isolated", [False, True])
def test_decodes_in_isolated_processes_do_not_count(monkeypatch, isolated):
    monkeypatch.setattr(PillowEngine, "isolated", isolated)
    taken = []
    monkeypatch.setattr(large_decodes, "turn", lambda pixels: taken.append(pixels) or nullcontext())
    storage = InMemoryStorage()
    target = Target(ThumbnailSpec(width=9, height=9), ("pillow",), storage, str, None)
    [(made, _)] = generate(Source(storage, "a.png", pictures.plain(40, 30, (9, 9, 9), "PNG")), [target])
    assert made.name
    assert taken == [0 if isolated else 40 * 30]
