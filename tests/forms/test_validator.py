"""`SourceImageValidator`: what it refuses, and its messages."""

from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db.migrations.writer import MigrationWriter
from django.utils import translation
from django.utils.functional import Promise

from advthumb import conf
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.engines.pillow import PillowEngine
from advthumb.exceptions import EngineUnavailable
from advthumb.refusals import too_many_pixels
from advthumb.validators import SourceImageValidator
from tests import pictures
from tests.conftest import picture, upload
from tests.pictures.pages import svg
from tests.testapp.models import Guarded, Photo

from .uploading import DAMAGED, broken, refusal, sent

COMMON = "JPEG, PNG, WEBP, AVIF, GIF, TIFF, BMP, HEIC"


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_good_upload_passes_and_is_rewound(image_format):
    file = sent(f"a.{image_format.lower()}", picture(image_format=image_format))
    SourceImageValidator()(file)
    assert file.tell() == 0


def test_a_large_upload_in_a_temporary_file_passes_and_is_rewound():
    file = TemporaryUploadedFile("a.jpg", "image/jpeg", len(picture()), None)
    file.write(picture())
    SourceImageValidator()(file)
    assert (file.tell(), file.read()) == (0, picture())


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_truncated_upload_is_refused_as_damaged(image_format):
    error = refusal(
        SourceImageValidator(), sent(f"a.{image_format.lower()}", pictures.truncated(image_format))
    )
    assert (error.code, error.messages) == ("corrupt", [DAMAGED])
    assert error.params["format"] == image_format
    assert error.params["reason"]


def test_damage_after_the_header_is_found_only_by_decoding():
    SourceImageValidator(decode=False)(sent(data=pictures.corrupt_png(), name="a.png"))
    assert refusal(SourceImageValidator(), sent(data=pictures.corrupt_png(), name="a.png")).code == "corrupt"


def test_nothing_is_decoded_if_only_the_header_is_checked(rendered):
    SourceImageValidator(decode=False)(sent())
    assert not rendered


def test_the_message_names_the_pixels_and_their_limit():
    validator = SourceImageValidator(max_pixels=50_000_000)
    error = refusal(validator, sent("a.png", pictures.png_bomb(12_000)))
    assert error.code == "too-many-pixels"
    assert error.messages == [
        "This picture is 12,000 × 12,000 pixels; at most 50 million pixels are allowed."
    ]


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (100, "100 pixels"),
        (1_999_999, "1,999,999 pixels"),
        (2_000_000, "2 million pixels"),
        (33_177_600, "33.1 million pixels"),
        (1_200_000_000, "1,200 million pixels"),
    ],
)
def test_pixel_limits_are_shown_in_words_and_rounded_down(limit, words):
    error = too_many_pixels(SourceInfo(ImageFormat.PNG, Size(5, 5)), limit)
    assert error.messages == [f"This picture is 5 × 5 pixels; at most {words} are allowed."]


def test_numbers_are_written_as_in_the_active_language():
    with translation.override("de"):
        error = too_many_pixels(SourceInfo(ImageFormat.PNG, Size(12_000, 5)), 2_500_000)
    assert (error.params["width"], error.params["limit"]) == ("12.000", "2,5 Millionen Pixel")


def test_the_setting_limits_pixels_too_and_the_stricter_limit_wins(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 5000
    for validator in (SourceImageValidator(), SourceImageValidator(max_pixels=9_000_000)):
        assert "at most 5,000 pixels" in refusal(validator, sent()).messages[0]
    assert "at most 4,000 pixels" in refusal(SourceImageValidator(max_pixels=4000), sent()).messages[0]


def test_the_pixels_of_all_frames_count():
    info = SourceInfo(ImageFormat.GIF, Size(1000, 1000), frames=200)
    (message,) = too_many_pixels(info, 100_000_000).messages
    assert message.startswith(
        "This animation has 200 frames of 1,000 × 1,000 pixels; at most 100 million pixels"
    )


def test_the_message_names_the_bytes_and_their_limit_and_nothing_is_read(monkeypatch):
    monkeypatch.setattr(File, "chunks", lambda *_: pytest.fail("it was read"))
    error = refusal(SourceImageValidator(max_bytes=1024), sent(data=bytes(3 * 2**20)))
    assert error.code == "too-many-bytes"
    assert error.messages == ["This file has 3.0\xa0MB; at most 1.0\xa0KB are allowed."]


def test_the_setting_limits_bytes_too(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = 100
    assert refusal(SourceImageValidator(max_bytes=10_000), sent()).code == "too-many-bytes"


def test_the_minimum_size_is_checked_after_orientation():
    validator = SourceImageValidator(min_size=(80, 120))
    error = refusal(validator, sent())
    assert error.code == "too-small"
    assert error.messages == ["This picture is 120 × 80 pixels; at least 80 × 120 pixels are needed."]
    SourceImageValidator(min_size=(120, 80))(sent())
    lying = pictures.oriented(6, upright=pictures.plain_pixels(40, 90, (1, 2, 3)))
    SourceImageValidator(min_size=(40, 90))(sent(data=lying))
    assert refusal(SourceImageValidator(min_size=(90, 40)), sent(data=lying)).params["width"] == "40"


def test_an_empty_file_is_refused():
    error = refusal(SourceImageValidator(), sent(data=b""))
    assert (error.code, error.messages) == ("empty", ["This file is empty."])


def test_an_unknown_format_is_refused_with_the_accepted_formats():
    error = refusal(SourceImageValidator(), sent("a.jpg", b"hello, world"))
    assert error.code == "unsupported"
    assert error.messages == [f"This file is in none of the accepted formats: {COMMON}."]


@pytest.mark.parametrize(
    ("name", "data"), [("SVG", svg()), ("PDF", pictures.PDF), ("HTML", b"<html></html>")]
)
def test_a_format_that_no_engine_reads_is_refused_by_its_name(name, data):
    error = refusal(SourceImageValidator(), sent("a.jpg", data))
    assert error.code == "unsupported"
    assert error.messages == [f"{name} files are not accepted here. Accepted formats: {COMMON}."]


def test_the_formats_argument_narrows_the_accepted_formats(settings):
    validator = SourceImageValidator(formats=["jpeg", "png"])
    validator(sent())
    error = refusal(validator, sent("a.gif", picture(image_format="GIF")))
    assert error.messages == ["GIF files are not accepted here. Accepted formats: JPEG, PNG."]
    settings.ADVANCE_THUMBNAIL_ALLOWED_FORMATS = ["PNG"]
    error = refusal(validator, sent())
    assert error.messages == ["JPEG files are not accepted here. Accepted formats: PNG."]


def test_an_unreadable_variant_of_a_format_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(PillowEngine, "refuses", lambda *_: "TIFF with ten samples")
    error = refusal(SourceImageValidator(), sent("a.tif", picture(image_format="TIFF")))
    assert error.code == "unsupported"
    assert error.messages == [
        "This kind of TIFF file cannot be read here. Save it as JPEG or PNG and upload it again."
    ]


def test_a_picture_that_takes_too_much_memory_is_refused(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_MEMORY = 1000
    error = refusal(SourceImageValidator(), sent())
    assert error.code == "too-large"
    assert error.messages == [
        "This picture is too large to be processed here. Upload a smaller version of it."
    ]


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a", "a.jpg.php", "a.pdf"])
def test_a_file_name_with_a_misleading_extension_is_refused(name):
    error = refusal(SourceImageValidator(), sent(name))
    assert error.code == "wrong-extension"
    assert error.messages == ["The name of this file must end in “.jpg”, because it is a JPEG file."]


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg", "photo.heic", "a.png"])
def test_any_extension_of_an_accepted_format_is_allowed(name):
    SourceImageValidator()(sent(name))


def test_values_without_a_file_and_stored_files_are_not_checked(db, calls):
    row = Photo.objects.create(image=upload())
    calls.clear()
    for value in (None, "", "a.jpg", row.image, Photo().image):
        SourceImageValidator()(value)
    assert not calls


class _Stream(BytesIO):
    def seekable(self):
        return False

    def seek(self, *_):
        raise OSError


def test_an_unseekable_stream_passes_unread_and_that_is_logged(caplog):
    stream = _Stream(b"not a picture")
    SourceImageValidator()(File(stream, "a.jpg"))
    assert stream.tell() == 0
    assert "'a.jpg' was not checked" in caplog.text


class TestNotTheUploadsFault:
    """An engine that fails, and one that runs out of time."""

    @pytest.fixture(
        params=[
            ThumbnailError("no process became free", ErrorCode.ENGINE, for_now=True),
            ThumbnailError("it took longer than 30 s", ErrorCode.TOO_LARGE, for_now=True),
            BufferError("a bug of the library"),
        ],
        ids=["busy", "slow", "bug"],
    )
    def attempts(self, request, monkeypatch):
        """Have the engine fail, and return a list of its attempts."""
        attempts = []

        def failing(*args):
            attempts.append(args)
            raise request.param

        monkeypatch.setattr(PillowEngine, "_decode", failing)
        return attempts

    def test_the_upload_passes_and_the_reason_is_logged(self, attempts, caplog):
        SourceImageValidator()(sent())
        assert len(attempts) == 1
        assert "'a.jpg' could not be checked and is accepted" in caplog.text

    def test_if_a_save_would_raise_the_form_says_to_try_again(self, attempts, settings):
        settings.ADVANCE_THUMBNAIL_RAISE = True
        error = refusal(SourceImageValidator(), sent())
        assert error.code == "unavailable"
        assert error.messages == [
            "This file could not be processed just now. It may be fine; please try again later."
        ]

    def test_the_save_does_not_retry_and_succeeds(self, attempts, db):
        row = Guarded(image=sent())
        row.full_clean()
        row.save()
        assert len(attempts) == 1
        assert Guarded.objects.get().image
        assert not row.small


def test_a_header_that_failed_temporarily_is_not_read_again_by_the_save(db, monkeypatch):
    attempts = []

    def busy(*args):
        attempts.append(args)
        raise ThumbnailError("no process became free", ErrorCode.ENGINE, for_now=True)

    monkeypatch.setattr(PillowEngine, "_read_header", busy)
    row = Guarded(image=sent())
    row.full_clean()
    row.full_clean()
    row.save()
    assert len(attempts) == 1


def test_a_missing_library_does_not_reject_the_upload(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = "tests.testapp.engines.missing.MissingEngine"
    with pytest.raises(EngineUnavailable):
        SourceImageValidator()(sent())


def test_a_missing_library_that_is_not_needed_rejects_no_upload(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", "tests.testapp.engines.missing.MissingEngine"]
    SourceImageValidator()(sent())
    assert COMMON in refusal(SourceImageValidator(), sent(data=b"hello")).messages[0]


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_pixels": 0},
        {"max_pixels": "5"},
        {"max_bytes": -1},
        {"max_bytes": True},
        {"min_size": 5},
        {"min_size": (5,)},
        {"min_size": (0, 5)},
        {"min_size": (5, None)},
        {"formats": "JPEG"},
        {"formats": ["JPEG", "DOCX"]},
        {"formats": []},
        {"formats": 5},
    ],
)
def test_an_invalid_argument_is_refused_by_name(arguments):
    with pytest.raises(ImproperlyConfigured, match=f"SourceImageValidator: {next(iter(arguments))}="):
        SourceImageValidator(**arguments)


def test_migrations_name_only_the_public_path_and_the_given_arguments():
    validator = SourceImageValidator(max_pixels=5, formats=["JPEG"])
    text, imports = MigrationWriter.serialize(validator)
    assert text == "advthumb.validators.SourceImageValidator(formats=['JPEG'], max_pixels=5)"
    assert imports == {"import advthumb.validators"}
    path, args, kwargs = validator.deconstruct()
    again = SourceImageValidator(*args, **kwargs)
    assert path == "advthumb.validators.SourceImageValidator"
    assert again == validator
    assert hash(again) == hash(validator)
    assert again != SourceImageValidator(max_pixels=5)
    assert validator != 5


def test_messages_are_translated_when_they_are_shown():
    error = refusal(SourceImageValidator(), broken())
    assert isinstance(error.message, Promise)
    with translation.override("fr"):
        assert error.messages != [DAMAGED]
    assert error.messages == [DAMAGED]


def test_validation_of_a_model_refuses_before_anything_is_stored(db, stored):
    with pytest.raises(ValidationError) as caught:
        Guarded(image=broken()).full_clean()
    assert caught.value.message_dict == {"image": [DAMAGED]}
    assert not stored()


def test_limits_are_read_when_an_upload_is_checked(settings):
    validator = SourceImageValidator()
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 10
    assert conf.max_source_pixels() == 10
    assert refusal(validator, sent()).code == "too-many-pixels"
    assert refusal(validator, ContentFile(picture(), "a.jpg")).code == "too-many-pixels"
