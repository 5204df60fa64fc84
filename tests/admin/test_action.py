"""The action "Make thumbnails again"."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.conftest import picture, upload
from tests.testapp.models import Album, Photo

from .site import AlbumAdmin, PagesInTable, PhotoAdmin, thumbs

pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = "/thumbs/testapp/photo/"
ACTION = "make_thumbnails_again"


def act(client, rows):
    """Run the action on rows and return the levels and texts of the messages."""
    response = client.post(
        PHOTOS, {"action": ACTION, "_selected_action": [row.pk for row in rows]}, follow=True
    )
    assert response.status_code == 200
    return [(message.level_tag, message.message) for message in response.context["messages"]]


def test_every_selected_thumbnail_is_regenerated_and_counted(staff, stored):
    rows = [Photo.objects.create(image=upload(f"{name}.jpg")) for name in "abc"]
    before = [row.thumbnail.name for row in rows]
    assert act(staff, rows[:2]) == [("success", "2 thumbnails were made.")]
    after = [Photo.objects.get(pk=row.pk).thumbnail.name for row in rows]
    assert after[0] != before[0]
    assert after[1] != before[1]
    assert after[2] == before[2]
    assert stored("thumbnails/") == sorted(after)  # the old files are gone


def test_one_thumbnail_is_reported_in_the_singular(staff):
    assert act(staff, [Photo.objects.create(image=upload())]) == [("success", "1 thumbnail was made.")]


def test_failures_are_counted_and_reported(staff):
    good = Photo.objects.create(image=upload())
    bad = Photo.objects.create(image=ContentFile(picture()[:600], name="b.jpg"))
    ((level, text),) = act(staff, [good, bad])
    assert level == "warning"
    assert text.startswith(
        f"1 thumbnail was made; 1 failed: Photo(pk={bad.pk}).thumbnail: the file is damaged"
    )


def test_if_all_rows_fail_an_error_lists_some_of_them(staff):
    rows = [Photo.objects.create(image=ContentFile(b"x", name=f"{number}.jpg")) for number in range(5)]
    ((level, text),) = act(staff, rows)
    assert level == "error"
    assert text.startswith("0 thumbnails were made; 5 failed: ")
    assert text.count("Photo(pk=") == 3
    assert text.endswith(" …")


def test_a_row_that_lost_its_source_loses_its_thumbnail(staff):
    row = Photo.objects.create(image=upload())
    Photo.objects.update(image="")
    ((level, text),) = act(staff, [row])
    assert (level, text) == (
        "success",
        "0 thumbnails were made; 1 was removed because its row has no file.",
    )
    assert not Photo.objects.get().thumbnail


def test_a_long_selection_stops_in_time_and_says_what_is_left(staff, monkeypatch):
    monkeypatch.setattr(PhotoAdmin, "thumbnail_action_seconds", 0)
    rows = [Photo.objects.create(image=upload(f"{name}.jpg")) for name in "abc"]
    made, left = act(staff, rows)
    assert made == ("success", "1 thumbnail was made.")
    assert left == (
        "warning",
        (
            "The request ran out of time: 2 rows are left. Select fewer rows, or run "
            "python manage.py regenerate_thumbnails --force --model testapp.Photo"
        ),
    )
    names = [Photo.objects.get(pk=row.pk).thumbnail.name != row.thumbnail.name for row in rows]
    assert names == [True, False, False]


def test_a_missing_engine_is_reported_with_what_to_install(staff, settings):
    row = Photo.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_ENGINE = "nowhere.Engine"
    ((level, text),) = act(staff, [row])
    assert level == "error"
    assert "nowhere.Engine" in text
    assert Photo.objects.get().thumbnail.name == row.thumbnail.name


def test_users_with_view_permission_have_no_action_and_cannot_post_it(permitted):
    row = Photo.objects.create(image=upload())
    client = permitted("view")
    assert ACTION not in client.get(PHOTOS).content.decode()
    act(client, [row])
    assert Photo.objects.get().thumbnail.name == row.thumbnail.name


def test_users_with_change_permission_need_no_delete_permission(permitted):
    row = Photo.objects.create(image=upload())
    assert act(permitted("view", "change"), [row]) == [("success", "1 thumbnail was made.")]


def test_a_row_that_the_user_may_not_change_is_left_alone(staff, monkeypatch):
    mine, others = (
        Photo.objects.create(image=upload(f"{name}.jpg"), title=name) for name in ("mine", "other")
    )

    def own_rows(self, request, obj=None):
        return obj is None or obj.title == "mine"

    monkeypatch.setattr(PhotoAdmin, "has_change_permission", own_rows)
    assert act(staff, [mine, others]) == [("success", "1 thumbnail was made.")]
    assert Photo.objects.get(title="other").thumbnail.name == others.thumbnail.name
    assert default_storage.exists(others.thumbnail.name)


def test_the_action_is_added_unless_the_admin_disables_actions():
    class Without(PhotoAdmin):
        actions = None

    class More(PhotoAdmin):
        actions = ["delete_selected"]

    assert Without(Photo, thumbs).actions is None
    assert More(Photo, thumbs).actions == ["delete_selected", ACTION]
    assert More.actions == ["delete_selected"]
    assert not hasattr(PagesInTable(Album, thumbs), "actions")
    assert ACTION in AlbumAdmin(Album, thumbs).actions
