"""Check a stored thumbnail and its source, as closely as wanted, and give the verdict. No ORM."""

import logging
import os
import time
from functools import lru_cache, partial

from django.core.files.storage import Storage

from . import conf
from .cache import FingerprintCache
from .conditions import conditions_of_failure
from .core.detection import (
    FRESH_BY_NAME,
    FRESH_BY_STAT,
    LONGEST_WAIT,
    Assessment,
    Level,
    ThumbnailFacts,
    Verdict,
    assess,
    content_in_doubt,
    is_settled,
    settles_in,
    size_token_if_fresh,
    time_behind,
)
from .core.errors import ThumbnailError
from .core.fingerprints import SourceFacts, content_token, notes_failure, size_token, spec_tokens
from .core.names import ThumbnailName, siblings_of
from .file_facts import FileChecker, FileFacts
from .generation import Source
from .inspected import Inspected, ListedThumbnail

logger = logging.getLogger("advthumb")

_TOLD_BY_FILES = frozenset({Verdict.FRESH, Verdict.UNKNOWN, Verdict.FAILED})
"""The verdicts by name that a check of the files can change."""


def level_for(verify: str, sources: Storage, thumbnails: Storage) -> Level:
    """Return the level that a `CHECK_ON_SAVE` or `--verify` value means for these two storages."""
    return _level(verify, FileChecker(sources), FileChecker(thumbnails))


def _level(verify: str, sources: FileChecker, thumbnails: FileChecker) -> Level:
    if verify != conf.AUTO:
        return conf.LEVELS[verify]
    return Level.STAT if sources.is_local and thumbnails.is_local else Level.NAME


class Inspector:
    """Gives the verdicts on the thumbnails of a column; what they have in common is computed once.

    It is valid for one version of the settings: make a new one after they change.

    Args:
        inspected: What is wanted, and where.
        cache: The cache entries of the column.
        verify: How much is checked: `auto`, `name`, `stat` or `content`.
        acts: Whether a local thumbnail may get a later modification time after its source was read and found
            unchanged, so that the next check need not read it again. False for dry runs.
    """

    def __init__(
        self, inspected: Inspected, cache: FingerprintCache, verify: str, *, acts: bool = True
    ) -> None:
        self._inspected = inspected
        self._spec = inspected.spec
        self._cache = cache
        self._sources = FileChecker(inspected.sources)
        self._thumbnails = (
            self._sources if inspected.thumbnails is inspected.sources else FileChecker(inspected.thumbnails)
        )
        self._stats = self._sources.stats and self._thumbnails.stats
        self._acts = acts and self._stats
        self.level = _level(verify, self._sources, self._thumbnails)
        """How much is checked."""
        self.waits = self.level is not Level.NAME and not (
            self._sources.is_local and self._thumbnails.is_local
        )
        """Whether checks may wait for a network."""
        self._by_name = self.level is Level.NAME  # comparing members of an Enum takes longer than a `stat`
        self._by_stat = self.level is Level.STAT and self._stats
        self._size_token_if_fresh = partial(size_token_if_fresh, spec_tokens(inspected.spec))
        self._size_token_kept = lru_cache(maxsize=512)(self._size_token_if_fresh)

    def assess(
        self,
        source: Source | None,
        thumbnail_name: str,
        record: str,
        listed: ListedThumbnail | None = None,
        point: str = "",
    ) -> Assessment:
        """Return the verdict on the thumbnail of one row.

        If a storage cannot be asked, the name decides: that is no reason to make a thumbnail again.

        Args:
            source: The row's source, None if it has none.
            thumbnail_name: The name in the row's column, empty for none.
            record: The value of the row's `fingerprint_field`, empty without one.
            listed: What a listing reported about the thumbnail a moment ago; None to ask the storage.
            point: The text of the row's focal point, empty for none.
        """
        if source is not None and self.is_fresh(source.name, thumbnail_name, point):
            return FRESH_BY_NAME if self._by_name else FRESH_BY_STAT
        return self._assess_step_by_step(source, thumbnail_name, record, listed, point)

    def asks_for_files(self, source_name: str, thumbnail_name: str, point: str = "") -> bool:
        """Return whether `assess` will ask the storages for both files of a row; True if in doubt."""
        if self._by_name or not (source_name and thumbnail_name):
            return False
        if self._size_token_if_fresh(source_name, thumbnail_name, point) is not None:
            return True
        return ThumbnailName.tokens_in(thumbnail_name) is None  # then the record decides

    def is_fresh(self, source_name: str, thumbnail_name: str, point: str = "") -> bool:
        """Return whether a thumbnail is certainly fresh, with the least work. If False, call `assess`.

        It is made for saves: names from recent calls are not parsed again. At level `stat` on local files it
        makes two system calls.
        """
        wanted = self._size_token_kept(source_name, thumbnail_name, point)
        return self._is_fresh(source_name, thumbnail_name, wanted)

    def surely_fresh(self, source_name: str, thumbnail_name: str, point: str = "") -> bool:
        """Return the same as `is_fresh`, for tables of any size: it keeps none of their names."""
        wanted = self._size_token_if_fresh(source_name, thumbnail_name, point)
        return self._is_fresh(source_name, thumbnail_name, wanted)

    def _is_fresh(self, source_name: str, thumbnail_name: str, wanted: str | None) -> bool:
        """Return the same; `wanted` is the size token in the name, None if the name is not fresh."""
        if wanted is None or self._by_name:
            return wanted is not None
        if not self._by_stat:
            return False
        try:
            source = os.stat(self._sources.path(source_name))  # noqa: PTH116 - twice as fast as a Path
            thumbnail = os.stat(self._thumbnails.path(thumbnail_name))  # noqa: PTH116
        except Exception:  # noqa: BLE001 - `assess` finds out why
            return False
        written = max(source.st_mtime_ns, source.st_ctime_ns)
        in_doubt = content_in_doubt(written, thumbnail.st_mtime_ns)
        return not in_doubt and size_token(source.st_size) == wanted

    def _assess_step_by_step(
        self,
        source: Source | None,
        thumbnail_name: str,
        record: str,
        listed: ListedThumbnail | None,
        point: str,
    ) -> Assessment:
        if (
            not self._inspected.recorded
            and source is not None
            and not ThumbnailName.tokens_in(thumbnail_name)
        ):
            record = self._cache.record(thumbnail_name or source.name)
        thumbnail = ThumbnailFacts(thumbnail_name, record)
        try:
            return self.inspect(source, thumbnail, listed, point)
        except ThumbnailError as error:
            name = source.name if source else thumbnail_name
            logger.warning("The thumbnail of %r was judged by its name only: %s", name, error)
            return self.by_name(source, thumbnail, point)

    def explain(
        self, source: Source | None, thumbnail_name: str, record: str, point: str = ""
    ) -> tuple[Assessment, str]:
        """Return the verdict without any check of files, and why the source failed last, empty if unknown.

        It makes at most one call to the cache, and none if the name is enough. It makes no storage call.

        Args:
            source: The row's source, None if it has none.
            thumbnail_name: The name in the row's column, empty for none.
            record: The value of the row's `fingerprint_field`, empty without one.
            point: The text of the row's focal point, empty for none.
        """
        noted = reason = ""
        if source is not None and not thumbnail_name:
            noted, reason = self._cache.failure(source.name)
        elif source is not None and not self._inspected.recorded and not ThumbnailName.parse(thumbnail_name):
            noted = self._cache.record(thumbnail_name)
        record = record if self._inspected.recorded else noted
        return self.by_name(source, ThumbnailFacts(thumbnail_name, record), point), reason

    def by_name(self, source: Source | None, thumbnail: ThumbnailFacts, point: str = "") -> Assessment:
        """Return the verdict from what is known without any check of files."""
        return self._judge(source.facts()._replace(point=point) if source else None, thumbnail)

    def _judge(self, source: SourceFacts | None, thumbnail: ThumbnailFacts) -> Assessment:
        conditions = ""
        if not thumbnail.name and notes_failure(thumbnail.record):
            conditions = conditions_of_failure(self._inspected.engines)
        return assess(self._spec, source, thumbnail, conditions)

    def inspect(
        self,
        source: Source | None,
        thumbnail: ThumbnailFacts,
        listed: ListedThumbnail | None = None,
        point: str = "",
    ) -> Assessment:
        """Check a thumbnail and its source, with the cheapest checks first.

        Args:
            source: The row's source, None if it has none.
            thumbnail: The row's thumbnail.
            listed: What a listing reported about the thumbnail a moment ago; None to ask the storage.
            point: The text of the row's focal point, empty for none.

        Raises:
            ThumbnailError: `storage`, or `too-large` if the content had to be read.
        """
        found = self.by_name(source, thumbnail, point)
        if source is None or self.level < Level.STAT or found.verdict not in _TOLD_BY_FILES:
            return found
        file = source.file = source.file or self._sources.check(source.name)
        facts = SourceFacts(source.name, file.size, source.facts().content, file.exists, point)
        kept = None
        if thumbnail.name:
            kept = listed.file if listed else self._thumbnails.check_time(thumbnail.name)
            thumbnail = thumbnail._replace(exists=kept.exists and self._is_whole(thumbnail.name, listed))
        found = self._judge(facts, thumbnail)
        in_doubt = content_in_doubt(file.written, kept.modified if kept else None)
        if found.verdict is not Verdict.FRESH or not (in_doubt or self.level >= Level.CONTENT):
            return found
        if self.level < Level.CONTENT and self._cache.stamp(thumbnail.name) == file.stamp:
            self._remember_in_file(file, thumbnail.name)
            return found
        file = self._once_settled(source, file) if in_doubt else file
        found = self._judge(facts._replace(content=content_token(source.read())), thumbnail)
        if in_doubt and found.verdict is Verdict.FRESH and is_settled(file.changed or 0, file.checked_at):
            self._cache.set_stamp(thumbnail.name, file.stamp)
            self._remember_in_file(file, thumbnail.name)
        return found

    def _is_whole(self, name: str, listed: ListedThumbnail | None) -> bool:
        """Return whether the siblings of a thumbnail exist, as far as a listing or this level tells."""
        asked = listed.unseen if listed else siblings_of(name) if self.level >= Level.CONTENT else ()
        return all(self._thumbnails.check_time(each).exists for each in asked)

    def _once_settled(self, source: Source, file: FileFacts) -> FileFacts:
        """Return the facts of a source once it was not written within the last step of the clock.

        The result of an earlier read cannot be remembered, so the next check would read the source again. If
        the source was written a moment ago, this waits, for at most 20 milliseconds.
        """
        wait = settles_in(file.changed or 0, time.time_ns())
        if 0 < wait <= LONGEST_WAIT:
            time.sleep(wait / 1e9)
            file = source.file = self._sources.check(source.name)
        return file

    def _remember_in_file(self, file: FileFacts, thumbnail_name: str) -> None:
        """Set a thumbnail's time to just after its source's, which was read and has not changed since.

        The system gives any later change of the source a later time. So the new time is never wrong, and no
        cache is needed.
        """
        written = file.written
        if self._acts and written is not None and is_settled(written, file.checked_at):
            self._thumbnails.set_modified(thumbnail_name, time_behind(written))
