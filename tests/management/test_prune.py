"""`prune_thumbnails` finds what no row names, and nothing else."""

import json
import os
import time
import tracemalloc
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from advthumb.core.names import ThumbnailName
from advthumb.management import litter as litter_module
from advthumb.management.litter import HeldNames, places
from tests.conftest import picture, upload
from tests.testapp.models import Article, Gallery, Photo, Remote, Titled

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def prune(*arguments, **options):
    out = StringIO()
    call_command("prune_thumbnails", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture
def litter(media):
    """Leave a thumbnail behind as a killed process does, written an hour and more ago."""
    photo = Photo.objects.create(image=upload())
    names = []
    for suffix in ("_AbC1234", "_zzzzzzz"):
        name = photo.thumbnail.name.replace(".jpg", f"{suffix}.jpg")
        (media / name).write_bytes(picture())
        names.append(name)
    make_old(media)
    return names


def make_old(media):
    for path in media.rglob("*.*"):
        os.utime(path, (time.time() - 4000,) * 2)


def test_lists_by_default_and_deletes_when_told(litter, stored):
    before = stored()
    *names, summary = prune()
    assert sorted(names) == sorted(litter)
    assert summary == "2 files that no row names; --delete removes them."
    assert prune("--dry-run")[-1].startswith("2 files")
    assert stored() == before
    assert prune("--delete")[-1] == "2 files deleted."
    assert stored() == sorted(set(before) - set(litter))
    assert prune() == ["0 files that no row names; --delete removes them."]


def test_json(litter):
    (line,) = prune("--json")
    report = json.loads(line)
    assert sorted(report["files"]) == sorted(litter)
    assert (report["count"], report["deleted"]) == (2, False)


def test_other_files_are_never_touched(litter, media, stored):
    others = [
        "thumbnails/by-hand.jpg",
        "thumbnails/a_thumbnail.jpg",
        "thumbnails/deep/x_thumbnail_1x1_short.jpg",
    ]
    for name in others:
        (media / name).parent.mkdir(exist_ok=True)
        (media / name).write_bytes(picture())
    make_old(media)
    prune("--delete")
    assert set(others) <= set(stored())


def test_young_files_are_left_alone(litter, media):
    os.utime(media / litter[0])
    assert prune()[:-1] == [litter[1]]
    assert sorted(prune("--older-than", "0s", "--model", "testapp.Photo")[:-1]) == sorted(litter)
    assert prune("--older-than", "2h")[:-1] == []


def test_files_that_a_row_of_another_model_names_stay(media):
    photo = Photo.objects.create(image=upload())
    Article.objects.bulk_create([Article(image=photo.image.name, thumbnail=photo.thumbnail.name)])
    Photo.objects.all()._raw_delete("default")
    make_old(media)
    assert prune()[:-1] == []
    Article.objects.all()._raw_delete("default")
    assert prune()[:-1] == [photo.thumbnail.name]


def test_files_that_a_row_of_another_database_names_stay(media):
    photo = Photo(image=upload())
    photo.save(using="other")
    make_old(media)
    assert prune()[:-1] == []


def test_only_the_folders_of_chosen_fields_are_gone_through(litter, media):
    assert prune("--model", "testapp.Gallery")[:-1] == []
    assert sorted(prune("--model", "testapp.photo", "--field", "thumbnail")[:-1]) == sorted(litter)
    with pytest.raises(CommandError, match="no such model"):
        prune("--model", "nothing")


def test_a_function_as_upload_to_is_looked_for_everywhere(media):
    row = Titled.objects.create(title="north", image=upload())
    Titled.objects.all()._raw_delete("default")
    make_old(media)
    assert prune("--model", "testapp.Titled")[:-1] == [row.thumbnail.name]


def test_object_storage(monkeypatch):
    row = Remote.objects.create(image=upload())
    storage = Remote._meta.get_field("thumbnail").storage
    kept = Remote.objects.create(image=upload("b.jpg"))
    Remote.objects.filter(pk=row.pk)._raw_delete("default")
    assert row.thumbnail.name in prune("--model", "testapp.Remote", "--older-than", "0s")
    prune("--model", "testapp.Remote", "--older-than", "0s", "--delete")
    assert not storage.exists(row.thumbnail.name)
    assert storage.exists(kept.thumbnail.name)
    monkeypatch.setattr(storage, "broken", frozenset({"listdir"}))
    with pytest.raises(CommandError, match="the network is down during listdir"):
        prune("--model", "testapp.Remote")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--older-than", "soon"), "90m or 2d"), (("--delete", "--dry-run"), "choose one")],
)
def test_options_that_make_no_sense(arguments, message):
    with pytest.raises(CommandError, match=message):
        prune(*arguments)


def test_folders_within_others_are_gone_through_once():
    fields = [Gallery._meta.get_field(name) for name in ("small", "square", "webp")]
    assert [place.folder for place in places([*fields, *fields])] == ["small", "square", "webp"]
    everywhere = Titled._meta.get_field("thumbnail")
    assert [place.folder for place in places([*fields, everywhere])] == [""]
    assert [place.folder for place in places([everywhere, *fields])] == [""]


def test_held_names_never_forget_and_seldom_err():
    held = HeldNames(5000)
    for number in range(5000):
        held.add(f"thumbnails/{number}.jpg")
    assert all(f"thumbnails/{number}.jpg" in held for number in range(5000))
    assert not any(f"others/{number}.jpg" in held for number in range(20_000))


def test_what_one_run_takes_for_held_the_next_one_does_not(monkeypatch):
    monkeypatch.setattr(litter_module, "_BITS_PER_NAME", 0)
    mistaken = []
    for _ in range(2):
        held = HeldNames(5000)
        for number in range(5000):
            held.add(f"thumbnails/{number}.jpg")
        mistaken.append({number for number in range(20_000) if f"others/{number}.jpg" in held})
    assert mistaken[0]
    assert mistaken[0] != mistaken[1]


def test_the_pattern_of_litter_is_the_pattern_of_names(litter):
    assert all(ThumbnailName.parse(name) for name in litter)


def test_memory_stays_flat(monkeypatch):
    """Of many files no more than a batch is held."""
    Photo.objects.create(image=upload())
    stem = "thumbnails/x_thumbnail_60x40_ecs4k66ef5acb43r8c1a1r"
    names = (f"{stem}_{number:07}.jpg" for number in range(10_000))
    monkeypatch.setattr(litter_module.storages, "walk", lambda *_: names)
    monkeypatch.setattr(litter_module, "still_named", lambda *_: set())
    (place,) = places([Photo._meta.get_field("thumbnail")])
    tracemalloc.start()
    try:
        found = sum(1 for _ in litter_module.unnamed(place, timedelta()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == 10_000
    assert peak < 1_000_000
