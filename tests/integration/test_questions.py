"""On a large table, indexes answer the queries before a deletion."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advthumb.fields.references import unreferenced
from tests.testapp.models import Photo

_ROWS = 300_000


@pytest.mark.django_db
@pytest.mark.usefixtures("postgresql")
def test_each_reference_query_uses_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO testapp_photo (title, image, thumbnail) SELECT '', 'images/' || n || '.jpg',"
            " 'thumbnails/' || n || '.jpg' FROM generate_series(1, %s) AS n",
            [_ROWS],
        )
        cursor.execute("CREATE INDEX ON testapp_photo (thumbnail)")
        cursor.execute("CREATE INDEX ON testapp_photo (image)")
        cursor.execute("ANALYZE testapp_photo")
    for count in (1, 1000):
        names = [f"thumbnails/unused-{number}.jpg" for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert unreferenced(Photo._meta.get_field("thumbnail"), names, "default") == {*names}
        asked = [query["sql"] for query in queries if 'FROM "testapp_photo"' in query["sql"]]
        assert "".join(asked).count('FROM "testapp_photo"') == 2  # the thumbnail and its source
        with connection.cursor() as cursor:
            plan = "".join(_plan(cursor, sql) for sql in asked)
        # Empty tables are read in full.
        assert len(re.findall(r"Index (?:Only )?Scan.* on testapp_photo", plan)) == 2, plan
        assert "Seq Scan on testapp_photo" not in plan


def _plan(cursor: Any, sql: str) -> str:
    cursor.execute(f"EXPLAIN {sql.replace('%', '%%')}")
    return "\n".join(line for (line,) in cursor.fetchall())
