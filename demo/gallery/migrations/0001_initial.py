from django.db import migrations, models

import advthumb.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Photo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("image", models.ImageField(upload_to="photos/")),
                (
                    "thumbnail",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True, null=True, source_field="image", upload_to="thumbnails/"
                    ),
                ),
                (
                    "square",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        null=True,
                        resize_method="fill",
                        size=(160, 160),
                        source_field="image",
                        upload_to="thumbnails/",
                    ),
                ),
                (
                    "preview",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        format="WEBP",
                        null=True,
                        size=(480, None),
                        source_field="image",
                        upload_to="thumbnails/",
                    ),
                ),
            ],
            options={"ordering": ("pk",)},
        ),
    ]
