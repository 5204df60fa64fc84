"""`core.formats`: the table of facts, and the output format of a source."""

import pytest

from advthumb.core.formats import OUTPUTS, ImageFormat, format_of_extension, output_format

RASTER_ONLY = (ImageFormat.TIFF, ImageFormat.BMP, ImageFormat.HEIC)


def test_the_table_of_outputs() -> None:
    assert {(name.value, facts.extension, facts.alpha, facts.quality) for name, facts in OUTPUTS.items()} == {
        ("JPEG", ".jpg", False, 85),
        ("PNG", ".png", True, None),
        ("WEBP", ".webp", True, 80),
        ("AVIF", ".avif", True, 60),
        ("GIF", ".gif", True, None),
    }


@pytest.mark.parametrize("has_alpha", [False, True])
@pytest.mark.parametrize("source", OUTPUTS)
def test_a_source_keeps_its_format_if_it_can_be_written(source: ImageFormat, *, has_alpha: bool) -> None:
    assert output_format(source, has_alpha=has_alpha) is source


@pytest.mark.parametrize("source", RASTER_ONLY)
def test_other_formats_become_jpeg_or_png_with_alpha(source: ImageFormat) -> None:
    assert output_format(source, has_alpha=False) is ImageFormat.JPEG
    assert output_format(source, has_alpha=True) is ImageFormat.PNG


@pytest.mark.parametrize("image_format", OUTPUTS)
def test_an_extension_names_its_format_in_any_case(image_format: ImageFormat) -> None:
    extension = OUTPUTS[image_format].extension
    assert format_of_extension(extension) is image_format
    assert format_of_extension(extension.upper()) is image_format


@pytest.mark.parametrize("extension", ["", ".", "jpg", ".jpeg", ".tif", ".jpg "])
def test_an_extension_that_we_do_not_write_names_no_format(extension: str) -> None:
    assert format_of_extension(extension) is None
