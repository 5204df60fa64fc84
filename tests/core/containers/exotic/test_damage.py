"""`core.containers.exotic`: a damaged file gives a header or a `ThumbnailError`, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core import containers
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from tests.pictures.exotic import MADE_HERE, Made, made, tgas

from .refusals import streams

MADE = [file for file in made() if file.name not in {each.name for each in MADE_HERE}]
WITH_MORE_BEHIND = ("smaller ones", "spot colour")
"""Marks names of files with data after the decoded part, which may be cut off."""
CUTS = 40

each = pytest.mark.parametrize("file", MADE, ids=lambda file: file.name)
few = pytest.mark.parametrize(
    "file", {(file.format, len(file.data) >> 12): file for file in MADE}.values(), ids=lambda file: file.name
)


@each
def test_the_size_and_the_alpha_are_found(file: Made) -> None:
    height, width, channels = file.pixels.shape
    info = containers.read(file.data, file.format)
    assert info.display_size == (width, height)
    assert info.has_alpha == (channels in {2, 4})
    assert info.frames == 1


@pytest.mark.parametrize(
    "file", [file for file in MADE if file.format is not ImageFormat.XCF], ids=lambda file: file.name
)
def test_the_cleaned_file_is_read_like_the_original(file: Made) -> None:
    info = containers.read(file.data, file.format)
    stream = containers.clean(file.data, info)
    if info.format is ImageFormat.TGA:  # whose decoders need no footer
        stream += tgas.FOOTER
    inside = containers.read(stream, info.coded_as or info.format)
    assert (inside.size, inside.has_alpha, inside.samples) == (info.size, info.has_alpha, info.samples)
    assert containers.clean(stream, inside) == stream.removesuffix(tgas.FOOTER)


@pytest.mark.parametrize(
    "file",
    [file for file in MADE if not any(more in file.name for more in WITH_MORE_BEHIND)],
    ids=lambda file: file.name,
)
def test_every_truncated_file_is_refused(file: Made) -> None:
    for number in range(CUTS):
        data = file.data[: len(file.data) * number // CUTS]
        with pytest.raises(ThumbnailError) as caught:
            streams(data, file.format)
        assert caught.value.code in {ErrorCode.CORRUPT, ErrorCode.UNSUPPORTED}


@few
@given(changes=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_raises_a_thumbnail_error(
    file: Made, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(file.data)
    for at, value in changes:
        data[at % len(data)] = value
    try:
        info = containers.read(bytes(data), file.format)
        streams(bytes(data), file.format)
    except ThumbnailError:
        return
    assert min(info.size) > 0
