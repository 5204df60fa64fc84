"""`storages`: which calls go to a storage, and which go to the system instead."""

import datetime as dt
import os
import time
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from advthumb import storages
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.file_facts import FileChecker

UTC = dt.UTC
NAIVE = dt.datetime(2024, 6, 1, 14, 0)  # noqa: DTZ001 - as storages report it
MOMENT = dt.datetime(2024, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
NANOSECONDS = 1_717_243_200_123_456_000


def storage_with(base=FileSystemStorage, *args, **attributes):
    """Return a storage of a new class that overrides these attributes of its base."""
    return type("Odd", (base,), attributes)(*args)


def raising(error):
    def method(self, *args, **kwargs):
        raise error

    return method


def telling(value):
    def method(self, name):
        return value

    return method


# Checks of local files


@pytest.mark.parametrize("check", ["check", "check_time"])
@pytest.mark.parametrize("name", ["../outside.jpg", "in/../../outside.jpg", "/etc/hostname"])
def test_a_name_outside_the_storage_is_refused_as_in_django(check, name, tmp_path):
    """Local files are checked by a fast path, which must not reach files that `path` refuses."""
    (tmp_path / "outside.jpg").write_bytes(b"not yours")
    (tmp_path / "media" / "in").mkdir(parents=True)
    checker = FileChecker(FileSystemStorage(tmp_path / "media"))
    with pytest.raises(ThumbnailError) as caught:
        getattr(checker, check)(name)
    assert caught.value.code is ErrorCode.STORAGE


@pytest.mark.parametrize("check", ["check", "check_time"])
@pytest.mark.parametrize("use_tz", [True, False])
def test_the_fast_path_gives_the_same_answers_as_the_storage(check, use_tz, settings, tmp_path):
    settings.USE_TZ = use_tz
    storage = FileSystemStorage(tmp_path)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.jpg"
    path.write_bytes(b"abc")
    os.utime(path, ns=(NANOSECONDS, NANOSECONDS))
    short = getattr(FileChecker(storage), check)
    asked = getattr(FileChecker(storage_with(FileSystemStorage, tmp_path, size=telling(3))), check)
    assert short("in/a.jpg")[:3] == (True, 3, NANOSECONDS)
    assert asked("in/a.jpg").modified == NANOSECONDS
    assert not short("in/b.jpg").exists
    assert not asked("in/b.jpg").exists


def test_a_local_file_also_has_its_change_time(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    os.utime(path, ns=(0, 0))
    file = FileChecker(FileSystemStorage(tmp_path)).check("a.jpg")
    assert file.modified == 0
    assert file.written == file.changed == path.stat().st_ctime_ns


def test_a_future_modification_time_does_not_count_as_written(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    future = time.time_ns() + 3600 * 10**9
    os.utime(path, ns=(future, future))
    file = FileChecker(FileSystemStorage(tmp_path)).check("a.jpg")
    assert file.modified == future
    assert file.written == path.stat().st_ctime_ns


def test_a_storage_whose_folder_depends_on_the_request_is_asked_for_each_path(tmp_path):
    """As storages do that separate the files of each tenant."""
    tenant = "one"

    class Tenants(FileSystemStorage):
        @property
        def location(self):
            return str(tmp_path / tenant)

        base_location = location

    storage = Tenants()
    checker = FileChecker(storage)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(name.encode() * len(name))
    (tmp_path / "two" / "b.jpg").write_bytes(b"")
    assert checker.folder is None
    assert not checker.check("b.jpg").exists
    tenant = "two"
    assert checker.check("b.jpg").exists


# Times as storages report them


@pytest.mark.parametrize(
    "told",
    [
        None,
        1.0,
        "2024-06-01",
        dt.date(2024, 6, 1),
        NAIVE,
    ],
    ids=repr,
)
@pytest.mark.parametrize("check", ["check", "check_time"])
def test_a_time_that_cannot_be_compared_is_unknown(check, told, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"abc")
    storage = storage_with(FileSystemStorage, tmp_path, get_modified_time=telling(told))
    file = getattr(FileChecker(storage), check)("a.jpg")
    assert file.exists
    assert (file.modified, file.changed, file.written) == (None, None, None)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Kolkata")])
def test_an_aware_time_is_the_same_moment_in_any_zone(zone):
    storage = storage_with(
        InMemoryStorage, size=telling(3), get_modified_time=telling(MOMENT.astimezone(zone))
    )
    file = FileChecker(storage).check("a.jpg")
    assert (file.size, file.modified, file.changed) == (3, NANOSECONDS, NANOSECONDS)


@pytest.fixture
def berlin(monkeypatch, settings):
    """Treat naive times as times in Berlin, as Django does with USE_TZ=False."""
    settings.USE_TZ = False
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_a_naive_time_without_use_tz_is_local():
    storage = storage_with(InMemoryStorage, size=telling(3), get_modified_time=telling(NAIVE))
    file = FileChecker(storage).check("a.jpg")
    assert file.modified == file.changed == 1_717_243_200 * 10**9


@pytest.mark.usefixtures("berlin")
def test_a_time_in_the_repeated_hour_stands_for_both_moments():
    """A source counts as written at the later moment, a thumbnail at the earlier: no change is missed."""
    ambiguous = dt.datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    storage = storage_with(InMemoryStorage, size=telling(3), get_modified_time=telling(ambiguous))
    file = FileChecker(storage).check("a.jpg")
    earlier = int(dt.datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    assert file.modified == earlier * 10**9
    assert file.changed == (earlier + 3600) * 10**9


@pytest.mark.usefixtures("berlin")
def test_a_time_before_year_one_is_unknown():
    storage = storage_with(InMemoryStorage, size=telling(3), get_modified_time=telling(dt.datetime.min))  # noqa: DTZ901
    assert FileChecker(storage).check("a.jpg")[:3] == (True, 3, None)


# Sizes, paths, existence


@pytest.mark.parametrize("size", [None, "12", 1.5, True])
def test_an_invalid_size_is_unknown(size):
    storage = storage_with(InMemoryStorage, size=telling(size), get_modified_time=telling(MOMENT))
    assert FileChecker(storage).check("a.jpg")[:2] == (True, None)


@pytest.mark.parametrize(
    "error", [AttributeError("x"), ImproperlyConfigured("later"), NotImplementedError(), OSError()]
)
def test_a_storage_whose_path_raises_anything_is_not_local(error):
    assert not storages.is_local(storage_with(path=raising(error)))
    assert not FileChecker(storage_with(path=raising(error))).is_local


@pytest.mark.parametrize("check", ["check", "check_time"])
def test_any_exception_of_a_storage_is_a_storage_error(check):
    storage = storage_with(
        exists=raising(KeyError("x")), size=raising(OSError()), get_modified_time=raising(TypeError())
    )
    with pytest.raises(ThumbnailError) as caught:
        getattr(FileChecker(storage), check)("a.jpg")
    assert caught.value.code is ErrorCode.STORAGE


@pytest.mark.parametrize("check", ["check", "check_time"])
def test_system_exit_is_passed_on(check):
    storage = storage_with(size=raising(SystemExit(3)), get_modified_time=raising(SystemExit(3)))
    with pytest.raises(SystemExit):
        getattr(FileChecker(storage), check)("a.jpg")


# Names that storages return


def stored_under(returned):
    """Return a `save` that stores a file as usual but returns something else."""

    def save(self, name, content, max_length=None):
        stored = FileSystemStorage.save(self, name, content, max_length)
        return returned(stored)

    return save


@pytest.mark.parametrize(
    "returned",
    [{}.get, "".strip, PurePosixPath, str.encode],
    ids=["none", "empty", "path", "bytes"],
)
def test_a_storage_that_returns_no_name_is_an_error_and_leaves_no_file(returned, tmp_path):
    storage = storage_with(FileSystemStorage, tmp_path, save=stored_under(returned))
    with pytest.raises(ThumbnailError) as caught:
        storages.write(storage, "t/a_x7k2m9q.jpg", b"abc", 100)
    assert caught.value.code is ErrorCode.STORAGE
    assert "t/a_x7k2m9q.jpg" in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_name_longer_than_the_column_is_an_error_and_its_file_is_deleted(tmp_path):
    class Longer(FileSystemStorage):
        def save(self, name, content, max_length=None):
            return super().save(f"long/{'x' * 90}{name}", content)

    with pytest.raises(ThumbnailError, match="at most 60 characters"):
        storages.write(Longer(tmp_path), "a_x7k2m9q.jpg", b"abc", 60)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_with_other_content_is_kept_if_save_returns_no_name(tmp_path):
    """Another process may have stored it meanwhile."""

    def save(self, name, content, max_length=None):
        (tmp_path / name).write_bytes(b"of another process")

    with pytest.raises(ThumbnailError):
        storages.write(storage_with(FileSystemStorage, tmp_path, save=save), "a.jpg", b"abc", 60)
    assert (tmp_path / "a.jpg").read_bytes() == b"of another process"


def test_a_column_without_max_length_accepts_any_name(tmp_path):
    assert storages.write(FileSystemStorage(tmp_path), "a.jpg", b"abc", None) == "a.jpg"
