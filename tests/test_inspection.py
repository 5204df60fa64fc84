"""`inspection`: the verdict from the files, what must be read, and what is remembered."""

import datetime as dt
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from advthumb import file_facts, inspection
from advthumb.cache import FingerprintCache
from advthumb.core.detection import Level, Verdict
from advthumb.core.fingerprints import Fingerprint, SourceFacts, content_token, failure_record, spec_token
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName
from advthumb.core.spec import ThumbnailSpec
from advthumb.generation import Source
from advthumb.inspected import Inspected
from advthumb.inspection import Inspector

SPEC = ThumbnailSpec(width=60, height=60)
RED, BLUE = b"red pixels", b"blue pixel"  # of the same length
SOURCE = "images/a.jpg"
SECOND = 10**9
FRESH, CHANGED = Verdict.FRESH, Verdict.SOURCE_CHANGED


def thumbnail_of(data, source_name=SOURCE):
    """Return the name of a fresh thumbnail of these bytes."""
    facts = SourceFacts(source_name, len(data), content_token(data))
    fingerprint = Fingerprint.of(spec_token(SPEC, ImageFormat.JPEG), facts)
    return f"thumbs/{ThumbnailName('a', Size(60, 40), fingerprint, ImageFormat.JPEG, 'x7k2m9q')}"


class Reading(Source):
    """A source that counts its reads."""

    reads = 0

    def read(self):
        type(self).reads += 1
        return super().read()


class Disk:
    """A source and its thumbnail in a folder, an hour old and in the right order."""

    def __init__(self, folder: Path):
        self.storage = FileSystemStorage(folder)
        self.thumbnail_name = thumbnail_of(RED)
        self.source = folder / SOURCE
        self.thumbnail = folder / self.thumbnail_name
        for path, data in ((self.source, RED), (self.thumbnail, b"thumbnail")):
            path.parent.mkdir()
            path.write_bytes(data)
        self.set_times(thumbnail=60)

    def set_times(self, **seconds):
        """Set modification times, in seconds after now."""
        for name, shift in seconds.items():
            moment = time.time_ns() + shift * SECOND
            os.utime(getattr(self, name), ns=(moment, moment))

    def settle(self):
        """Wait until the next change of the source is certain to get a later time."""
        while time.time_ns() - self.source.stat().st_ctime_ns < SECOND // 40:
            time.sleep(0.005)

    def inspector(self, verify="stat", **options):
        inspected = Inspected(SPEC, self.storage, self.storage, ("pillow",), recorded=False)
        return Inspector(inspected, FingerprintCache("app.Model.field", "default"), verify, **options)

    def assess(self, verify="stat", **options):
        """Return the verdict, and whether the source was read to reach it."""
        Reading.reads = 0
        found = self.inspector(verify, **options).assess(
            Reading(self.storage, SOURCE), self.thumbnail_name, ""
        )
        return found.verdict, Reading.reads > 0


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path / "disk") if (tmp_path / "disk").mkdir() is None else None


@pytest.fixture
def _no_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


# What is in doubt


def test_a_source_older_than_its_thumbnail_is_not_read(disk):
    assert disk.assess() == (FRESH, False)


@pytest.mark.parametrize("restored", [True, False])
def test_a_file_copied_over_a_source_is_found_whatever_its_time(disk, tmp_path, restored):
    """`cp -p`, `rsync -t` and restored backups set the time of the other file."""
    other = tmp_path / "b.jpg"
    other.write_bytes(BLUE)
    os.utime(other, (10**9, 10**9))
    disk.set_times(thumbnail=-60)
    (shutil.copy2 if restored else shutil.copyfile)(other, disk.source)
    assert disk.assess() == (CHANGED, True)


def test_a_source_as_old_as_its_thumbnail_is_read(disk):
    written = disk.source.stat().st_ctime_ns
    os.utime(disk.thumbnail, ns=(written, written))
    assert disk.assess() == (FRESH, True)
    disk.source.write_bytes(BLUE)
    assert disk.assess() == (CHANGED, True)


def test_a_replacement_in_the_same_second_is_found_on_a_storage_with_whole_seconds():
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    storage = Telling({SOURCE: BLUE, thumbnail_of(RED): b""})
    for shift, verdict in ((0, CHANGED), (1, CHANGED), (2, FRESH)):
        storage.times = {SOURCE: now, thumbnail_of(RED): now + dt.timedelta(seconds=shift)}
        assert storage.assess().verdict is verdict


class Telling(InMemoryStorage):
    """Keeps files in memory, with given times."""

    def __init__(self, files):
        super().__init__()
        self.times = {}
        for name, data in files.items():
            with self.open(name, "wb") as file:
                file.write(data)

    def get_modified_time(self, name):
        return self.times[name]

    def assess(self, verify="stat"):
        inspected = Inspected(SPEC, self, self, ("pillow",), recorded=False)
        inspector = Inspector(inspected, FingerprintCache("app.Model.field", "default"), verify)
        return inspector.assess(Reading(self, SOURCE), thumbnail_of(RED), "")


@pytest.mark.parametrize("unknown", [SOURCE, thumbnail_of(RED)])
def test_if_a_time_is_unknown_size_and_name_decide(unknown):
    now = dt.datetime.now(dt.UTC)
    storage = Telling({SOURCE: BLUE, thumbnail_of(RED): b""})
    storage.times = {SOURCE: now, thumbnail_of(RED): now - dt.timedelta(hours=1), unknown: "a while ago"}
    assert storage.assess().verdict is FRESH


# What is remembered


@pytest.mark.usefixtures("_no_cache")
def test_a_touched_source_is_read_once_without_any_cache(disk):
    disk.set_times(thumbnail=-3600)
    disk.settle()
    assert disk.assess() == (FRESH, True)
    assert disk.assess() == (FRESH, False)
    disk.source.chmod(0o600)
    disk.settle()
    assert disk.assess() == (FRESH, True)
    assert disk.assess() == (FRESH, False)


@pytest.mark.usefixtures("_no_cache")
def test_a_source_with_a_time_in_the_future_is_read_once(disk):
    disk.set_times(source=3600)
    disk.settle()
    disk.set_times(thumbnail=-3600)
    assert disk.assess() == (FRESH, True)
    assert disk.assess() == (FRESH, False)


@pytest.mark.parametrize("acts", [True, False])
def test_a_change_after_the_content_was_read_is_found(disk, acts):
    disk.set_times(thumbnail=-3600)
    disk.settle()
    before = disk.source.stat()
    assert disk.assess(acts=acts) == (FRESH, True)
    disk.source.write_bytes(BLUE)
    os.utime(disk.source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert disk.assess(acts=acts) == (CHANGED, True)


def test_a_read_only_check_changes_no_file_and_writes_the_cache(disk):
    disk.set_times(thumbnail=-3600)
    disk.settle()
    before = disk.thumbnail.stat().st_mtime_ns
    assert disk.assess(acts=False) == (FRESH, True)
    assert disk.assess(acts=False) == (FRESH, False)
    assert disk.thumbnail.stat().st_mtime_ns == before


@pytest.mark.usefixtures("_no_cache")
def test_an_acting_check_uses_the_cache_of_a_read_only_check(disk, settings):
    """Then the next process, which may have another cache, need not read either."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["default"].clear()
    disk.set_times(thumbnail=-3600)
    disk.settle()
    assert disk.assess(acts=False) == (FRESH, True)
    assert disk.assess() == (FRESH, False)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert disk.assess() == (FRESH, False)


def test_a_source_that_just_changed_is_not_cached(disk, monkeypatch):
    """The next change could get the same time."""
    disk.set_times(thumbnail=-3600)
    written = disk.source.stat().st_ctime_ns
    monkeypatch.setattr(file_facts.time, "time_ns", lambda: written + SECOND // 1000)
    before = disk.thumbnail.stat().st_mtime_ns
    assert disk.assess() == (FRESH, True)
    assert disk.assess() == (FRESH, True)
    assert disk.thumbnail.stat().st_mtime_ns == before


def test_a_source_is_cached_once_its_second_is_over_on_a_storage_with_whole_seconds(monkeypatch):
    moment = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    storage = Telling({SOURCE: RED, thumbnail_of(RED): b""})
    storage.times = dict.fromkeys((SOURCE, thumbnail_of(RED)), moment)
    Reading.reads = 0
    for after, reads in ((0.9, 1), (1.9, 2), (3, 3), (4, 3)):
        now = int((moment.timestamp() + after) * SECOND)
        monkeypatch.setattr(file_facts.time, "time_ns", lambda now=now: now)
        assert storage.assess().verdict is FRESH
        assert Reading.reads == reads


def test_if_a_thumbnail_cannot_be_touched_the_cache_is_used(disk, monkeypatch):
    disk.set_times(thumbnail=-3600)
    disk.settle()

    def refuse(*_args, **_options):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert disk.assess() == (FRESH, True)
    assert disk.assess() == (FRESH, False)


def test_level_content_writes_no_cache_if_nothing_is_in_doubt(disk):
    disk.settle()
    assert disk.assess("content") == (FRESH, True)
    assert not caches["default"]._cache


# The level that was checked


@pytest.mark.parametrize("level", [*Level])
def test_a_verdict_has_the_level_that_was_checked(disk, level):
    found = disk.inspector(level.name.lower()).assess(Source(disk.storage, SOURCE), disk.thumbnail_name, "")
    assert (found.verdict, found.level) == (FRESH, level)


def test_a_verdict_by_name_has_level_name_at_every_level(disk):
    found = disk.inspector("content").assess(Source(disk.storage, "images/b.jpg"), disk.thumbnail_name, "")
    assert (found.verdict, found.level) == (CHANGED, Level.NAME)


def test_if_the_storage_does_not_respond_the_name_decides(disk, monkeypatch, caplog):
    monkeypatch.setattr(os, "stat", lambda path: (_ for _ in ()).throw(PermissionError(path)))
    inspector = disk.inspector()
    found = inspector.assess(Source(disk.storage, SOURCE), disk.thumbnail_name, "")
    monkeypatch.undo()
    assert (found.verdict, found.level) == (FRESH, Level.NAME)
    assert "judged by its name only" in caplog.text


# The fast path for tables of any size


@pytest.mark.parametrize("verify", ["name", "stat"])
def test_everything_surely_fresh_is_also_assessed_as_fresh(disk, verify):
    assert disk.inspector(verify).surely_fresh(SOURCE, disk.thumbnail_name)
    assert disk.assess(verify) == (FRESH, False)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda disk: disk.source.write_bytes(RED + b"more"),
        lambda disk: disk.set_times(thumbnail=-3600),
        lambda disk: disk.thumbnail.unlink(),
        lambda disk: disk.source.unlink(),
    ],
    ids=["size", "time", "thumbnail lost", "source lost"],
)
def test_a_doubtful_thumbnail_is_not_surely_fresh(disk, spoil):
    spoil(disk)
    assert not disk.inspector().surely_fresh(SOURCE, disk.thumbnail_name)


@pytest.mark.parametrize("name", ["", "thumbs/a_thumbnail.jpg", "thumbs/by-hand.jpg"])
def test_a_name_without_a_fingerprint_is_not_surely_fresh(disk, name):
    assert not disk.inspector().surely_fresh(SOURCE, name)


@pytest.mark.parametrize("source_name", ["/images/a.jpg", "images/../images/a.jpg"])
def test_a_name_that_could_leave_the_storage_takes_the_slow_path(disk, source_name):
    assert not disk.inspector().surely_fresh(source_name, thumbnail_of(RED, source_name))


def test_nothing_is_surely_fresh_at_level_content(disk):
    assert not disk.inspector("content").surely_fresh(SOURCE, disk.thumbnail_name)


# Cost


def our_calls(work):
    """Return how many of our functions are called."""
    home = str(Path(inspection.__file__).parent)
    called = []

    def profile(frame, event, _argument):
        if event == "call" and frame.f_code.co_filename.startswith(home):
            called.append(frame.f_code.co_qualname)

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called


@pytest.mark.parametrize(("verify", "most"), [("name", 5), ("stat", 12)])
def test_a_fresh_thumbnail_costs_few_calls(disk, verify, most):
    inspector = disk.inspector(verify)
    source = Source(disk.storage, SOURCE)
    assert len(our_calls(lambda: inspector.assess(source, disk.thumbnail_name, ""))) <= most
    assert len(our_calls(lambda: inspector.surely_fresh(SOURCE, disk.thumbnail_name))) <= most


def test_a_fresh_thumbnail_costs_two_system_calls_and_no_cache_call(disk, settings, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.CountingCache"}}
    inspector = disk.inspector()
    checked = []
    stat = os.stat
    with monkeypatch.context() as counted:
        counted.setattr(os, "stat", lambda path: checked.append(path) or stat(path))
        inspector.assess(Source(disk.storage, SOURCE), disk.thumbnail_name, "")
        inspector.surely_fresh(SOURCE, disk.thumbnail_name)
    assert checked == [str(disk.source), str(disk.thumbnail)] * 2
    assert not caches["default"].calls


# Failures


def test_engines_are_queried_only_if_there_is_a_recorded_failure(disk, monkeypatch):
    asked = []
    monkeypatch.setattr(inspection, "conditions_of_failure", lambda engines: asked.append(engines) or "now")
    inspector = disk.inspector("name")
    source = Source(disk.storage, SOURCE)
    assert inspector.assess(source, disk.thumbnail_name, "").verdict is FRESH
    assert inspector.assess(source, "", "").verdict is Verdict.MISSING
    assert inspector.assess(source, "thumbs/other.jpg", "").verdict is Verdict.UNKNOWN
    assert asked == []
    for conditions, verdict in (("now", Verdict.FAILED), ("then", Verdict.MISSING)):
        inspector._cache.set_record(SOURCE, failure_record(SPEC, source.facts(), conditions))
        assert inspector.assess(source, "", "").verdict is verdict
    assert asked == [("pillow",)] * 2


# Focal points


LEFT, RIGHT = "0.000,0.500", "1.000,0.500"


@pytest.fixture
def cropped(disk):
    """Return a disk whose thumbnail was cropped around a focal point."""
    facts = SourceFacts(SOURCE, len(RED), content_token(RED), point=LEFT)
    fingerprint = Fingerprint.of(spec_token(SPEC, ImageFormat.JPEG), facts)
    name = ThumbnailName("a", Size(60, 40), fingerprint, ImageFormat.JPEG, "x7k2m9q")
    disk.thumbnail_name = f"thumbs/{name}"
    disk.thumbnail = disk.thumbnail.with_name(str(name))
    disk.thumbnail.write_bytes(RED)
    disk.set_times(thumbnail=60)
    return disk


@pytest.mark.parametrize("verify", ["name", "stat", "content"])
@pytest.mark.parametrize("asked", [(LEFT, RIGHT, ""), (RIGHT, "", LEFT)], ids=["fresh first", "fresh last"])
def test_one_inspector_judges_each_row_by_its_own_point(cropped, verify, asked):
    """It keeps verdicts on names, and the point belongs to what it keeps."""
    inspector = cropped.inspector(verify)
    source = Source(cropped.storage, SOURCE)
    for point in asked:
        is_fresh = point == LEFT
        found = inspector.assess(source, cropped.thumbnail_name, "", point=point)
        assert found.verdict is (FRESH if is_fresh else Verdict.SPEC_CHANGED)
        explained, _reason = inspector.explain(source, cropped.thumbnail_name, "", point)
        assert explained.verdict is found.verdict
        if verify != "content":
            assert inspector.is_fresh(SOURCE, cropped.thumbnail_name, point) == is_fresh
            assert inspector.surely_fresh(SOURCE, cropped.thumbnail_name, point) == is_fresh


def test_files_are_not_asked_for_where_the_point_already_tells(cropped):
    asks = cropped.inspector().asks_for_files
    assert [asks(SOURCE, cropped.thumbnail_name, point) for point in (LEFT, RIGHT, "")] == [
        True,
        False,
        False,
    ]
