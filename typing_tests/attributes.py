"""What the attributes of an instance and of a class are."""

from typing import assert_type

from django.core.files.base import ContentFile
from django.db.models.fields.files import ImageFileDescriptor

import advthumb.fields
from advthumb import FocalPoint, FocalPointField, ThumbnailFieldFile

from .models import Product


def thumbnail_of_an_instance(product: Product) -> None:
    """A thumbnail is always a file, an empty one where there is none."""
    assert_type(product.thumbnail, ThumbnailFieldFile)
    assert_type(product.large, ThumbnailFieldFile)
    assert_type(product.thumbnail.status, str)
    assert_type(product.thumbnail.url_or("none.png"), str)
    assert_type(product.thumbnail.url_or(), str)
    assert_type(product.thumbnail.srcset(), str)
    assert_type(product.thumbnail.srcset("AVIF"), str)
    assert_type(product.thumbnail.sources["AVIF"][0].url, str)
    assert_type(product.thumbnail.sources["AVIF"][0].width, int)
    assert_type(product.thumbnail.url_for(400), str)
    assert_type(product.thumbnail.name, str | None)
    assert_type(product.thumbnail.url, str)
    assert_type(bool(product.thumbnail), bool)
    product.thumbnail.stauts  # type: ignore[attr-defined]
    product.thumbnail.url_or(7)  # type: ignore[arg-type]
    product.thumbnail.srcset("TIFF")  # type: ignore[arg-type]
    product.thumbnail.url_for("400")  # type: ignore[arg-type]


def thumbnail_of_a_class() -> None:
    """A class gives Django's descriptor."""
    assert_type(Product.thumbnail, ImageFileDescriptor)


def assigned_thumbnails(product: Product, other: Product) -> None:
    """A thumbnail is made, so only a name or another thumbnail can be assigned."""
    product.thumbnail = None
    product.thumbnail = "thumbnails/a_thumbnail.jpg"
    product.thumbnail = other.thumbnail
    product.thumbnail = ContentFile(b"")  # type: ignore[assignment]


def focal_point_of_an_instance(product: Product) -> None:
    """It is a point or nothing; a point, a text and a pair can be assigned."""
    assert_type(product.focus, FocalPoint | None)
    if product.focus:
        assert_type(product.focus.x, float)
        assert_type(product.focus.css, str)
    product.focus = None
    product.focus = ""
    product.focus = "0.260,0.787"
    product.focus = (0.26, 0.787)
    product.focus = FocalPoint(0.26, 0.787)
    Product(focus=FocalPoint(0.26, 0.787))
    product.focus = 5  # type: ignore[assignment]
    product.focus.css  # type: ignore[union-attr]


def focal_point_by_itself(field: FocalPointField) -> None:
    """A field cleans values."""
    assert_type(field.clean("0.5,0.5", None), FocalPoint | None)
    assert_type(FocalPoint.of((0.5, 0.5)), FocalPoint | None)
    FocalPoint("0.5", 0.5)  # type: ignore[arg-type]


def field_of_a_model(field: advthumb.fields.AdvanceThumbnailField) -> None:
    """The field by itself is no file."""
    assert_type(field.source_field_name, str)
    assert_type(field.regenerate_thumbnails(Product), tuple[int, list[str]])
    assert_type(field.regenerate_thumbnails(Product, force=True), tuple[int, list[str]])
    field.regenerate_thumbnails(Product(), force=True)  # type: ignore[arg-type]
