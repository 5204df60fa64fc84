"""What the functions, errors and signals give."""

from collections.abc import Iterator
from typing import Any, assert_type

from django.core.exceptions import ImproperlyConfigured
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from advthumb import (
    AdvanceThumbnailField,
    Change,
    EngineUnavailable,
    ErrorCode,
    Refreshed,
    ThumbnailDict,
    ThumbnailError,
    Verdict,
    arefresh_thumbnails,
    iter_thumbnails,
    refresh_thumbnails,
)
from advthumb.core.formats import ImageFormat
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import engine
from advthumb.fields import Verify
from advthumb.signals import thumbnail_deleted, thumbnail_failed, thumbnail_generated
from advthumb.testing import EngineContract, assert_thumbnail, override_thumbnails

from .models import Product


def refreshed(products: list[Product], verify: Verify) -> None:
    """A queryset or instances may be given."""
    done = refresh_thumbnails(Product.objects.filter(pk__lt=10), fields=["large"], force=True)
    assert_type(done, Refreshed)
    assert_type(done.made, int)
    assert_type(done.cleared, int)
    assert_type(done.left, int)
    assert_type(done.errors, tuple[str, ...])
    refresh_thumbnails(products, verify=verify)
    refresh_thumbnails(products, verify="stat")
    refresh_thumbnails(products, verify="closely")  # type: ignore[arg-type]
    refresh_thumbnails(Product)  # type: ignore[arg-type]
    refresh_thumbnails(products, ["large"])  # type: ignore[call-arg]


async def refreshed_in_asynchronous_code(products: list[Product]) -> None:
    """It gives the same."""
    assert_type(await arefresh_thumbnails(products, verify="name"), Refreshed)
    await arefresh_thumbnails(products, verify="closely")  # type: ignore[arg-type]


def changes_one_by_one(products: list[Product]) -> None:
    """A change knows the model of its row."""
    changes = iter_thumbnails(Product.objects.all(), verify="content")
    assert_type(changes, Iterator[Change[Product]])
    assert_type(iter_thumbnails(products), Iterator[Change[Product]])
    for change in changes:
        assert_type(change.instance, Product)
        assert_type(change.made, bool)
        assert_type(change.old, str)
        assert_type(change.new, str)
        assert_type(change.error, ThumbnailError | None)
        assert_type(change.assessment.verdict, Verdict)
        assert_type(change.assessment.reason, str)


def name_of(change: Change[Product]) -> str:
    """Functions may ask for changes of one model."""
    return str(change.instance.large)


def errors(error: ThumbnailError) -> None:
    """Errors have a message for people and a code for programs."""
    assert_type(error.message, str)
    assert_type(error.code, ErrorCode)
    assert_type(error.for_now, bool)
    wrong_set_up: ImproperlyConfigured = EngineUnavailable()
    no_such_kind: ThumbnailError = EngineUnavailable()  # type: ignore[assignment]
    del wrong_set_up, no_such_kind


@receiver(thumbnail_generated, sender=Product)
def purge(instance: Product, field: AdvanceThumbnailField, name: str, superseded: str, **_more: Any) -> None:
    """A receiver with the arguments that it needs."""


def signals() -> None:
    """They are Django's."""
    sent: tuple[Signal, Signal, Signal] = (thumbnail_generated, thumbnail_failed, thumbnail_deleted)
    del sent


def engines() -> None:
    """An engine can be asked what it does."""
    found = engine("pillow")
    assert_type(found, ThumbnailEngine)
    assert_type(found.reads, frozenset[ImageFormat])
    assert_type(found.versions()["Pillow"], str)


def dictionaries(product: Product, request: HttpRequest) -> None:
    """APIs get a typed dictionary, or nothing."""
    shown = product.thumbnail.as_dict(request)
    assert_type(shown, ThumbnailDict | None)
    assert_type(product.thumbnail.as_dict(), ThumbnailDict | None)
    if shown:
        assert_type(shown["url"], str)
        assert_type(shown["width"], int | None)
        assert_type(shown["status"], str)
        assert_type(shown["srcset"], str)
        assert_type(shown["sources"]["AVIF"][0]["width"], int)
        shown["colour"]  # type: ignore[typeddict-item]
    product.thumbnail.as_dict("https://example.org")  # type: ignore[arg-type]


@override_thumbnails(engine="fake", ADVANCE_THUMBNAIL_RAISE=True)
def test_help(product: Product) -> None:
    """Tests of projects use these."""
    assert_thumbnail(product.thumbnail, size=(300, None), format="WEBP", fresh=False)
    assert_thumbnail(product.thumbnail, format="TIFF")  # type: ignore[arg-type]
    assert_thumbnail(product.thumbnail, size=300)  # type: ignore[arg-type]
    with override_thumbnails(engine=["vips", "pillow"]):
        pass
    override_thumbnails(engine=7)  # type: ignore[arg-type]


class TestMyEngine(EngineContract):
    """An engine of one's own."""

    engine_under_test = "advthumb.testing.FakeEngine"
