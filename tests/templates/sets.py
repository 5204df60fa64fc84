"""Rows whose thumbnail has a set, without a database and without files."""

from collections.abc import Callable, Iterable

from django.core.files.storage import Storage

from advthumb.core.formats import ImageFormat
from advthumb.core.names import ThumbnailName
from advthumb.core.sets import SetCode
from tests.testapp.models import Photo

ALONE = "thumbnails/a_thumbnail_60x40_yx9tja62720f1nx1cshgz4_x7k2m9q.jpg"


def name_of_set(formats: Iterable[str] = ("AVIF", "WEBP"), widths: Iterable[int] = (30, 120)) -> str:
    """Return the name of the main file of a set, a JPEG of 60 x 40 pixels.

    Args:
        formats: The further formats.
        widths: The further widths in pixels.
    """
    parsed = ThumbnailName.parse(ALONE)
    assert parsed is not None
    code = SetCode(tuple(ImageFormat(each) for each in formats), tuple(widths))
    return f"thumbnails/{parsed._replace(set=code)}"


def photo(name: str) -> Photo:
    """Return a row with a thumbnail of this name."""
    return Photo(title="A beach", image="images/a.jpg", thumbnail=name)


class AddressedStorage(Storage):
    """A storage whose URLs a test chooses.

    Args:
        url: Returns the URL of a name.
    """

    def __init__(self, url: Callable[[str], str]) -> None:
        self._url = url

    def url(self, name: str | None) -> str:
        """Return the URL of a file."""
        return self._url(name or "")
