"""`core.names`: names that carry the fingerprint, read back and trimmed (promise 2)."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.fingerprints import Fingerprint
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import (
    COLLISION_SUFFIX,
    SUPERSEDED,
    ThumbnailName,
    beside,
    file_behind,
    fitted_name,
    room_needed,
    stem_of,
    valid_name,
)

from .test_fingerprints import fingerprints

FINGERPRINT = Fingerprint("yx9tj", "a62720f", "1nx1c", "shgz4")
BEACH = ThumbnailName("beach", Size(300, 200), FINGERPRINT, ImageFormat.WEBP)
BEACH_TEXT = "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4.webp"

stems = st.text(st.characters(exclude_characters="/"), max_size=80) | st.sampled_from(
    ["", ".", "..", "a_thumbnail", BEACH_TEXT, "_AbC1234", "写真" * 20, "\u202egpj.exe", "a\nb", "-rf", "%2e"]
)
sides = st.integers(1, 65_536)
names = st.builds(
    ThumbnailName, stems, st.builds(Size, sides, sides), fingerprints, st.sampled_from(list(OUTPUTS))
)


def in_folder(file_name: str) -> str:
    return f"thumbnails/2024/{file_name}"


def test_the_name_is_pinned() -> None:
    assert str(BEACH) == BEACH_TEXT
    assert ThumbnailName.parse(BEACH_TEXT) == BEACH


@given(names)
def test_every_name_survives_its_own_text(name: ThumbnailName) -> None:
    assert ThumbnailName.parse(str(name)) == name


@given(names, st.text("abcXYZ019", min_size=7, max_size=7), st.text(max_size=20))
def test_folders_and_a_collision_suffix_do_not_hide_the_name(
    name: ThumbnailName, suffix: str, folder: str
) -> None:
    root, extension = posixpath.splitext(str(name))
    assert ThumbnailName.parse(f"{folder}/{root}_{suffix}{extension}") == name


@given(names)
def test_a_name_beside_another_is_new_and_read_as_the_same(name: ThumbnailName) -> None:
    other = beside(in_folder(str(name)))
    assert ThumbnailName.parse(other) == name
    assert len(other) == len(in_folder(str(name))) + len(COLLISION_SUFFIX)
    assert len({beside(BEACH_TEXT) for _ in range(9)}) == 9


@pytest.mark.parametrize(
    "name",
    [
        "",
        "beach.webp",
        "beach_thumbnail.webp",
        "beach_thumbnail_AbC1234.webp",
        "beach_thumbnail_300x200.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz.webp",  # one character short
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgzu.webp",  # not in the alphabet
        "beach_thumbnail_300x200_YX9TJHA4B11NX1CSHGZ4.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_AbC123.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4.webp.bak",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4.tiff",  # no format that we write
        "beach_thumbnail_0x200_yx9tja62720f1nx1cshgz4.webp",
        "beach_thumbnail_300x0_yx9tja62720f1nx1cshgz4.webp",
        "beach_thumbnail_0300x200_yx9tja62720f1nx1cshgz4.webp",
        "beach_thumbnail_٣x200_yx9tja62720f1nx1cshgz4.webp",
        "beach_thumbnail_3٣x200_yx9tja62720f1nx1cshgz4.webp",
        f"beach_thumbnail_{'9' * 5_000}x200_yx9tja62720f1nx1cshgz4.webp",
    ],
)
def test_other_names_are_not_ours(name: str) -> None:
    assert ThumbnailName.parse(name) is None


@given(st.text(max_size=120))
def test_any_text_can_be_asked(text: str) -> None:
    assert ThumbnailName.parse(text) is None or "_thumbnail_" in text


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("beach.jpg", "beach"),
        ("products/2024/beach.jpg", "beach"),
        ("beach.tar.gz", "beach.tar"),
        ("beach", "beach"),
        (".hidden", ".hidden"),
        ("", ""),
    ],
)
def test_the_stem_is_the_name_without_folders_and_extension(name: str, stem: str) -> None:
    assert stem_of(name) == stem


@given(names, st.integers(80, 300) | st.none())
def test_a_fitted_name_leaves_room_and_keeps_its_fingerprint(
    name: ThumbnailName, max_length: int | None
) -> None:
    placed = fitted_name(name, in_folder, max_length)
    assert len(placed) + len(COLLISION_SUFFIX + SUPERSEDED) <= (max_length or len(placed) + 9)
    on_disk = posixpath.basename(placed).encode("utf-8", "replace")
    assert len(on_disk) + len(COLLISION_SUFFIX) <= 255
    parsed = ThumbnailName.parse(placed)
    assert parsed is not None
    assert (parsed.size, parsed.fingerprint, parsed.format) == (name.size, name.fingerprint, name.format)
    assert name.stem.startswith(parsed.stem)


def test_a_name_that_fits_is_left_alone() -> None:
    exact = len(in_folder(BEACH_TEXT)) + len(COLLISION_SUFFIX + SUPERSEDED)
    assert fitted_name(BEACH, in_folder, exact) == in_folder(BEACH_TEXT)
    assert fitted_name(BEACH, in_folder, exact - 1) == in_folder(BEACH_TEXT.replace("beach", "beac", 1))
    assert fitted_name(BEACH, in_folder, None) == in_folder(BEACH_TEXT)


@pytest.mark.parametrize(("character", "width"), [("a", 1), ("é", 2), ("写", 3), ("😀", 4)])
def test_the_bytes_of_a_file_name_are_used_but_not_exceeded(character: str, width: int) -> None:
    name = ThumbnailName(character * 300, Size(300, 200), FINGERPRINT, ImageFormat.WEBP)
    base = posixpath.basename(fitted_name(name, in_folder, None)).encode()
    assert 255 - 4 * width < len(base) + len(COLLISION_SUFFIX) <= 255


def test_a_folder_that_depends_on_the_name_is_asked_again_after_trimming() -> None:
    name = ThumbnailName("x" * 100, Size(300, 200), FINGERPRINT, ImageFormat.WEBP)

    def by_length(file_name: str) -> str:
        return f"{len(file_name)}/{file_name}"

    placed = fitted_name(name, by_length, 100)
    folder, _, base = placed.partition("/")
    assert int(folder) == len(base)
    room = 100 - len(COLLISION_SUFFIX + SUPERSEDED)
    assert room - len("1") <= len(placed) <= room


def test_a_column_that_is_far_too_short_gets_the_shortest_name_there_is() -> None:
    placed = fitted_name(BEACH, in_folder, 10)
    assert placed == in_folder(BEACH_TEXT.removeprefix("beach"))


def test_the_room_needed_is_that_of_the_longest_name_with_a_stem_of_one_character() -> None:
    longest = max(
        len(str(ThumbnailName("a", Size(9999, 9999), FINGERPRINT, image_format))) for image_format in OUTPUTS
    )
    assert room_needed() == longest + len(COLLISION_SUFFIX + SUPERSEDED) == 58


def test_a_superseded_name_is_none_and_still_tells_its_file() -> None:
    superseded = BEACH_TEXT + SUPERSEDED
    assert (valid_name(superseded), file_behind(superseded)) == ("", BEACH_TEXT)
    assert (valid_name(BEACH_TEXT), file_behind(BEACH_TEXT)) == (BEACH_TEXT, BEACH_TEXT)
    assert (valid_name(""), file_behind("")) == ("", "")
    assert ThumbnailName.parse(superseded) is None
