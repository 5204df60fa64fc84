"""Fields with processors: what is stored, what makes it stale, and what a failing processor leaves alone."""

import logging
from dataclasses import dataclass
from io import BytesIO, StringIO

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from PIL import Image, ImageSequence

from advthumb import refresh_thumbnails
from advthumb.checks import check_fields
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName
from advthumb.engines import registry
from advthumb.processors import Blur, Greyscale, Processor, Rounded, Sharpen, Watermark
from advthumb.testing import pictures
from tests.conftest import colour_of, upload
from tests.management.project import Project
from tests.testapp.models import Gallery, Photo

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Failing(Processor):
    """Raises an exception of its own."""

    def process(self, image):
        raise ZeroDivisionError


@dataclass(frozen=True)
class Turning(Processor):
    """Returns a picture of another size."""

    def process(self, image):
        return image.rotate(90, expand=True)


@dataclass(frozen=True)
class Reducing(Processor):
    """Returns a picture in another mode."""

    def process(self, image):
        return image.quantize()


@dataclass(frozen=True)
class Forgetful(Processor):
    """Returns nothing."""

    def process(self, image):
        image.putalpha(0)


@dataclass(frozen=True)
class Fading(Processor):
    """Adds alpha without saying so."""

    def process(self, image):
        image.putalpha(128)
        return image


@pytest.fixture
def field():
    return Photo._meta.get_field("thumbnail")


@pytest.fixture
def processed(field, monkeypatch):
    """Return a function that gives the field processors, and other arguments."""

    def give(*processors, **arguments):
        for name, value in {"processors": processors, **arguments}.items():
            monkeypatch.setattr(field, name, value)

    return give


def picture_of(thumbnail):
    with thumbnail.open("rb") as stream, Image.open(stream) as image:
        image.load()
        return image


def bytes_of(thumbnail):
    with thumbnail.open("rb") as stream:
        return stream.read()


def messages():
    """Return what the system checks report about the field."""
    return [each for each in check_fields(None) if each.obj is Photo._meta.get_field("thumbnail")]


def photo(image_format="PNG", **options):
    return ContentFile(
        pictures.encode(pictures.photo_pixels(320, 240), image_format, **options), f"a.{image_format.lower()}"
    )


@pytest.mark.parametrize("engine", ["pillow", "vips", "imagemagick", "advthumb.testing.FakeEngine"])
def test_every_engine_stores_what_the_processors_made(processed, engine):
    processed(Greyscale(), Rounded(20), engine=engine, format=ImageFormat.WEBP, lossless=True)
    found = picture_of(Photo.objects.create(image=photo()).thumbnail).convert("RGBA")
    assert found.size == (60, 45)
    assert found.getpixel((0, 0))[3] == 0
    red, green, blue, alpha = found.getpixel((30, 22))
    assert red == green == blue
    assert alpha == 255


def test_processors_run_in_their_order(processed):
    processed(Fading(), Rounded(30), format=ImageFormat.PNG)
    assert picture_of(Photo.objects.create(image=photo()).thumbnail).getchannel("A").getextrema() == (0, 128)
    processed(Rounded(30), Fading(), format=ImageFormat.PNG)
    assert picture_of(Photo.objects.create(image=photo()).thumbnail).getchannel("A").getextrema() == (
        128,
        128,
    )


def test_thumbnails_of_one_source_cost_one_decode_with_and_without_processors(monkeypatch):
    fields = [field for field in Gallery._meta.fields if hasattr(field, "processors")]
    monkeypatch.setattr(fields[0], "processors", (Greyscale(),))
    monkeypatch.setattr(fields[1], "processors", (Blur(2),))
    engine, decoded = registry.engine("pillow"), []
    decode = engine._decode
    monkeypatch.setattr(engine, "_decode", lambda *given: decoded.append(1) or decode(*given))
    row = Gallery.objects.create(image=upload(size=(120, 120)))
    assert decoded == [1]
    assert colour_of(row.small) == (127, 127, 127)
    assert colour_of(row.square)[0] > 250
    assert colour_of(row.webp)[0] > 250


def test_a_change_of_processors_makes_thumbnails_spec_changed(processed):
    row = Photo.objects.create(image=photo())
    plain = ThumbnailName.parse(row.thumbnail.name).fingerprint
    for processors in ((Blur(2),), (Blur(3),), (Blur(3), Sharpen()), (Sharpen(), Blur(3)), ()):
        processed(*processors)
        assert row.thumbnail.status == "spec-changed"
        assert refresh_thumbnails([row]).made == 1
        assert row.thumbnail.status == "fresh"
    assert ThumbnailName.parse(row.thumbnail.name).fingerprint == plain, "as without the argument"


def test_a_new_version_of_a_processor_makes_thumbnails_spec_changed(processed, monkeypatch):
    processed(Fading())
    row = Photo.objects.create(image=photo())
    assert row.thumbnail.status == "fresh"
    monkeypatch.setattr(Fading, "version", 2)
    processed(Fading())  # a new process begins
    assert row.thumbnail.status == "spec-changed"


@pytest.mark.parametrize(
    ("processor", "told"),
    [
        (Failing(), "the processor Failing failed: ZeroDivisionError"),
        (
            Turning(),
            "the processor Turning returned a picture of 45x60 px in the mode RGB; it must return a ",
        ),
        (
            Reducing(),
            "returned a picture of 60x45 px in the mode P; it must return a picture of 60x45 px in one",
        ),
        (
            Forgetful(),
            "the processor Forgetful returned None; it must return a picture of 60x45 px in one of",
        ),
    ],
)
def test_a_processor_that_fails_never_breaks_the_save(processed, caplog, processor, told):
    processed(Greyscale(), processor, format=ImageFormat.WEBP)
    if isinstance(processor, (Turning, Reducing)):
        processed(processor, format=ImageFormat.WEBP)
    row = Photo.objects.create(image=photo())
    assert not row.thumbnail
    assert told in caplog.text
    assert "[engine]" in caplog.text
    processed(Greyscale())
    assert refresh_thumbnails([row]).made == 1, "the source is not to blame, so it is tried again"


def test_a_processor_that_fails_leaves_other_thumbnails_of_its_source_alone(monkeypatch):
    monkeypatch.setattr(Gallery._meta.get_field("small"), "processors", (Failing(),))
    row = Gallery.objects.create(image=upload())
    assert not row.small
    assert row.square
    assert row.webp


def test_alpha_that_the_format_cannot_hold_is_composed_on_the_background(processed, field):
    processed(Fading(), format=ImageFormat.JPEG, background=field.background._replace(red=0, green=0, blue=0))
    row = Photo.objects.create(image=upload(colour="white"))
    assert colour_of(row.thumbnail) == pytest.approx((128, 128, 128), abs=2)


def test_the_file_is_encoded_as_the_field_says(processed):
    processed(Sharpen(), format=ImageFormat.JPEG, quality=90)
    large = Photo.objects.create(image=photo()).thumbnail.size
    processed(Sharpen(), quality=90, max_bytes=large // 2, progressive=True)
    row = Photo.objects.create(image=photo())
    assert large // 4 < row.thumbnail.size <= large // 2
    assert picture_of(row.thumbnail).info["progressive"]


def test_the_bytes_are_those_that_the_pillow_engine_writes(processed, field):
    """A processor that changes nothing shows that both use the same encoder."""
    for image_format in ("JPEG", "PNG", "WEBP", "GIF"):
        processed(format=ImageFormat(image_format), engine="pillow")
        plain = Photo.objects.create(image=photo()).thumbnail
        processed(Sharpen(0), format=ImageFormat(image_format), engine="pillow")
        assert bytes_of(Photo.objects.create(image=photo()).thumbnail) == bytes_of(plain)


@pytest.mark.parametrize("output", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("engine", ["pillow", "vips"])
def test_each_frame_of_an_animation_is_processed(processed, engine, output):
    processed(Greyscale(), engine=engine, animated=True, format=ImageFormat(output))
    row = Photo.objects.create(image=ContentFile(pictures.timed("GIF", loop=3), "a.gif"))
    with row.thumbnail.open("rb") as stream, Image.open(BytesIO(stream.read())) as image:
        assert image.n_frames == 3
        plays = image.info["loop"]
        delays, columns = [], []
        for frame in ImageSequence.Iterator(image):
            pixels = np.asarray(frame.convert("RGBA")).astype(int)
            delays.append(frame.info["duration"])
            seen = pixels[pixels[..., 3] > 128]
            assert np.ptp(seen[:, :3], axis=1).max() <= 1
            columns.append(int(np.flatnonzero((pixels[..., 3] > 128).any(axis=0)).min()))
    assert delays == [40, 200, 120]
    assert plays == (3 if output == "GIF" else 4)
    assert columns == sorted(columns)
    assert columns[-1] - columns[0] == pytest.approx(40, abs=2)


def test_an_animation_whose_engine_keeps_no_frames_shows_the_first_one(processed):
    processed(Greyscale(), engine="imagemagick", animated=True, format=ImageFormat.WEBP)
    row = Photo.objects.create(image=ContentFile(pictures.timed("GIF"), "a.gif"))
    assert getattr(picture_of(row.thumbnail), "n_frames", 1) == 1


def test_a_missing_watermark_never_breaks_the_save_and_is_made_up_for(processed, settings, tmp_path, caplog):
    settings.STATICFILES_DIRS = [tmp_path]
    row = Photo.objects.create(image=photo())
    plain = row.thumbnail.name
    processed(Watermark("mark.png", margin=0))
    with caplog.at_level(logging.WARNING, "advthumb"):
        row.save()
    assert "the watermark 'mark.png' cannot be used: no static file has that name" in caplog.text
    row.refresh_from_db()
    assert row.thumbnail.name == plain, "the row keeps its thumbnail meanwhile"
    assert [message.id for message in messages()] == ["advthumb.E016"]

    Image.new("RGB", (500, 500), "blue").save(tmp_path / "mark.png")
    settings.STATICFILES_DIRS = [tmp_path]  # a new process begins
    assert refresh_thumbnails([row]).made == 1
    assert row.thumbnail.status == "fresh"
    assert colour_of(row.thumbnail) == (0, 0, 255)
    assert not messages()


def test_pillow_must_be_able_to_write_the_format_and_the_engine_need_not(processed, monkeypatch, caplog):
    monkeypatch.setattr(registry.engine("vips"), "writes", frozenset())
    processed(Greyscale(), engine="vips", format=ImageFormat.WEBP)
    assert not messages()
    assert Photo.objects.create(image=photo()).thumbnail
    monkeypatch.setattr(registry.engine("pillow"), "writes", frozenset())
    [message] = messages()
    assert (message.id, message.msg) == ("advthumb.E009", "the engine pillow cannot write WEBP here.")
    assert "With processors, Pillow writes the thumbnails." in message.hint
    assert not Photo.objects.create(image=photo()).thumbnail
    assert "the pillow engine cannot write WEBP here" in caplog.text


def test_lossless_avif_needs_an_engine_without_processors(processed):
    processed(engine="vips", format=ImageFormat.AVIF, lossless=True)
    assert not messages()
    processed(Greyscale(), engine="vips", format=ImageFormat.AVIF, lossless=True)
    [message] = messages()
    assert (message.id, "With processors, Pillow writes" in message.hint) == ("advthumb.E009", True)


def test_an_engine_that_keeps_no_frames_is_reported_with_processors_too(processed):
    processed(Greyscale(), engine="imagemagick", format=ImageFormat.WEBP, animated=True)
    assert [message.id for message in messages()] == ["advthumb.W002"]
    processed(Greyscale(), engine="vips", format=ImageFormat.WEBP, animated=True)
    assert not messages()


def test_commands_and_processes_run_processors(processed):
    row = Photo.objects.create(image=upload())
    processed(Greyscale())
    out = StringIO()
    call_command("regenerate_thumbnails", workers=2, stdout=out)
    row.refresh_from_db()
    assert colour_of(row.thumbnail) == pytest.approx((127, 127, 127), abs=1)
    assert Size(*picture_of(row.thumbnail).size) == (60, 40)


MODELS = """
    from django.db import models

    from advthumb.fields import AdvanceThumbnailField
    from advthumb.processors import Rounded, Sharpen, Watermark
    from myapp.borders import Border

    class Product(models.Model):
        image = models.ImageField(upload_to="products/")
        thumbnail = AdvanceThumbnailField(
            source_field="image",
            upload_to="thumbnails/",
            format="PNG",
            processors=[
                Sharpen({amount}),
                Watermark("mark.png", "nw", opacity=0.5),
                Rounded(24),
                Border(colours=("red", "blue")),
            ],
            null=True,
            blank=True,
        )
"""
BORDERS = """
    from dataclasses import dataclass

    from advthumb.processors import Processor

    @dataclass(frozen=True)
    class Border(Processor):
        colours: tuple[str, ...] = ()

        def process(self, image):
            return image
"""


def test_migrations_with_processors_are_written_applied_and_up_to_date(tmp_path):
    project = Project.make(tmp_path, MODELS.format(amount=0.6))
    project.write("myapp/borders.py", BORDERS)
    project.write("myapp/static/mark.png", "")
    (tmp_path / "myapp/static/mark.png").write_bytes(
        pictures.encode(pictures.plain_pixels(8, 8, (255, 0, 0)))
    )
    project.migrate()
    [written] = (tmp_path / "myapp/migrations").glob("0001*.py")
    assert (
        "processors=[advthumb.processors.Sharpen(amount=0.6), advthumb.processors.Watermark(file='mark.png', "
        "opacity=0.5, position='nw'), advthumb.processors.Rounded(radius=24), "
        "myapp.borders.Border(colours=('red', 'blue'))]"
    ) in written.read_text()
    assert "No changes detected" in project.run("python manage.py makemigrations --check --dry-run")
    project.write("myapp/models.py", MODELS.format(amount=0.7))
    project.run("python manage.py makemigrations")
    assert "No changes detected" in project.run("python manage.py makemigrations --check --dry-run")
    project.run("python manage.py migrate")
