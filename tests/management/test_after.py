"""A stopped run says how to continue it, and `--after` continues it."""

from uuid import UUID

import pytest

from advthumb.management import bulk
from advthumb.management.positions import Position, PositionTracker, remaining
from advthumb.management.selection import choose
from advthumb.signals import thumbnail_generated
from tests.conftest import upload
from tests.testapp.models import Hidden, Page, Photo, Plot

from .commands import GENERATE, REGENERATE, report, run, wiped
from .resuming import FORCED, PHOTOS, made_by, printed
from .test_meanwhile import press_ctrl_c

pytestmark = pytest.mark.django_db(transaction=True)


# Ctrl-C


@pytest.fixture
def ctrl_c_after_the_first(monkeypatch):
    """Provide a function that presses Ctrl-C at the next thumbnail; rows are written one by one."""
    monkeypatch.setattr(bulk, "_AT_ONCE", 1)
    presses = []

    def receive(**_kwargs):
        while presses:
            presses.pop()()

    thumbnail_generated.connect(receive)
    yield lambda: presses.append(press_ctrl_c)
    thumbnail_generated.disconnect(receive)


@pytest.mark.parametrize("workers", ["1", "3"])
def test_an_interrupted_forced_run_prints_the_command_that_continues_it(six, ctrl_c_after_the_first, workers):
    more = [Photo.objects.create(image=upload()).pk for _ in range(40)]
    line = (*FORCED, "--workers", workers, "--verify", "name", "--no-progress")
    ctrl_c_after_the_first()
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
    ctrl_c_after_the_first()
    done = run(GENERATE, "--workers", "1")
    assert done.code == 130
    assert "Interrupted: what was done is kept, run it again for the rest." in done.out


# --after


def test_after_skips_the_rows_up_to_that_key(six):
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


def test_the_printed_command_is_quoted_for_a_shell():
    for number in range(2):
        Page.objects.create(pk=f"it's {number}; rm -rf", image=upload())
    done = run(REGENERATE, "--model", "testapp.Page", "--force", "--limit", "1")
    assert printed(done)[-1] == "it's 0; rm -rf"
    Page.objects.all().delete()
    for number in range(2):
        Page.objects.create(pk=f"-{number}", image=upload())
    done = run(REGENERATE, "--model", "testapp.Page", "--force", "--limit", "1", "--restart")
    assert printed(done)[-1] == "--after=-0"
    assert made_by(*printed(done), model=Page)[0] == ["-1"]


# The position itself


def test_the_position_is_the_last_row_with_everything_before_it_done():
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


@pytest.mark.parametrize("model", [Hidden, Page, Plot])
def test_a_position_survives_being_written_and_read(model):
    key = {Hidden: UUID(int=7), Page: "a:b", Plot: ("a", 3)}[model]
    photos, (selection,) = choose(["testapp.Photo"]), choose([model._meta.label])
    for selections in ([selection], [*photos, selection]):
        text = Position(selection, key).text(selections)
        (left,) = remaining(selections, text)
        assert (left.model, left.fields) == (selection.model, selection.fields)
        assert Position(left, left.after).text(selections) == text
