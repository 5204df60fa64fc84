"""Placeholders: the colour in the name and the ThumbHash in its column are those of the row's thumbnail."""

import base64
import re
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from PIL import Image

from advthumb import refresh_thumbnails
from advthumb.core import thumbhash
from advthumb.core.formats import ImageFormat
from advthumb.core.names import ThumbnailName, members
from advthumb.processors import Greyscale, Rounded
from tests.conftest import picture, upload
from tests.testapp.models import Cover, Photo

from .conftest import column, in_database, replace
from .test_costs import Queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return Cover.objects.create(image=upload())


def mean(text):
    """Return the colour in the middle of what a hash paints."""
    painted = thumbhash.decode(thumbhash.from_text(text))
    middle = len(painted.data) // 2
    start = middle - middle % painted.bands
    return tuple(painted.data[start : start + 3])


def is_like(text, colour):
    return max(abs(a - b) for a, b in zip(mean(text), colour, strict=True)) <= 8


def test_a_new_row_has_colour_and_hash_with_one_insert():
    with Queries() as queries:
        row = Cover.objects.create(image=upload())
    assert queries.verbs == ["INSERT"]
    for each in (row, in_database(row)):
        assert each.thumbnail.color == "#fe0000"
        assert is_like(each.thumb_hash, (254, 0, 0))
        assert each.thumbnail.thumbhash == each.thumb_hash


@pytest.mark.parametrize("fields", [None, ["image"], ["image", "title"]])
def test_another_source_gives_another_hash_in_the_same_update(row, fields):
    with Queries() as queries:
        replace(row, colour="blue", update_fields=fields)
    assert queries.verbs == ["SELECT", "UPDATE"]
    assert is_like(in_database(row).thumb_hash, (0, 0, 254))
    assert in_database(row).thumbnail.color == "#0000fe"


def test_a_row_without_source_has_no_hash(row):
    row.image = ""
    row.save()
    assert in_database(row).thumb_hash == row.thumb_hash == ""
    assert row.thumbnail.placeholder_css == row.thumbnail.placeholder_url == row.thumbnail.color == ""


def test_a_source_that_cannot_be_decoded_leaves_no_hash(row):
    row.image = ContentFile(picture()[:200], name="broken.jpg")
    row.save()
    assert not row.thumbnail
    assert in_database(row).thumb_hash == row.thumb_hash == ""


def test_a_save_of_a_stale_instance_keeps_the_hash_of_the_row(row):
    stale = in_database(row)
    replace(row, colour="blue")
    stale.image, stale.title = row.image.name, "later"
    stale.save()
    assert column("thumb_hash", Cover) == row.thumb_hash == stale.thumb_hash
    assert column("title", Cover) == "later"


def test_a_save_of_the_instance_that_knows_no_thumbnail_keeps_the_hash(row):
    by_hand = Cover(pk=row.pk, image=row.image.name, title="by hand")
    by_hand.save()
    assert by_hand.thumb_hash == row.thumb_hash
    assert column("thumb_hash", Cover) == row.thumb_hash
    assert column("thumbnail", Cover) == row.thumbnail.name


def test_a_deferred_hash_is_written_with_its_thumbnail_and_never_loaded(row):
    deferred = Cover.objects.defer("thumb_hash").get()
    with Queries() as queries:
        assert deferred.thumbnail.thumbhash == ""
        assert deferred.thumbnail.placeholder_css == "background-color:#fe0000"
    assert queries.verbs == []
    replace(deferred, colour="blue")
    assert is_like(in_database(row).thumb_hash, (0, 0, 254))
    unchanged = Cover.objects.defer("thumb_hash").get()
    unchanged.save()
    assert is_like(in_database(row).thumb_hash, (0, 0, 254))


def test_a_copy_has_a_hash_and_a_file_of_its_own(row):
    copy = in_database(row)
    copy.pk, copy._state.adding = None, True
    copy.save()
    assert copy.thumb_hash == row.thumb_hash
    assert copy.thumbnail.name != row.thumbnail.name


def test_bulk_create_writes_hashes(row):
    [new] = Cover.objects.bulk_create([Cover(image=upload(colour="blue"))])
    assert is_like(new.thumb_hash, (0, 0, 254))


@pytest.mark.skipif("mysql" in connection.vendor, reason="MySQL takes no unique fields")
def test_bulk_create_over_a_row_keeps_the_hash_of_a_source_that_stays(row):
    options = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": ["image", "title"]}
    Cover.objects.bulk_create([Cover(id=row.pk, image=row.image.name, title="again")], **options)
    assert column("thumb_hash", Cover) == row.thumb_hash
    Cover.objects.bulk_create([Cover(id=row.pk, image=upload(colour="blue"))], **options)
    assert is_like(column("thumb_hash", Cover), (0, 0, 254))


@pytest.mark.parametrize(
    ("argument", "value"),
    [("placeholder", True), ("placeholder_field", "title"), ("placeholder_field", None)],
)
def test_adding_a_placeholder_makes_thumbnails_spec_changed(row, monkeypatch, argument, value):
    model = Cover if value is None else Photo
    field = model._meta.get_field("thumbnail")
    one = row if value is None else Photo.objects.create(image=upload())
    assert one.thumbnail.status == "fresh"
    monkeypatch.setattr(field, argument, value)
    assert one.thumbnail.status == "spec-changed"
    assert refresh_thumbnails([one]).made == 1
    assert one.thumbnail.status == "fresh"


def test_the_commands_fill_the_hashes_of_rows_from_before(monkeypatch):
    field = Cover._meta.get_field("thumbnail")
    with monkeypatch.context() as before:
        before.setattr(field, "placeholder", False)
        before.setattr(field, "placeholder_field", None)
        Cover.objects.create(image=upload())
    old = Cover.objects.get()
    assert (old.thumb_hash, old.thumbnail.color) == ("", "")
    call_command("regenerate_thumbnails", "--model", "testapp.Cover", verbosity=0)
    row = Cover.objects.get()
    assert is_like(row.thumb_hash, (254, 0, 0))
    assert row.thumbnail.color == "#fe0000"
    assert row.thumbnail.status == "fresh"


def test_fields_without_placeholders_keep_their_fingerprint():
    row = Photo.objects.create(image=upload())
    assert ThumbnailName.parse(row.thumbnail.name).colour is None
    assert row.thumbnail.color == row.thumbnail.thumbhash == row.thumbnail.placeholder_css == ""
    assert Photo._meta.get_field("thumbnail").spec.previewed is False


def test_a_field_with_a_colour_only_has_no_hash(monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("thumbnail"), "placeholder", True)
    row = Photo.objects.create(image=upload())
    assert row.thumbnail.placeholder_css == "background-color:#fe0000"
    assert row.thumbnail.placeholder_url == ""


def test_the_css_shows_a_blurred_picture(row):
    css = row.thumbnail.placeholder_css
    url = row.thumbnail.placeholder_url
    assert css == f"background:url({url}) center/cover"
    data = re.fullmatch("data:image/png;base64,(.+)", url)[1]
    with Image.open(BytesIO(base64.b64decode(data))) as image:
        assert image.size == (16, 11)


@pytest.mark.parametrize("image_format", ["WEBP", "PNG"])
def test_a_thumbnail_with_transparent_parts_has_no_background(image_format):
    out = BytesIO()
    image = Image.new("RGBA", (120, 80), (0, 0, 255, 255))
    image.paste((0, 0, 0, 0), (0, 0, 40, 80))
    image.save(out, image_format, **({"lossless": True} if image_format == "WEBP" else {}))
    row = Cover.objects.create(image=ContentFile(out.getvalue(), name=f"a.{image_format.lower()}"))
    assert row.thumbnail.placeholder_css == ""
    assert row.thumbnail.color == "#0000ff"
    assert row.thumbnail.placeholder_url


def test_a_text_that_is_no_hash_does_not_break_a_page(row):
    Cover.objects.update(thumb_hash="no hash")
    found = Cover.objects.get().thumbnail
    assert found.placeholder_css == "background-color:#fe0000"
    assert found.placeholder_url == ""


def test_the_dictionary_has_colour_and_hash(row):
    found = row.thumbnail.as_dict()
    assert found["color"] == "#fe0000"
    assert found["placeholder"] == row.thumb_hash


@pytest.mark.costs
def test_a_page_of_placeholders_costs_one_query_and_no_storage_call(row, calls):
    for number in range(20):
        Cover.objects.create(image=upload(f"{number}.jpg"))
    calls.clear()
    with Queries() as queries:
        shown = [
            (each.thumbnail.placeholder_css, each.thumbnail.color, each.thumbnail.as_dict())
            for each in Cover.objects.all()
        ]
    assert all(css and color for css, color, _ in shown)
    assert queries.verbs == ["SELECT"]
    assert not calls


ISOLATED = {"BACKEND": "advthumb.engines.isolation.IsolatedEngine", "OPTIONS": {"engine": "pillow"}}


def test_the_processes_of_an_isolated_engine_give_the_same_placeholders(row, settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = ISOLATED
    other = Cover.objects.create(image=upload())
    assert other.thumb_hash == row.thumb_hash
    assert other.thumbnail.color == row.thumbnail.color


def test_the_engine_for_tests_gives_placeholders(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = "advthumb.testing.FakeEngine"
    row = Cover.objects.create(image=upload())
    assert is_like(row.thumb_hash, tuple(bytes.fromhex(row.thumbnail.color[1:])))


@pytest.mark.parametrize("engine", ["pillow", "vips", "imagemagick", "advthumb.testing.FakeEngine"])
def test_placeholders_show_what_the_processors_made(settings, monkeypatch, engine):
    field = Cover._meta.get_field("thumbnail")
    settings.ADVANCE_THUMBNAIL_ENGINE = engine
    monkeypatch.setattr(field, "processors", (Greyscale(),))
    row = Cover.objects.create(image=upload(colour="lime"))
    red, green, blue = bytes.fromhex(row.thumbnail.color[1:])
    assert red == green == blue
    assert is_like(row.thumb_hash, (red, green, blue))


def test_processors_that_make_corners_transparent_leave_no_background(monkeypatch):
    field = Cover._meta.get_field("thumbnail")
    monkeypatch.setattr(field, "processors", (Rounded(12),))
    monkeypatch.setattr(field, "format", ImageFormat.WEBP)
    row = Cover.objects.create(image=upload())
    assert row.thumbnail.placeholder_css == ""
    assert row.thumbnail.color == "#fe0000"


def test_a_responsive_set_has_the_placeholders_of_its_main_file(monkeypatch):
    field = Cover._meta.get_field("thumbnail")
    monkeypatch.setattr(field, "widths", (20, 100))
    monkeypatch.setattr(field, "formats", (ImageFormat.WEBP,))
    row = Cover.objects.create(image=upload())
    assert len(members(row.thumbnail.name)) == 6
    assert row.thumbnail.color == "#fe0000"
    assert is_like(row.thumb_hash, (254, 0, 0))
    assert row.thumbnail.status == "fresh"
