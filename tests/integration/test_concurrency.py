"""Compare-and-set between real processes on PostgreSQL: one row, several writers, seeded random delays."""

import json
import time
from random import Random

import pytest

from tests.children import LAGGING_FILES, Writer
from tests.conftest import upload
from tests.invariants import named, stored, violations
from tests.testapp.models import Photo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgresql")]

REPLACING = ("replace", "replace-in-transaction", "replace-source")
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
    """Return an order with delays, and what else it takes."""
    delays = {"wait": random.random() / 100, "think": random.random() / 100}
    if do.startswith("replace"):
        return {"do": do, "name": name, "colour": f"#{random.randrange(1 << 24):06x}", **delays}
    return {"do": do, **delays} | ({"title": name} if do.startswith("retitle") else {})


def left_over(media):
    return stored(media) - named(Photo.objects.all())


def race(one, other, media, rounds, second, seed):
    """Have two processes write one row at once, again and again; the row is looked at after each."""
    random = Random(seed)
    pk = Photo.objects.create(image=upload()).pk
    for number in range(rounds):
        one.tell(pk=pk, **order(random.choice(REPLACING), random, f"{number}-one.jpg"))
        other.tell(pk=pk, **order(random.choice(second), random, f"{number}-other.jpg"))
        one.answer()
        other.answer()
        assert violations(Photo.objects.all(), media) == []


def pruned(one, media):
    """Check that `prune_thumbnails` finds exactly the litter, remove it, and return how much it was."""
    litter = left_over(media)
    found = json.loads(one.ask("command", name="prune_thumbnails", arguments=PRUNE))
    assert set(found["files"]) == litter
    one.ask("command", name="prune_thumbnails", arguments=[*PRUNE, "--delete"])
    assert left_over(media) == set()
    return len(litter)


@pytest.mark.parametrize("seed", [4])
def test_two_processes_that_replace_the_source_of_one_row(seed, one, other, media, tell):
    """Item 1: 200 rounds. A save that loses the race may leave its file behind, never a wrong row."""
    race(one, other, media, 200, REPLACING, seed)
    (row,) = Photo.objects.all()
    assert row.thumbnail
    assert left_over(media) == set()
    tell(f"200 rounds, {pruned(one, media)} files of litter")


def test_a_process_that_saves_what_it_loaded_before_another_replaced_the_source(one, other, media, tell):
    """Item 1: whole rows written back from memory, sources deferred, sources cleared."""
    race(one, other, media, 60, STALE, 4)
    tell(f"60 rounds, {pruned(one, media)} files of litter")


@pytest.mark.parametrize("do", ["replace-source", "replace"])
def test_a_command_beside_a_writer(do, one, other, media, tell):
    """Item 1: a bulk run, and a save of the source alone, know what they supersede; a whole save does not."""
    random = Random(5)
    pks = [Photo.objects.create(image=upload(f"{number}.jpg")).pk for number in range(10)]
    for number in range(3):
        one.tell("command", name="regenerate_thumbnails", arguments=["--force", "--json"])
        for pk in random.sample(pks, len(pks)):
            other.ask(pk=pk, **order(do, random, f"{number}-{pk}.jpg"))
        outcomes = json.loads(one.answer())["outcomes"]
        assert outcomes["made"] + outcomes["gone"] == len(pks)
        assert violations(Photo.objects.all(), media) == []
    assert all(row.thumbnail for row in Photo.objects.all())
    assert left_over(media) == set()
    tell(f"3 runs beside 30 saves, {pruned(one, media)} files of litter")


def test_a_row_that_is_deleted_while_it_is_regenerated(media):
    """Item 1: counted as gone; its file is removed."""
    with Writer(media, storage=LAGGING_FILES) as writer:
        for number in range(5):
            pk = Photo.objects.create(image=upload(f"{number}.jpg")).pk
            writer.tell("command", name="regenerate_thumbnails", arguments=["--force", "--json"])
            while len(stored(media)) < 2:  # the file is there, the row not yet written
                time.sleep(0.001)
            Photo.objects.get(pk=pk).delete()
            assert json.loads(writer.answer())["outcomes"]["gone"] == 1
            assert stored(media) == set()
