"""The models that the state machine is run with, one per combination, and those of the plain tests."""

from typing import Any

from django.db import models

from advthumb.fields import AdvanceThumbnailField, FocalPointField

from .storages import BUCKET, RENAMING


def thumbnail(folder: str, **options: Any) -> AdvanceThumbnailField:
    """Return a field for tiny thumbnails."""
    options = {"source_field": "image", "size": (8, 8), "null": True, "blank": True} | options
    return AdvanceThumbnailField(upload_to=folder, **options)


class Named(models.Model):
    """What all models have: a column unrelated to pictures, and one that the database may refuse."""

    title = models.CharField(max_length=50, default="", blank=True)
    code = models.CharField(max_length=20, unique=True, null=True, blank=True)

    class Meta:
        abstract = True


class LocalPhoto(Named):
    """One thumbnail on the local disk."""

    image = models.ImageField(upload_to="local/images/", null=True, blank=True)
    thumbnail = thumbnail("local/thumbs/")


class LocalTwin(Named):
    """Two thumbnails in one folder, one of them declared before the source."""

    small = thumbnail("twin/thumbs/", size=(6, 6), resize_method="fill")
    image = models.ImageField(upload_to="twin/images/", null=True, blank=True)
    large = thumbnail("twin/thumbs/")


class BucketPhoto(Named):
    """One thumbnail on a storage that overwrites."""

    image = models.ImageField(upload_to="photo/images/", storage=BUCKET, null=True, blank=True)
    thumbnail = thumbnail("photo/thumbs/", storage=BUCKET)


class BucketTwin(Named):
    """Two thumbnails with the same spec and folder, on a storage that overwrites."""

    image = models.ImageField(upload_to="twin/images/", storage=BUCKET, null=True, blank=True)
    one = thumbnail("twin/thumbs/", storage=BUCKET)
    two = thumbnail("twin/thumbs/", storage=BUCKET)


class LocalSet(Named):
    """A responsive set of four files on the local disk."""

    image = models.ImageField(upload_to="set/images/", null=True, blank=True)
    thumbnail = thumbnail("set/thumbs/", widths=(4,), formats=("WEBP",), lossless=True)


class BucketSet(Named):
    """The same on a storage that overwrites, beside a plain thumbnail."""

    image = models.ImageField(upload_to="set/images/", storage=BUCKET, null=True, blank=True)
    plain = thumbnail("set/thumbs/", storage=BUCKET)
    thumbnail = thumbnail("set/thumbs/", storage=BUCKET, widths=(4,), formats=("WEBP",), lossless=True)


class HashedPhoto(Named):
    """One thumbnail on the local disk, with its colour in its name and its ThumbHash in a column."""

    image = models.ImageField(upload_to="hashed/images/", null=True, blank=True)
    thumb_hash = models.CharField(max_length=40, default="", blank=True)
    thumbnail = thumbnail("hashed/thumbs/", placeholder=True, placeholder_field="thumb_hash")


class RenamedPhoto(Named):
    """A storage that renames, so that only the cache knows what a thumbnail was made of."""

    image = models.ImageField(upload_to="photo/images/", storage=RENAMING, null=True, blank=True)
    thumbnail = thumbnail("photo/thumbs/", storage=RENAMING)


class RecordedPhoto(Named):
    """A storage that renames, and a column for the fingerprint."""

    image = models.ImageField(upload_to="recorded/images/", storage=RENAMING, null=True, blank=True)
    fingerprint = models.CharField(max_length=64, default="", blank=True)
    thumbnail = thumbnail("recorded/thumbs/", storage=RENAMING, fingerprint_field="fingerprint")


class RecordedTwin(Named):
    """The same, with two thumbnails."""

    one_fingerprint = models.CharField(max_length=64, default="", blank=True)
    one = thumbnail("recorded-twin/thumbs/", storage=RENAMING, fingerprint_field="one_fingerprint")
    image = models.ImageField(upload_to="recorded-twin/images/", storage=RENAMING, null=True, blank=True)
    two = thumbnail("recorded-twin/thumbs/", storage=RENAMING, fingerprint_field="two_fingerprint")
    two_fingerprint = models.CharField(max_length=64, default="", blank=True)


class FocusedPhoto(Named):
    """A crop around a focal point, beside a thumbnail that is not cropped."""

    small = thumbnail("focused/thumbs/", size=(6, 6), resize_method="fill", focal_field="focus")
    image = models.ImageField(upload_to="focused/images/", null=True, blank=True)
    focus = FocalPointField(blank=True, default="")
    large = thumbnail("focused/thumbs/")


class RecordedFocus(Named):
    """A crop around a focal point on a storage that renames, with a column for the fingerprint."""

    image = models.ImageField(upload_to="focused-recorded/images/", storage=RENAMING, null=True, blank=True)
    focus = FocalPointField(blank=True, default="")
    fingerprint = models.CharField(max_length=64, default="", blank=True)
    thumbnail = thumbnail(
        "focused-recorded/thumbs/",
        storage=RENAMING,
        size=(6, 6),
        resize_method="fill",
        focal_field="focus",
        fingerprint_field="fingerprint",
    )


class Place(Named):
    """A parent that has the source."""

    image = models.ImageField(upload_to="place/images/", null=True, blank=True)


class Shop(Place):
    """A child that has the thumbnail."""

    phone = models.CharField(max_length=20, default="", blank=True)
    thumbnail = thumbnail("place/thumbs/")
