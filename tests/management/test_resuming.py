"""A run that was stopped, and how the next one continues: by `--after`, or by itself."""

import re
import shlex

import pytest
from django.core.cache import caches

from advthumb.management import bulk
from advthumb.management.positions import PositionTracker
from advthumb.signals import thumbnail_generated
from tests.conftest import upload
from tests.testapp.models import Article, Hidden, Page, Photo, Plot

from .commands import ALL, GENERATE, REGENERATE, SYNC, broken_photo, photo, report, run, wiped
from .test_meanwhile import once, press_ctrl_c

pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = ("--model", "testapp.Photo")
FORCED = (REGENERATE, *PHOTOS, "--force")


@pytest.fixture
def six():
    """Return the keys of six rows with fresh thumbnails."""
    return [Photo.objects.create(image=upload(f"{number}.jpg")).pk for number in range(6)]


@pytest.fixture
def shared_cache(settings, tmp_path):
    """Use a cache that other processes can read."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": tmp_path / "cache"}}


def made_by(*line, model=Photo):
    """Run a command and return the keys of the rows that got other thumbnails."""
    before = dict(model._base_manager.values_list("pk", "thumbnail"))
    done = run(*line)
    assert done.code in {0, 130}, done.err
    after = dict(model._base_manager.order_by("pk").values_list("pk", "thumbnail"))
    return [pk for pk, name in after.items() if name != before[pk]], done


def printed(done):
    """Return the arguments of the command that the output says to continue with."""
    python, manage, *line = shlex.split(re.search(r"Continue with: (.+)", done.out)[1])
    assert (python, manage) == ("python", "manage.py")
    return line


# --force --limit, several times


def test_limited_forced_runs_make_each_row_once_until_all_are_made(six):
    made = [made_by(*FORCED, "--limit", "2")[0] for _ in range(4)]
    assert made == [six[:2], six[2:4], six[4:], []]
    assert made_by(*FORCED, "--limit", "2")[0] == six[:2]


@pytest.mark.parametrize("limits", [(4, 4), (1, 5, 3), (6, 2), (100,)])
def test_a_sequence_leaves_no_row_out_and_makes_none_twice_whatever_the_limits(six, limits):
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


def test_a_run_says_where_it_continues_and_how_to_start_again(six):
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


def test_a_dry_run_shows_what_comes_next_and_moves_nothing(six):
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


def test_a_lost_cache_leaves_no_row_out(six):
    made_by(*FORCED, "--limit", "2")
    caches["default"].clear()
    assert made_by(*FORCED, "--limit", "4")[0] == six[:4]


def test_the_output_says_whether_the_same_command_continues_in_another_process(six, shared_cache, settings):
    again = "The same command without --after continues there, too."
    assert again in made_by(*FORCED, "--limit", "2")[1].out
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert again not in made_by(*FORCED, "--limit", "2")[1].out


def test_a_sequence_goes_through_several_models(six):
    articles = [Article.objects.create(image=upload()).pk for _ in range(3)]
    both = (SYNC, "--model", "testapp.Photo", "--model", "testapp.Article", "--force", "--limit", "4")
    assert made_by(*both)[0] == six[:4]
    before = dict(Article.objects.values_list("pk", "thumbnail"))
    made, done = made_by(*both)
    assert made == six[4:]
    assert f"--after testapp.Article:{articles[1]}" in done.out
    assert [pk for pk in articles if Article.objects.get(pk=pk).thumbnail.name != before[pk]] == articles[:2]
    assert made_by(*both, model=Article)[0] == articles[2:]


# Ctrl-C


@pytest.fixture
def ctrl_c_after_the_first(monkeypatch):
    """Press Ctrl-C when the first thumbnail was made, and write each row by itself."""
    monkeypatch.setattr(bulk, "_AT_ONCE", 1)
    press = once(press_ctrl_c)

    def receive(**_kwargs):
        press()

    thumbnail_generated.connect(receive)
    yield
    thumbnail_generated.disconnect(receive)


@pytest.mark.parametrize("workers", ["1", "3"])
def test_an_interrupted_forced_run_prints_the_command_that_continues_it(six, ctrl_c_after_the_first, workers):
    more = [Photo.objects.create(image=upload()).pk for _ in range(40)]
    line = (*FORCED, "--workers", workers, "--verify", "name", "--no-progress")
    made, done = made_by(*line)
    assert done.code == 130
    assert "Interrupted: what was done is kept. Continue with: python manage.py" in done.out
    command = printed(done)
    assert command[0] == REGENERATE
    rest, _ = made_by(*command)
    assert rest
    assert sorted({*made, *rest}) == six + more
    assert rest == [pk for pk in six + more if pk >= rest[0]]
    assert not [pk for pk in six + more if pk < rest[0] and pk not in made]


def test_an_interrupted_run_without_force_is_simply_run_again(ctrl_c_after_the_first):
    for _ in range(40):
        wiped(Photo)
    done = run(GENERATE, "--workers", "1")
    assert done.code == 130
    assert "Interrupted: what was done is kept, run it again for the rest." in done.out


# --after


def test_after_leaves_out_the_rows_up_to_that_key(six):
    done = report(*FORCED, "--after", str(six[3]))
    assert (done.json["scanned"], done.outcomes) == (2, {"made": 2})
    done = report(GENERATE, *PHOTOS, "--verify", "name", "--after", str(six[3]))
    assert (done.json["scanned"], done.verdicts) == (2, {"fresh": 2})


@pytest.mark.parametrize("model", [Hidden, Page, Plot])
def test_after_takes_keys_of_any_kind(model):
    for number in range(4):
        key = {Hidden: {}, Page: {"pk": f"a:{number} b"}, Plot: {"block": "a", "number": number}}[model]
        model(image=upload(), **key).save(force_insert=True)
    keys = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    made, done = made_by(REGENERATE, "--model", model._meta.label, "--force", "--limit", "2", model=model)
    assert made == keys[:2]
    assert made_by(*printed(done), model=model)[0] == keys[2:]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("--after", "12"), ["--after '12'", "app.Model:123", "testapp.Photo, ", "testapp.Gallery"]),
        (("--after", "testapp.Nothing:1"), ["--after 'testapp.Nothing:1'", "testapp.Photo"]),
        ((*PHOTOS, "--after", "last"), ["--after 'last'", "no primary key of testapp.Photo"]),
        (("--model", "testapp.Plot", "--after", "5"), ["--after '5'", "no primary key of testapp.Plot"]),
        (("--model", "testapp.Hidden", "--after", "5"), ["--after '5'", "no primary key of testapp.Hidden"]),
    ],
)
def test_a_key_that_cannot_be_used_is_an_error(line, words):
    done = run(GENERATE, *line)
    assert done.code == 1
    assert not [word for word in words if word not in done.err]


def test_the_printed_command_repeats_the_options_that_were_given(six):
    line = (*FORCED, "--field", "thumbnail", "--database", "default", "--workers", "5", "--limit", "1")
    done = run(*line, "--verify", "stat", "--processes", "--no-progress", "--clear-cache")
    given = ["--model", "testapp.Photo", "--field", "thumbnail", "--database", "default", "--verify", "stat"]
    more = ["--limit", "1", "--workers", "5", "--force", "--clear-cache", "--processes", "--no-progress"]
    assert printed(done) == [REGENERATE, *given, *more, "--after", str(six[0])]


def test_the_printed_command_can_be_given_to_a_shell():
    for number in range(2):
        Page.objects.create(pk=f"it's {number}; rm -rf", image=upload())
    done = run(REGENERATE, "--model", "testapp.Page", "--force", "--limit", "1")
    assert printed(done)[-1] == "it's 0; rm -rf"
    Page.objects.all().delete()
    for number in range(2):
        Page.objects.create(pk=f"-{number}", image=upload())
    done = run(REGENERATE, "--model", "testapp.Page", "--force", "--limit", "1")
    assert printed(done)[-1] == "--after=-0"
    assert made_by(*printed(done), model=Page)[0] == ["-1"]


# The position itself


def test_the_position_is_the_last_row_up_to_which_everything_is_done():
    tracker = PositionTracker(9)
    assert tracker.position == 9
    for key in (10, 11, 12):
        tracker.begin(key)
    assert tracker.position == 9
    tracker.finish(11)
    assert tracker.position == 9
    tracker.finish(10)
    assert tracker.position == 11
    tracker.finish(12)
    assert tracker.position == 12
    assert PositionTracker().position is None


def test_a_position_is_remembered_while_the_run_goes_on(six, monkeypatch):
    """What `kill -9` costs is the work since then."""
    from advthumb.management import resuming

    monkeypatch.setattr(resuming, "_SECONDS", -1)
    monkeypatch.setattr(bulk, "_AT_ONCE", 1)
    monkeypatch.setattr(resuming.Resumption, "stop", lambda *_: None)  # as if killed before the end
    made_by(*FORCED, "--limit", "2")
    assert made_by(*FORCED, "--limit", "2")[0] == six[2:4]


def test_the_cache_is_not_written_for_every_row(six, monkeypatch):
    from advthumb.management import resuming

    written = []
    monkeypatch.setattr(resuming.RememberedPosition, "set", lambda _self, text: written.append(text))
    monkeypatch.setattr(resuming, "_SECONDS", 3600)
    made_by(*FORCED, "--limit", "5")
    assert written == [str(six[4])]
