"""Commands and responsive sets: rows name main files, storages list all, commands count thumbnails."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from advthumb.core.names import files_of
from advthumb.fields import rollback
from tests.conftest import upload
from tests.testapp.models import Photo, Responsive

from .commands import run
from .test_prune import make_old, prune

pytestmark = pytest.mark.django_db(databases=["default", "other"])


@pytest.fixture
def row(media: Path) -> Responsive:
    """Return a row with two sets that were made more than an hour ago."""
    found = Responsive.objects.create(image=upload())
    make_old(media)
    return found


def all_files(row: Responsive) -> list[str]:
    return sorted(name for file in (row.hero, row.tile) for name in files_of(file.name))


class TestPruning:
    """A file of a set is in use if and only if a row names its main file."""

    def test_a_set_that_a_row_names_is_in_use(self, row: Responsive) -> None:
        assert prune() == []

    def test_a_set_that_no_row_names_is_found_whole(self, row: Responsive, stored) -> None:
        Responsive.objects.update(hero="")
        assert prune() == sorted(files_of(row.hero.name))
        assert prune("--delete") == sorted(files_of(row.hero.name))
        assert stored("hero/") == []
        assert len(stored("tile/")) == 2

    def test_a_file_of_a_set_that_another_row_names_is_in_use(self, row: Responsive) -> None:
        sibling = files_of(row.hero.name)[2]
        Photo.objects.create()
        Photo.objects.update(thumbnail=sibling)
        Responsive.objects.update(hero="")
        assert prune() == sorted({*files_of(row.hero.name)} - {sibling})

    def test_files_whose_main_file_never_came_are_found_once_they_are_old(
        self, row: Responsive, media: Path
    ) -> None:
        """A process was killed before it stored the main file and wrote the row."""
        main, *siblings = files_of(row.hero.name)
        (media / main).unlink()
        Responsive.objects.update(hero="")
        assert prune() == sorted(siblings)
        for name in siblings[:2]:
            os.utime(media / name)
        assert prune() == sorted(siblings[2:])

    def test_files_are_in_use_while_the_row_of_their_main_file_is_not_committed(
        self, row: Responsive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Responsive.objects.update(hero="")
        monkeypatch.setattr(rollback, "_uncommitted", {row.hero.name: -1})
        assert prune() == []

    def test_superseded_files_are_kept_as_long_as_their_main_file(self, row: Responsive, settings) -> None:
        settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(hours=1)
        Responsive.objects.update(hero="", tile="")
        assert prune("--model", "testapp.Responsive") == all_files(row)
        field = Responsive._meta.get_field("hero")
        field.fingerprint_cache("default").set_superseded(row.hero.name, time.time() - 10)
        assert prune("--model", "testapp.Responsive") == sorted(files_of(row.tile.name))


def test_superseded_files_of_a_set_are_marked(
    row: Responsive, media: Path, settings, django_capture_on_commit_callbacks
) -> None:
    settings.ADVANCE_THUMBNAIL_KEEP_SUPERSEDED = timedelta(days=1)
    before = files_of(row.hero.name)
    with django_capture_on_commit_callbacks(execute=True):
        row.image = upload("b.jpg", "blue")
        row.save()
    assert all(time.time() - (media / name).stat().st_mtime < 1000 for name in before)


def test_commands_count_thumbnails_and_not_files(row: Responsive) -> None:
    Responsive.objects.update(hero="")
    done = run("generate_thumbnails", "--model", "testapp.Responsive", "--json")
    assert done.code == 0, done.err
    assert '"made": 1' in done.out
