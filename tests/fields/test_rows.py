"""All conditions under which a row is written: by Django's plain UPDATE, and outside a save."""

import pytest
from django.db import DatabaseError, connection

from advthumb import refresh_thumbnails
from advthumb.core.detection import Assessment, Verdict
from advthumb.core.names import of_source_pattern
from advthumb.fields import Refreshed, rows
from advthumb.fields.change import Change
from advthumb.fields.rows import KeptByRow, KeptIfRight, RowValues
from tests.conftest import upload
from tests.management.commands import fresh_name
from tests.testapp.models import Hidden, Photo, Place, Plot, Restaurant

from .conftest import column, in_database, replace

pytestmark = pytest.mark.django_db(transaction=True)

THUMBNAIL = Photo._meta.get_field("thumbnail")
SOURCE, OTHER_SOURCE = "images/a.jpg", "images/b.jpg"
OURS = fresh_name(THUMBNAIL, SOURCE)
THEIRS = OURS.replace("x7k2m9q", "0000000")
OF_OTHER = fresh_name(THUMBNAIL, OTHER_SOURCE)


def one_row(**values):
    """Insert a row with exactly these values, NULL included."""
    Photo.objects.all().delete()
    (row,) = Photo.objects.bulk_create([Photo()])
    Photo.objects.update(**values)
    return row


# What a row has


def test_a_row_is_read_with_one_query(django_assert_num_queries):
    row = one_row(image=SOURCE, thumbnail=None)
    with django_assert_num_queries(1):
        assert rows.read(row, [THUMBNAIL], "default") == RowValues(SOURCE, {"thumbnail": ""}, {})


def test_a_missing_row_has_nothing(django_assert_num_queries):
    assert rows.read(Photo(pk=4711), [THUMBNAIL], "default") is None
    with django_assert_num_queries(0):
        assert rows.read(Photo(), [THUMBNAIL], "default") is None


@pytest.mark.parametrize("model", [Hidden, Plot, Restaurant])
def test_a_row_is_read_with_any_key_and_manager(model):
    row = model(image=upload(), **({"block": "a", "number": 1} if model is Plot else {}))
    row.save()
    found = rows.read(row, [model._meta.get_field("thumbnail")], "default")
    assert (found.source, found.names) == (row.image.name, {"thumbnail": row.thumbnail.name})


# The conditional UPDATE


def updated(source, name, **values):
    """Return whether a row with these values is written when this source and thumbnail are expected.

    The actual values are not read here, so nothing is retried.
    """
    row, asked = one_row(**values), []

    def read(*arguments):
        asked.append(arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "read", read)
        change = Change(row, THUMBNAIL, Assessment(Verdict.MISSING, ""), old=name, new="thumbnails/new.jpg")
        (written,) = rows.write([change], source, "default")
    done = column() == "thumbnails/new.jpg"
    assert (written.new == "thumbnails/new.jpg") is done is (not asked)
    return done


@pytest.mark.parametrize("empty", [None, ""])
def test_a_row_is_written_if_it_has_what_is_expected(empty):
    assert updated(SOURCE, OURS, image=SOURCE, thumbnail=OURS)
    assert updated(SOURCE, "", image=SOURCE, thumbnail=empty)
    assert updated("", OURS, image=empty, thumbnail=OURS)


@pytest.mark.parametrize(
    ("source", "thumbnail"),
    [
        (OTHER_SOURCE, OURS),
        (SOURCE, THEIRS),
        ("", OURS),
        (SOURCE, ""),
        (SOURCE.upper(), OURS),
        (SOURCE, OURS.upper()),
    ],
)
def test_a_row_is_not_written_if_it_has_anything_else(source, thumbnail):
    assert not updated(source, thumbnail, image=SOURCE, thumbnail=OURS)


@pytest.mark.parametrize(
    ("wanted", "has"),
    [("images/é.jpg", "images/e.jpg"), ("images/a.jpg", "images/a.jpg "), ("ß.jpg", "ss.jpg")],
)
def test_names_are_compared_byte_by_byte_on_every_database(wanted, has):
    """MySQL columns usually ignore case, accents and trailing spaces."""
    assert not updated(wanted, OURS, image=has, thumbnail=OURS)
    assert updated(wanted, OURS, image=wanted, thumbnail=OURS)


# A plain UPDATE


def kept(has, name=OURS, source=SOURCE):
    """Return what a row has after an UPDATE that lets it keep a right thumbnail."""
    one_row(image=SOURCE, thumbnail=has)
    Photo._base_manager.update(thumbnail=KeptIfRight(THUMBNAIL, name, source))
    return column()


def test_a_row_keeps_its_own_thumbnail_if_it_is_right():
    assert kept(OURS) == OURS
    assert kept(THEIRS) == THEIRS


@pytest.mark.parametrize("has", ["", None, OF_OTHER, "thumbnails/a_thumbnail.jpg"])
def test_a_row_has_none_if_its_own_is_not_right(has):
    """Not the instance's thumbnail, because another process may be about to delete its file."""
    assert kept(has) == ""


def test_a_name_without_a_fingerprint_is_kept_if_it_or_the_source_is_unchanged():
    legacy = "thumbnails/a_thumbnail.jpg"
    assert kept(legacy, name=legacy) == legacy
    assert kept("thumbnails/other.jpg", name=legacy, source=OTHER_SOURCE) == ""
    assert kept("", name=legacy) == ""
    if connection.vendor != "mysql":  # it has assigned the new source already
        assert kept("thumbnails/other.jpg", name=legacy) == "thumbnails/other.jpg"


def test_the_kept_by_row_expression_changes_nothing():
    for has in (OURS, OF_OTHER, "", None):
        one_row(image=SOURCE, thumbnail=has)
        Photo._base_manager.update(thumbnail=KeptByRow(THUMBNAIL))
        assert column() == has


@pytest.mark.parametrize("source_first", [True, False])
def test_the_source_may_be_assigned_before_or_after(source_first):
    """MySQL has already assigned the earlier columns, so only the thumbnail's own column is compared."""
    guard = KeptIfRight(THUMBNAIL, OF_OTHER, OTHER_SOURCE)
    values = {"image": OTHER_SOURCE, "thumbnail": guard}
    one_row(image=SOURCE, thumbnail=OURS)
    Photo._base_manager.update(**(values if source_first else dict(reversed(values.items()))))
    assert column() == ""


def test_a_thumbnail_in_another_table_than_its_source_is_guarded_too():
    row = Restaurant.objects.create(image=upload())
    icon = Restaurant._meta.get_field("icon")
    made = row.icon.name.replace(row.icon.name[-11:-4], "0000000")
    Restaurant.objects.filter(pk=row.pk).update(icon=made)
    row.save()
    assert in_database(row).icon.name == made
    Restaurant.objects.filter(pk=row.pk).update(icon=fresh_name(icon, OTHER_SOURCE))
    Place.objects.filter(pk=row.pk).update(image=OTHER_SOURCE)
    row.save()
    assert in_database(row).icon.name == ""


@pytest.mark.parametrize(
    "source", [SOURCE, "images/写真.jpg", "images/A.JPG", "images/a%_b'c\".jpg", "other/a.jpg"]
)
def test_the_pattern_of_a_source_finds_its_thumbnails_and_no_others(source):
    sources = [SOURCE, OTHER_SOURCE, "images/写真.jpg", "images/A.JPG", "images/a%_b'c\".jpg", "other/a.jpg"]
    made = {name: fresh_name(THUMBNAIL, name) for name in sources}
    others = ["", None, "thumbnails/a_thumbnail.jpg", "thumbnails/a_thumbnail_60x40.jpg"]
    Photo.objects.bulk_create(Photo(thumbnail=name) for name in [*made.values(), *others])
    with connection.cursor() as cursor:
        pattern = of_source_pattern(source)
        cursor.execute("SELECT thumbnail FROM testapp_photo WHERE thumbnail LIKE %s", [pattern])
        assert [name for (name,) in cursor.fetchall()] == [made[source]]


# Rows that change meanwhile


def meanwhile(action):
    """Return a context manager that runs something once, right before the next UPDATE."""
    waiting = [action]

    def interfere(execute, sql, *arguments):
        if sql.startswith("UPDATE") and waiting:
            waiting.pop()()
        return execute(sql, *arguments)

    return connection.execute_wrapper(interfere)


def test_a_row_that_got_another_source_keeps_what_it_has(stored):
    row = Photo.objects.create(image=upload())
    other = in_database(row)
    with meanwhile(lambda: replace(other)):
        assert refresh_thumbnails([row], force=True) == Refreshed(0, 0, 1, ())
    assert stored("thumbnails/") == [column()] == [other.thumbnail.name]


def test_a_row_that_was_deleted_leaves_no_file(stored):
    row = Photo.objects.create(image=upload())
    with meanwhile(lambda: Photo.objects.all().delete()):
        assert refresh_thumbnails([row], force=True).made == 0
    assert stored("thumbnails/") == []
    assert refresh_thumbnails([row], force=True) == Refreshed(0, 0, 0, ())


def test_a_thumbnail_that_another_process_made_meanwhile_is_superseded(stored):
    row = Photo.objects.create(image=upload())
    other = in_database(row)
    with meanwhile(lambda: refresh_thumbnails([other], force=True)):
        assert refresh_thumbnails([row], force=True).made == 1
    assert stored("thumbnails/") == [column()] == [row.thumbnail.name]


def test_a_row_that_keeps_changing_is_given_up(stored):
    """Each time the row has another thumbnail of the same source by then."""
    row = Photo.objects.create(image=upload())
    names, busy = iter(range(9)), []

    def interfere(execute, sql, *arguments):
        if sql.startswith("UPDATE") and not busy:
            busy.append(True)
            Photo.objects.update(thumbnail=f"thumbnails/{next(names)}.jpg")
            busy.clear()
        return execute(sql, *arguments)

    with connection.execute_wrapper(interfere):
        assert refresh_thumbnails([row], force=True) == Refreshed(0, 0, 1, ())
    assert column() == "thumbnails/2.jpg"
    assert len(stored("thumbnails/")) == 1  # the first one; an UPDATE removed it from the row


def test_a_row_that_the_database_refuses_leaves_no_file(stored):
    row = Photo.objects.create(image=upload())

    def refuse(execute, sql, *arguments):
        if sql.startswith("UPDATE"):
            msg = "not now"
            raise DatabaseError(msg)
        return execute(sql, *arguments)

    with connection.execute_wrapper(refuse), pytest.raises(DatabaseError, match="not now"):
        refresh_thumbnails([row], force=True)
    assert stored("thumbnails/") == [column()]
