"""One model for each way in which a thumbnail can be declared."""

from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import models
from django.db.models.fields.files import ImageFieldFile
from PIL import Image

from advthumb.fields import AdvanceThumbnailField, FocalPointField
from advthumb.validators import SourceImageValidator

from .storages import NestedStorage, OverwritingStorage, RemoteStorage, RenamingStorage


class Photo(models.Model):
    """The plain case."""

    title = models.CharField(max_length=50, default="")
    image = models.ImageField(upload_to="images/", null=True, blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), null=True, blank=True
    )


class PhotoProxy(Photo):
    """A proxy."""

    class Meta:
        proxy = True


class Gallery(models.Model):
    """Several thumbnails of one source, two of them declared before it."""

    small = AdvanceThumbnailField(
        source_field="image", upload_to="small/", size=(30, 30), null=True, blank=True
    )
    square = AdvanceThumbnailField(
        source_field="image",
        upload_to="square/",
        size=(40, 40),
        resize_method="fill",
        null=True,
        blank=True,
    )
    image = models.ImageField(upload_to="images/", null=True, blank=True)
    webp = AdvanceThumbnailField(
        source_field="image", upload_to="webp/", size=(50, None), format="WEBP", blank=True
    )


class Responsive(models.Model):
    """Two responsive sets of one source."""

    image = models.ImageField(upload_to="images/", null=True, blank=True)
    hero = AdvanceThumbnailField(
        source_field="image",
        upload_to="hero/",
        size=(40, None),
        widths=(20, 80),
        formats=("WEBP",),
        format="JPEG",
        max_length=200,
        blank=True,
    )
    tile = AdvanceThumbnailField(
        source_field="image",
        upload_to="tile/",
        size=(30, 30),
        resize_method="fill",
        densities=(1, 2),
        max_length=200,
        blank=True,
    )


class Pictured(models.Model):
    """An abstract parent."""

    image = models.ImageField(upload_to="images/", null=True, blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), null=True, blank=True
    )

    class Meta:
        abstract = True


class Article(Pictured):
    """Inherits both fields from an abstract parent."""

    headline = models.CharField(max_length=50, default="")


class Place(models.Model):
    """A parent of multi-table inheritance."""

    image = models.ImageField(upload_to="images/", null=True, blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), null=True, blank=True
    )


class Restaurant(Place):
    """A child with its own thumbnail of the parent's source."""

    name = models.CharField(max_length=50, default="")
    icon = AdvanceThumbnailField(
        source_field="image", upload_to="icons/", size=(16, 16), null=True, blank=True
    )


class Document(models.Model):
    """A source in a plain FileField, with unusual folders and with sizes in columns."""

    file = models.FileField(upload_to="files/", blank=True)
    width = models.PositiveIntegerField(null=True)
    thumbnail = AdvanceThumbnailField(
        source_field="file",
        upload_to="thumbnails/",
        size=(60, 60),
        width_field="width",
        height_field="height",
        blank=True,
    )
    height = models.PositiveIntegerField(null=True)


class Measured(models.Model):
    """A source whose size is stored in columns."""

    title = models.CharField(max_length=50, default="")
    image = models.ImageField(
        upload_to="images/", width_field="image_width", height_field="image_height", blank=True
    )
    image_width = models.PositiveIntegerField(null=True)
    image_height = models.PositiveIntegerField(null=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )


def by_title(instance: Any, file_name: str) -> str:
    """Choose the folder by a value that only the row knows."""
    return f"by-title/{instance.title}/{file_name}"


class Titled(models.Model):
    """A callable `upload_to`."""

    title = models.CharField(max_length=50)
    image = models.ImageField(upload_to=by_title, blank=True)
    thumbnail = AdvanceThumbnailField(source_field="image", upload_to=by_title, size=(60, 60), blank=True)


class Renamed(models.Model):
    """A storage that discards names, so that only the cache holds the fingerprint."""

    title = models.CharField(max_length=50, default="")
    image = models.ImageField(upload_to="images/", storage=RenamingStorage(), blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        storage=RenamingStorage(),
        size=(60, 60),
        blank=True,
    )


class Fingerprinted(models.Model):
    """The same with a column for the fingerprint, declared before the thumbnail."""

    title = models.CharField(max_length=50, default="")
    fingerprint = models.CharField(max_length=32, default="", blank=True)
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        storage=RenamingStorage(),
        size=(60, 60),
        fingerprint_field="fingerprint",
        blank=True,
    )


class Remote(models.Model):
    """Both files on a storage that is not local and may fail."""

    title = models.CharField(max_length=50, default="")
    image = models.ImageField(upload_to="images/", storage=RemoteStorage(), blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        storage=RemoteStorage(),
        size=(60, 60),
        blank=True,
    )


class Forced(models.Model):
    """The thumbnail is rendered on every save."""

    title = models.CharField(max_length=50, default="")
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        size=(60, 60),
        force_regenerate=True,
    )


class Album(models.Model):
    """A parent row whose deletion cascades to its pages."""


class Page(models.Model):
    """A row that is deleted with its album; the user gives its primary key."""

    key = models.CharField(max_length=20, primary_key=True)
    album = models.ForeignKey(Album, on_delete=models.CASCADE, null=True)
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )


class BlueFile(ImageFieldFile):
    """Stores a different file than was uploaded, as fields that shrink uploads do."""

    def save(self, name: str, content: Any, save: bool = True) -> None:
        out = BytesIO()
        Image.new("RGB", (120, 80), "blue").save(out, "JPEG")
        super().save(name, ContentFile(out.getvalue()), save)


class BlueField(models.ImageField):
    """An image field with its own file class."""

    attr_class = BlueFile


class Shrunk(models.Model):
    """A source whose field changes the upload."""

    image = BlueField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )


class Overwritten(models.Model):
    """A storage that overwrites."""

    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        storage=OverwritingStorage(),
        size=(60, 60),
        blank=True,
    )


class NothingToSee(models.Manager["Hidden"]):
    """A manager that hides every row, as one for soft deletion hides some."""

    def get_queryset(self) -> Any:
        return super().get_queryset().none()


class Hidden(models.Model):
    """Rows with random keys that only the base manager sees."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )

    objects = NothingToSee()


class Plot(models.Model):
    """A primary key of two columns."""

    pk = models.CompositePrimaryKey("block", "number")
    block = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )


class Badge(models.Model):
    """A row that the database may refuse, with both kinds of storage."""

    code = models.CharField(max_length=20, unique=True)
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )


class RemoteBadge(models.Model):
    """The same with a storage that a save does not check."""

    code = models.CharField(max_length=20, unique=True)
    image = models.ImageField(upload_to="images/", storage=RemoteStorage(), blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="thumbnails/",
        storage=RemoteStorage(),
        size=(60, 60),
        blank=True,
    )


class Animated(models.Model):
    """A still and an animated thumbnail of one animation."""

    image = models.ImageField(upload_to="images/", blank=True)
    still = AdvanceThumbnailField(source_field="image", upload_to="still/", size=(30, 30), blank=True)
    moving = AdvanceThumbnailField(
        source_field="image",
        upload_to="moving/",
        size=(30, 30),
        format="WEBP",
        animated=True,
        blank=True,
    )


class Attachment(models.Model):
    """A model without thumbnails, whose files are in the same folders as those of other models."""

    file = models.FileField(upload_to="thumbnails/")


class Living(models.Manager["Soft"]):
    """A manager that hides deleted rows."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(gone=False)


class Soft(models.Model):
    """Rows that are only marked as deleted, hidden from the base manager too."""

    gone = models.BooleanField(default=False)
    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(60, 60), blank=True
    )

    objects = Living()
    everything = models.Manager()

    class Meta:
        base_manager_name = "objects"


class Nested(models.Model):
    """A separate storage in a folder of the default one."""

    image = models.ImageField(upload_to="images/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="", storage=NestedStorage(), size=(60, 60), blank=True
    )


class Guarded(models.Model):
    """A source that is validated, with two thumbnails."""

    title = models.CharField(max_length=50, default="", blank=True)
    image = models.ImageField(upload_to="images/", blank=True, validators=[SourceImageValidator()])
    small = AdvanceThumbnailField(source_field="image", upload_to="small/", size=(30, 30), blank=True)
    large = AdvanceThumbnailField(source_field="image", upload_to="large/", size=(60, 60), blank=True)


class Focused(models.Model):
    """A crop around a focal point, declared before the point, and a thumbnail that is not cropped."""

    title = models.CharField(max_length=50, default="", blank=True)
    album = models.ForeignKey(Album, on_delete=models.CASCADE, null=True, blank=True)
    tile = AdvanceThumbnailField(
        source_field="image",
        upload_to="tiles/",
        size=(40, 40),
        resize_method="fill",
        focal_field="focus",
        null=True,
        blank=True,
    )
    image = models.ImageField(upload_to="images/", null=True, blank=True)
    focus = FocalPointField(blank=True)
    whole = AdvanceThumbnailField(
        source_field="image", upload_to="whole/", size=(60, 60), null=True, blank=True
    )


class FocusedRecorded(models.Model):
    """A crop around a focal point on a storage that discards names, with a column for the fingerprint."""

    title = models.CharField(max_length=50, default="", blank=True)
    image = models.ImageField(upload_to="images/", blank=True)
    focus = FocalPointField(blank=True)
    fingerprint = models.CharField(max_length=32, default="", blank=True)
    tile = AdvanceThumbnailField(
        source_field="image",
        upload_to="tiles/",
        storage=RenamingStorage(),
        size=(40, 40),
        resize_method="cover",
        gravity="east",
        focal_field="focus",
        fingerprint_field="fingerprint",
        blank=True,
    )


class GuardedFile(models.Model):
    """A validated source of any kind, whose thumbnail has its own engines."""

    file = models.FileField(upload_to="files/", validators=[SourceImageValidator()])
    thumbnail = AdvanceThumbnailField(
        source_field="file",
        upload_to="thumbnails/",
        size=(60, 60),
        engine=["pillow", "pdf", "svg"],
        blank=True,
    )


class Cover(models.Model):
    """A thumbnail with both placeholders, its column declared before it."""

    title = models.CharField(max_length=50, default="")
    thumb_hash = models.CharField(max_length=40, blank=True, default="")
    image = models.ImageField(upload_to="covers/", blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image",
        upload_to="covers/small/",
        size=(60, 60),
        placeholder=True,
        placeholder_field="thumb_hash",
        blank=True,
    )
