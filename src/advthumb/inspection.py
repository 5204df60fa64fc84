"""The verdict on a stored thumbnail, which is looked at, with its source, as closely as wanted. No ORM."""

import logging

from django.core.files.storage import Storage

from . import conf, storages
from .core.detection import Assessment, Level, ThumbnailFacts, Verdict, assess, content_in_doubt
from .core.errors import ThumbnailError
from .core.fingerprints import SourceFacts, content_token
from .core.names import ThumbnailName
from .core.spec import ThumbnailSpec
from .generation import Source
from .memory import Memory

logger = logging.getLogger("advthumb")

_TOLD_BY_FILES = frozenset({Verdict.FRESH, Verdict.UNKNOWN, Verdict.FAILED})
"""The verdicts by name that a look at the files can change."""


def level_for(verify: str, sources: Storage, thumbnails: Storage) -> Level:
    """Return the level of a `CHECK_ON_SAVE` or `--verify` value for these two storages."""
    return _level(verify, storages.Sight(sources), storages.Sight(thumbnails))


def _level(verify: str, sources: storages.Sight, thumbnails: storages.Sight) -> Level:
    if verify != conf.AUTO:
        return conf.LEVELS[verify]
    return Level.STAT if sources.is_local and thumbnails.is_local else Level.NAME


class Inspector:
    """Looks at thumbnails of one spec in one storage; what they share is worked out once.

    Args:
        spec: What is wanted.
        sources: Where sources are.
        thumbnails: Where thumbnails are.
        memory: What the cache remembers of them.
        verify: How closely to look: `auto`, `name`, `stat` or `content`.
        recorded: Whether rows have a column for what names cannot hold; else the cache has it.
    """

    def __init__(
        self,
        spec: ThumbnailSpec,
        sources: Storage,
        thumbnails: Storage,
        memory: Memory,
        verify: str,
        *,
        recorded: bool,
    ) -> None:
        self._recorded = recorded
        self._spec = spec
        self._memory = memory
        self._sources = storages.Sight(sources)
        self._thumbnails = self._sources if thumbnails is sources else storages.Sight(thumbnails)
        self._level = _level(verify, self._sources, self._thumbnails)

    def assess(self, source: Source | None, thumbnail_name: str, record: str) -> Assessment:
        """Return the verdict on the thumbnail of one row.

        A storage that cannot be asked is no reason to make anything anew: the name decides then.

        Args:
            source: The row's source, None if it has none.
            thumbnail_name: What the row's column has: a name, a superseded one, or nothing.
            record: What the row's own column holds, empty without one.
        """
        if not self._recorded and source is not None and not ThumbnailName.parse(thumbnail_name):
            record = self._memory.record(thumbnail_name or source.name)
        thumbnail = ThumbnailFacts(thumbnail_name, record)
        try:
            return self.inspect(source, thumbnail)
        except ThumbnailError as error:
            name = source.name if source else thumbnail_name
            logger.warning("The thumbnail of %r was judged by its name only: %s", name, error)
            return self.by_name(source, thumbnail)

    @property
    def level(self) -> Level:
        return self._level

    def surely_fresh(self, source_name: str, thumbnail_name: str) -> bool:
        return (
            ThumbnailName.parse(thumbnail_name) is not None
            and self.assess(Source(self._sources._storage, source_name), thumbnail_name, "").verdict
            is Verdict.FRESH
        )

    def by_name(self, source: Source | None, thumbnail: ThumbnailFacts) -> Assessment:
        """Return the verdict by what is known without any look."""
        return assess(self._spec, source.facts() if source else None, thumbnail)

    def inspect(self, source: Source | None, thumbnail: ThumbnailFacts) -> Assessment:
        """Look at a thumbnail and its source, cheapest first.

        Raises:
            ThumbnailError: `storage`, or `too-large` where the content had to be read.
        """
        found = self.by_name(source, thumbnail)
        if source is None or self._level < Level.STAT or found.verdict not in _TOLD_BY_FILES:
            return found
        if source.file is None:
            source.file = self._sources.look(source.name)
        file = source.file
        facts = SourceFacts(source.name, file.size, source.facts().content, file.modified, file.exists)
        if thumbnail.name:
            kept = self._thumbnails.look_at_time(thumbnail.name)
            thumbnail = ThumbnailFacts(thumbnail.name, thumbnail.record, kept.modified, kept.exists)
        found = assess(self._spec, facts, thumbnail)._replace(level=Level.STAT)
        if found.verdict is not Verdict.FRESH or self._is_verified(facts, thumbnail):
            return found
        found = assess(self._spec, facts._replace(content=content_token(source.read())), thumbnail)
        if found.verdict is Verdict.FRESH:
            self._memory.set_stamp(thumbnail.name, facts.stamp)
        return found

    def _is_verified(self, facts: SourceFacts, thumbnail: ThumbnailFacts) -> bool:
        """Return whether the source need not be read; the cache is asked only where it would be."""
        if self._level >= Level.CONTENT:
            return False
        return not content_in_doubt(facts, thumbnail) or self._memory.stamp(thumbnail.name) == facts.stamp
