"""The media types and file name extensions of each format."""

import mimetypes

import pytest

from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.media_types import MEDIA_TYPES, accept, extensions


@pytest.mark.parametrize("image_format", ImageFormat)
def test_every_format_has_a_type_and_lower_case_extensions(image_format):
    name, endings = MEDIA_TYPES[image_format]
    assert name.count("/") == 1
    assert endings
    assert all(ending.startswith(".") and ending == ending.lower() for ending in endings)


def test_no_extension_belongs_to_two_formats():
    endings = extensions(ImageFormat)
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("image_format", OUTPUTS)
def test_the_first_extension_is_the_one_used_for_thumbnails(image_format):
    assert MEDIA_TYPES[image_format].extensions[0] == OUTPUTS[image_format].extension


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF", "TIFF", "SVG", "PDF", "HTML", "MP4"])
def test_types_match_those_of_python(image_format):
    name, endings = MEDIA_TYPES[ImageFormat(image_format)]
    assert mimetypes.guess_type(f"a{endings[0]}", strict=True)[0] == name


def test_accept_lists_types_and_extensions():
    assert accept([ImageFormat.PNG, ImageFormat.HEIC]) == (
        "image/png,.png,.apng,image/heic,image/heif,.heic,.heif,.hif,.heics,.heifs"
    )
    assert accept([]) == ""
