"""Helpers for the tests of projects: the fake engine, `override_thumbnails` and `assert_thumbnail`."""

import re

import pytest
from django.core.files.base import ContentFile
from django.test import SimpleTestCase

from advthumb import conf
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import OUTPUTS
from advthumb.engines import registry
from advthumb.fields import AdvanceThumbnailField
from advthumb.testing import FakeEngine, assert_thumbnail, fake, override_thumbnails
from advthumb.testing.contract.rendering import opened, probe, render, render_all, wanted
from tests import pictures
from tests.conftest import colour_of, picture, upload
from tests.templates.sets import name_of_set
from tests.testapp.models import Gallery, Photo, Restaurant

FAKE = "advthumb.testing.FakeEngine"


@pytest.fixture
def encoded(monkeypatch):
    """The sizes and formats that the fake engine encodes."""
    done = []
    saved = fake.files.saved

    def noting(image, encoding):
        done.append((image.size, encoding.format))
        return saved(image, encoding)

    fake._painted.cache_clear()
    monkeypatch.setattr(fake.files, "saved", noting)
    return done


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_fake_engine_paints_one_colour_in_the_planned_size_and_format(output):
    thumbnail = render(FakeEngine(), picture(size=(120, 80)), wanted(60, 60, output))
    assert (thumbnail.size, thumbnail.format) == ((60, 40), output)
    assert opened(thumbnail).size == (60, 40)
    lowest_and_highest = opened(thumbnail).convert("RGB").getextrema()
    assert all(high - low <= 6 for low, high in lowest_and_highest)


def test_the_fake_engine_turns_a_picture_by_its_orientation():
    data = pictures.oriented(6)
    info = probe(FakeEngine(), data)
    assert info.display_size != info.size
    expected = render(registry.engine("pillow"), data)
    assert render(FakeEngine(), data).size == expected.size


def test_the_fake_engine_encodes_each_size_format_and_colour_once(encoded):
    engine = FakeEngine()
    sources = [picture(size=(120, 80)) + bytes([trailer]) for trailer in range(200)]
    colours = {render(engine, source).data for source in sources}
    assert 20 < len(colours) <= len(fake.COLOURS)
    assert len(encoded) == len(colours)
    render_all(engine, sources[0], wanted(), wanted(), wanted(30, 30))
    assert encoded[-1] == ((30, 20), "PNG")
    assert len(encoded) == len(colours) + 1


@pytest.mark.parametrize("name", ["b.txt", "empty", "cut"])
def test_the_fake_engine_refuses_a_non_image_with_the_same_code(name):
    data = {"b.txt": b"hello world, no picture", "empty": b"", "cut": picture()[:20]}[name]
    codes = []
    for engine in (FakeEngine(), registry.engine("pillow")):
        with pytest.raises(ThumbnailError) as caught:
            render(engine, data)
        codes.append(caught.value.code)
    assert codes[0] is codes[1]
    assert codes[0] in {ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED}


def test_the_fake_engine_takes_documents_whose_header_it_cannot_read():
    thumbnail = render(FakeEngine(), pictures.PDF, wanted(100, 100))
    assert thumbnail.size == (100, 75)


def test_override_thumbnails_applies_to_fields_with_their_own_engine():
    field = AdvanceThumbnailField(source_field="image", engine="vips")
    with override_thumbnails():
        assert field.engines == Photo._meta.get_field("thumbnail").engines == (FAKE,)
        assert isinstance(registry.engine(*field.engines), FakeEngine)
        assert field.deconstruct()[3]["engine"] == "vips"  # so that makemigrations finds nothing
    assert field.engines == ("vips",)
    assert Photo._meta.get_field("thumbnail").engines == ("pillow",)


def test_override_thumbnails_takes_other_engines_and_settings():
    field = AdvanceThumbnailField(source_field="image", engine="vips")
    with override_thumbnails(engine=["imagemagick", "pillow"], ADVANCE_THUMBNAIL_FORMAT="WEBP"):
        assert field.engines == ("imagemagick", "pillow")
        assert conf.output_format() == "WEBP"
    with override_thumbnails(engine=None, ADVANCE_THUMBNAIL_FORMAT="WEBP"):
        assert field.engines == ("vips",)


@override_thumbnails()
def test_override_thumbnails_decorates_functions():
    assert Photo._meta.get_field("thumbnail").engines == (FAKE,)


@override_thumbnails()
class TestDecoratedClass(SimpleTestCase):
    def test_override_thumbnails_decorates_test_cases(self):
        assert Photo._meta.get_field("thumbnail").engines == (FAKE,)


def test_the_fixture_of_the_plugin_switches_the_fake_engine_on(fake_thumbnails):
    assert Photo._meta.get_field("thumbnail").engines == (FAKE,)


@pytest.mark.django_db
class TestAssertThumbnail:
    def test_a_thumbnail_of_a_saved_row_passes(self):
        with override_thumbnails():
            photo = Photo.objects.create(image=upload(size=(120, 80)))
            assert_thumbnail(photo.thumbnail, size=(60, 40), format="JPEG")
            assert_thumbnail(photo.thumbnail, size=(60, None))
            assert_thumbnail(Photo.objects.get().thumbnail)
            assert colour_of(photo.thumbnail) != (254, 0, 0)  # it is the fake one

    def fails(self, thumbnail, message, **expected):
        with pytest.raises(AssertionError, match=message):
            assert_thumbnail(thumbnail, **expected)

    def test_another_size_and_format_are_named_together(self):
        photo = Photo.objects.create(image=upload(size=(120, 80)))
        name = re.escape(repr(photo.thumbnail.name))
        where = rf"^Photo\(pk={photo.pk}\)\.thumbnail: "
        size = rf"{name} is 60x40 px, expected 60x60 px"
        self.fails(photo.thumbnail, f"{where}{size}$", size=(60, 60))
        self.fails(photo.thumbnail, rf"{name} is 60x40 px, expected anyx41 px$", size=(None, 41))
        both = rf"{where}{size}; {name} is JPEG, expected PNG$"
        self.fails(photo.thumbnail, both, size=(60, 60), format="PNG")

    def test_a_missing_thumbnail_is_reported_with_the_reason(self):
        self.fails(
            Photo.objects.create().thumbnail,
            r"there is no thumbnail \(fresh: .*\); it has no source$",
        )
        broken = Photo.objects.create(image=ContentFile(b"no picture", name="a.jpg"))
        message = r"there is no thumbnail \((missing|failed): .+\); its source is 'images/a\.jpg'$"
        self.fails(broken.thumbnail, message)

    def test_a_stale_thumbnail_is_reported_with_the_verdict_unless_allowed(self):
        photo = Photo.objects.create(image=upload())
        with override_thumbnails(engine=None, ADVANCE_THUMBNAIL_FORMAT="WEBP"):
            self.fails(photo.thumbnail, r"is not fresh \(spec-changed: .+\); its source is 'images/a\.jpg'")
            assert_thumbnail(photo.thumbnail, fresh=False)

    def test_a_changed_source_makes_the_thumbnail_stale(self):
        photo = Photo.objects.create(image=upload())
        photo.image.name = "images/other.jpg"
        self.fails(photo.thumbnail, r"is not fresh \(source-changed: .+\); its source is 'images/other\.jpg'")

    def test_a_lost_file_is_reported(self):
        photo = Photo.objects.create(image=upload())
        photo.thumbnail.storage.delete(photo.thumbnail.name)
        self.fails(photo.thumbnail, "its file cannot be read: .*thumbnails/")

    def test_the_files_of_a_set_are_read(self):
        photo = Photo.objects.create(image=upload(size=(120, 80)))
        main = name_of_set(["PNG"], [30])
        files = {"": ("JPEG", 60), ".60.png": ("PNG", 60), ".30.png": ("PNG", 30), ".30.jpg": ("JPEG", 30)}
        for suffix, (image_format, width) in files.items():
            data = picture(size=(width, width * 2 // 3), image_format=image_format)
            photo.thumbnail.storage.save(f"{main}{suffix}", ContentFile(data))
        Photo.objects.update(thumbnail=main)
        photo.refresh_from_db()
        assert_thumbnail(photo.thumbnail, size=(60, 40), fresh=False)
        photo.thumbnail.storage.delete(f"{main}.30.png")
        lost = rf"a further file of its set cannot be read: .*{re.escape(main)}\.30\.png"
        self.fails(photo.thumbnail, lost, fresh=False)
        photo.thumbnail.storage.save(f"{main}.30.png", ContentFile(picture(size=(31, 20))))
        wrong = rf"'{re.escape(main)}\.30\.png' is JPEG, 31 px wide, expected PNG, 30 px wide$"
        self.fails(photo.thumbnail, wrong, fresh=False)

    def test_a_value_that_is_not_a_thumbnail_is_a_type_error(self):
        photo = Photo.objects.create(image=upload())
        with pytest.raises(TypeError, match="is of type ImageFieldFile; give the attribute of an instance"):
            assert_thumbnail(photo.image)

    def test_models_with_several_and_inherited_thumbnails_pass(self, fake_thumbnails):
        gallery = Gallery.objects.create(image=upload(size=(120, 80)))
        assert_thumbnail(gallery.square, size=(40, 40))
        assert_thumbnail(gallery.webp, size=(50, 33), format="WEBP")
        assert_thumbnail(Restaurant.objects.create(image=upload()).icon, size=(16, 11))
