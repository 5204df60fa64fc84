"""The readers of all simple rasters: sizes are found, and damage raises a `ThumbnailError`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core import containers
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours
from tests.pictures.exotic import MADE_HERE, Made

FORMATS = sorted({file.format for file in MADE_HERE})
ONE_OF_EACH = {name: next(file for file in MADE_HERE if file.format == name) for name in FORMATS}
SEVENTH = 7
CUTS = 400
"""Files are cut at every byte up to this, and at this many places over their whole length."""

formats = pytest.mark.parametrize("image_format", FORMATS)


@pytest.mark.parametrize("file", MADE_HERE, ids=lambda file: file.name)
def test_the_header_describes_the_pixels(file: Made) -> None:
    info = containers.read(file.data, file.format)
    height, width, channels = file.pixels.shape
    assert (info.format, info.display_size, info.frames) == (file.format, (width, height), 1)
    if file.format is not ImageFormat.QOI or channels == 4:
        assert info.has_alpha == (channels in {2, 4})
    assert info.samples - info.has_alpha == {Colours.GREY: 1, Colours.RGB: 3}[info.colours]


@pytest.mark.parametrize("file", MADE_HERE, ids=lambda file: file.name)
def test_cleaning_a_clean_file_changes_nothing(file: Made) -> None:
    once = containers.clean(file.data, containers.read(file.data, file.format))
    assert len(containers.clean(once, containers.read(once, file.format))) == len(once)
    assert b"a comment" not in once
    assert b"a name" not in once


@pytest.mark.parametrize("file", MADE_HERE[::SEVENTH], ids=lambda file: file.name)
def test_every_truncated_file_raises_a_thumbnail_error(file: Made) -> None:
    whole = containers.read(file.data, file.format)
    for length in {
        *range(4, min(CUTS, len(file.data))),
        *range(4, len(file.data), 1 + len(file.data) // CUTS),
    }:
        cut = file.data[:length]
        try:
            info = containers.read(cut, file.format)
            containers.clean(cut, info)
        except ThumbnailError as error:
            assert error.code in {ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED}  # noqa: PT017 - both are right.
            continue
        assert info.size == whole.size


@formats
@given(changes=st.lists(st.tuples(st.integers(0, 2999), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_raises_a_thumbnail_error(
    image_format: ImageFormat, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(ONE_OF_EACH[image_format].data)
    for at, value in changes:
        data[at % len(data)] = value
    try:
        info = containers.read(bytes(data), image_format)
        containers.clean(bytes(data), info)
    except ThumbnailError:
        return
    assert min(info.size) > 0
