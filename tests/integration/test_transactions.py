"""Promise 4 in all kinds of transactions, on PostgreSQL: files match rows, whatever is rolled back."""

from random import Random

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import HttpResponse
from django.urls import path

from tests.children import Writer
from tests.conftest import colour_of, upload
from tests.invariants import violations
from tests.testapp.models import Badge, Photo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgresql")]

RED, BLUE = (254, 0, 0), (0, 0, 254)


def turn_blue(row):
    row.image = upload("b.jpg", "blue")
    row.save()


def view(request, *, fails):
    turn_blue(Photo.objects.get())
    if fails:
        raise LookupError
    return HttpResponse()


urlpatterns = [
    path("good/", view, {"fails": False}),
    path("bad/", view, {"fails": True}),
]


def thumbnail_of(model=Photo):
    return model.objects.get().thumbnail.name


@pytest.mark.parametrize(("url", "colour"), [("/good/", BLUE), ("/bad/", RED)])
def test_atomic_requests(url, colour, client, settings, monkeypatch, stored):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    client.raise_request_exception = False
    Photo.objects.create(image=upload())
    client.get(url)
    assert colour_of(Photo.objects.get().thumbnail) == colour
    assert stored("thumbnails/") == [thumbnail_of()]


def test_durable_transactions(stored):
    photo = Photo.objects.create(image=upload())
    with transaction.atomic(durable=True):
        turn_blue(photo)
    with pytest.raises(LookupError), transaction.atomic(durable=True):
        photo.delete()
        raise LookupError
    assert stored("thumbnails/") == [thumbnail_of()]


def test_a_row_locked_by_select_for_update_is_replaced_by_one_after_the_other(media, stored):
    """Writers that lock the row while loading it leave no files behind."""
    random = Random(3)
    pk = Photo.objects.create(image=upload()).pk
    with Writer(media) as one, Writer(media) as other:
        for number in range(25):
            for writer in (one, other):
                name = f"{number}-{writer is one}.jpg"
                colour = f"#{random.randrange(1 << 24):06x}"
                writer.tell("replace-locked", pk=pk, name=name, colour=colour, wait=0, think=0.002)
            one.answer()
            other.answer()
            assert violations(Photo.objects.all(), media) == []
            assert stored("thumbnails/") == [thumbnail_of()]


def test_project_callbacks_see_the_new_file(stored):
    """All see the new file. Callbacks registered before the save still see the old one."""
    photo = Photo.objects.create(image=upload())
    before = thumbnail_of()
    seen = []

    def look():
        seen.append((thumbnail_of() in stored(), before in stored()))

    with transaction.atomic():
        transaction.on_commit(look)
        turn_blue(photo)
        transaction.on_commit(look)
    assert seen == [(True, True), (True, False)]


def test_a_rollback_after_a_callback_was_put_in_front(stored):
    before = Photo.objects.create(image=upload())
    called = []
    with transaction.atomic():
        transaction.on_commit(lambda: called.append("outer"))
        with pytest.raises(LookupError), transaction.atomic():
            transaction.on_commit(lambda: called.append("inner"))
            turn_blue(Photo.objects.get())
            raise LookupError
        assert stored("thumbnails/") == [before.thumbnail.name]
    assert called == ["outer"]


def test_a_savepoint_that_the_database_refused_is_undone_alone(stored):
    """After an error PostgreSQL accepts no query until the savepoint is rolled back, so none is sent."""
    Badge.objects.create(code="taken")
    with transaction.atomic():
        Badge.objects.create(code="before", image=upload())
        with pytest.raises(IntegrityError), transaction.atomic():
            Badge.objects.create(code="taken", image=upload("b.jpg"))
        Badge.objects.create(code="after", image=upload("c.jpg"))
    names = Badge.objects.exclude(thumbnail="").values_list("thumbnail", flat=True)
    assert len(names) == 2
    assert stored("thumbnails/") == sorted(names)


def test_a_transaction_marked_for_rollback(stored):
    Photo.objects.create(image=upload())
    before = stored("thumbnails/")
    with transaction.atomic():
        turn_blue(Photo.objects.get())
        transaction.set_rollback(True)
    assert stored("thumbnails/") == before == [thumbnail_of()]


def test_a_lost_connection_leaves_files_for_prune(stored):
    """Nobody can tell whether the server committed, so no file is removed."""
    photo = Photo.objects.create(image=upload())
    before = thumbnail_of()
    with pytest.raises(DatabaseError), transaction.atomic():
        turn_blue(photo)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert thumbnail_of() == before
    assert before in stored()
    assert len(stored("thumbnails/")) == 2
