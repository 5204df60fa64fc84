"""Every command of version 2's usage guide, word for word, and its two use cases."""

# ruff: noqa: E501, W291 - the guide's code is copied as printed

import pytest

from .project import Project, lines

GENERATE = """
    # Generate thumbnails for all models with AdvanceThumbnailField
    python manage.py generate_thumbnails

    # Generate thumbnails for a specific model
    python manage.py generate_thumbnails --model myapp.MyModel

    # Generate thumbnails for a specific field in a model
    python manage.py generate_thumbnails --model myapp.MyModel --field thumbnail

    # Force regenerate thumbnails even if they already exist
    python manage.py generate_thumbnails --force

    # Dry run to see what would be done without actually generating thumbnails
    python manage.py generate_thumbnails --dry-run
"""

REGENERATE = """
    # Regenerate thumbnails for fields where size has changed
    python manage.py regenerate_thumbnails

    # Force regenerate all thumbnails regardless of size changes
    python manage.py regenerate_thumbnails --force

    # Regenerate thumbnails for a specific model
    python manage.py regenerate_thumbnails --model myapp.MyModel

    # Regenerate thumbnails for a specific field
    python manage.py regenerate_thumbnails --model myapp.MyModel --field thumbnail

    # Clear the size cache to force detection of size changes
    python manage.py regenerate_thumbnails --clear-cache

    # Dry run to see what would be done
    python manage.py regenerate_thumbnails --dry-run
"""

MYMODEL = """
    import os

    from django.db import models

    from django_advance_thumbnail import AdvanceThumbnailField


    class MyModel(models.Model):
        image = models.ImageField(upload_to='images/', null=True, blank=True)
        thumbnail = AdvanceThumbnailField(source_field='image', upload_to='thumbnails/', null=True, blank=True,
                                          size=(int(os.environ.get("TEST_SIDE", 300)), 300))
"""

ARTICLE = """
    from django.db import models


    class Article(models.Model):
        title = models.CharField(max_length=200)
        image = models.ImageField(upload_to='articles/', null=True, blank=True)
"""

ARTICLE_WITH_THUMBNAIL = """
    from django.db import models

    from django_advance_thumbnail import AdvanceThumbnailField


    class Article(models.Model):
        title = models.CharField(max_length=200)
        image = models.ImageField(upload_to='articles/', null=True, blank=True)
        # Add this field
        thumbnail = AdvanceThumbnailField(
            source_field='image', 
            upload_to='thumbnails/', 
            null=True, 
            blank=True,
            size=(300, 300)
        )
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a project with one row that has a thumbnail and one that has none."""
    project = Project.make(tmp_path_factory.mktemp("guide"), MYMODEL, installed="django_advance_thumbnail")
    project.migrate()
    for name in ("images/a.jpg", "images/b.jpg"):
        project.sql("INSERT INTO myapp_mymodel (image) VALUES (?)", project.store(name))
    project.run("python manage.py generate_thumbnails --limit 1")
    return project


@pytest.fixture
def project(filled, tmp_path):
    """Return a copy of that project for one test."""
    return filled.copy(tmp_path)


def thumbnails(project):
    """Return the thumbnail names of both rows, None for none."""
    return [name for (name,) in project.sql("SELECT thumbnail FROM myapp_mymodel ORDER BY id")]


@pytest.mark.parametrize("line", lines(GENERATE))
def test_generate_examples(line, project):
    old, none = thumbnails(project)
    assert old
    assert not none
    project.run(line)
    first, second = thumbnails(project)
    assert (first != old) == ("--force" in line)
    assert bool(second) == ("--dry-run" not in line)


@pytest.mark.parametrize("line", lines(REGENERATE))
def test_regenerate_examples_after_a_size_change(line, project):
    project.run(line, TEST_SIDE="150")
    first, second = thumbnails(project)
    assert ("_150x100_" in first) == ("--dry-run" not in line)
    assert bool(second) == ("--force" in line)


def test_adding_a_thumbnail_field_to_an_existing_production_model(tmp_path):
    project = Project.make(tmp_path, ARTICLE, installed="django_advance_thumbnail")
    project.migrate()
    for name in ("articles/a.jpg", "articles/b.png"):
        project.sql("INSERT INTO myapp_article (title, image) VALUES ('x', ?)", project.store(name))
    project.sql("INSERT INTO myapp_article (title, image) VALUES ('no picture', NULL)")

    project.write("myapp/models.py", ARTICLE_WITH_THUMBNAIL)
    project.run("python manage.py makemigrations")
    project.run("python manage.py migrate")
    printed = project.run("python manage.py generate_thumbnails --model myapp.Article")

    assert "myapp.Article.thumbnail: 2 missing; 2 made" in printed
    names = [name for name in project.column("myapp_article", "thumbnail") if name]
    assert project.files("thumbnails") == names
    assert [project.size(name) for name in names] == [(300, 200)] * 2


def test_changing_the_thumbnail_size_in_production(tmp_path):
    project = Project.make(tmp_path, ARTICLE_WITH_THUMBNAIL, installed="django_advance_thumbnail")
    project.migrate()
    project.sql("INSERT INTO myapp_article (title, image) VALUES ('x', ?)", project.store("articles/a.jpg"))
    project.run("python manage.py generate_thumbnails --model myapp.Article")
    before = project.files("thumbnails")

    project.write("myapp/models.py", ARTICLE_WITH_THUMBNAIL.replace("(300, 300)", "(400, 400)"))
    printed = project.run("python manage.py regenerate_thumbnails --model myapp.Article")

    assert "myapp.Article.thumbnail: 1 spec-changed; 1 made" in printed
    (after,) = project.column("myapp_article", "thumbnail")
    assert project.files("thumbnails") == [after] != before
    assert project.size(after) == (400, 267)
