"""Responsive sets: one column, one decode, several files, all of which share the fate of the main one."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from PIL import Image

from advthumb.core.formats import ImageFormat
from advthumb.core.names import files_of, members
from advthumb.fields import AdvanceThumbnailField
from advthumb.generation import Source
from advthumb.signals import thumbnail_deleted, thumbnail_generated
from advthumb.testing import assert_thumbnail
from tests.conftest import made_later, upload
from tests.testapp.models import Responsive
from tests.testapp.storages import DjangoSuffixingDisk, OverwritingStorage, RenamingStorage, SuffixingDisk

from .conftest import in_database, replace

Stored = Callable[..., list[str]]
JPEG, WEBP = ImageFormat.JPEG, ImageFormat.WEBP


class AbandonedError(Exception):
    """Rolls a transaction back."""


def made(name: str = "a.jpg", colour: str = "red", **options: Any) -> Responsive:
    return Responsive.objects.create(image=upload(name, colour, **options))


def all_files(row: Responsive) -> list[str]:
    return sorted(name for file in (row.hero, row.tile) for name in files_of(file.name))


@pytest.mark.django_db
def test_a_save_makes_all_files_of_each_set_with_one_decode(
    rendered: list[object], stored: Stored, media: Path
) -> None:
    row = made()
    assert len(rendered) == 1
    assert stored("hero/") + stored("tile/") == all_files(row)
    for file, expected in (
        (row.hero, [(40, 27), (40, 27), (20, 13), (80, 53), (20, 13), (80, 53)]),
        (row.tile, [(30, 30), (60, 60)]),
    ):
        found = []
        for member in members(file.name):
            with Image.open(media / member.name) as image:
                found.append(image.size)
                assert (image.width, image.format) == (member.width, member.format)
        assert found == expected


@pytest.mark.django_db
def test_a_small_source_gets_no_larger_file(stored: Stored) -> None:
    row = made(size=(60, 40))
    assert [(each.width, each.format) for each in members(row.hero.name)] == [
        (40, JPEG),
        (40, WEBP),
        (20, WEBP),
        (60, WEBP),
        (20, JPEG),
        (60, JPEG),
    ]
    assert {each.width for each in members(row.tile.name)} == {30, 40}


@pytest.mark.django_db(transaction=True)
def test_all_files_of_a_replaced_set_are_deleted_after_the_commit(
    stored: Stored, received: Callable[[Any], list[dict[str, Any]]]
) -> None:
    deleted, generated = received(thumbnail_deleted), received(thumbnail_generated)
    row = made()
    before = all_files(row)
    replace(row)
    assert stored("hero/") + stored("tile/") == all_files(row)
    assert sorted(each["name"] for each in deleted) == before
    sizes = {each["field"].name: each["bytes"] for each in generated}
    for file in (row.hero, row.tile):
        assert sizes[file.field.name] == sum(file.storage.size(name) for name in files_of(file.name))


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_row_leave_the_set_of_the_last_one(stored: Stored) -> None:
    row = made()
    one, other = in_database(row), in_database(row)
    replace(one)
    replace(other, "c.jpg", "lime")
    row.refresh_from_db()
    assert stored("hero/") + stored("tile/") == all_files(row)


@pytest.mark.django_db(transaction=True)
def test_all_files_of_a_deleted_row_are_deleted(stored: Stored) -> None:
    made().delete()
    assert stored("hero/") + stored("tile/") == []


@pytest.mark.django_db(transaction=True)
def test_all_files_of_a_save_that_is_rolled_back_are_deleted(stored: Stored) -> None:
    row = made()
    before = all_files(row)
    with pytest.raises(AbandonedError), transaction.atomic():
        replace(in_database(row))
        assert len(stored("hero/")) == 12
        raise AbandonedError
    assert stored("hero/") + stored("tile/") == before


@pytest.mark.django_db(transaction=True)
def test_a_set_is_deleted_with_its_field_file(stored: Stored) -> None:
    row = made()
    row.hero.delete(save=False)
    assert stored("hero/") == []
    assert len(stored("tile/")) == 2
    row.hero.delete()
    assert stored("hero/") == []


@pytest.mark.django_db(transaction=True)
def test_a_sibling_that_another_row_names_is_kept(stored: Stored) -> None:
    row = made()
    sibling = files_of(row.hero.name)[3]
    other = made("other.jpg")
    Responsive.objects.filter(pk=other.pk).update(image=sibling)
    row.delete()
    assert sibling in stored("hero/")
    assert len(stored("hero/")) == 6 + 1


@pytest.mark.django_db(transaction=True)
def test_a_whole_set_is_kept_if_another_row_names_its_main_file(stored: Stored) -> None:
    row, other = made(), made("other.jpg")
    Responsive.objects.filter(pk=other.pk).update(tile=row.hero.name)
    kept = files_of(row.hero.name)
    row.delete()
    assert set(kept) <= set(stored("hero/"))


@pytest.mark.django_db
@pytest.mark.parametrize("failing", range(6))
def test_a_set_of_which_one_file_cannot_be_stored_is_taken_back(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, failing: int, caplog: pytest.LogCaptureFixture
) -> None:
    storage = Responsive._meta.get_field("hero").storage
    save, calls = storage._save, []

    def failing_once(name: str, content: Any) -> str:
        calls.append(name)
        if name.startswith("hero/") and sum(call.startswith("hero/") for call in calls) == failing + 1:
            raise OSError("the disk is full")
        return save(name, content)

    monkeypatch.setattr(type(storage._wrapped), "_save", lambda _self, *args: failing_once(*args))
    row = made()
    assert not row.hero
    assert row.tile
    assert stored("hero/") == []
    assert "the disk is full" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("storage_class", [RenamingStorage, SuffixingDisk, DjangoSuffixingDisk])
def test_a_set_on_a_storage_that_renames_is_an_error_that_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, storage_class: Any
) -> None:
    storage = storage_class()
    monkeypatch.setattr(Responsive._meta.get_field("hero"), "storage", storage)
    row = made()
    assert not row.hero
    assert row.tile
    assert "needs a storage and an upload_to that keep the names" in caplog.text
    if isinstance(storage, SuffixingDisk | DjangoSuffixingDisk):
        assert storage.listdir("hero")[1] == []


@pytest.mark.django_db(transaction=True)
def test_a_set_lives_on_a_storage_that_overwrites(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = OverwritingStorage()
    monkeypatch.setattr(Responsive._meta.get_field("hero"), "storage", storage)
    row = made()
    replace(row)
    names = [f"hero/{name}" for name in storage.listdir("hero")[1]]
    assert sorted(names) == sorted(files_of(row.hero.name))


@pytest.mark.django_db
def test_a_set_whose_upload_to_renames_is_an_error_and_stores_nothing(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Responsive._meta.get_field("hero"), "upload_to", lambda _row, _name: "hero/x.jpg")
    row = made()
    assert not row.hero
    assert stored("hero/") == []
    assert "needs a storage and an upload_to that keep the names" in caplog.text


@pytest.mark.django_db
def test_changing_the_set_of_a_field_is_a_changed_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    field: AdvanceThumbnailField = Responsive._meta.get_field("hero")
    row = made()
    assert row.hero.status == "fresh"
    for name, value in (("widths", (20,)), ("formats", ()), ("formats", (ImageFormat.AVIF,))):
        with monkeypatch.context() as patch:
            patch.setattr(field, name, value)
            assert row.hero.status == "spec-changed"
    assert row.hero.status == "fresh"


@pytest.mark.django_db
@pytest.mark.parametrize(("verify", "verdict"), [("stat", "fresh"), ("content", "lost")])
def test_only_level_content_notices_a_lost_sibling(media: Path, verify: str, verdict: str) -> None:
    row = made()
    made_later(row.hero)
    (media / files_of(row.hero.name)[4]).unlink()
    inspector = row.hero.field.inspector("default", verify)
    source = Source(row.image.storage, row.image.name)
    assert inspector.assess(source, row.hero.name, "").verdict == verdict


@pytest.mark.django_db
def test_a_project_can_assert_that_a_set_is_whole(media: Path) -> None:
    row = made()
    assert_thumbnail(row.hero, size=(40, 27), format="JPEG")
    lost = files_of(row.hero.name)[4]
    (media / lost).unlink()
    with pytest.raises(AssertionError, match=f"a further file of its set cannot be read: .*{lost}"):
        assert_thumbnail(row.hero)


def test_a_set_without_a_width_cannot_have_densities() -> None:
    with pytest.raises(ImproperlyConfigured, match="where size has no width"):
        AdvanceThumbnailField(source_field="image", size=(None, 40), densities=(1, 2))
    with pytest.raises(ImproperlyConfigured, match="left out where widths are given"):
        AdvanceThumbnailField(source_field="image", widths=(100,), densities=(1, 2))


def test_the_format_of_the_main_file_is_not_given_twice() -> None:
    with pytest.raises(ImproperlyConfigured, match="without that of format"):
        AdvanceThumbnailField(source_field="image", format="JPEG", formats=("JPEG",))


def test_a_lossless_set_has_no_jpeg() -> None:
    with pytest.raises(ImproperlyConfigured, match="JPEG always loses something"):
        AdvanceThumbnailField(source_field="image", lossless=True, format="PNG", formats=("JPEG",))


def test_the_spec_of_a_field_has_its_widths_in_order_and_survives_a_pickle() -> None:
    field = AdvanceThumbnailField(source_field="image", size=(150, 150), densities=(3, 1, 1.5))
    assert field.spec.widths == (225, 450)
    assert pickle.loads(pickle.dumps(field.spec)) == field.spec
