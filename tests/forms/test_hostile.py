"""Hostile uploads: validation refuses them within the budgets, with the codes of the engines."""

import time
import tracemalloc

import pytest

from advthumb.core.formats import ImageFormat
from advthumb.core.media_types import MEDIA_TYPES
from advthumb.core.sniffing import sniff
from advthumb.engines import registry
from advthumb.engines.isolation import IsolatedEngine
from advthumb.validators import SourceImageValidator
from tests import pictures
from tests.conftest import picture
from tests.testapp.engines.crashing import MARK
from tests.testapp.models import Guarded

from .uploading import refusal, sent

HARMLESS = {"png text", "png profile"}
"""No decoder reads the text, and a profile is recognised by its first bytes."""
CODES = {"too-many-pixels", "too-large", "corrupt"}
SECONDS = 2
MEGABYTES = 40


def named(data: bytes) -> str:
    """Return a name that suits the content, so that the upload is not refused because of its name."""
    return f"a{MEDIA_TYPES[sniff(data) or ImageFormat.JPEG].extensions[0]}"


@pytest.mark.parametrize("alias", ["pillow", "vips"])
@pytest.mark.parametrize("name", pictures.BOMBS)
def test_a_decompression_bomb_is_refused_within_the_budgets(name, alias, settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = alias
    data = pictures.BOMBS[name]()
    codes = CODES if sniff(data) in registry.engine(alias).reads else {"unsupported"}
    SourceImageValidator()(sent())  # imports, and objects that are created once
    upload = sent(named(data), data)
    tracemalloc.start()
    started = time.process_time()
    try:
        if name in HARMLESS:
            SourceImageValidator()(upload)
        else:
            assert refusal(SourceImageValidator(), upload).code in codes
        assert time.process_time() - started < SECONDS
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", pictures.UNSUPPORTED)
def test_a_file_that_only_looks_like_a_picture_reaches_no_decoder(name, rendered):
    data = pictures.UNSUPPORTED[name]
    assert refusal(SourceImageValidator(), sent(named(data), data)).code == "unsupported"
    assert not rendered


@pytest.mark.parametrize("image_format", pictures.RASTER_FORMATS)
def test_a_header_alone_is_refused(image_format):
    data = pictures.header_only(image_format)
    assert refusal(SourceImageValidator(), sent(named(data), data)).code in {*CODES, "unsupported"}


def test_an_upload_that_crashes_an_engine_process_is_refused_and_the_next_one_works(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = {
        "BACKEND": "advthumb.engines.isolation.IsolatedEngine",
        "OPTIONS": {"engine": "tests.testapp.engines.crashing.CrashingEngine", "workers": 1},
    }
    assert refusal(SourceImageValidator(), sent(data=picture() + MARK)).code == "corrupt"
    SourceImageValidator()(sent())


def test_an_upload_that_times_out_passes_after_one_attempt(settings, db, caplog, monkeypatch):
    settings.ADVANCE_THUMBNAIL_ENGINE = {
        "BACKEND": "advthumb.engines.isolation.IsolatedEngine",
        "OPTIONS": {"engine": "tests.testapp.engines.sleeping.SleepingEngine", "workers": 1, "timeout": 1},
    }
    overruns = []
    overrun = IsolatedEngine._overrun
    monkeypatch.setattr(IsolatedEngine, "_overrun", lambda engine: overruns.append(engine) or overrun(engine))
    row = Guarded(image=sent())
    row.full_clean()
    assert caplog.text.count("is accepted") == 1
    row.save()
    assert len(overruns) == 1
    assert Guarded.objects.get().image
    assert not row.small
