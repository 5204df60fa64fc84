"""Files of any kind, with previews."""

from django.db import migrations, models

import advthumb.fields


class Migration(migrations.Migration):
    dependencies = [("gallery", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.FileField(upload_to="documents/")),
                (
                    "preview",
                    advthumb.fields.AdvanceThumbnailField(
                        blank=True,
                        engine=["pillow", "imagemagick", "pdf", "svg", "raw", "video", "jxl"],
                        null=True,
                        size=(260, 200),
                        source_field="file",
                        upload_to="previews/",
                    ),
                ),
            ],
            options={"ordering": ("pk",)},
        ),
    ]
