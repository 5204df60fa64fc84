"""How many threads a run has: more than at the start only if the processors wait for a slow storage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.generation import Phase
from advthumb.management.phases import PhaseTimer
from advthumb.management.thread_count import MOST_THREADS_PER_WORKER, ThreadCount, Usage, threads_wanted

WAITING = Usage(wall=1, processor=0.4, rendering=0.5, storage=5)
"""One second of six threads and two renderers that wait for a storage."""


@pytest.mark.parametrize(
    ("usage", "threads"),
    [
        pytest.param(WAITING, 9, id="the storage is slow"),
        pytest.param(WAITING._replace(processor=1.8), 6, id="this process keeps the processors busy"),
        pytest.param(WAITING._replace(rendering=1.8), 6, id="other processes render all the time"),
        pytest.param(WAITING._replace(storage=4), 6, id="threads wait for something else"),
    ],
)
def test_threads_are_added_while_processors_wait_for_the_storage(usage, threads):
    assert threads_wanted(6, 2, usage) == threads


@given(
    workers=st.integers(1, 64),
    wall=st.floats(0.1, 10),
    busy=st.floats(0, 1),
    waiting=st.floats(0, 1),
    data=st.data(),
)
def test_the_number_never_falls_and_never_exceeds_its_limit(workers, wall, busy, waiting, data):
    most = workers * MOST_THREADS_PER_WORKER
    threads = data.draw(st.integers(workers, most))
    usage = Usage(wall, 0, busy * wall * workers, waiting * wall * threads)
    assert threads <= threads_wanted(threads, workers, usage) <= most


class Clock:
    """A clock that only the test moves."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_run_gets_more_threads_until_its_renderers_are_busy():
    clock = Clock()
    timer = PhaseTimer(1, clock)
    count = ThreadCount(1, timer, clock)
    seen = [count.update()]
    reading = [timer(Phase.READ) for _ in range(30)]
    for phase in reading:
        phase.__enter__()
        clock.now += 0.1
        seen.append(count.update())
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (3, MOST_THREADS_PER_WORKER)
    for phase in reading:
        phase.__exit__(None, None, None)


def test_a_run_whose_renderers_are_busy_keeps_its_threads():
    clock = Clock()
    timer = PhaseTimer(1, clock)
    count = ThreadCount(1, timer, clock)
    with timer(Phase.RENDER), timer(Phase.READ), timer(Phase.STORE), timer(Phase.STORE):
        for _ in range(10):
            clock.now += 1
            assert count.update() == 3


def test_threads_are_watched_for_a_while_before_their_number_changes():
    clock = Clock()
    timer = PhaseTimer(1, clock)
    count = ThreadCount(1, timer, clock)
    with timer(Phase.READ), timer(Phase.READ), timer(Phase.READ):
        clock.now += 0.2
        assert count.update() == 3
        clock.now += 0.2
        assert count.update() == 5
        assert count.update() == 5
