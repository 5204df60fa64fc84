"""`ADVANCE_THUMBNAIL_OBSERVER` gets each phase; signals say how long a thumbnail took, and its bytes."""

from dataclasses import FrozenInstanceError
from threading import get_ident

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from advthumb import checks, observing
from advthumb.fields import AdvanceThumbnailField
from advthumb.signals import thumbnail_failed, thumbnail_generated
from tests.conftest import picture, upload
from tests.testapp.models import Gallery, Guarded, Photo, Remote
from tests.testapp.storages import RemoteStorage

pytestmark = pytest.mark.django_db(transaction=True)

PHOTO = "testapp.Photo.thumbnail"
HERE = __name__

seen = []
built = []


def note(observation):
    seen.append(observation)


def fail(observation):
    seen.append(observation)
    raise LookupError("of the observer")


class Counting:
    """An observer that is a class."""

    def __init__(self):
        built.append(self)

    def __call__(self, observation):
        seen.append(observation)


class Unable:
    def __init__(self):
        raise OSError("no collector")


not_callable = "a text"


@pytest.fixture(autouse=True)
def _observers_are_built_anew(monkeypatch):
    monkeypatch.setattr(observing, "_built", {})
    seen.clear()
    built.clear()


@pytest.fixture
def observed(settings):
    settings.ADVANCE_THUMBNAIL_OBSERVER = f"{HERE}.note"
    return seen


def told(observations):
    return [(each.phase, each.fields, each.verdicts) for each in observations]


def test_each_phase_is_told_with_what_is_known_about_it(observed):
    data = picture()
    photo = Photo.objects.create(image=ContentFile(data, name="a.jpg"))
    read, render, store = observed
    assert told(observed) == [(phase, (PHOTO,), ("missing",)) for phase in ("read", "render", "store")]
    assert (read.engine, read.format, read.bytes) == ("", "JPEG", len(data))
    assert (render.engine, render.format, render.bytes) == ("pillow", "JPEG", photo.thumbnail.size)
    assert (store.engine, store.format, store.bytes) == ("pillow", "JPEG", photo.thumbnail.size)
    assert all(each.seconds > 0 and each.error == "" for each in observed)
    texts = [(each.phase, *each.verdicts, each.engine, each.format, each.error) for each in observed]
    assert {type(text) for each in texts for text in each} == {str}
    with pytest.raises(FrozenInstanceError):
        read.seconds = 0


def test_thumbnails_of_one_source_are_read_and_rendered_together_and_stored_one_by_one(observed):
    Gallery.objects.create(image=upload())
    labels = tuple(f"testapp.Gallery.{name}" for name in ("small", "square", "webp"))
    assert [(each.phase, each.fields) for each in observed] == [
        ("read", labels),
        ("render", labels),
        *(("store", (label,)) for label in labels),
    ]
    assert [each.format for each in observed] == ["JPEG"] * 4 + ["WEBP"]


def test_a_save_that_changes_nothing_is_not_observed(observed):
    photo = Photo.objects.create(image=upload())
    observed.clear()
    photo.save()
    assert observed == []


def test_the_verdict_says_why_a_thumbnail_was_made(observed):
    photo = Photo.objects.create(image=upload())
    observed.clear()
    photo.image = upload("b.jpg")
    photo.save()
    assert {each.verdicts for each in observed} == {("source-changed",)}


def test_a_phase_that_fails_tells_the_code_of_its_error(observed):
    Photo.objects.create(image=ContentFile(picture()[:200], name="a.jpg"))
    read, render = observed
    assert (read.error, render.error) == ("", "corrupt")
    assert render.bytes == 0


def test_a_storage_that_fails_is_told(observed, monkeypatch):
    remote = Remote.objects.create(image=upload())
    observed.clear()
    monkeypatch.setattr(RemoteStorage, "broken", frozenset({"save"}))
    Remote.objects.filter(pk=remote.pk).update(thumbnail="")
    Remote.objects.get().save()
    assert (observed[-1].phase, observed[-1].error, observed[-1].bytes) == ("store", "storage", 0)


def test_a_thumbnail_that_the_validation_rendered_is_told_with_its_engine(observed):
    guarded = Guarded(image=upload())
    guarded.full_clean()
    guarded.save()
    render = next(each for each in observed if each.phase == "render")
    assert (render.engine, render.format) == ("pillow", "JPEG")


def test_commands_observe_their_threads(observed, settings, monkeypatch):
    threads = []
    monkeypatch.setattr(observing.Watch, "_tell", lambda *_: threads.append(get_ident()))
    Photo.objects.create(image=upload())
    assert set(threads) == {get_ident()}
    threads.clear()
    call_command("generate_thumbnails", "--model", "testapp.Photo", "--force", verbosity=0)
    assert len(threads) == 3
    assert get_ident() not in threads


def test_an_observer_that_raises_is_logged_and_breaks_no_save(settings, caplog):
    settings.ADVANCE_THUMBNAIL_OBSERVER = f"{HERE}.fail"
    photo = Photo.objects.create(image=upload())
    assert Photo.objects.get().thumbnail.name == photo.thumbnail.name != ""
    assert len(seen) == 3
    assert caplog.text.count("LookupError: of the observer") == 3


def test_a_class_is_called_once_for_each_process(settings):
    settings.ADVANCE_THUMBNAIL_OBSERVER = f"{HERE}.Counting"
    assert checks.check_observer(None) == []
    for number in range(3):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    assert (len(built), len(seen)) == (1, 9)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("no.such.observer", "No module named 'no'"),
        (f"{HERE}.missing", "does not define"),
        (f"{HERE}.Unable", "no collector"),
        (f"{HERE}.not_callable", "cannot be called"),
        ("", "dotted path"),
        (7, "dotted path"),
    ],
)
def test_an_observer_that_cannot_be_loaded_is_reported_and_breaks_no_save(path, why, settings, caplog):
    settings.ADVANCE_THUMBNAIL_OBSERVER = path
    for number in range(2):
        assert Photo.objects.create(image=upload(f"{number}.jpg")).thumbnail
    assert caplog.text.count("The work on thumbnails is not observed") == (1 if path and path != 7 else 0)
    [message] = checks.check_observer(None)
    assert message.id == "advthumb.E012"
    assert why in message.msg


def test_without_an_observer_nothing_is_told_and_no_format_is_looked_for(monkeypatch):
    monkeypatch.setattr(observing.Watch, "_tell", lambda *_: pytest.fail("told"))
    monkeypatch.setattr(observing, "sniff", lambda *_: pytest.fail("looked"))
    assert Photo.objects.create(image=upload()).thumbnail
    assert checks.check_observer(None) == []


@pytest.fixture
def heard():
    """Return what the signals carry."""
    found = []

    def receive(**details):
        found.append(details)

    for signal in (thumbnail_generated, thumbnail_failed):
        signal.connect(receive)
    yield found
    for signal in (thumbnail_generated, thumbnail_failed):
        signal.disconnect(receive)


def test_signals_say_how_long_a_thumbnail_took_and_how_large_its_file_is(heard, observed):
    photo = Photo.objects.create(image=upload())
    [details] = heard
    assert details["bytes"] == photo.thumbnail.size
    assert details["seconds"] == pytest.approx(sum(each.seconds for each in observed))


def test_thumbnails_that_are_made_together_share_the_time_of_reading_and_rendering(heard, observed):
    Gallery.objects.create(image=upload())
    shared = sum(each.seconds for each in observed[:2])
    stored = {each.fields[0]: each.seconds for each in observed[2:]}
    for details in heard:
        assert details["seconds"] == pytest.approx(shared + stored[str(details["field"])])


def test_the_signal_of_a_failure_says_how_long_it_took(heard, observed):
    Photo.objects.create(image=ContentFile(picture()[:200], name="a.jpg"))
    [details] = heard
    assert details["seconds"] == pytest.approx(sum(each.seconds for each in observed)) != 0
    assert "bytes" not in details


def test_commands_send_the_same(heard):
    Photo.objects.create(image=upload())
    heard.clear()
    call_command("regenerate_thumbnails", "--model", "testapp.Photo", "--force", verbosity=0)
    [details] = heard
    assert isinstance(details["field"], AdvanceThumbnailField)
    assert details["bytes"] == Photo.objects.get().thumbnail.size
    assert details["seconds"] > 0
