"""Pictures: sets, placeholders, focal points and processors."""

from django.db import migrations, models

import advthumb.fields
import advthumb.processors


class Migration(migrations.Migration):
    dependencies = [("gallery", "0002_documents")]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("credit", models.CharField(max_length=200)),
                ("image", models.ImageField(upload_to="photographs/")),
                ("focus", advthumb.fields.FocalPointField(blank=True, verbose_name="focal point")),
                ("thumb_hash", models.CharField(blank=True, default="", editable=False, max_length=40)),
                (
                    "cover",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        effort="fast",
                        focal_field="focus",
                        format="JPEG",
                        formats=("AVIF", "WEBP"),
                        max_length=200,
                        null=True,
                        placeholder=True,
                        placeholder_field="thumb_hash",
                        resize_method="fill",
                        size=(480, 320),
                        source_field="image",
                        upload_to="pictures/",
                        widths=(240, 960),
                    ),
                ),
                (
                    "square",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        densities=(1, 2),
                        focal_field="focus",
                        max_length=200,
                        null=True,
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "wide",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        densities=(1, 2),
                        focal_field="focus",
                        max_length=200,
                        null=True,
                        resize_method="fill",
                        size=(480, 160),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "center_square",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        null=True,
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "center_wide",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        null=True,
                        resize_method="fill",
                        size=(480, 160),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "smart_square",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        gravity="smart",
                        null=True,
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "smart_wide",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        gravity="smart",
                        null=True,
                        resize_method="fill",
                        size=(480, 160),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "sharpened",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        focal_field="focus",
                        format="WEBP",
                        null=True,
                        processors=[advthumb.processors.Sharpen(amount=0.8)],
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "blurred",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        focal_field="focus",
                        format="WEBP",
                        null=True,
                        processors=[advthumb.processors.Blur()],
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "grey",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        focal_field="focus",
                        format="WEBP",
                        null=True,
                        processors=[advthumb.processors.Greyscale()],
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "rounded",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        focal_field="focus",
                        format="WEBP",
                        null=True,
                        processors=[advthumb.processors.Rounded(radius=48)],
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
                (
                    "marked",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        focal_field="focus",
                        format="WEBP",
                        null=True,
                        processors=[advthumb.processors.Watermark(file="gallery/mark.png", scale=0.25)],
                        resize_method="fill",
                        size=(240, 240),
                        source_field="image",
                        upload_to="pictures/",
                    ),
                ),
            ],
            options={"ordering": ("pk",)},
        ),
    ]
