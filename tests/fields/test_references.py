"""Before a file is deleted, every column that may name it is queried; in doubt the file stays."""

import logging
from itertools import count

import pytest
from django.apps import apps
from django.db import connection, connections, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import CaptureQueriesContext

from advthumb.fields import file_columns, references
from advthumb.fields.file_columns import columns_beside
from advthumb.fields.references import may_be_deleted, unreferenced
from advthumb.fields.relations import thumbnail_fields
from tests.conftest import upload
from tests.testapp.models import Article, Attachment, Nested, Photo, Place, Restaurant, Soft, Titled

pytestmark = pytest.mark.django_db(databases=["default", "other"])

FIELD = Photo._meta.get_field("thumbnail")
FILE = "thumbnails/a_thumbnail_60x40_ecs4k66ef5acb43r8c1a1r.jpg"
OTHER = FILE.replace("a_", "b_")


def ask(names=(FILE,), field=FIELD, using="default"):
    return unreferenced(field, names, using)


def test_a_file_that_no_row_names_is_unreferenced():
    assert ask([FILE, OTHER, ""]) == {FILE, OTHER}
    assert ask([]) == set()


@pytest.mark.parametrize(
    "row",
    [
        lambda: Photo(thumbnail=FILE),
        lambda: Photo(image=FILE),
        lambda: Article(thumbnail=FILE),
        lambda: Attachment(file=FILE),
        lambda: Titled(image=FILE),
        lambda: Soft(thumbnail=FILE, gone=True),
    ],
)
def test_a_file_that_any_row_of_any_model_names_is_referenced(row):
    row = row()
    type(row)._base_manager.bulk_create([row])
    assert ask([FILE, OTHER]) == {OTHER}


def test_a_nested_storage_is_queried_by_its_own_names():
    Nested.objects.bulk_create([Nested(thumbnail="a.jpg"), Nested(image="thumbnails/nested/b.jpg")])
    asked = ["thumbnails/nested/a.jpg", "thumbnails/nested/b.jpg", "thumbnails/nested/c.jpg", "a.jpg"]
    assert ask(asked) == {"thumbnails/nested/c.jpg", "a.jpg"}
    assert ask(["a.jpg", "b.jpg", "c.jpg"], Nested._meta.get_field("thumbnail")) == {"c.jpg"}


@pytest.mark.parametrize("upload_to", ["elsewhere/", lambda _instance, name: name])
def test_the_current_upload_to_is_ignored(monkeypatch, upload_to):
    monkeypatch.setattr(Attachment._meta.get_field("file"), "upload_to", upload_to)
    Attachment.objects.create(file=FILE)
    assert ask() == set()


def test_a_router_that_forbids_migrations_hides_no_row(settings):
    settings.DATABASE_ROUTERS = ["tests.testapp.routers.NoMigrations"]
    Article.objects.bulk_create([Article(thumbnail=FILE)])
    assert ask([FILE, OTHER]) == {OTHER}


def test_the_columns_of_parents_are_queried():
    field = Restaurant._meta.get_field("icon")
    columns = [column for column in columns_beside(field) if column.model in {Place, Restaurant}]
    assert [str(column).rpartition(".")[2] for column in columns] == ["icon", "image", "thumbnail"]


def test_every_column_is_queried_once_starting_with_that_of_the_field():
    columns = list(columns_beside(FIELD))
    assert columns[0] is FIELD
    assert len({(column.model._meta.db_table, column.column) for column in columns}) == len(columns)
    assert Attachment._meta.get_field("file") in columns


def historical(model, **options):
    """Return the thumbnail field of a model as it appears in a migration."""
    state = ProjectState()
    model_state = ModelState.from_model(model)
    model_state.options.update(options)
    state.add_model(model_state)
    (field,) = thumbnail_fields(state.apps.get_model("testapp", model.__name__))
    return field


def test_a_historical_model_queries_its_own_rows_and_all_others():
    field = historical(Photo)
    Photo.objects.bulk_create([Photo(thumbnail=FILE)])
    Attachment.objects.create(file=OTHER)
    third = FILE.replace("a_", "c_")
    assert ask([FILE, OTHER, third], field) == {third}


def test_a_removed_historical_model_is_queried_through_its_own_table():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE old_photo (id integer, title text, image text, thumbnail text)")
        cursor.execute("INSERT INTO old_photo VALUES (1, '', '', %s)", [FILE])
    assert ask([FILE, OTHER], historical(Photo, db_table="old_photo")) == {OTHER}


def test_a_historical_model_queries_the_models_of_its_time():
    state = ProjectState()
    state.add_model(ModelState.from_model(Photo))
    scan = ModelState(
        "testapp", "Scan", [("id", models.AutoField(primary_key=True)), ("file", models.FileField())]
    )
    state.add_model(scan)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE testapp_scan (id integer, file text)")
        cursor.execute("INSERT INTO testapp_scan VALUES (1, %s)", [FILE])
    (field,) = thumbnail_fields(state.apps.get_model("testapp", "Photo"))
    assert ask([FILE, OTHER], field) == {OTHER}


@pytest.fixture
def without_table():
    """Provide a function that removes a model's table until the end of the test."""
    taken = []

    def take(model, using="default"):
        with connections[using].cursor() as cursor:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} RENAME TO gone")
        taken.append((model._meta.db_table, using))

    yield take
    for table, using in taken:
        if not connections[using].features.can_rollback_ddl:  # otherwise the test's transaction restores it
            with connections[using].cursor() as cursor:
                cursor.execute(f"ALTER TABLE gone RENAME TO {table}")


@pytest.mark.parametrize("model", [Photo, Attachment])
def test_while_a_table_is_missing_files_are_kept_and_the_transaction_continues(model, caplog, without_table):
    without_table(model)
    with caplog.at_level(logging.WARNING):
        assert ask() == set()
    assert f"{model._meta.label}." in caplog.text
    assert model._meta.db_table in caplog.text
    with transaction.atomic():
        assert Article.objects.count() == 0


def test_a_column_of_a_third_party_that_raises_keeps_the_files(monkeypatch, caplog):
    def refuse(_self, _value):
        raise ArithmeticError("not today")

    monkeypatch.setattr(type(Attachment._meta.get_field("file")), "get_prep_value", refuse)
    with caplog.at_level(logging.WARNING):
        assert ask() == set()
    assert "ArithmeticError: not today" in caplog.text


def test_a_router_that_raises_is_not_needed(monkeypatch, settings):
    def refuse(*_args, **_kwargs):
        raise KeyError("instance")

    monkeypatch.setattr(file_columns.router, "db_for_write", refuse)
    assert ask() == {FILE}


class TestRowsOnAnotherDatabase:
    @pytest.fixture(autouse=True)
    def routers(self, settings):
        settings.DATABASE_ROUTERS = ["tests.testapp.routers.AttachmentsElsewhere"]

    def test_they_are_queried_where_the_router_writes_them(self):
        Attachment.objects.create(file=FILE)
        assert ask([FILE, OTHER]) == {OTHER}

    def test_the_database_of_the_change_is_queried_too(self):
        Attachment.objects.using("default").create(file=FILE)
        assert ask([FILE, OTHER]) == {OTHER}

    def test_they_may_have_no_table_on_the_database_of_the_change(self, without_table):
        without_table(Attachment)
        Attachment.objects.create(file=FILE)
        assert ask([FILE, OTHER]) == {OTHER}

    def test_files_are_kept_if_they_have_no_table_where_the_router_writes_them(self, caplog, without_table):
        without_table(Attachment, "other")
        with caplog.at_level(logging.WARNING):
            assert ask() == set()
        assert "'other'" in caplog.text

    def test_a_table_in_another_schema_is_queried_although_no_table_list_has_it(self, monkeypatch):
        monkeypatch.setattr(Attachment._meta, "db_table", 'main"."testapp_attachment')
        assert not file_columns.Tables().lack(Attachment, "default")


def test_a_save_to_another_database_also_checks_rows_of_the_default_one():
    Photo.objects.bulk_create([Photo(thumbnail=FILE)])
    assert ask(using="other") == set()


CASELESS = {
    "sqlite": ["CREATE VIEW testapp_attachment AS SELECT id, file COLLATE NOCASE AS file FROM gone"],
    "postgresql": [
        "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE VIEW testapp_attachment AS SELECT id, file COLLATE caseless AS file FROM gone",
    ],
}


@pytest.mark.skipif("connection.vendor not in CASELESS", reason="this database always ignores case")
def test_a_case_insensitive_match_of_the_database_does_not_count(media, without_table):
    Attachment.objects.create(file=FILE.upper())
    without_table(Attachment)
    with connection.cursor() as cursor:
        for statement in CASELESS[connection.vendor]:
            cursor.execute(statement)
    assert Attachment.objects.filter(file=FILE).exists()
    assert ask() == {FILE}
    for name in (FILE, FILE.upper()):
        path = media / name
        path.parent.mkdir(exist_ok=True)
    (media / FILE).write_bytes(b"")
    (media / FILE.upper()).hardlink_to(media / FILE)  # as on a disk that ignores case
    assert ask() == set()


def test_many_files_cost_few_queries_of_one_column_each():
    names = [f"thumbnails/{number}.jpg" for number in range(1_000)]
    Attachment.objects.create(file=names[7])
    columns = len(list(columns_beside(FIELD)))
    with CaptureQueriesContext(connection) as queries:
        assert ask(names) == {*names} - {names[7]}
    questions = [query["sql"] for query in queries if " IN (" in query["sql"]]
    assert len(questions) <= 2 * columns
    assert all(sql.count(" IN (") == 1 and "ORDER BY" not in sql for sql in questions)


def test_a_database_with_few_parameters_is_queried_in_small_batches(monkeypatch):
    monkeypatch.setattr(references, "_names_per_query", lambda _using: 2)
    Attachment.objects.create(file=FILE)
    names = [FILE, *(f"{number}.jpg" for number in range(4))]
    assert ask(names) == {*names} - {FILE}


def test_queries_stop_once_all_files_are_found():
    Photo.objects.bulk_create([Photo(thumbnail=FILE)])
    with CaptureQueriesContext(connection) as queries:
        ask()
    assert sum(" IN (" in query["sql"] for query in queries) == 1


@pytest.mark.django_db(transaction=True)
def test_a_query_outside_a_transaction_opens_none():
    with CaptureQueriesContext(connection) as queries:
        ask()
    assert {query["sql"].lstrip("(").split()[0] for query in queries} == {"SELECT"}


def test_the_columns_of_all_models_are_collected_once(monkeypatch):
    list(columns_beside(FIELD))
    gathered = count()
    real = file_columns._file_columns
    monkeypatch.setattr(file_columns, "_file_columns", lambda found: [next(gathered), *real(found)][1:])
    for _ in range(3):
        list(columns_beside(FIELD))
    assert next(gathered) == 0


def test_a_column_added_later_is_queried():
    assert list(columns_beside(FIELD))
    late = models.FileField(upload_to="late/")
    Article.add_to_class("late", late)
    try:
        assert late in list(columns_beside(FIELD))
    finally:
        Article._meta.local_fields.remove(late)
        Article._meta._expire_cache()
        del Article.late
    assert late not in list(columns_beside(FIELD))


def test_the_columns_of_a_model_registered_later_are_queried():
    before = set(columns_beside(FIELD))
    try:
        late = type(
            "Late", (models.Model,), {"__module__": "tests.testapp.models", "file": models.FileField()}
        )
        assert set(columns_beside(FIELD)) - before == {late._meta.get_field("file")}
    finally:
        del apps.all_models["testapp"]["late"]
        apps.clear_cache()


@pytest.mark.parametrize(
    ("name", "record", "deletable"),
    [
        (FILE, "", True),
        ("thumbnails/a_thumbnail.jpg", "", True),
        ("thumbnails/renamed.jpg", "ecs4k66ef5acb43r8c1a1r", True),
        ("thumbnails/renamed.jpg", "", False),
        ("placeholders/none.png", "", False),
        ("placeholders/none_thumbnail.png", "", False),
    ],
)
def test_only_files_that_we_made_may_be_deleted(monkeypatch, name, record, deletable):
    monkeypatch.setattr(FIELD, "default", "placeholders/none_thumbnail.png")
    assert may_be_deleted(FIELD, name, record) == deletable


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_an_upload_named_like_a_thumbnail_is_kept(stored):
    photo = Photo.objects.create(image=upload())
    name = photo.thumbnail.name
    Attachment.objects.create(file=name)
    photo.delete()
    assert name in stored()
    Attachment.objects.all().delete()
