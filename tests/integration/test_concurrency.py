"""Compare-and-set between real processes on PostgreSQL: one row, several writers, seeded delays."""

import json
import time
from random import Random

import pytest

from tests.children import LAGGING_FILES, Writer, start
from tests.conftest import upload
from tests.invariants import named, stored, violations
from tests.testapp.models import Photo, Responsive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgresql")]

WHOLE = ("replace", "replace-in-transaction")
REPLACING = (*WHOLE, "replace-source")
STALE = ("retitle", "retitle-without-source", "clear")
PRUNE = ("--older-than", "0s", "--json")


@pytest.fixture
def one(media):
    with Writer(media) as writer:
        yield writer


@pytest.fixture
def other(media):
    with Writer(media) as writer:
        yield writer


def order(do, random, name):
    """Return an order with random delays and its other arguments."""
    delays = {"wait": random.random() / 100, "think": random.random() / 100}
    if do.startswith("replace"):
        return {"do": do, "name": name, "colour": f"#{random.randrange(1 << 24):06x}", **delays}
    return {"do": do, **delays} | ({"title": name} if do.startswith("retitle") else {})


def left_over(media, model):
    return stored(media) - named(model.objects.all())


def only_dead_heats_left_something(media, writer, most, model=Photo):
    """Two writers that read the row at the same time leave an unused file (R5), and prune finds it."""
    found = json.loads(writer.ask("command", name="prune_thumbnails", arguments=PRUNE))
    assert set(found["files"]) == left_over(media, model)
    assert len(left_over(media, model)) <= most


def race(writers, media, rounds, orders, seed=4, model=Photo):
    """Have processes repeatedly write one row at once, and check the row after each round.

    Args:
        writers: The processes.
        media: The folder with their files.
        rounds: The number of rounds.
        orders: The possible orders of each writer.
        seed: Decides the orders and the delays.
        model: The model of the row; orders other than those that replace the source are for photos.
    """
    random = Random(seed)
    of_model = {} if model is Photo else {"model": model.__name__}
    pk = model.objects.create(image=upload()).pk
    for number in range(rounds):
        for place, (writer, choices) in enumerate(zip(writers, orders, strict=True)):
            told = order(random.choice(choices), random, f"{number}-{place}.jpg")
            writer.tell(pk=pk, **told, **of_model)
        for writer in writers:
            writer.answer()
        assert violations(model.objects.all(), media) == []


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_two_processes_that_replace_the_source_of_one_row(seed, one, other, media):
    """Item 1: 200 rounds; after each one the row has a thumbnail of its source."""
    race([one, other], media, 200, [REPLACING, REPLACING], seed)
    (row,) = Photo.objects.all()
    assert row.thumbnail
    only_dead_heats_left_something(media, one, 200)


def test_two_processes_that_replace_the_source_of_a_row_with_sets(one, other, media):
    """After each round the row has whole sets of its source; a dead heat leaves whole sets, too."""
    race([one, other], media, 100, [REPLACING, REPLACING], model=Responsive)
    (row,) = Responsive.objects.all()
    assert row.hero
    each = len(named([row]))
    assert len(left_over(media, Responsive)) % each == 0
    only_dead_heats_left_something(media, one, 100 * each, Responsive)


def test_four_processes_that_replace_the_source_of_one_row(one, other, media):
    with Writer(media) as third, Writer(media) as fourth:
        race([one, other, third, fourth], media, 50, [REPLACING] * 4)
    (row,) = Photo.objects.all()
    assert row.thumbnail
    only_dead_heats_left_something(media, one, 3 * 50)


def test_a_process_that_saves_what_it_loaded_before_another_replaced_the_source(one, other, media):
    """Item 1: whole rows written back from memory, sources deferred, sources cleared."""
    race([one, other], media, 100, [REPLACING, STALE])
    one.ask("command", name="generate_thumbnails", arguments=[])
    one.ask("command", name="regenerate_thumbnails", arguments=[])
    assert violations(Photo.objects.all(), media) == []
    only_dead_heats_left_something(media, one, 100)


@pytest.mark.parametrize("do", ["replace-source", "replace", "replace-in-transaction"])
def test_a_command_beside_a_writer(do, one, other, media):
    """Item 1: a bulk run, and saves at the same time."""
    random = Random(5)
    pks = [Photo.objects.create(image=upload(f"{number}.jpg")).pk for number in range(10)]
    for number in range(5):
        one.tell("command", name="regenerate_thumbnails", arguments=["--force", "--json"])
        for pk in random.sample(pks, len(pks)):
            other.ask(pk=pk, **order(do, random, f"{number}-{pk}.jpg"))
        outcomes = json.loads(one.answer())["outcomes"]
        assert outcomes["made"] + outcomes["gone"] == len(pks)
        assert violations(Photo.objects.all(), media) == []
    assert all(row.thumbnail for row in Photo.objects.all())
    only_dead_heats_left_something(media, one, 5 * len(pks))


def test_a_writer_that_is_killed_in_the_middle_of_races(one, media):
    """kill -9: leaves at most unused files, which prune finds; the next save works."""
    random = Random(8)
    pk = Photo.objects.create(image=upload()).pk
    for number in range(10):
        with start("-m", "tests.writer", media=media) as doomed:
            orders = [order(random.choice(WHOLE), random, f"{number}-{turn}.jpg") for turn in range(20)]
            for each in orders:
                doomed.stdin.write(json.dumps({"pk": pk, **each}) + "\n")
            doomed.stdin.flush()
            doomed.stdout.readline()  # it has started
            until = time.monotonic() + random.random() / 5
            while time.monotonic() < until:
                one.ask(pk=pk, **order(random.choice(REPLACING), random, f"{number}-one.jpg"))
            doomed.kill()
        assert violations(Photo.objects.all(), media) == []
    one.ask("retitle", pk=pk, title="last", wait=0, think=0)
    assert all(row.thumbnail for row in Photo.objects.all())
    assert violations(Photo.objects.all(), media) == []
    found = json.loads(one.ask("command", name="prune_thumbnails", arguments=PRUNE))
    assert set(found["files"]) == left_over(media, Photo)


def test_a_row_that_is_deleted_while_it_is_regenerated(media):
    """Item 1: counted as gone; its file is removed."""
    with Writer(media, storage=LAGGING_FILES) as writer:
        for number in range(5):
            pk = Photo.objects.create(image=upload(f"{number}.jpg")).pk
            writer.tell("command", name="regenerate_thumbnails", arguments=["--force", "--json"])
            while len(stored(media)) < 2:  # the file exists, but the row is not written yet
                time.sleep(0.001)
            Photo.objects.get(pk=pk).delete()
            assert json.loads(writer.answer())["outcomes"]["gone"] == 1
            assert stored(media) == set()
