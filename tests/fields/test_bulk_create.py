"""Promise 1 in `bulk_create`: it sends no signals, but no row gets a thumbnail of another source."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import colour_of, picture, upload
from tests.testapp.models import Badge, Document, Gallery, Photo

from .conftest import BLUE, RED, in_database

pytestmark = pytest.mark.django_db(transaction=True)

names_rows = pytest.mark.skipif(
    not connection.features.supports_update_conflicts_with_target,
    reason="MySQL takes no unique_fields; tests/consistency/test_bulk.py covers it",
)
CONFLICT = {"update_conflicts": True, "unique_fields": ["code"]}


def badge(code="a"):
    return Badge.objects.get(code=code)


def verbs(queries):
    return [
        verb for query in queries if (verb := query["sql"].lstrip("(").split()[0]) not in ("BEGIN", "COMMIT")
    ]


def upserted(image, update_fields=("image",), **values):
    """Insert a badge with the code of an existing one; return the row."""
    new = Badge(code="a", image=image, **values)
    Badge.objects.bulk_create([new], update_fields=list(update_fields), **CONFLICT)
    return badge()


def test_bulk_create_of_fresh_uploads_in_the_same_insert():
    with CaptureQueriesContext(connection) as queries:
        Photo.objects.bulk_create([Photo(image=upload()), Photo(image=upload("b.jpg", "blue"))])
    assert verbs(queries) == ["INSERT"]
    assert [colour_of(photo.thumbnail) for photo in Photo.objects.order_by("pk")] == [RED, BLUE]


def test_bulk_create_of_stored_names_costs_nothing(calls):
    Photo.objects.bulk_create([Photo(image="images/x.jpg"), Photo(image="images/y.jpg")])
    assert not calls
    assert [photo.thumbnail.name for photo in Photo.objects.all()] == ["", ""]


def test_a_copy_of_a_bulk_created_row_gets_its_own_file():
    (photo,) = Photo.objects.bulk_create([Photo(image=upload())])
    name = photo.thumbnail.name
    photo.pk = None
    photo.save()
    assert photo.thumbnail.name != name


# Rows that already exist


@names_rows
def test_a_new_upload_over_a_row_has_its_own_thumbnail(stored):
    Badge.objects.create(code="a", image=upload())
    row = upserted(upload("b.jpg", "blue"))
    assert colour_of(row.image) == colour_of(row.thumbnail) == BLUE
    assert stored("thumbnails/") == [row.thumbnail.name]


@names_rows
def test_another_stored_source_over_a_row_never_keeps_the_old_thumbnail(media, stored):
    Badge.objects.create(code="a", image=upload())
    (media / "images/b.jpg").write_bytes(picture("blue"))
    row = upserted("images/b.jpg")
    assert (row.image.name, row.thumbnail.name) == ("images/b.jpg", "")
    assert stored("thumbnails/") == []


@names_rows
def test_the_same_source_over_a_row_keeps_its_thumbnail(stored):
    kept = Badge.objects.create(code="a", image=upload())
    row = upserted(kept.image.name)
    assert row.thumbnail.name == kept.thumbnail.name
    assert stored("thumbnails/") == [kept.thumbnail.name]


@pytest.mark.parametrize("update_fields", [["image", "thumbnail"], ["thumbnail", "image"]])
@names_rows
def test_a_row_whose_thumbnail_is_updated_too_keeps_the_right_one(update_fields, stored):
    kept = Badge.objects.create(code="a", image=upload())
    assert upserted(kept.image.name, update_fields).thumbnail.name == kept.thumbnail.name
    row = upserted(upload("b.jpg", "blue"), update_fields)
    assert colour_of(row.thumbnail) == BLUE
    assert stored("thumbnails/") == [row.thumbnail.name]


@names_rows
def test_removing_the_source_of_a_row_removes_its_thumbnail(stored):
    Badge.objects.create(code="a", image=upload())
    row = upserted("")
    assert (row.image.name, row.thumbnail.name) == ("", "")
    assert stored("thumbnails/") == []


@names_rows
def test_updating_other_columns_of_a_row_keeps_source_and_thumbnail(stored):
    kept = Badge.objects.create(code="a", image=upload())
    row = upserted(upload("b.jpg", "blue"), ["code"])
    assert (row.image.name, row.thumbnail.name) == (kept.image.name, kept.thumbnail.name)
    assert kept.thumbnail.name in stored("thumbnails/")


def test_a_row_that_is_ignored_keeps_source_and_thumbnail(stored):
    kept = Badge.objects.create(code="a", image=upload())
    new = [Badge(code=code, image=upload(f"{code}.jpg", "blue")) for code in "ab"]
    Badge.objects.bulk_create(new, ignore_conflicts=True)
    assert (badge().image.name, badge().thumbnail.name) == (kept.image.name, kept.thumbnail.name)
    assert colour_of(badge("b").thumbnail) == BLUE
    assert stored("thumbnails/") == sorted([kept.thumbnail.name, badge("b").thumbnail.name])


@names_rows
def test_new_and_existing_rows_in_one_insert(media, stored):
    same, _other = (Badge.objects.create(code=code, image=upload(f"{code}.jpg")) for code in "ab")
    (media / "images/x.jpg").write_bytes(picture("blue"))
    with CaptureQueriesContext(connection) as queries:
        Badge.objects.bulk_create(
            [
                Badge(code="a", image=same.image.name),
                Badge(code="b", image="images/x.jpg"),
                Badge(code="c", image=upload("c.jpg", "blue")),
                Badge(code="d"),
            ],
            update_fields=["image"],
            **CONFLICT,
        )
    asked = verbs(queries)  # without a transaction, the query for unused files is logged with the INSERT
    assert (asked[0], asked.count("INSERT"), asked.count("SELECT")) == ("SELECT", 1, 2)
    assert badge("a").thumbnail.name == same.thumbnail.name
    assert badge("b").thumbnail.name == badge("d").thumbnail.name == ""
    assert colour_of(badge("c").thumbnail) == BLUE
    assert stored("thumbnails/") == sorted([same.thumbnail.name, badge("c").thumbnail.name])


@names_rows
def test_several_thumbnails_over_existing_rows(stored):
    row = Gallery.objects.create(image=upload())
    conflict = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": ["image"]}
    Gallery.objects.bulk_create([Gallery(pk=row.pk, image=row.image.name)], **conflict)
    names = ("small", "square", "webp")
    assert [getattr(in_database(row), name).name for name in names] == [
        getattr(row, name).name for name in names
    ]
    Gallery.objects.bulk_create([Gallery(pk=row.pk, image=upload("b.jpg", "blue"))], **conflict)
    assert all(colour_of(getattr(in_database(row), name))[2] > 200 for name in names)
    assert [len(stored(f"{name}/")) for name in names] == [1, 1, 1]


@names_rows
def test_size_columns_match_the_thumbnail_in_the_row():
    row = Document.objects.create(file=upload())
    new = Document(pk=row.pk, file=upload("b.jpg", size=(80, 120)))
    Document.objects.bulk_create([new], update_conflicts=True, unique_fields=["id"], update_fields=["file"])
    row = in_database(row)
    assert (row.width, row.height) == (row.thumbnail.width, row.thumbnail.height) == (40, 60)


def test_saving_a_row_from_bulk_create_costs_nothing(django_assert_num_queries):
    (row,) = Badge.objects.bulk_create([Badge(code="a", image=upload())])
    assert colour_of(row.thumbnail) == RED
    for instance in (row, badge()):
        with django_assert_num_queries(1):
            instance.save()
