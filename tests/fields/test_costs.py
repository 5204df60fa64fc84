"""Promise 6 and the cost of a save, counted rather than timed."""

import os

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.models.signals import post_save
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from advthumb import refresh_thumbnails, storages
from advthumb.engines.pillow import PillowEngine
from advthumb.fields import relations
from tests.conftest import made_later, upload
from tests.testapp.models import Gallery, Photo

pytestmark = [pytest.mark.django_db, pytest.mark.costs]


class Queries(CaptureQueriesContext):
    def __init__(self):
        super().__init__(connection)

    @property
    def verbs(self):
        return [query["sql"].lstrip("(").split()[0] for query in self]


def test_create_costs_one_insert_and_per_file_one_exists_and_one_save(calls):
    with Queries() as queries:
        Photo.objects.create(image=upload())
    assert queries.verbs == ["INSERT"]
    assert calls == {"exists": 2, "save": 2}


def test_replace_reads_the_row_once_and_costs_per_file_one_exists_and_one_save(calls):
    photo = Photo.objects.create(image=upload())
    calls.clear()
    photo.image = upload("b.jpg", "blue")
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["SELECT", "UPDATE"]
    assert calls == {"exists": 2, "save": 2}


def test_replacing_the_source_alone_costs_what_replacing_both_does(calls):
    photo = Photo.objects.create(image=upload())
    calls.clear()
    photo.image = upload("b.jpg", "blue")
    with Queries() as queries:
        photo.save(update_fields=["image"])
    assert queries.verbs == ["SELECT", "UPDATE"]
    assert calls == {"exists": 2, "save": 2}


def test_clearing_reads_the_row_once(calls):
    photo = Photo.objects.create(image=upload())
    calls.clear()
    photo.image = None
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["SELECT", "UPDATE"]
    assert not calls


@pytest.mark.django_db(transaction=True)
def test_clean_up_after_commit_queries_each_column_once(calls):
    photo = Photo.objects.create(image=upload())
    photo.image = upload("b.jpg", "blue")
    with Queries() as queries:
        photo.save()
    assert queries.verbs[:2] == ["SELECT", "UPDATE"]
    assert set(queries.verbs[2:]) == {"SELECT"}
    columns = [query["sql"].split(" FROM ")[0] for query in queries.captured_queries[2:]]
    assert len(columns) == len(set(columns))
    quoted = connection.ops.quote_name
    assert f"{quoted('testapp_photo')}.{quoted('thumbnail')}" in columns[0]
    assert calls["delete"] == 1


def test_a_refreshed_row_costs_no_more_to_save():
    photo = Photo.objects.create(image=upload())
    refresh_thumbnails([photo], force=True)
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["UPDATE"]


@pytest.mark.parametrize("rows", [Photo.objects.only("title"), Photo.objects.defer("image")])
def test_a_deferred_source_adds_no_cost(rows, calls):
    Photo.objects.create(image=upload())
    photo = rows.get()
    calls.clear()
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["UPDATE"]
    assert not calls


def test_a_deferred_thumbnail_costs_one_query():
    """Only the row can tell whether the source being written is a different one."""
    Photo.objects.create(image=upload())
    photo = Photo.objects.defer("thumbnail").get()
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["SELECT", "UPDATE"]


def test_an_unrelated_save_costs_nothing_at_level_name(calls, settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "name"
    Photo.objects.create(image=upload())
    photo = Photo.objects.get()
    calls.clear()
    photo.title = "new"
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["UPDATE"]
    assert not calls


def test_an_unrelated_save_costs_three_storage_calls_at_level_stat(calls):
    made_later(Photo.objects.create(image=upload()).thumbnail)
    photo = Photo.objects.get()
    calls.clear()
    with Queries() as queries:
        photo.save()
    assert queries.verbs == ["UPDATE"]
    assert calls == {"size": 1, "get_modified_time": 2}


def test_an_unrelated_save_checks_a_source_of_several_thumbnails_once(calls):
    gallery = Gallery.objects.create(image=upload())
    made_later(gallery.small, gallery.square, gallery.webp)
    gallery = Gallery.objects.get()
    calls.clear()
    gallery.save()
    thumbnails = len(relations.thumbnail_fields(Gallery))
    assert thumbnails > 1
    assert calls == {"size": 1, "get_modified_time": 1 + thumbnails}


def test_an_unrelated_save_costs_two_stat_calls_and_no_cache_call(settings, media, monkeypatch):
    """With Django's own storage for local files and the default `ADVANCE_THUMBNAIL_CHECK_ON_SAVE`."""
    settings.CACHES = {"default": {"BACKEND": "tests.testapp.caches.CountingCache"}}
    settings.STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    made_later(Photo.objects.create(image=upload()).thumbnail)
    photo = Photo.objects.get()
    checked = []
    stat = os.stat

    def counting(path, **options):
        checked.append(path)
        return stat(path, **options)

    photo.title = "new"
    with monkeypatch.context() as counted:
        counted.setattr(os, "stat", counting)
        photo.save()
    assert checked == [str(media / photo.image.name), str(media / photo.thumbnail.name)]
    assert not caches["default"].calls


def test_level_content_reads_the_source_once(calls, settings):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "content"
    photo = Photo.objects.create(image=upload())
    calls.clear()
    photo.save()
    assert calls["open"] == 1


def test_a_stale_source_is_read_once_to_judge_and_to_render(calls, settings, media):
    settings.ADVANCE_THUMBNAIL_CHECK_ON_SAVE = "content"
    photo = Photo.objects.create(image=upload())
    path = media / photo.image.name
    path.write_bytes(bytes(upload("b.jpg", "blue").read()))
    calls.clear()
    photo.save()
    assert calls["open"] == 1
    assert calls["save"] == 1


def test_several_thumbnails_of_one_source_cost_one_decode(monkeypatch):
    decoded = []
    decode = PillowEngine._decode

    def counting(self, *args):
        decoded.append(args)
        return decode(self, *args)

    monkeypatch.setattr(PillowEngine, "_decode", counting)
    with Queries() as queries:
        Gallery.objects.create(image=upload())
    assert len(decoded) == 1
    with queries:
        Gallery.objects.bulk_create([Gallery(image=upload("b.jpg"))])
    assert len(decoded) == 2
    assert queries.verbs == ["INSERT"]


def test_a_page_costs_nothing(calls):
    Photo.objects.create(image=upload())
    photo = Photo.objects.get()
    calls.clear()
    template = Template("{{ p.thumbnail.url }} {{ p.thumbnail.width }}x{{ p.thumbnail.height }}")
    with Queries() as queries:
        html = template.render(Context({"p": photo}))
    assert html.endswith(".jpg 60x40")
    assert queries.verbs == []
    assert not calls


def test_post_save_receivers_fire_once_and_see_the_thumbnail():
    seen = []

    def receiver(instance, **_kwargs):
        seen.append((instance.thumbnail.name, Photo.objects.get(pk=instance.pk).thumbnail.name))

    post_save.connect(receiver, sender=Photo)
    try:
        photo = Photo.objects.create(image=upload())
        photo.image = upload("b.jpg", "blue")
        photo.save(update_fields=["image"])
    finally:
        post_save.disconnect(receiver, sender=Photo)
    assert len(seen) == 2
    assert seen[0][0] != seen[1][0]
    assert all(on_instance == in_row != "" for on_instance, in_row in seen)


def test_bytes_are_read_at_most_once_and_never_if_already_in_memory(monkeypatch):
    """A row's source is read once for all its thumbnails; an upload is not read back."""
    taken = []
    read = storages.read

    def noting(*args):
        data = read(*args)
        taken.append(len(data))
        return data

    monkeypatch.setattr(storages, "read", noting)
    row = Gallery.objects.create(image=upload())
    made_later(row.small, row.square, row.webp)
    row.save()
    assert taken == []
    Gallery.objects.update(small="", square="", webp="")
    Gallery.objects.get().save()
    assert taken == [row.image.size]
