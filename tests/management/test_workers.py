"""The threads behind the commands: how many, what they may do, and what remains when they end."""

import threading
import time
import weakref

import pytest
from django.core.management import CommandError
from django.db import connections

from advthumb import generation
from advthumb.engines.pillow import PillowEngine
from advthumb.generation import Phase
from advthumb.management import bulk
from advthumb.management.phases import PhaseTimer
from advthumb.management.scanning import Scan
from advthumb.management.thread_count import MOST_THREADS_PER_WORKER, THREADS_PER_WORKER
from advthumb.management.workers import WorkerPool
from tests.conftest import upload
from tests.testapp.models import Gallery, Photo
from tests.testapp.storages import CountingStorage

from .commands import GENERATE, report, rows_without_thumbnails, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.costs]


class Gauge:
    """Records how many threads are inside a function at the same time.

    Args:
        pause: Seconds by which each thread stays longer.
        enough: How many threads to wait for inside, because they may take a while on a busy machine.
    """

    def __init__(self, pause, enough):
        self.pause, self.enough = pause, enough
        self.lock = threading.Condition()
        self.now = self.most = self.times = 0
        self.threads = set()

    def around(self, function):
        def inside(*args, **options):
            with self.lock:
                self.now += 1
                self.times += 1
                self.most = max(self.most, self.now)
                self.threads.add(threading.current_thread().name)
                self.lock.notify_all()
                self.lock.wait_for(lambda: self.most >= self.enough, 10)
            threading.Event().wait(self.pause)
            try:
                return function(*args, **options)
            finally:
                with self.lock:
                    self.now -= 1

        return inside


@pytest.fixture
def gauge(monkeypatch):
    """Provide a function that puts a gauge around another function."""

    def put_around(owner, name, pause=0.001, enough=1):
        found = Gauge(pause, enough)
        monkeypatch.setattr(owner, name, found.around(getattr(owner, name)))
        return found

    return put_around


@pytest.mark.parametrize("number", [1, 2, 3])
def test_that_many_sources_are_rendered_at_a_time(number, gauge):
    rows_without_thumbnails(40)
    rendering = gauge(generation, "_rendered", 0.01, enough=number)
    storing = gauge(CountingStorage, "_save", 0.05, enough=number + 1)
    assert report(GENERATE, "--workers", str(number)).outcomes == {"made": 40}
    assert rendering.most == number
    assert rendering.times == 40
    assert number < storing.most
    assert rendering.threads == {"advthumb"}


def test_while_processors_wait_for_the_storage_more_threads_are_started(gauge):
    rows_without_thumbnails(16)
    storing = gauge(CountingStorage, "_save", enough=2 * THREADS_PER_WORKER)
    done = report(GENERATE, "--workers", "1")
    assert done.outcomes == {"made": 16}
    assert 2 * THREADS_PER_WORKER <= storing.most <= done.json["threads"] <= MOST_THREADS_PER_WORKER


def test_a_pool_that_grows_starts_threads_for_the_jobs_that_wait():
    barrier = threading.Barrier(4)
    with WorkerPool(1, lambda _job: barrier.wait(10)) as pool:
        for job in range(4):
            pool.begin(job)
        pool.grow(9)
        assert sorted(pool.finished(10) for _ in range(4)) == [0, 1, 2, 3]
        assert len(pool._threads) < 9


def test_an_idle_thread_does_not_keep_its_last_job():
    class Job:
        pass

    with WorkerPool(1, lambda _job: None) as pool:
        pool.begin(Job())
        done = weakref.ref(pool.finished(10))
        give_up = time.monotonic() + 10
        while done() is not None and time.monotonic() < give_up:
            time.sleep(0.01)
        assert done() is None


def test_a_source_is_read_and_decoded_once_for_all_its_thumbnails(calls, gauge):
    rows_without_thumbnails(4, Gallery)
    decoding = gauge(PillowEngine, "_decode")
    calls.clear()
    assert report(GENERATE, "--verify", "name").outcomes == {"made": 12}
    assert (calls["open"], decoding.times) == (4, 4)


def test_the_number_of_started_rows_is_limited(monkeypatch):
    rows_without_thumbnails(300)
    most = 0
    begin = WorkerPool.begin

    def noting(pool, job):
        nonlocal most
        begin(pool, job)
        most = max(most, pool._waiting.qsize() + pool._done.qsize())

    monkeypatch.setattr(WorkerPool, "begin", noting)
    assert report(GENERATE, "--workers", "1").outcomes == {"made": 300}
    assert most <= bulk._AT_ONCE + 2 * THREADS_PER_WORKER


@pytest.mark.parametrize("limit", [1, 7, 20])
def test_a_limit_holds_with_any_number_of_workers(limit):
    rows_without_thumbnails(20)
    assert report(GENERATE, "--workers", "4", "--limit", str(limit)).outcomes == {"made": limit}
    assert sum(bool(row.thumbnail) for row in Photo.objects.all()) == limit


def test_failed_rows_do_not_count_towards_the_limit():
    rows_without_thumbnails(10)
    Photo.objects.filter(pk__in=Photo.objects.values("pk")[:5]).update(image="images/none.jpg")
    assert report(GENERATE, "--workers", "2", "--limit", "3").outcomes["made"] == 3


@pytest.mark.parametrize("number", ["0", "-1"])
def test_zero_workers_are_refused(number):
    done = run(GENERATE, "--workers", number)
    assert done.code == 1
    assert f"--workers {number}: give a number above 0" in done.err


def test_the_default_is_a_worker_for_each_processor():
    assert report(GENERATE).json["workers"] >= 1


def test_all_threads_have_ended_afterwards():
    rows_without_thumbnails(5)
    report(GENERATE)
    assert not [thread for thread in threading.enumerate() if thread.name == "advthumb"]


def test_a_thread_closes_the_connections_that_it_opened():
    closed = []

    def work(_job):
        used = connections["default"]
        used.close = lambda: closed.append(threading.current_thread().name)

    with WorkerPool(2, work) as pool:
        pool.begin("job")
        assert pool.finished(10) == "job"
    assert closed == ["advthumb"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_exits_its_thread_is_still_returned():
    """If a job ends its thread, nothing waits for it for ever."""

    def work(_job):
        raise SystemExit

    with WorkerPool(1, work) as pool:
        pool.begin("job")
        assert pool.finished(10) == "job"


def given_up(work, begun, error):
    """Raise an error while the first of five jobs is running."""
    with pytest.raises(error), WorkerPool(1, work) as pool:
        for number in range(5):
            pool.begin(number)
        while not begun:
            pass
        raise error


def test_an_error_waits_for_started_jobs_and_drops_the_rest():
    """No thread keeps working if the calling process continues after the command."""
    begun, ended = [], []

    def work(job):
        begun.append(job)
        threading.Event().wait(0.05)
        ended.append(job)

    given_up(work, begun, CommandError)
    assert begun == ended == [0]


def test_a_second_interrupt_stops_at_once():
    begun, go_on = [], threading.Event()

    def work(job):
        begun.append(job)
        go_on.wait(10)

    given_up(work, begun, KeyboardInterrupt)
    assert any(thread.name == "advthumb" for thread in threading.enumerate())
    go_on.set()
    while any(thread.name == "advthumb" for thread in threading.enumerate()):
        pass
    assert begun == [0]


def test_phase_times_are_summed_over_all_threads_without_waiting():
    """Two threads, only one of which may render at a time, and a clock that only the test moves."""
    now = 0
    timer = PhaseTimer(1, clock=lambda: now)
    about_to_wait = threading.Event()

    def render():
        nonlocal now
        about_to_wait.set()
        with timer(Phase.RENDER):
            now += 1

    with timer(Phase.RENDER):
        waiting = threading.Thread(target=render)
        waiting.start()
        about_to_wait.wait(10)
        now += 100
    waiting.join(10)
    assert timer.seconds[Phase.RENDER] == 101
    assert timer.seconds[Phase.STORE] == 0


def test_a_finished_row_is_written_while_others_are_still_checked(monkeypatch):
    """`kill -9` in the middle of a long scan loses only the latest thumbnails, not all of them."""
    rows_without_thumbnails(1)
    first = Photo.objects.get()
    for _ in range(3):
        Photo.objects.create(image=upload())
    made = threading.Event()
    finish, assess, written = WorkerPool.finished, Scan.assess, []

    def finished(pool, patience):
        return finish(pool, max(patience, 5) if made.is_set() else patience)

    def assessing(scan, row, *rest):
        if row[0] != first.pk:
            made.set()
            written.append(bool(Photo.objects.get(pk=first.pk).thumbnail))
        return assess(scan, row, *rest)

    monkeypatch.setattr(bulk, "_AT_ONCE", 1)
    monkeypatch.setattr(bulk, "_SECONDS", -1)  # it is always time to write
    monkeypatch.setattr(WorkerPool, "finished", finished)
    monkeypatch.setattr(Scan, "assess", assessing)
    assert report(GENERATE, "--model", "testapp.Photo").outcomes == {"made": 1, "left": 3}
    assert written[-1]


def test_a_storage_that_raises_system_exit_fails_only_its_row(monkeypatch):
    """Such a call would end a thread silently; if all threads end, no one makes the remaining thumbnails."""
    for _ in range(9):
        Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")

    def leave(*_args):
        raise SystemExit(3)

    monkeypatch.setattr(CountingStorage, "_open", leave)
    assert report(GENERATE, "--workers", "1").outcomes == {"failed": 9}
