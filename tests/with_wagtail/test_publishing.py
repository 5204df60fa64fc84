"""Wagtail pages, their drafts and revisions: the pictures of a page live in JSON until it is published.

django-modelcluster calls `pre_save` of each field outside any save, and builds the live page from that
JSON.
"""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.management import call_command
from wagtail.models import Locale, Page

from tests.conftest import colour_of, upload

from .models import GalleryItem, PicturePage

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

RED, BLUE, LIME = (254, 0, 0), (0, 0, 254), (0, 255, 1)


@pytest.fixture
def page():
    """Return a published page with a red picture, as it is loaded for editing."""
    ContentType.objects.clear_cache()  # the tables have been emptied since
    Locale.objects.create(language_code="en")
    root = Page.add_root(title="root", slug="root")
    root.add_child(instance=PicturePage(title="page", slug="page", image=upload("red.jpg", "red")))
    return PicturePage.objects.get()


def live():
    return PicturePage.objects.get()


def nothing_named_is_lost():
    rows = [live(), *GalleryItem.objects.all()]
    return all(
        default_storage.exists(file.name) for row in rows for file in (row.image, row.thumbnail) if file
    )


def publish(page, name, colour):
    """Give a page another picture, keep it as a draft, and publish that."""
    page.image = upload(name, colour)
    page.save_revision().publish()


def test_a_page_is_published_twice_with_different_pictures(page):
    for name, colour, shown in [("blue.jpg", "blue", BLUE), ("lime.jpg", "lime", LIME)]:
        publish(PicturePage.objects.get(), name, colour)
        assert colour_of(live().image) == colour_of(live().thumbnail) == shown
        assert nothing_named_is_lost()


def test_the_same_instance_is_published_twice(page):
    for name, colour, shown in [("blue.jpg", "blue", BLUE), ("lime.jpg", "lime", LIME)]:
        publish(page, name, colour)
        assert colour_of(live().image) == colour_of(live().thumbnail) == shown
        assert nothing_named_is_lost()


def test_a_draft_does_not_change_the_live_page(page):
    before = (live().image.name, live().thumbnail.name)
    page.image = upload("blue.jpg", "blue")
    page.save_revision()
    assert (live().image.name, live().thumbnail.name) == before
    assert colour_of(live().thumbnail) == RED
    draft = live().get_latest_revision_as_object()
    assert colour_of(draft.image) == BLUE


def test_a_draft_that_was_edited_twice_is_published(page):
    page.image = upload("blue.jpg", "blue")
    page.save_revision()
    draft = live().get_latest_revision_as_object()
    draft.image = upload("lime.jpg", "lime")
    draft.save_revision()
    live().get_latest_revision().publish()
    assert colour_of(live().image) == colour_of(live().thumbnail) == LIME
    assert nothing_named_is_lost()


def test_an_old_revision_is_published_again(page):
    first = page.save_revision()
    publish(live(), "blue.jpg", "blue")
    first.publish()
    assert colour_of(live().image) == RED
    assert not live().thumbnail or colour_of(live().thumbnail) == RED
    assert nothing_named_is_lost()
    live().save()
    assert colour_of(live().thumbnail) == RED


def test_a_page_is_published_without_a_picture(page):
    page.image = None
    page.save_revision().publish()
    assert (live().image.name or None, live().thumbnail.name or None) == (None, None)


def test_a_page_whose_text_changes_keeps_its_thumbnail(page):
    before = live().thumbnail.name
    page.title = "new words"
    page.save_revision().publish()
    assert (live().title, live().thumbnail.name) == ("new words", before)


def test_pictures_that_belong_to_a_page_are_published_with_it(page):
    page.items.add(GalleryItem(image=upload("blue.jpg", "blue")))
    page.save_revision().publish()
    item = GalleryItem.objects.get()
    assert colour_of(item.image) == colour_of(item.thumbnail) == BLUE
    page = live()
    page.items.first().image = upload("lime.jpg", "lime")
    page.save_revision().publish()
    item = GalleryItem.objects.get()
    assert colour_of(item.image) == BLUE
    assert colour_of(item.thumbnail) == BLUE
    assert nothing_named_is_lost()


def test_a_copied_page_gets_its_own_thumbnail(page):
    copy = page.copy(update_attrs={"slug": "copy", "title": "copy"})
    assert copy.thumbnail.name != page.thumbnail.name
    assert colour_of(PicturePage.objects.get(slug="copy").thumbnail) == RED
    page.delete()
    assert colour_of(PicturePage.objects.get(slug="copy").thumbnail) == RED


def test_prune_keeps_files_that_the_live_page_names(page):
    publish(page, "blue.jpg", "blue")
    call_command("prune_thumbnails", "--older-than", "0s", "--delete", verbosity=0)
    assert colour_of(live().thumbnail) == BLUE
