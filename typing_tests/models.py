"""Fields as users declare them. The plugin imports this module; wrong fields are in `arguments`."""

from django.db import models

from advthumb import AdvanceThumbnailField, FocalPointField
from advthumb.processors import Sharpen, Watermark


class Product(models.Model):
    """One field with the defaults, one with every argument, and one with a function in `gravity`."""

    image = models.ImageField(upload_to="products/", null=True, blank=True)
    thumbnail = AdvanceThumbnailField(
        source_field="image", upload_to="thumbnails/", size=(300, 300), null=True, blank=True
    )
    large = AdvanceThumbnailField(
        "large picture",
        source_field="image",
        size=(1200, None),
        resize_method="cover",
        gravity="north",
        focal_field="focus",
        force_regenerate=False,
        format="WEBP",
        quality=80,
        effort="small",
        progressive=True,
        lossless=False,
        max_bytes=100_000,
        processors=[Sharpen(0.6), Watermark("brand/mark.png", "se", opacity=0.5)],
        background="#fff",
        upscale=True,
        animated=True,
        engine=["vips", {"BACKEND": "pillow", "OPTIONS": {"shrink_margin": 1.5}}],
        fingerprint_field="large_fingerprint",
        revision=2,
        null=True,
        blank=True,
        max_length=255,
        editable=False,
    )
    tile = AdvanceThumbnailField(source_field="image", resize_method="fill", gravity="shop.points.brightest")
    focus = FocalPointField("focal point", blank=True)
    large_fingerprint: "models.CharField[str, str]" = models.CharField(max_length=255, blank=True, default="")

    def __str__(self) -> str:
        """Name the product."""
        return f"product {self.pk}"
