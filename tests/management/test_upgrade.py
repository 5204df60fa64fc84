"""A project that used version 2.0.1 keeps working unchanged when only the package is replaced."""

# ruff: noqa: E501 - the migration and the model are written as users have them

import json

import pytest

from .project import Project

# The migration that `makemigrations` wrote with version 2.0.1.
MIGRATION = """
    import django_advance_thumbnail.fields
    from django.db import migrations, models


    class Migration(migrations.Migration):

        initial = True

        dependencies = [
        ]

        operations = [
            migrations.CreateModel(
                name='Product',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('image', models.ImageField(blank=True, null=True, upload_to='images/')),
                    ('thumbnail', django_advance_thumbnail.fields.AdvanceThumbnailField(blank=True, null=True, source_field='image', upload_to='thumbnails/')),
                    ('square', django_advance_thumbnail.fields.AdvanceThumbnailField(blank=True, null=True, resize_method='cover', size=(50, 50), source_field='image', upload_to='squares/')),
                ],
            ),
        ]
"""

MODELS = """
    from django.db import models

    from django_advance_thumbnail import AdvanceThumbnailField
    from django_advance_thumbnail.fields import RESIZE_COVER


    class Product(models.Model):
        image = models.ImageField(upload_to='images/', null=True, blank=True)
        thumbnail = AdvanceThumbnailField(source_field='image', upload_to='thumbnails/', null=True, blank=True,
                                          size=(300, 300))
        square = AdvanceThumbnailField(source_field='image', upload_to='squares/', null=True, blank=True,
                                       size=(50, 50), resize_method=RESIZE_COVER)
"""

PAGE = """
    import json

    import django

    django.setup()

    from myapp.models import Product

    print(json.dumps([
        [product.thumbnail.url, product.thumbnail.width, product.thumbnail.height, product.square.url]
        for product in Product.objects.order_by("pk")
    ]))
"""

SAVE = """
    import django

    django.setup()

    from myapp.models import Product

    for product in Product.objects.all():
        product.save()
"""


NAMES = ("django_advance_thumbnail", "django_advance_thumbnail.apps.AdvanceThumbnailConfig", "advthumb")


def upgraded(folder, installed):
    """Return the project with unchanged code and the new package."""
    project = Project.make(folder, MODELS, installed)
    project.write("myapp/migrations/__init__.py", "")
    project.write("myapp/migrations/0001_initial.py", MIGRATION)
    project.write("page.py", PAGE)
    project.write("save.py", SAVE)
    return project


@pytest.mark.parametrize("installed", NAMES)
def test_no_migration_is_needed_under_either_name(installed, tmp_path):
    project = upgraded(tmp_path, installed)
    assert "No changes detected" in project.run("python manage.py makemigrations --check --dry-run")


@pytest.mark.parametrize("installed", NAMES)
def test_both_commands_exist_under_either_name(installed, tmp_path):
    listed = upgraded(tmp_path, installed).run("python manage.py help --commands").split()
    assert {"generate_thumbnails", "regenerate_thumbnails"} <= set(listed)


def test_rows_and_thumbnails_of_version_2_keep_working_and_are_upgraded(tmp_path):
    project = upgraded(tmp_path, "django_advance_thumbnail")
    project.run("python manage.py migrate")
    for source, thumbnail in (("a.jpg", "a_thumbnail.jpg"), ("b.png", "b_thumbnail_x7Yb2Q1.png")):
        project.sql(
            "INSERT INTO myapp_product (image, thumbnail, square) VALUES (?, ?, ?)",
            project.store(f"images/{source}"),
            project.store(f"thumbnails/{thumbnail}", size=(300, 200)),
            project.store(f"squares/{thumbnail}", size=(50, 50)),
        )
    as_before = [
        ["/media/thumbnails/a_thumbnail.jpg", 300, 200, "/media/squares/a_thumbnail.jpg"],
        ["/media/thumbnails/b_thumbnail_x7Yb2Q1.png", 300, 200, "/media/squares/b_thumbnail_x7Yb2Q1.png"],
    ]
    project.run("python save.py")
    assert json.loads(project.run("python page.py")) == as_before
    assert project.outcomes("python manage.py generate_thumbnails") == {"left": 4}

    assert project.outcomes("python manage.py regenerate_thumbnails") == {"made": 4}
    thumbnails, squares = (project.column("myapp_product", name) for name in ("thumbnail", "square"))
    assert project.files("thumbnails") == thumbnails
    assert project.files("squares") == squares
    assert [project.size(name) for name in thumbnails] == [(300, 200)] * 2
    assert [project.size(name) for name in squares] == [(50, 50)] * 2
    assert [row[:3] for row in json.loads(project.run("python page.py"))] == [
        [f"/media/{name}", 300, 200] for name in thumbnails
    ]

    assert project.outcomes("python manage.py regenerate_thumbnails") == {"left": 4}
