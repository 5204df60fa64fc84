"""Samples: a picture as plain bytes."""

import pytest

from advthumb.core.images import Size
from advthumb.core.samples import Samples


@pytest.mark.parametrize(("bands", "has_alpha"), [(1, False), (2, True), (3, False), (4, True)])
def test_the_number_of_bands_tells_whether_there_is_alpha(bands: int, has_alpha: bool) -> None:
    """Grey and RGB have no alpha."""
    samples = Samples(Size(3, 2), bands, bytes(6 * bands))
    assert samples.has_alpha is has_alpha
    assert samples == (Size(3, 2), bands, bytes(6 * bands))


@pytest.mark.parametrize("bands", [-1, 0, 5])
def test_other_numbers_of_bands_are_refused(bands: int) -> None:
    """The message has the number."""
    with pytest.raises(ValueError, match=f"1 to 4 samples, not {bands}"):
        Samples(Size(1, 1), bands, bytes(max(0, bands)))


@pytest.mark.parametrize("length", [0, 17, 19])
def test_data_of_another_length_than_the_size_requires_is_refused(length: int) -> None:
    """Otherwise an imaging library would read past the end of the data."""
    with pytest.raises(ValueError, match=f"3x2 px with 3 samples each need 18 bytes, not {length}"):
        Samples(Size(3, 2), 3, bytes(length))


@pytest.mark.parametrize(
    ("bands", "data", "rgb"),
    [
        (1, [7, 9], [7, 7, 7, 9, 9, 9]),
        (2, [7, 0, 9, 255], [7, 7, 7, 9, 9, 9]),
        (3, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        (4, [1, 2, 3, 0, 4, 5, 6, 255], [1, 2, 3, 4, 5, 6]),
    ],
    ids=["grey", "grey and alpha", "RGB", "RGB and alpha"],
)
def test_any_picture_can_be_read_as_rgb(bands: int, data: list[int], rgb: list[int]) -> None:
    assert Samples(Size(2, 1), bands, bytes(data)).rgb == (Size(2, 1), 3, bytes(rgb))
