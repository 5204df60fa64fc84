"""kill -9 of a command at random moments: no broken link, no work done twice, all unused files found."""

import json
import signal
import time
from random import Random

import pytest
from django.db import connection

from advthumb.core.names import main_name
from tests.children import LAGGING_FILES, start
from tests.conftest import picture
from tests.invariants import named, stored, violations
from tests.testapp.models import Photo, Responsive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgresql")]

ROWS = 500
KILLS = 20
SETS = 60
FILES_OF_A_ROW = 8
NEW_QUALITY = {"ADVTHUMB_CHILD_QUALITY": "60"}
PRUNE = ("prune_thumbnails", "--older-than", "0s", "--json")


def fill(media, model=Photo, rows=ROWS):
    """Insert rows that have sources and no thumbnails."""
    (media / "images").mkdir()
    names = [f"images/{number:03}.jpg" for number in range(rows)]
    for name in names:
        (media / name).write_bytes(picture())
    model.objects.bulk_create(model(image=name) for name in names)


def run(media, *arguments, **environment):
    """Run a command to its end and return its JSON."""
    with start("-m", "django", *arguments, media=media, **environment) as process:
        out, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(out)


def killed(media, command, random, most=6, **environment):
    """Start a command, and kill it at a random moment after it stored a random number of files.

    Rows are written a quarter of a second after their files: some kills come before that, some after.
    """
    enough = len(stored(media)) + random.randint(1, most)
    line = ("-m", "django", command, "--workers", "1")
    with start(*line, media=media, storage=LAGGING_FILES, **environment) as process:
        while len(stored(media)) < enough and process.poll() is None:
            time.sleep(0.001)
        time.sleep(random.random() / 2.5)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    while others_at_the_database():  # the database still carries out what it had sent
        time.sleep(0.01)


def others_at_the_database():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("command", ["generate_thumbnails", "regenerate_thumbnails"])
def test_a_command_that_is_killed_again_and_again(command, media, tell):
    """Item 5: 20 random moments for each command."""
    random = Random(command)
    fill(media)
    environment = {}
    if command == "regenerate_thumbnails":
        run(media, "generate_thumbnails", "--json")
        environment = NEW_QUALITY
    before = {photo.pk: photo.thumbnail.name for photo in Photo.objects.all()}
    done = 0
    for _ in range(KILLS):
        killed(media, command, random, **environment)
        rows = list(Photo.objects.all())
        assert violations(rows, media) == []
        done, earlier = sum(row.thumbnail.name != before[row.pk] for row in rows), done
        assert done >= earlier

    assert 0 < done < ROWS
    outcomes = run(media, command, "--json", **environment)["outcomes"]
    assert (outcomes["made"], outcomes["failed"]) == (ROWS - done, 0)
    rows = list(Photo.objects.all())
    assert violations(rows, media) == []
    litter = stored(media) - named(rows)
    assert litter
    assert set(run(media, *PRUNE, **environment)["files"]) == litter
    run(media, *PRUNE, "--delete", "--yes", **environment)
    assert stored(media) == named(rows)
    assert len(stored(media)) == ROWS
    tell(f"{KILLS} kills, {done} of {ROWS} rows made until then, {len(litter)} files of litter")


def test_a_command_that_is_killed_in_the_middle_of_a_set(media, tell):
    """No row names a set that is not whole, and all files of unfinished sets are found."""
    random = Random("sets")
    fill(media, Responsive, SETS)
    unfinished = 0
    for _ in range(KILLS // 2):
        killed(media, "generate_thumbnails", random, most=50)
        rows = list(Responsive.objects.all())
        assert violations(rows, media) == []
        litter = stored(media) - named(rows)
        unfinished += any(main_name(name) not in litter for name in litter)
    done = len(rows) - Responsive.objects.filter(hero="").count()
    assert unfinished, "no kill came between two files of a set"
    assert 0 < done < SETS
    assert set(run(media, *PRUNE)["files"]) == litter
    run(media, "generate_thumbnails", "--json")
    run(media, *PRUNE, "--delete", "--yes")
    rows = list(Responsive.objects.all())
    assert stored(media) == named(rows)
    assert len(stored(media)) == SETS * FILES_OF_A_ROW
    tell(f"{KILLS // 2} kills, {done} of {SETS} rows made until then, {len(litter)} files of litter")
