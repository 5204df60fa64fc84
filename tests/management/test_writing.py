"""How rows are written: if the database locks rows, each separately, even if others fail."""

from collections import Counter

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from advthumb.fields.pictures import Pictures
from advthumb.fields.relations import Group
from advthumb.management import jobs
from tests.conftest import upload
from tests.testapp.models import Gallery, Photo

from .commands import GENERATE, report, rows_without_thumbnails

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.costs]


def statements(count):
    """Make the thumbnails of some rows, and return the number of SQL statements of each kind."""
    rows_without_thumbnails(count)
    with CaptureQueriesContext(connection) as queries:
        done = report(GENERATE, "--verify", "name", "--model", "testapp.Photo")
    assert done.outcomes == {"made": count}
    return Counter(query["sql"].split()[0] for query in queries)


@pytest.fixture
def row_locks(monkeypatch):
    """Have the database claim that it locks rows, as PostgreSQL and MySQL do."""
    monkeypatch.setattr(connection.features, "has_select_for_update", True)


def test_each_row_is_committed_separately_if_the_database_locks_rows(row_locks):
    """Holding a lock while another row is written could put the site's transactions into deadlocks."""
    words = statements(20)
    assert words["UPDATE"] == 20
    assert words["BEGIN"] == words["SAVEPOINT"] == 0


def test_rows_are_written_in_few_transactions_if_the_database_locks_the_whole_file():
    """Two queries find these rows and count the others; one loads these."""
    words = statements(20)
    assert words["SELECT"] == 3
    assert words["UPDATE"] == 20
    assert 1 <= words["BEGIN"] < 10


def test_superseded_files_are_deleted_in_batches_even_if_rows_are_committed_separately(row_locks, stored):
    for number in range(20):
        Photo.objects.create(image=upload(f"{number}.jpg"))
    with CaptureQueriesContext(connection) as queries:
        assert report(GENERATE, "--force", "--model", "testapp.Photo").outcomes == {"made": 20}
    questions = [query for query in queries if 'FROM "testapp_page" WHERE' in query["sql"]]
    columns = [query["sql"].split(" FROM ")[0] for query in questions]
    assert len(columns) == len(set(columns))  # each column is queried once for all 20 files
    assert stored("thumbnails/") == sorted(row.thumbnail.name for row in Photo.objects.all())


@pytest.mark.parametrize("locks_rows", [True, False])
def test_a_row_refused_inside_a_transaction_affects_no_other_row(locks_rows, monkeypatch):
    monkeypatch.setattr(connection.features, "has_select_for_update", locks_rows)
    rows_without_thumbnails(3)
    keys = list(Photo.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON testapp_photo "
            f"WHEN OLD.id = {keys[1]} BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        try:
            with transaction.atomic():
                done = report(GENERATE, "--model", "testapp.Photo")
        finally:
            cursor.execute("DROP TRIGGER refuse")
    assert (done.code, done.outcomes) == (1, {"made": 2, "failed": 1})
    assert [bool(row.thumbnail) for row in Photo.objects.order_by("pk")] == [True, False, True]


def test_sources_of_a_row_are_written_separately_so_one_refusal_affects_no_other(
    monkeypatch, row_locks, stored
):
    """The row gets the second source's thumbnail, although the first could not be written."""
    thumbnails = [field for field in Gallery._meta.fields if field.name in {"small", "webp"}]
    groups = [Group(field.source_field, (field,), in_child=False) for field in thumbnails]
    monkeypatch.setattr(jobs, "by_source", lambda _fields: groups)
    rows_without_thumbnails(1, Gallery)
    write, refused = Pictures.write, [DatabaseError("not this one")]

    def refusing(pictures):
        if refused:
            raise refused.pop()
        write(pictures)

    monkeypatch.setattr(Pictures, "write", refusing)
    done = report(GENERATE, "--model", "testapp.Gallery")
    row = Gallery.objects.get()
    assert (bool(row.small), bool(row.webp)) == (False, True)
    assert done.outcomes["failed"] >= 1
    assert done.outcomes["made"] == 1
