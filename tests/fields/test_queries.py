"""SQL and Python agree on which thumbnails are fresh by their names."""

from posixpath import splitext

import pytest

from advthumb.core.detection import Verdict
from advthumb.fields.queries import State, count_present, fresh_by_name, not_fresh_by_name, state_by_name
from advthumb.management.scanning import Scan
from advthumb.management.selection import choose
from tests.conftest import upload
from tests.management.commands import REGENERATE, fresh_name, report
from tests.testapp.models import Fingerprinted, Gallery, Photo, Place, Restaurant

pytestmark = pytest.mark.django_db(transaction=True)

PHOTO = Photo._meta.get_field("thumbnail")
NAMES = ["images/a.jpg", "images/写真.jpg", "images/A.JPG", "images/a%_b'c\".jpg", "other/a.jpg"]
THUMBNAILS = {
    "none": "",
    "fresh": "{fresh}",
    "of another source": fresh_name(PHOTO, "images/another.jpg"),
    "of version 2": "thumbnails/a_thumbnail.jpg",
    "by hand": "thumbnails/by-hand.jpg",
    "after a collision": "{fresh}_AbC1234",
    "moved": "elsewhere/2024/{fresh}",
}


def thumbnails_of(source):
    """Return possible thumbnail names of a source, fresh and not, and one of another size."""
    stem, extension = splitext(fresh_name(PHOTO, source))
    made = [
        name.format(fresh=stem) + ("" if "." in name or not name else extension)
        for name in THUMBNAILS.values()
    ]
    return [*made, fresh_name(Gallery._meta.get_field("small"), source)]


def picked(model, name="thumbnail"):
    """Return the keys of the rows that are fetched."""
    (selection,) = choose([model._meta.label], name)
    return set(not_fresh_by_name(selection.rows, selection.fields).values_list("pk", flat=True))


def found_by_name(model, name="thumbnail"):
    """Return the verdict of each row, by key, when all rows are fetched."""
    (selection,) = choose([model._meta.label], name)
    scan = Scan(selection, "name", everything=True)
    return {row.pk: [found.assessment.verdict for found in row.assessed] for row in scan.checked(1)}


def test_only_rows_with_fresh_names_are_not_fetched():
    rows = [Photo(image=name, thumbnail=made) for name in NAMES for made in thumbnails_of(name)]
    rows += [Photo(image=source, thumbnail=made) for source in ("", None) for made in ("", None, "t/x.jpg")]
    rows += [Photo(image=NAMES[0], thumbnail=None)]
    Photo.objects.bulk_create(rows)
    verdicts = found_by_name(Photo)
    assert {Verdict.FRESH, Verdict.MISSING, Verdict.UNKNOWN, Verdict.ORPHANED} <= {
        verdict for row in verdicts.values() for verdict in row
    }
    assert picked(Photo) == {pk for pk, found in verdicts.items() if found and found != [Verdict.FRESH]}


@pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_a_thumbnail_of_any_format_is_found_fresh(output):
    row = Photo.objects.create(image=upload(image_format=output))
    assert row.thumbnail
    assert picked(Photo) == set()


def test_the_flag_of_each_row_says_whether_its_thumbnail_is_fresh_by_name():
    rows = [Photo(image=name, thumbnail=made) for name in NAMES for made in thumbnails_of(name)]
    rows += [Photo(image=source, thumbnail=made) for source in ("", None) for made in ("", None, "t/x.jpg")]
    Photo.objects.bulk_create(rows)
    verdicts = found_by_name(Photo)
    flags = dict(Photo.objects.values_list("pk", fresh_by_name(PHOTO)))
    assert flags == {pk: verdicts[pk] == [Verdict.FRESH] for pk in flags}
    assert set(flags.values()) == {True, False}
    assert Photo.objects.filter(fresh_by_name(PHOTO)).count() == sum(flags.values())


def test_a_row_is_fetched_if_one_of_its_thumbnails_is_not_fresh():
    rows = [Gallery.objects.create(image=upload()) for _ in range(3)]
    Gallery.objects.filter(pk=rows[1].pk).update(square="")
    (selection,) = choose(["testapp.Gallery"])
    assert [row.pk for row in not_fresh_by_name(selection.rows, selection.fields)] == [rows[1].pk]
    assert picked(Gallery, "small") == set()


def test_a_thumbnail_in_the_parents_table_is_found():
    rows = [Restaurant.objects.create(image=upload()) for _ in range(2)]
    Place.objects.filter(pk=rows[0].pk).update(thumbnail="")
    assert picked(Restaurant) == {rows[0].pk}


def test_a_fingerprint_field_is_checked_in_python():
    Fingerprinted.objects.create(image=upload())
    assert picked(Fingerprinted) == set(Fingerprinted.objects.values_list("pk", flat=True))
    assert report(REGENERATE, "--verify", "name").verdicts == {"fresh": 1}


def test_what_stays_in_the_database_is_counted_by_field():
    rows = [Gallery.objects.create(image=upload()) for _ in range(3)]
    Gallery.objects.create()
    Gallery.objects.filter(pk=rows[1].pk).update(square="")
    done = report(REGENERATE, "--verify", "name")
    assert done.json["scanned"] == 4
    assert done.verdicts == {"fresh": 8, "missing": 1}
    (selection,) = choose(["testapp.Gallery"])
    assert count_present(selection.rows, selection.fields) == (4, {"small": 3, "square": 3, "webp": 3})


def test_a_limited_run_counts_rows_up_to_where_it_stopped():
    rows = [Photo.objects.create(image=upload()) for _ in range(6)]
    Photo.objects.filter(pk__in=[rows[1].pk, rows[4].pk]).update(thumbnail="thumbnails/by-hand.jpg")
    done = report(REGENERATE, "--verify", "name", "--limit", "1", "--dry-run")
    assert (done.json["scanned"], done.verdicts) == (2, {"fresh": 1, "unknown": 1})


def test_files_are_checked_row_by_row():
    """SQL cannot check `stat` and `content`."""
    row = Photo.objects.create(image=upload())
    row.thumbnail.storage.delete(row.thumbnail.name)
    assert report(REGENERATE, "--verify", "name").verdicts == {"fresh": 1}
    assert report(REGENERATE, "--verify", "stat").verdicts == {"lost": 1}


STATES = {
    "fresh": State.FRESH,
    "missing": State.MISSING,
    "failed": State.FAILED,
    "source-changed": State.STALE,
    "spec-changed": State.STALE,
    "unknown": State.STALE,
    "orphaned": State.ORPHANED,
}


def states(model):
    """Return the state of each row twice: from SQL, and from the verdict that Python gives."""
    in_sql = dict(model.objects.values_list("pk", state_by_name(model._meta.get_field("thumbnail"))))
    in_python = {
        row.pk: STATES[row.thumbnail.status] if row.image or row.thumbnail else State.EMPTY
        for row in model.objects.all()
    }
    return in_sql, in_python


def test_the_state_of_each_row_is_the_verdict_by_its_names():
    rows = [Photo(image=name, thumbnail=made) for name in NAMES for made in thumbnails_of(name)]
    rows += [Photo(image=source, thumbnail=made) for source in ("", None) for made in ("", None, "t/x.jpg")]
    rows += [Photo(image=NAMES[0], thumbnail=None)]
    Photo.objects.bulk_create(rows)
    in_sql, in_python = states(Photo)
    assert in_sql == in_python
    assert set(in_sql.values()) == set(State) - {State.FAILED}


def test_the_fingerprint_field_is_used(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 100_000
    kept = [Fingerprinted.objects.create(image=upload(f"{number}.jpg")) for number in range(4)]
    bad = [Fingerprinted.objects.create(image=upload("b.jpg", size=(400, 400))) for _ in range(3)]
    Fingerprinted.objects.filter(pk=kept[1].pk).update(image="images/another.jpg")
    Fingerprinted.objects.filter(pk=kept[2].pk).update(fingerprint="")
    Fingerprinted.objects.filter(pk=kept[3].pk).update(thumbnail="")
    Fingerprinted.objects.filter(pk=bad[1].pk).update(image="images/another.jpg")
    Fingerprinted.objects.filter(pk=bad[2].pk).update(image="", thumbnail="")
    in_sql, in_python = states(Fingerprinted)
    assert in_sql == in_python
    by_state = [in_sql[row.pk] for row in [*kept, *bad]]
    assert by_state == ["fresh", "stale", "stale", "missing", "failed", "missing", "empty"]
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 1_000_000  # tried again: the record no longer counts
    in_sql, in_python = states(Fingerprinted)
    assert in_sql == in_python
    assert in_sql[bad[0].pk] == State.MISSING
