"""Arguments of the field: what is right, and what has to be reported."""

from advthumb import RESIZE_COVER, RESIZE_FILL, RESIZE_FIT, RESIZE_PAD, AdvanceThumbnailField

from .models import Product


def right() -> None:
    """Constants and words are the same."""
    AdvanceThumbnailField(source_field="image", resize_method=RESIZE_FIT)
    AdvanceThumbnailField(source_field="image", resize_method=RESIZE_FILL)
    AdvanceThumbnailField(source_field="image", resize_method=RESIZE_COVER)
    AdvanceThumbnailField(source_field="image", resize_method=RESIZE_PAD)
    AdvanceThumbnailField(source_field="image", engine="vips")


def wrong() -> None:
    """Each of these raises `ImproperlyConfigured` or `TypeError` at run time."""
    AdvanceThumbnailField(source_field="image", resize_method="stretch")  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", format="TIFF")  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", effort="maximal")  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", size=300)  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", quality="80")  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field=Product)  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", engine=7)  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", focal_field=7)  # type: ignore[arg-type]
    AdvanceThumbnailField(source_field="image", upload="thumbnails/")  # type: ignore[call-arg]
