"""`core.names`: names with a fingerprint are read back, trimmed (promise 2) and used only once (R2)."""

import posixpath
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.dominant import DominantColour
from advthumb.core.fingerprints import ALPHABET, Fingerprint, name_token
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.images import RGB, Size
from advthumb.core.names import (
    COLLISION_SUFFIX,
    Member,
    ThumbnailName,
    files_of,
    fitted_name,
    main_name,
    members,
    new_nonce,
    of_source_pattern,
    room_needed,
    siblings_of,
    stem_of,
)
from advthumb.core.sets import MAX_WIDTH, MAX_WIDTHS, SetCode

from .test_dominant import colours
from .test_fingerprints import fingerprints

FINGERPRINT = Fingerprint("yx9tj", "a62720f", "1nx1c", "shgz4")
BEACH = ThumbnailName("beach", Size(300, 200), FINGERPRINT, ImageFormat.WEBP, "x7k2m9q")
BEACH_TEXT = "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp"

stems = st.text(st.characters(exclude_characters="/"), max_size=80) | st.sampled_from(
    ["", ".", "..", "a_thumbnail", BEACH_TEXT, "_AbC1234", "写真" * 20, "\u202egpj.exe", "a\nb", "-rf", "%2e"]
)
sides = st.integers(1, 65_536)
further_formats = st.lists(st.sampled_from(list(OUTPUTS)), unique=True).map(tuple)
further_widths = st.lists(st.integers(1, MAX_WIDTH), max_size=MAX_WIDTHS, unique=True).map(sorted).map(tuple)
set_codes = st.builds(SetCode, further_formats, further_widths)
names = st.builds(
    ThumbnailName,
    stems,
    st.builds(Size, sides, sides),
    fingerprints,
    st.sampled_from(list(OUTPUTS)),
    st.text(ALPHABET, min_size=7, max_size=7),
    set_codes,
    st.none() | colours,
)


def in_folder(file_name: str) -> str:
    return f"thumbnails/2024/{file_name}"


def test_the_name_is_pinned() -> None:
    assert str(BEACH) == BEACH_TEXT
    assert ThumbnailName.parse(BEACH_TEXT) == BEACH


def test_the_name_of_a_set_is_pinned() -> None:
    name = BEACH_TEXT.replace(".webp", "-aj0cg1j0.webp")
    parsed = BEACH._replace(set=SetCode((ImageFormat.AVIF, ImageFormat.JPEG), (400, 1600)))
    assert str(parsed) == name
    assert ThumbnailName.parse(name) == parsed


def test_the_name_with_a_colour_is_pinned() -> None:
    name = BEACH_TEXT.replace("300x200", "300x200ce7d11")
    parsed = BEACH._replace(colour=DominantColour(RGB(227, 180, 33), opaque=True))
    assert str(parsed) == name
    assert ThumbnailName.parse(name) == parsed
    assert ThumbnailName.tokens_in(name) == (None, *FINGERPRINT[:4])


@pytest.mark.parametrize("colour", ["c", "ce7d1", "ce7d111", "cE7D11", "ce7dil", "e7d11"])
def test_a_name_with_another_text_after_the_size_is_not_ours(colour: str) -> None:
    assert ThumbnailName.parse(BEACH_TEXT.replace("300x200", f"300x200{colour}")) is None


def test_the_members_of_a_set_are_read_from_the_name_of_its_main_file() -> None:
    main = "thumbs/" + BEACH_TEXT.replace(".webp", "-a0cg.webp")
    assert members(main) == (
        Member(main, 300, ImageFormat.WEBP),
        Member(f"{main}.300.avif", 300, ImageFormat.AVIF),
        Member(f"{main}.400.avif", 400, ImageFormat.AVIF),
        Member(f"{main}.400.webp", 400, ImageFormat.WEBP),
    )
    assert files_of(main) == tuple(member.name for member in members(main))


@pytest.mark.parametrize("name", ["", "photo.jpg", "photo_thumbnail.jpg"])
def test_a_name_without_our_pattern_has_no_members_and_one_file(name: str) -> None:
    assert members(name) == ()
    assert files_of(name) == (name,)
    assert siblings_of(name) == ()


@given(names)
def test_every_file_of_a_set_is_one_of_its_own_and_leads_back_to_the_main_file(name: ThumbnailName) -> None:
    files = files_of(str(name))
    assert len(set(files)) == len(files)
    assert {main_name(file) for file in files} == {str(name)}
    assert files == (str(name), *siblings_of(str(name)))
    formats, widths = {name.format, *name.set.formats}, {name.size.width, *name.set.widths}
    assert len(files) == len(formats) * len(widths)


@pytest.mark.parametrize(
    "name",
    [
        "photo.jpg",
        f"{BEACH_TEXT}.400.webp",
        f"{BEACH_TEXT.replace('.webp', '-a0cg.webp')}.401.webp",
        f"{BEACH_TEXT.replace('.webp', '-a0cg.webp')}.400.jpg",
        f"{BEACH_TEXT.replace('.webp', '-a0cg.webp')}.300.webp",
        f"{BEACH_TEXT.replace('.webp', '-a0cg.webp')}.400.avif.bak",
    ],
)
def test_a_file_that_no_name_lists_is_not_ours(name: str) -> None:
    assert main_name(name) is None


@pytest.mark.parametrize("code", ["-", "-0", "-0c", "-0cga", "-z00", "-x0cg", "-aawjpg", "-" + "0cg" * 9])
def test_a_name_with_a_wrong_set_code_is_not_ours(code: str) -> None:
    assert ThumbnailName.parse(BEACH_TEXT.replace(".webp", f"{code}.webp")) is None


def test_the_name_of_a_crop_around_a_focal_point_is_pinned() -> None:
    around = BEACH_TEXT.replace("_yx9tj", "_670be6byx9tj")
    named = BEACH._replace(fingerprint=FINGERPRINT._replace(point="670be6b"))
    assert str(named) == around
    assert ThumbnailName.parse(around) == named
    assert ThumbnailName.tokens_in(around) == ("670be6b", "yx9tj", "a62720f", "1nx1c", "shgz4")
    assert ThumbnailName.tokens_in(BEACH_TEXT) == (None, "yx9tj", "a62720f", "1nx1c", "shgz4")


@given(names)
def test_every_name_survives_a_round_trip_through_text(name: ThumbnailName) -> None:
    assert ThumbnailName.parse(str(name)) == name


@given(names, st.text("abcXYZ019", min_size=7, max_size=7), st.text(max_size=20))
def test_folders_and_a_collision_suffix_do_not_hide_the_name(
    name: ThumbnailName, suffix: str, folder: str
) -> None:
    root, extension = posixpath.splitext(str(name))
    assert ThumbnailName.parse(f"{folder}/{root}_{suffix}{extension}") == name


def test_names_from_before_nonces_are_read() -> None:
    """If they have a suffix, it is a collision suffix."""
    before = BEACH_TEXT.replace("_x7k2m9q", "")
    assert str(BEACH._replace(nonce="")) == before
    for name in (before, before.replace(".webp", "_AbC1234.webp")):
        assert ThumbnailName.parse(name) == BEACH._replace(nonce="")


def test_no_two_nonces_are_equal_and_each_reads_as_a_nonce() -> None:
    nonces = {new_nonce() for _ in range(1000)}
    assert len(nonces) == 1000
    assert all(ThumbnailName.parse(str(BEACH._replace(nonce=nonce))) for nonce in nonces)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "beach.webp",
        "beach_thumbnail.webp",
        "beach_thumbnail_AbC1234.webp",
        "beach_thumbnail_300x200.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz_x7k2m9q.webp",  # one character short
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgzu_x7k2m9q.webp",  # not in the alphabet
        "beach_thumbnail_300x200_YX9TJHA4B11NX1CSHGZ4_x7k2m9q.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q_AbC123.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q-.webp",  # a set without a code
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q-4W.webp",
        f"beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q-{'4' * 17}.webp",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp.bak",
        "beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q.tiff",  # not a format that we write
        "beach_thumbnail_0x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp",
        "beach_thumbnail_300x0_yx9tja62720f1nx1cshgz4_x7k2m9q.webp",
        "beach_thumbnail_0300x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp",
        "beach_thumbnail_٣x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp",
        "beach_thumbnail_3٣x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp",
        f"beach_thumbnail_{'9' * 5_000}x200_yx9tja62720f1nx1cshgz4_x7k2m9q.webp",
    ],
)
def test_other_names_are_not_ours(name: str) -> None:
    assert ThumbnailName.parse(name) is None


@given(st.text(max_size=120))
def test_any_text_can_be_parsed(text: str) -> None:
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


@given(names, st.integers(130, 300) | st.none())
def test_a_fitted_name_leaves_room_and_keeps_its_fingerprint(
    name: ThumbnailName, max_length: int | None
) -> None:
    placed = fitted_name(name, in_folder, max_length)
    assert len(placed) + len(COLLISION_SUFFIX) <= (max_length or len(placed) + 8)
    on_disk = max(len(posixpath.basename(file).encode("utf-8", "replace")) for file in files_of(placed))
    assert on_disk + len(COLLISION_SUFFIX) <= 255
    parsed = ThumbnailName.parse(placed)
    assert parsed is not None
    assert parsed == name._replace(stem=parsed.stem)
    assert name.stem.startswith(parsed.stem)


def test_a_name_that_fits_is_left_alone() -> None:
    exact = len(in_folder(BEACH_TEXT)) + len(COLLISION_SUFFIX)
    assert fitted_name(BEACH, in_folder, exact) == in_folder(BEACH_TEXT)
    assert fitted_name(BEACH, in_folder, exact - 1) == in_folder(BEACH_TEXT.replace("beach", "beac", 1))
    assert fitted_name(BEACH, in_folder, None) == in_folder(BEACH_TEXT)


@pytest.mark.parametrize(("character", "width"), [("a", 1), ("é", 2), ("写", 3), ("😀", 4)])
def test_the_byte_limit_of_a_file_name_is_used_but_not_exceeded(character: str, width: int) -> None:
    name = BEACH._replace(stem=character * 300)
    base = posixpath.basename(fitted_name(name, in_folder, None)).encode()
    assert 255 - 4 * width < len(base) + len(COLLISION_SUFFIX) <= 255


def test_a_folder_that_depends_on_the_name_is_computed_again_after_trimming() -> None:
    name = BEACH._replace(stem="x" * 100)

    def by_length(file_name: str) -> str:
        return f"{len(file_name)}/{file_name}"

    placed = fitted_name(name, by_length, 100)
    folder, _, base = placed.partition("/")
    assert int(folder) == len(base)
    room = 100 - len(COLLISION_SUFFIX)
    assert room - len("1") <= len(placed) <= room


def test_a_far_too_short_column_gets_the_shortest_possible_name() -> None:
    placed = fitted_name(BEACH, in_folder, 10)
    assert placed == in_folder(BEACH_TEXT.removeprefix("beach"))


def test_the_room_needed_fits_the_longest_name_with_a_one_character_stem() -> None:
    longest = max(
        len(str(BEACH._replace(stem="a", size=Size(9999, 9999), format=image_format)))
        for image_format in OUTPUTS
    )
    assert room_needed() == longest + len(COLLISION_SUFFIX) == 65
    assert room_needed(with_point=True) == 65 + 7


def test_the_room_needed_fits_the_code_of_a_set() -> None:
    for code in (SetCode((ImageFormat.AVIF,)), SetCode((), (1, 2)), SetCode((ImageFormat.GIF,), (9999,) * 8)):
        more = len(str(BEACH._replace(set=code))) - len(str(BEACH))
        assert room_needed(len(code.widths), len(code.formats)) == room_needed() + more
    assert room_needed(with_colour=True) == 71


def like(pattern: str, name: str) -> bool:
    """Return the result of `name LIKE pattern` in SQL."""
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(regex, name, re.DOTALL) is not None


@given(names, st.text(max_size=40), st.text(max_size=40))
def test_the_pattern_of_a_source_matches_only_names_made_from_it(
    name: ThumbnailName, source: str, other: str
) -> None:
    made = name._replace(stem="beach", fingerprint=name.fingerprint._replace(name=name_token(source)))
    placed = in_folder(str(made))
    assert like(of_source_pattern(source), placed)
    root, extension = posixpath.splitext(placed)
    assert like(of_source_pattern(source), f"{root}_AbC1234{extension}")
    assert like(of_source_pattern(other), placed) == (source == other)


@pytest.mark.parametrize("name", ["", "thumbnails/a_thumbnail.jpg", "thumbnails/a62720f.jpg", "a62720f"])
def test_the_pattern_of_a_source_matches_no_name_without_a_fingerprint(name: str) -> None:
    assert not like(of_source_pattern("products/beach.jpg"), name)
