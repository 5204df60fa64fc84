"""`core.srcset`: the files of a set, as HTML lists them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.formats import ImageFormat
from advthumb.core.names import members
from advthumb.core.sets import SetCode
from advthumb.core.srcset import Candidate, SetURLs, by_format, listed_url

from .test_names import BEACH, BEACH_TEXT

AVIF, JPEG, WEBP = ImageFormat.AVIF, ImageFormat.JPEG, ImageFormat.WEBP
SET = str(BEACH._replace(set=SetCode((AVIF, JPEG), (196, 400, 576))))  # a WebP of 300 x 200 pixels
SMALL_SET = str(BEACH._replace(set=SetCode((AVIF,), (400,))))
DENSITIES = str(BEACH._replace(set=SetCode((AVIF,), (344, 600))))
FORMATS = str(BEACH._replace(set=SetCode((AVIF,))))


def url(name: str) -> str:
    return f"/media/{name}"


def of(name: str, *, by_density: bool = False) -> SetURLs:
    return SetURLs.of(name, url, by_density=by_density)


def parsed(srcset: str) -> list[tuple[str, str]]:
    """Return the URLs and descriptors of a srcset, as the HTML standard says browsers split it."""
    found, position = [], 0
    while True:
        position += len(re.compile(r"[\t\n\f\r ,]*").match(srcset, position)[0])  # type: ignore[index]
        if position == len(srcset):
            return found
        address = re.compile(r"[^\t\n\f\r ]+").match(srcset, position)[0]  # type: ignore[index]
        position += len(address)
        descriptor = ""
        if not address.endswith(","):
            end = srcset.find(",", position)
            end = len(srcset) if end < 0 else end
            descriptor, position = srcset[position:end].strip(), end
        found.append((address.rstrip(","), descriptor))


def test_files_are_grouped_by_format_and_sorted_by_width() -> None:
    found = by_format(SET)
    assert [*found] == [AVIF, JPEG, WEBP]
    assert {*members(SET)} == {file for files in found.values() for file in files}
    assert [[file.width for file in files] for files in found.values()] == [[196, 300, 400, 576]] * 3


def test_the_format_of_the_main_file_is_last_even_if_it_is_listed_as_a_further_one() -> None:
    assert [*by_format(str(BEACH._replace(set=SetCode((WEBP, AVIF)))))] == [AVIF, WEBP]


@pytest.mark.parametrize("name", ["", "photo.jpg", "photo_thumbnail.jpg"])
@pytest.mark.parametrize("by_density", [True, False])
def test_a_name_that_tells_nothing_gives_nothing(name: str, by_density: bool) -> None:
    found = of(name, by_density=by_density)
    assert (found.main_format, found.further_formats, found.sources) == (None, (), {})
    assert (found.srcset(None), found.srcset("WEBP"), found.choice, found.url_for(1)) == ("", "", "", "")
    assert not found.by_width


def test_widths_are_listed() -> None:
    main = f"/media/{SET}"
    found = of(SET)
    assert found.srcset("AVIF") == ", ".join(
        f"{main}.{width}.avif {width}w" for width in (196, 300, 400, 576)
    )
    assert parsed(found.choice) == [
        (f"{main}.196.webp", "196w"),
        (main, "300w"),
        (f"{main}.400.webp", "400w"),
        (f"{main}.576.webp", "576w"),
    ]
    assert found.choice == found.srcset("WEBP")
    assert found.srcset("PNG") == ""
    assert found.by_width


def test_densities_are_those_of_the_real_widths() -> None:
    found = of(DENSITIES, by_density=True)
    assert [descriptor for _url, descriptor in parsed(found.choice)] == ["1x", "1.15x", "2x"]
    assert [descriptor for _url, descriptor in parsed(found.srcset("AVIF"))] == ["1x", "1.15x", "2x"]
    assert not found.by_width


@pytest.mark.parametrize("by_density", [True, False])
def test_a_single_file_has_no_descriptor(by_density: bool) -> None:
    """With a width, the browser would show a small picture as wide as `sizes` says."""
    found = of(FORMATS, by_density=by_density)
    assert found.srcset("AVIF") == f"/media/{FORMATS}.300.avif"
    assert not found.by_width
    assert found.choice == ""
    assert of(BEACH_TEXT).srcset("WEBP") == f"/media/{BEACH_TEXT}"


def test_sources_are_urls_and_widths() -> None:
    found, main = of(SMALL_SET), f"/media/{SMALL_SET}"
    assert found.sources == {
        "AVIF": [Candidate(f"{main}.300.avif", 300), Candidate(f"{main}.400.avif", 400)],
        "WEBP": [Candidate(main, 300), Candidate(f"{main}.400.webp", 400)],
    }
    assert [*found.sources] == ["AVIF", "WEBP"]


@pytest.mark.parametrize(
    ("width", "chosen"), [(0, 196), (196, 196), (197, 300), (300, 300), (400, 400), (577, 576)]
)
def test_the_smallest_file_that_is_wide_enough_is_found(width: int, chosen: int) -> None:
    expected = f"/media/{SET}" if chosen == 300 else f"/media/{SET}.{chosen}.webp"
    assert of(SET).url_for(width) == expected


def test_one_url_is_asked_for_where_one_is_needed() -> None:
    asked = []

    def noting(name: str) -> str:
        asked.append(name)
        return name

    SetURLs.of(SET, noting, by_density=False).url_for(1)
    assert asked == [f"{SET}.196.webp"]
    asked.clear()
    SetURLs.of(SET, noting, by_density=False).srcset("AVIF")
    assert asked == [file.name for file in by_format(SET)[AVIF]]


@pytest.mark.parametrize(
    ("plain", "listed"),
    [
        ("/media/a,b.jpg?x=1,2", "/media/a,b.jpg?x=1,2"),
        ("/media/a b\tc.jpg", "/media/a%20b%09c.jpg"),
        ("/media/a.jpg,,", "/media/a.jpg%2C%2C"),
        (",/a.jpg", "%2C/a.jpg"),
        ("https://example.org/é.jpg", "https://example.org/é.jpg"),
    ],
)
def test_what_would_end_a_url_in_the_list_is_percent_encoded(plain: str, listed: str) -> None:
    assert listed_url(plain) == listed


@given(st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_any_urls_are_read_back_from_the_list(urls: list[str]) -> None:
    candidates = [Candidate(each, width) for width, each in enumerate(urls, start=1)]
    read = parsed(of(SET).text(candidates))
    assert [address for address, _descriptor in read] == [listed_url(each) for each in urls]
