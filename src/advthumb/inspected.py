"""What an `Inspector` is given: what is wanted of thumbnails, and what is known about their files."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.core.files.storage import Storage

from . import conf
from .core.spec import ThumbnailSpec
from .file_facts import FileFacts


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is wanted of the thumbnails of a column, and where they and their sources are.

    Attributes:
        spec: What is wanted.
        sources: Where sources are.
        thumbnails: Where thumbnails are.
        engines: What renders them: engine references in the order in which they are asked.
        recorded: Whether rows have a column for what names cannot hold. If not, the cache holds it.
    """

    spec: ThumbnailSpec
    sources: Storage
    thumbnails: Storage
    engines: tuple[conf.EngineReference, ...]
    recorded: bool


class ListedThumbnail(NamedTuple):
    """What a listing reported about a thumbnail.

    Attributes:
        file: The main file.
        unseen: The siblings that were not in the listing; each is asked for by itself.
    """

    file: FileFacts
    unseen: Collection[str]
