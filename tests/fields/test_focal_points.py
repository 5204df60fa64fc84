"""`focal_field`: crops follow the point of their row, whoever moves it."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from advthumb import refresh_thumbnails
from advthumb.core.names import ThumbnailName
from advthumb.fields import AdvanceThumbnailField, FocalPoint, rows
from advthumb.fields.queries import State, fresh_by_name, not_fresh_by_name, state_by_name
from advthumb.testing import assert_thumbnail
from tests.conftest import colour_of
from tests.testapp.models import Focused, FocusedRecorded

pytestmark = pytest.mark.django_db

LEFT, MIDDLE, RIGHT = (0, 0.5), (0.5, 0.5), (1, 0.5)
RED, GREEN, BLUE = "red", "green", "blue"
TILE, WHOLE = (Focused._meta.get_field(name) for name in ("tile", "whole"))


def stripes(name: str = "a.png", size: tuple[int, int] = (360, 100)) -> ContentFile:
    """Return a wide picture that is red on the left, green in the middle and blue on the right."""
    width, height = size
    image = Image.new("RGB", size, GREEN)
    image.paste(RED, (0, 0, width // 3, height))
    image.paste(BLUE, (width - width // 3, 0, width, height))
    out = BytesIO()
    image.save(out, "PNG")
    return ContentFile(out.getvalue(), name=name)


def shown(row: Any) -> str:
    """Return the colour in the middle of the tile that the row in the database has."""
    tile = type(row)._base_manager.get(pk=row.pk).tile
    return {(255, 0, 0): RED, (0, 128, 0): GREEN, (0, 0, 255): BLUE}[colour_of(tile)]


def named(row: Any, field: str = "tile") -> str:
    """Return the name in the row."""
    return type(row)._base_manager.values_list(field, flat=True).get(pk=row.pk) or ""


def focused(model: Any = Focused, **values: Any) -> Any:
    """Return the instance of a new row, as it is loaded."""
    row = model.objects.create(image=stripes(), **values)
    return model.objects.get(pk=row.pk)


def elsewhere(row: Any, point: Any) -> None:
    """Move the point of a row as another process would, without a save."""
    type(row).objects.filter(pk=row.pk).update(focus=point)


@pytest.fixture(params=[Focused, FocusedRecorded])
def model(request: pytest.FixtureRequest) -> Iterator[Any]:
    return request.param


# What is cropped


@pytest.mark.parametrize(("point", "colour"), [(LEFT, RED), (MIDDLE, GREEN), (RIGHT, BLUE), (None, GREEN)])
def test_a_crop_keeps_the_point_in_view(point, colour):
    assert shown(focused(focus=point)) == colour


def test_a_row_without_a_point_is_cropped_as_the_field_says():
    assert shown(focused(FocusedRecorded)) == BLUE
    assert shown(focused(FocusedRecorded, focus=LEFT)) == RED


def test_the_name_has_a_token_of_the_point_and_without_a_point_none():
    assert len(str(ThumbnailName.parse(named(focused(focus=LEFT))).fingerprint)) == 29
    assert len(str(ThumbnailName.parse(named(focused())).fingerprint)) == 22
    assert len(str(ThumbnailName.parse(named(focused(focus=LEFT), "whole")).fingerprint)) == 22


# Who moves it


@pytest.mark.parametrize("update_fields", [None, ["focus"], ["image", "focus"], ["title", "focus"]])
def test_a_save_that_writes_the_point_makes_the_crop_again(model, update_fields, rendered):
    row = focused(model, focus=LEFT)
    rendered.clear()
    row.focus = RIGHT
    row.save(update_fields=update_fields)
    assert shown(row) == BLUE
    assert row.tile.name == named(row)
    assert row.tile.status == "fresh"
    assert len(rendered) == 1
    row.focus = None
    row.save(update_fields=update_fields)
    assert shown(row) == (GREEN if model is Focused else BLUE)
    assert row.tile.status == "fresh"


def test_only_thumbnails_with_that_point_are_made_again():
    row = focused(focus=LEFT)
    tile, whole = named(row), named(row, "whole")
    row.focus = RIGHT
    row.save()
    assert named(row) != tile
    assert named(row, "whole") == whole
    row.focus = LEFT
    row.save(update_fields=["focus"])
    assert named(row, "whole") == whole


@pytest.mark.django_db(transaction=True)
def test_the_old_crop_is_deleted_once_the_new_one_is_committed(stored):
    row = focused(focus=LEFT)
    row.focus = RIGHT
    row.save()
    assert stored("tiles/") == [named(row)]


@pytest.mark.parametrize("point", [RIGHT, None])
def test_an_update_is_noticed_by_sql_and_by_the_command(model, point):
    row = focused(model, focus=LEFT)
    tile = model._meta.get_field("tile")
    fresh = model.objects.annotate(state=state_by_name(tile))
    assert fresh.get().state == State.FRESH
    elsewhere(row, point)
    assert fresh.get().state == State.STALE
    assert model.objects.get().tile.status == "spec-changed"
    old = named(row)
    call_command("generate_thumbnails", verbosity=0)
    assert named(row) == old
    call_command("regenerate_thumbnails", verbosity=0)
    assert shown(row) == (BLUE if point or model is FocusedRecorded else GREEN)
    assert fresh.get().state == State.FRESH


def test_sql_and_the_verdict_agree_about_every_change():
    """With NULL and an empty text in the column of the point, too."""
    points = [None, LEFT, RIGHT]
    for before in points:
        for now in points:
            row = focused(focus=before)
            elsewhere(row, now)
            is_fresh = Focused.objects.get(pk=row.pk).tile.status == "fresh"
            assert is_fresh == (before == now)
            found = Focused.objects.filter(pk=row.pk)
            assert found.values_list(fresh_by_name(TILE), flat=True).get() == is_fresh
            assert found.values_list(fresh_by_name(WHOLE), flat=True).get()
            assert not_fresh_by_name(found, [TILE]).exists() != is_fresh


@pytest.mark.parametrize("verify", ["name", "stat", "content"])
@pytest.mark.parametrize("as_rows", [True, False])
def test_refresh_thumbnails_notices_it_at_every_level(verify, as_rows):
    row = focused(focus=LEFT)
    elsewhere(row, RIGHT)
    done = refresh_thumbnails(Focused.objects.all() if as_rows else [row], verify=verify)
    assert (done.made, done.left) == (1, 1)
    assert shown(row) == BLUE


def test_the_reason_names_the_focal_point():
    row = focused(focus=LEFT)
    row.focus = RIGHT
    assert row.tile.explain() == ("spec-changed", "cropped around another focal point")


@pytest.mark.parametrize("verify", ["name", "stat", "content"])
def test_a_command_counts_it_as_stale_at_every_level(verify, capsys):
    row = focused(focus=LEFT)
    elsewhere(row, RIGHT)
    call_command("regenerate_thumbnails", "--verify", verify, "--dry-run")
    assert "spec-changed" in capsys.readouterr().out


@pytest.mark.parametrize("verify", ["name", "stat", "content"])
def test_a_first_point_is_noticed_by_the_command_at_every_level(model, verify):
    row = focused(model)
    elsewhere(row, LEFT)
    call_command("regenerate_thumbnails", verify=verify, verbosity=0)
    assert shown(row) == RED


def test_the_same_text_in_another_form_is_the_same_point(rendered):
    row = focused(focus="0.26,0.787")
    rendered.clear()
    row.focus = (0.26, 0.787)
    row.save()
    assert not rendered


def test_bulk_create_crops_around_the_point_of_each_row():
    Focused.objects.bulk_create([Focused(image=stripes(), focus=point) for point in (LEFT, RIGHT)])
    assert [shown(row) for row in Focused.objects.order_by("pk")] == [RED, BLUE]
    assert not not_fresh_by_name(Focused.objects.all(), [TILE, WHOLE]).exists()


def test_a_failed_crop_is_tried_again_once_the_point_moved(monkeypatch, rendered):
    """The failure belongs to the point, as it belongs to the spec."""
    broken = ContentFile(stripes().read()[:120], name="a.png")
    row = FocusedRecorded.objects.create(image=broken, focus=LEFT)
    assert row.tile.status == "failed"
    state = FocusedRecorded.objects.annotate(state=state_by_name(row.tile.field))
    assert state.get().state == State.FAILED
    elsewhere(row, RIGHT)
    assert FocusedRecorded.objects.get().tile.status == "missing"
    assert state.get().state == State.MISSING


def test_the_old_crop_stays_if_the_new_one_cannot_be_made(media):
    row = focused(focus=LEFT)
    old = named(row)
    (media / row.image.name).unlink()
    row.focus = RIGHT
    row.save()
    assert named(row) == old
    assert Focused.objects.get().focus == FocalPoint(*RIGHT)
    assert row.tile.status == "spec-changed"


# Instances that know less than their row


def test_a_save_that_does_not_write_the_point_crops_around_that_of_the_row():
    row = focused(focus=LEFT)
    elsewhere(row, RIGHT)
    row.image = stripes("b.png")
    row.save(update_fields=["image"])
    assert shown(row) == BLUE
    assert Focused.objects.get().tile.status == "fresh"


def test_a_deferred_point_is_that_of_the_row():
    row = focused(focus=LEFT)
    elsewhere(row, RIGHT)
    row = Focused.objects.defer("focus").get()
    row.image = stripes("b.png")
    row.save()
    assert shown(row) == BLUE
    assert "focus" in row.get_deferred_fields()


@pytest.mark.parametrize("loaded", [("focus",), ("title", "focus"), ("focus", "tile")])
def test_a_point_is_enough_of_a_row_to_move_the_crop(loaded):
    row = focused(focus=LEFT)
    row = Focused.objects.only(*loaded).get()
    row.focus = RIGHT
    row.save()
    assert shown(row) == BLUE


def test_an_instance_built_by_hand_moves_the_crop():
    row = focused(focus=LEFT)
    by_hand = Focused(
        pk=row.pk, image=row.image.name, focus=RIGHT, tile=named(row), whole=named(row, "whole")
    )
    by_hand._state.adding = False
    by_hand.save()
    assert shown(row) == BLUE


def test_an_instance_built_by_hand_brings_a_crop_around_its_point(rendered):
    row = focused(focus=LEFT)
    tile = named(row)
    Focused.objects.update(tile="")
    values = {"image": row.image.name, "tile": tile, "whole": named(row, "whole")}
    by_hand = Focused(pk=row.pk, focus=LEFT, **values)
    by_hand._state.adding = False
    rendered.clear()
    by_hand.save()
    assert named(row) == tile
    assert not rendered


def test_assert_thumbnail_knows_the_point():
    row = focused(focus=LEFT)
    assert_thumbnail(row.tile, size=(40, 40))
    row.focus = RIGHT
    with pytest.raises(AssertionError, match="cropped around another focal point"):
        assert_thumbnail(row.tile)


def test_a_stale_instance_never_leaves_a_crop_that_counts_as_fresh():
    """It writes its own old point; the row keeps the crop of the same source, which is then stale."""
    stale = focused(focus=LEFT)
    moved = Focused.objects.get()
    moved.focus = RIGHT
    moved.save()
    stale.save()
    found = Focused.objects.get()
    assert (found.focus, found.tile.status) == (FocalPoint(*LEFT), "spec-changed")
    call_command("sync_thumbnails", verbosity=0)
    assert shown(stale) == RED


def test_a_crop_of_an_old_point_never_lands_on_a_row_with_another_point(monkeypatch):
    """The point moves between the verdict and the UPDATE, which is not tried again."""
    row = focused(focus=LEFT)
    elsewhere(row, MIDDLE)
    update, tried = rows._update, []

    def moved_meanwhile(*args):
        tried.append(elsewhere(row, RIGHT))
        return update(*args)

    monkeypatch.setattr(rows, "_update", moved_meanwhile)
    old = named(row)
    refresh_thumbnails(Focused.objects.all())
    assert named(row) == old
    assert len(tried) == 1
    monkeypatch.undo()
    refresh_thumbnails(Focused.objects.all())
    assert shown(row) == BLUE


# What it costs


def verbs(call: Any) -> list[str]:
    """Return the verb of each query that a call makes."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return [query["sql"].split()[0] for query in queries]


def test_a_save_without_a_change_makes_one_query_as_without_a_point(rendered):
    row = focused(focus=LEFT)
    rendered.clear()
    assert verbs(row.save) == ["UPDATE"]
    assert verbs(lambda: row.save(update_fields=["title"])) == ["UPDATE"]
    assert not rendered


def test_a_create_makes_one_query():
    assert verbs(lambda: Focused.objects.create(image=stripes(), focus=LEFT)) == ["INSERT"]


def test_a_moved_point_costs_as_many_queries_as_a_new_source():
    row = focused(focus=LEFT)
    row.focus = RIGHT
    moved = verbs(row.save)
    row.image = stripes("b.png")
    assert moved == verbs(row.save) == ["SELECT", "UPDATE"]


def test_a_save_of_the_point_alone_asks_the_row():
    """The source is the row's. If the crop is right, nothing more is written."""
    row = focused(focus=LEFT)
    assert verbs(lambda: row.save(update_fields=["focus"])) == ["UPDATE", "SELECT"]
    row.focus = RIGHT
    assert verbs(lambda: row.save(update_fields=["focus"])) == ["UPDATE", "SELECT", "UPDATE"]


def test_a_save_of_the_source_alone_asks_the_row_for_its_point():
    row = focused(focus=LEFT)
    assert verbs(lambda: row.save(update_fields=["image"])) == ["SELECT", "UPDATE"]


# The argument


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"focal_field": "focus"}, "focal_field='focus'; it must be None unless resize_method is 'fill'"),
        ({"focal_field": "focus", "resize_method": "pad"}, "it must be None unless resize_method is 'fill'"),
        ({"focal_field": "", "resize_method": "fill"}, "it must be the name of a FocalPointField, or None"),
        ({"focal_field": 5, "resize_method": "fill"}, "focal_field=5; it must be the name"),
    ],
)
def test_a_wrong_argument_is_refused_when_the_class_is_defined(arguments, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        AdvanceThumbnailField(source_field="image", **arguments)


def test_migrations_get_the_argument():
    field = AdvanceThumbnailField(source_field="image", resize_method="cover", focal_field="focus")
    assert field.deconstruct()[3]["focal_field"] == "focus"
