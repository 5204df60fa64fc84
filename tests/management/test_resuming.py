"""`--force --limit`, several times: each run continues where the one before it stopped."""

import pytest
from django.core.cache import caches

from advthumb.management import bulk, resuming
from tests.conftest import upload
from tests.testapp.models import Article, Photo

from .commands import ALL, GENERATE, SYNC, broken_photo, photo, report, wiped
from .resuming import FORCED, PHOTOS, made_by, printed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shared_cache(settings, tmp_path):
    """Use a cache that other processes can read."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": tmp_path / "cache"}}


# --force --limit, several times


def test_limited_forced_runs_process_each_row_once_until_all_are_done(six):
    made = [made_by(*FORCED, "--limit", "2")[0] for _ in range(4)]
    assert made == [six[:2], six[2:4], six[4:], []]
    assert made_by(*FORCED, "--limit", "2")[0] == six[:2]


@pytest.mark.parametrize("limits", [(4, 4), (1, 5, 3), (6, 2), (100,)])
def test_a_sequence_with_any_limits_processes_each_row_exactly_once(six, limits):
    made = [pk for limit in limits for pk in made_by(*FORCED, "--limit", str(limit))[0]]
    assert made == six


def test_rows_that_fail_are_not_tried_again_in_the_same_sequence(six):
    row = broken_photo()
    last = photo().pk
    assert report(*FORCED, "--limit", "6").outcomes == {"made": 6}
    done = report(*FORCED, "--limit", "1")
    assert done.outcomes == {"failed": 1, "made": 1}
    assert [entry["pk"] for entry in done.json["rows"]] == [row.pk]
    assert last > row.pk
    assert report(*FORCED, "--limit", "1").outcomes == {}


def test_a_run_prints_where_it_continues_and_how_to_start_over(six):
    made_by(*FORCED, "--limit", "2")
    made, done = made_by(*FORCED, "--limit", "2")
    assert made == six[2:4]
    assert f"Continuing after {six[1]}, where the last run stopped." in done.out
    assert made_by(*FORCED, "--limit", "2", "--restart")[0] == six[:2]
    assert report(*FORCED, "--limit", "2").json["resumed_after"] == str(six[1])


def test_the_key_given_by_after_is_used_instead_of_the_remembered_one(six):
    made_by(*FORCED, "--limit", "4")
    assert made_by(*FORCED, "--limit", "1", "--after", str(six[0]))[0] == [six[1]]
    assert made_by(*FORCED, "--limit", "1")[0] == [six[2]]


def test_a_forced_run_without_a_limit_starts_at_the_first_row_and_ends_the_sequence(six):
    made_by(*FORCED, "--limit", "2")
    assert made_by(*FORCED)[0] == six
    assert made_by(*FORCED, "--limit", "2")[0] == six[:2]


def test_a_dry_run_shows_the_next_rows_and_keeps_the_position(six):
    made_by(*FORCED, "--limit", "2")
    for _ in range(2):
        done = report(*FORCED, "--limit", "2", "--dry-run")
        assert [entry["pk"] for entry in done.json["rows"]] == six[2:4]
        assert done.json["continue_with"] is None
    assert made_by(*FORCED, "--limit", "2")[0] == six[2:4]


def test_without_force_nothing_is_remembered():
    rows = [wiped(Photo).pk for _ in range(3)]
    assert made_by(GENERATE, *PHOTOS, "--limit", "1")[0] == rows[:1]
    Photo.objects.filter(pk=rows[0]).update(thumbnail="")
    made, done = made_by(GENERATE, *PHOTOS, "--limit", "1")
    assert made == rows[:1]
    assert "Continu" not in done.out


def test_a_changed_size_starts_a_new_sequence(six, monkeypatch):
    made_by(*FORCED, "--limit", "2")
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "size", (30, 30))
    assert made_by(*FORCED, "--limit", "2")[0] == six[:2]


def test_another_engine_starts_a_new_sequence(six, settings):
    made_by(*FORCED, "--limit", "2")
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow"]
    assert made_by(*FORCED, "--limit", "2")[0] == six[2:4]  # the same engines
    settings.ADVANCE_THUMBNAIL_ENGINE = [{"BACKEND": "pillow"}]
    assert made_by(*FORCED, "--limit", "2")[0] == six[:2]


def test_each_command_has_a_sequence_of_its_own(six):
    for command in ALL:
        assert made_by(command, *PHOTOS, "--force", "--limit", "2")[0] == six[:2]


@pytest.mark.parametrize(
    "cache", ["tests.testapp.caches.BrokenCache", "django.core.cache.backends.dummy.DummyCache"]
)
def test_without_a_cache_a_run_starts_at_the_first_row_and_prints_how_to_continue(six, cache, settings):
    settings.CACHES = {"default": {"BACKEND": cache}}
    made_by(*FORCED, "--limit", "2")
    made, done = made_by(*FORCED, "--limit", "2")
    assert made == six[:2]
    assert made_by(*printed(done))[0] == six[2:4]


def test_a_lost_cache_skips_no_row(six):
    made_by(*FORCED, "--limit", "2")
    caches["default"].clear()
    assert made_by(*FORCED, "--limit", "4")[0] == six[:4]


def test_the_output_says_whether_the_same_command_continues_in_another_process(six, shared_cache, settings):
    again = "The same command without --after continues there, too."
    assert again in made_by(*FORCED, "--limit", "2")[1].out
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert again not in made_by(*FORCED, "--limit", "2")[1].out


def test_a_sequence_covers_several_models(six):
    articles = [Article.objects.create(image=upload()).pk for _ in range(3)]
    both = (SYNC, "--model", "testapp.Photo", "--model", "testapp.Article", "--force", "--limit", "4")
    assert made_by(*both)[0] == six[:4]
    before = dict(Article.objects.values_list("pk", "thumbnail"))
    made, done = made_by(*both)
    assert made == six[4:]
    assert f"--after testapp.Article:{articles[1]}" in done.out
    assert [pk for pk in articles if Article.objects.get(pk=pk).thumbnail.name != before[pk]] == articles[:2]
    assert made_by(*both, model=Article)[0] == articles[2:]


def test_the_position_is_saved_during_the_run(six, monkeypatch):
    """`kill -9` loses only the work since the last saved position."""
    monkeypatch.setattr(resuming, "_SECONDS", -1)
    monkeypatch.setattr(bulk, "_AT_ONCE", 1)
    monkeypatch.setattr(resuming.Resumption, "stop", lambda *_: None)  # as if killed before the end
    made_by(*FORCED, "--limit", "2")
    assert made_by(*FORCED, "--limit", "2")[0] == six[2:4]


def test_the_cache_is_not_written_for_every_row(six, monkeypatch):
    written = []
    monkeypatch.setattr(resuming.RememberedPosition, "set", lambda _self, text: written.append(text))
    monkeypatch.setattr(resuming, "_SECONDS", 3600)
    made_by(*FORCED, "--limit", "5")
    assert written == [str(six[4])]
