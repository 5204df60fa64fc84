"""Limits and defaults that the documentation states as numbers are those of the code."""

import re
from datetime import timedelta

import pytest

from advthumb import conf, large_decodes, prepared
from advthumb.contrib.admin import ThumbnailAdminMixin
from advthumb.core import byte_limit, containers, drawings
from advthumb.core.containers import icc
from advthumb.core.containers.exotic import xbm, xpm
from advthumb.core.containers.videos import mp4
from advthumb.engines.isolation import engine as isolation
from advthumb.engines.isolation import serving
from advthumb.engines.previews import raw, video
from advthumb.fields import after_commit, enqueuing, upload_memory
from advthumb.management import bulk

from .blocks import ROOT

MIB = 2**20

STATED = [
    ("SECURITY.md", "`ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES` ({} MiB)", conf.max_source_bytes() / MIB),
    ("SECURITY.md", "`ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY` ({} MiB)", conf.max_source_memory() / MIB),
    ("SECURITY.md", "unpack profiles to at most {} MiB", icc.MAX_PROFILE / MIB),
    ("SECURITY.md", "{:,} pixels per side", containers.MAX_SIDE),
    ("SECURITY.md", "at most two sources of more than {} million", large_decodes.LARGE / 10**6),
    ("docs/howto.md", "`ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES` ({} MiB)", conf.max_source_bytes() / MIB),
    ("docs/howto.md", "never below {}.", byte_limit.LOWEST_QUALITY),
    ("docs/howto.md", "it stops after {} seconds", ThumbnailAdminMixin.thumbnail_action_seconds),
    ("docs/engines.md", "keeps up to {} MB of the memory", serving._KEPT / MIB),
    ("docs/engines.md", "| `timeout` | `{}` |", isolation.TIMEOUT),
    ("docs/engines.md", "| `memory` | `{} * 2**30` |", isolation.MEMORY / 2**30),
    ("docs/engines.md", "| `max_pictures` | `{}` |", isolation.MAX_PICTURES),
    ("docs/commands.md", "takes longer than {} seconds", isolation.TIMEOUT),
    ("docs/reference.md", "at most {} MiB in a process", upload_memory.MAX_WAITING / MIB),
    ("docs/reference.md", "at most {} MiB in a process", prepared.MAX_PREPARED / MIB),
    ("docs/background.md", "again after {} seconds", enqueuing._FIRST_DELAY / timedelta(seconds=1)),
    ("docs/object-storage.md", "files of up to {} rows together", after_commit._BATCH),
    ("docs/previews.md", "Its longer side counts as {:,} px", drawings.LONGEST_SIDE),
    ("docs/previews.md", "at least {:,} px. A smaller preview", raw._LARGE),
    ("docs/previews.md", "up to {} megapixels", video.MAX_PIXELS // 10**6),
    ("docs/previews.md", "up to {:,} packets", video._MOST_PACKETS),
    ("docs/previews.md", "More than {} million samples", mp4.MAX_SAMPLES / 10**6),
    ("docs/previews.md", "{:,} fragments", mp4.MAX_FRAGMENTS),
    ("docs/previews.md", "{:,} boxes", mp4._MOST_BOXES),
    ("docs/previews.md", "{} video tracks", mp4._MOST_TRACKS),
    ("docs/how-it-works.md", "an XPM {} million pixels", xpm.MAX_PIXELS // 10**6),
    ("docs/how-it-works.md", "an XBM {} MiB of digits", xbm.MAX_WORDS / MIB),
]


@pytest.mark.parametrize(("page", "words", "value"), STATED, ids=str)
def test_a_limit_in_the_docs_is_that_of_the_code(page: str, words: str, value: float) -> None:
    assert value == int(value)
    text = re.sub(r"\s+", " ", (ROOT / page).read_text("utf-8"))
    assert words.format(int(value)) in text


def test_the_command_writes_as_many_rows_at_once_as_the_docs_say() -> None:
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "commands.md").read_text("utf-8"))
    assert "as soon as fifty are made or a quarter of a second has passed" in text
    assert (bulk._AT_ONCE, bulk._SECONDS) == (50, 0.25)
