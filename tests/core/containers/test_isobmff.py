"""`core.containers.isobmff`: the headers of AVIF and HEIC, and the cleaned file that a decoder sees."""

import struct
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from pillow_heif import HeifImageFile

from advthumb.core.containers import heif as items_of
from advthumb.core.containers import icc, isobmff
from advthumb.core.containers.boxes import Boxes
from advthumb.core.containers.isobmff import read
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Box, Colours, Size
from advthumb.core.orientation import Orientation
from tests import pictures
from tests.engines import corpus
from tests.pictures import HeifPart, Properties, heif, heif_box, heif_grid, heif_property

BOTH = pytest.mark.parametrize("name", ["AVIF", "HEIC"])
DECODERS: dict[ImageFormat, type[ImageFile.ImageFile]] = {
    ImageFormat.AVIF: AvifImageFile,
    ImageFormat.HEIC: HeifImageFile,
}
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
TURN, MIRROR = heif_property(b"irot", 1, layout="B"), heif_property(b"imir", 1, layout="B")


def cleaned(data: bytes) -> bytes:
    return isobmff.clean(data, read(data))


def decoded(data: bytes, image_format: ImageFormat) -> Image.Image:
    """Decode a file with its library."""
    with DECODERS[image_format](BytesIO(data)) as image:
        image.load()
        return image.copy()


def shown(data: bytes) -> Image.Image:
    """Return a picture as an engine shows it: decoded from the clean file, cropped and rotated."""
    info = read(data)
    image = decoded(cleaned(data), info.format).crop(info.aperture or Box(0, 0, *info.size))
    assert image.size == info.size
    if info.orientation.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.rotate(-info.orientation.clockwise, expand=True)


def refusal(do: Callable[[bytes], object], data: bytes) -> ErrorCode:
    with pytest.raises(ThumbnailError) as caught:
        do(data)
    return caught.value.code


def tile(width: int = 64, height: int = 48, colour: tuple[int, ...] = (200, 30, 30)) -> HeifPart:
    """Return a coded AVIF picture as an item for building files."""
    found = items_of.items(pictures.plain(width, height, colour, "AVIF"))
    item = found.item(found.primary)
    assert item.content
    properties = tuple((*each.property, each.essential) for each in item.associations)
    return HeifPart(item.kind, bytes(item.content), properties)


def having(part: HeifPart, *properties: Properties, **others: Any) -> HeifPart:
    """Return an item with further properties."""
    changed = {"references": part.references, "inside": part.inside, "pieces": part.pieces} | others
    return HeifPart(part.kind, part.content, sum(properties, part.properties), **changed)


def sized(width: int, height: int) -> Properties:
    return heif_property(b"ispe", 0, width, height)


def cut(*numbers: int) -> Properties:
    """Return a clean aperture: width, height, and the offset of its centre from the picture's."""
    return heif_property(b"clap", *(each & 0xFFFFFFFF for each in numbers), essential=True)


def grid(rows: int, columns: int, tiles: list[HeifPart], width: int, height: int) -> list[HeifPart]:
    """Return a grid with its tiles; the grid comes first and has the number 1."""
    inputs = {b"dimg": tuple(range(2, 2 + len(tiles)))}
    content = heif_grid(rows, columns, width, height)
    return [HeifPart(b"grid", content, sized(width, height), inputs, inside=True), *tiles]


# Files as the usual encoders write them.


@BOTH
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_upright(name: str, orientation: int) -> None:
    data = pictures.oriented(orientation, name)
    assert read(data).orientation == orientation
    assert read(data).display_size == Size(64, 48)
    image = shown(data)
    corners = [image.convert("RGB").getpixel(at) for at in ((8, 8), (56, 8), (8, 40), (56, 40))]
    for corner, wanted in zip(corners, pictures.CORNERS, strict=True):
        assert isinstance(corner, tuple)
        assert max(abs(a - b) for a, b in zip(corner, wanted, strict=True)) < 12


@BOTH
@pytest.mark.parametrize("size", [(64, 64), (37, 41), (130, 1)])
def test_the_size_of_the_picture_is_found(name: str, size: tuple[int, int]) -> None:
    data = pictures.plain(*size, image_format=name)
    assert read(data).size == size
    assert read(data).coded >= size[0] * size[1]
    assert shown(data).size == size


@BOTH
@pytest.mark.parametrize("alpha", [False, True])
def test_alpha_is_reported_and_kept(name: str, alpha: bool) -> None:
    data = pictures.plain(40, 40, (200, 30, 30, 99) if alpha else (200, 30, 30), name)
    assert read(data).has_alpha is isobmff.announces_alpha(data) is alpha
    assert read(data).samples == 3 + alpha
    assert shown(data).mode == ("RGBA" if alpha else "RGB")
    if alpha:
        assert shown(data).getpixel((20, 20))[3] == pytest.approx(99, abs=2)  # type: ignore[index]


def test_grey_is_reported() -> None:
    info = read(pictures.encode(pictures.plain_pixels(64, 64, (99,)), "HEIC"))
    assert (info.colours, info.samples) == (Colours.GREY, 1)


@BOTH
def test_a_profile_is_used_but_hidden_from_the_decoder(name: str) -> None:
    profile = pictures.P3.icc
    data = pictures.encode(pictures.plain_pixels(64, 64, (9, 99, 200)), name, icc_profile=profile)
    assert read(data).profile == profile
    assert b"acsp" not in cleaned(data)


def test_a_broken_profile_is_ignored() -> None:
    part = having(tile(), ((b"colr", b"prof" + bytes(200), False),))
    assert read(heif(part)).profile is None


def coded_in(primaries: int, transfer: int) -> Properties:
    """Return a property with colour codes (nclx)."""
    return ((b"colr", b"nclx" + struct.pack(">HHHB", primaries, transfer, 1, 128), False),)


def test_colour_codes_become_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile takes precedence; without codes, those in the pixel data are used."""
    made = {(12, 13): pictures.P3.icc, (1, 13): pictures.SWAPPED.icc}
    monkeypatch.setattr(icc, "from_codes", lambda *codes: made.get(codes))
    part = tile()
    bare = HeifPart(part.kind, part.content, tuple(each for each in part.properties if each[0] != b"colr"))
    profile: Properties = ((b"colr", b"prof" + pictures.SWAPPED.icc, False),)
    assert read(heif(having(bare, coded_in(12, 13)))).profile == pictures.P3.icc
    assert read(heif(having(bare, coded_in(2, 2)))).profile is None
    assert read(heif(having(bare, coded_in(12, 13), profile))).profile == pictures.SWAPPED.icc
    assert read(heif(bare)).profile == pictures.SWAPPED.icc


@BOTH
def test_metadata_and_previews_are_hidden_from_the_decoder(name: str) -> None:
    source = pictures.as_image(pictures.photo_pixels(400, 300))
    exif = b"Exif\0\0" + pictures.orientation_exif(1)
    options = {"thumbnails": [200]} if name == "HEIC" else {}
    alone = pictures.save(source, name)
    rich = pictures.save(source, name, exif=exif, xmp=b"<x>secret</x>", **options)
    assert b"secret" in rich
    assert cleaned(rich) == cleaned(alone)


def test_an_orientation_only_in_exif_is_ignored() -> None:
    upright, turned = (pictures.orientation_exif(each) for each in (1, 6))
    data = pictures.encode(pictures.plain_pixels(64, 48), "HEIC", exif=b"Exif\x00\x00" + upright)
    assert upright in data
    assert read(data.replace(upright, turned)).orientation is Orientation.NORMAL


def test_only_the_still_picture_of_a_sequence_is_used() -> None:
    data = pictures.animated("AVIF")
    assert b"avis" in data
    assert read(data).frames == 1
    clean = cleaned(data)
    assert b"avis" not in clean
    assert b"moov" not in clean
    with AvifImageFile(BytesIO(clean)) as image:
        assert image.n_frames == 1


@BOTH
def test_a_truncated_file_is_refused(name: str) -> None:
    data = pictures.plain(64, 64, (9, 99, 200, 99), name)
    for length in range(20, len(data)):
        with pytest.raises(ThumbnailError):
            read(data[:length])


@BOTH
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_raises_only_a_thumbnail_error(name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(pictures.plain(64, 64, (9, 99, 200, 99), name))
    for place, value in changes:
        data[20 + int(place * (len(data) - 21))] = value
    with suppress(ThumbnailError):
        cleaned(bytes(data))


# Misleading sizes.


@BOTH
@pytest.mark.parametrize("announced", [(64, 64), (2_000, 2_000)])
def test_a_size_that_differs_from_the_pixels_is_corrupt(name: str, announced: tuple[int, int]) -> None:
    """The coded pixels are checked against the limits first, so that a bomb is reported as one."""
    data = pictures.plain(640, 640, image_format=name)
    before, after = (b"ispe" + struct.pack(">III", 0, *each) for each in ((640, 640), announced))
    assert before in data
    lying = data.replace(before, after)
    assert read(lying).size == announced
    assert read(lying).coded == max(640 * 640, announced[0] * announced[1])
    assert refusal(cleaned, lying) is ErrorCode.CORRUPT


def test_the_pixels_of_an_alpha_plane_are_counted() -> None:
    plane = having(
        tile(640, 640), ((b"auxC", bytes(4) + ALPHA, False),), sized(64, 48), references={b"auxl": (1,)}
    )
    assert read(heif(tile(), plane)).coded == 640 * 640


@pytest.mark.parametrize("layer", [b"lsel", b"a1op"])
def test_a_selected_layer_smaller_than_the_largest_is_read(layer: bytes) -> None:
    part = tile(64, 48)
    smaller = HeifPart(part.kind, part.content, sized(32, 24) + part.properties + ((layer, b"\0\0", True),))
    data = heif(smaller)
    assert read(data).size == Size(32, 24)
    assert read(data).coded == 64 * 48
    assert layer in cleaned(data)


# Cropped and rotated.


@pytest.mark.parametrize(
    ("numbers", "part"),
    [
        ((32, 1, 24, 1, 0, 1, 0, 1), Box(16, 12, 48, 36)),
        ((20, 1, 10, 1, -10, 1, 5, 1), Box(12, 24, 32, 34)),
        ((40, 2, 10, 1, -20, 2, 10, 2), Box(12, 24, 32, 34)),
        ((63, 1, 47, 1, -1, 2, -1, 2), Box(0, 0, 63, 47)),
        ((63, 1, 47, 1, 1, 2, 1, 2), Box(1, 1, 64, 48)),
        ((63, 1, 47, 1, 0, 1, 0, 1), Box(0, 1, 63, 48)),  # between two pixels: rounded as in libheif
        ((60, 1, 40, 1, 30, 1, 0, 1), Box(32, 4, 64, 44)),  # extends beyond the picture
        ((64, 1, 48, 1, 0, 1, 0, 1), None),
    ],
)
def test_a_cropped_picture_is_read(numbers: tuple[int, ...], part: Box | None) -> None:
    data = heif(having(tile(64, 48), cut(*numbers)))
    assert read(data).aperture == part
    assert read(data).size == (part.size if part else (64, 48))
    assert decoded(cleaned(data), ImageFormat.AVIF).size == (64, 48)


def test_a_picture_is_cropped_before_it_is_rotated() -> None:
    info = read(heif(having(tile(64, 48), cut(32, 1, 24, 1, 0, 1, 0, 1), TURN)))
    assert (info.size, info.display_size) == (Size(32, 24), Size(24, 32))


@pytest.mark.parametrize(
    "numbers", [(0, 1, 1, 1, 0, 1, 0, 1), (9, 1, 9, 1, 90, 1, 0, 1), (9, 0, 9, 1, 0, 1, 0, 1)]
)
def test_a_crop_that_leaves_nothing_is_corrupt(numbers: tuple[int, ...]) -> None:
    assert refusal(read, heif(having(tile(), cut(*numbers)))) is ErrorCode.CORRUPT


def test_a_crop_after_a_rotation_is_unsupported() -> None:
    cuts = cut(32, 1, 24, 1, 0, 1, 0, 1)
    assert refusal(read, heif(having(tile(), TURN, cuts))) is ErrorCode.UNSUPPORTED
    assert refusal(read, heif(having(tile(), cuts, cut(8, 1, 8, 1, 0, 1, 0, 1)))) is ErrorCode.UNSUPPORTED


def test_rotations_and_mirrors_are_applied_in_their_order() -> None:
    assert read(heif(having(tile(), TURN, MIRROR))).orientation is Orientation.MIRROR_ROTATE_90
    assert read(heif(having(tile(), MIRROR, TURN))).orientation is Orientation.MIRROR_ROTATE_270
    assert read(heif(having(tile(), MIRROR, MIRROR))).orientation is Orientation.NORMAL


def alpha_plane(*properties: Properties, **others: Any) -> HeifPart:
    return having(
        tile(),
        ((b"auxC", bytes(4) + ALPHA, False),),
        *properties,
        **({"references": {b"auxl": (1,)}} | others),
    )


@pytest.mark.parametrize("turned_too", [False, True])
def test_an_alpha_plane_is_rotated_with_its_colours(turned_too: bool) -> None:
    data = heif(having(tile(), TURN), alpha_plane(*([TURN] if turned_too else [])))
    assert read(data).has_alpha
    assert b"irot" not in cleaned(data)


def test_an_alpha_plane_with_a_different_rotation_is_unsupported() -> None:
    assert refusal(read, heif(tile(), alpha_plane(TURN))) is ErrorCode.UNSUPPORTED


def test_several_alpha_planes_are_corrupt() -> None:
    assert refusal(read, heif(tile(), alpha_plane(), alpha_plane())) is ErrorCode.CORRUPT


def test_an_auxiliary_picture_of_another_kind_is_not_alpha() -> None:
    depth = having(
        tile(), ((b"auxC", bytes(4) + b"urn:mpeg:hevc:2015:auxid:2\0", False),), references={b"auxl": (1,)}
    )
    data = heif(tile(), depth)
    assert not read(data).has_alpha
    assert cleaned(data) == cleaned(heif(tile()))


# Grids.

RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("pieces", [1, 3])
def test_a_grid_is_read_and_kept(wide: bool, pieces: int) -> None:
    tiles = [having(tile(64, 64, colour), pieces=pieces) for colour in (RED, BLUE)]
    data = heif(*grid(1, 2, tiles, 120, 60), wide=wide)
    assert read(data).size == Size(120, 60)
    assert read(data).coded == 2 * 64 * 64
    image = shown(data)
    for place, wanted in (((20, 20), RED), ((100, 20), BLUE)):
        colour = image.getpixel(place)
        assert isinstance(colour, tuple)
        assert max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) < 12


def test_a_grid_may_show_one_tile_twice() -> None:
    head, one = grid(1, 2, [tile(64, 64)], 128, 64)
    data = heif(having(head, references={b"dimg": (2, 2)}), one)
    assert read(data).size == Size(128, 64)
    assert cleaned(data).count(one.content) == 1


@pytest.mark.parametrize(
    ("rows", "columns", "width", "height"), [(1, 2, 129, 64), (1, 2, 128, 65), (2, 2, 128, 64)]
)
def test_a_grid_not_covered_by_its_tiles_is_corrupt(rows: int, columns: int, width: int, height: int) -> None:
    assert refusal(read, heif(*grid(rows, columns, [tile(64, 64)] * 2, width, height))) is ErrorCode.CORRUPT


def test_a_grid_with_tiles_larger_than_declared_is_corrupt() -> None:
    part = tile(640, 640)
    data = heif(*grid(1, 1, [HeifPart(part.kind, part.content, sized(64, 64) + part.properties)], 64, 64))
    assert read(data).coded == 640 * 640
    assert refusal(cleaned, data) is ErrorCode.CORRUPT


def test_a_grid_with_tiles_of_two_sizes_is_corrupt() -> None:
    parts = grid(1, 1, [tile(64, 64)], 60, 60)
    other = HeifPart(b"grid", parts[0].content, sized(50, 60), parts[0].references, inside=True)
    assert refusal(read, heif(other, parts[1])) is ErrorCode.CORRUPT


def test_a_grid_without_tiles_is_corrupt() -> None:
    assert refusal(read, heif(HeifPart(b"grid", heif_grid(1, 1, 8, 8), sized(8, 8)))) is ErrorCode.CORRUPT
    assert refusal(read, heif(*grid(1, 2, [tile(64, 64)] * 2, 120, 60)[:2])) is ErrorCode.CORRUPT


@pytest.mark.parametrize("extra", [TURN, cut(8, 1, 8, 1, 0, 1, 0, 1)])
def test_individually_rotated_tiles_are_unsupported(extra: Properties) -> None:
    """libheif rotates them, libavif does not."""
    data = heif(*grid(1, 1, [having(tile(64, 64), extra)], 64, 64))
    assert refusal(read, data) is ErrorCode.UNSUPPORTED


def test_individually_transparent_tiles_are_unsupported() -> None:
    """libheif ignores that."""
    data = heif(*grid(1, 1, [tile(64, 64)], 64, 64), alpha_plane(references={b"auxl": (2,)}))
    assert refusal(read, data) is ErrorCode.UNSUPPORTED


def test_a_grid_of_grids_is_unsupported_in_avif() -> None:
    inner = HeifPart(b"grid", heif_grid(1, 1, 64, 64), sized(64, 64), {b"dimg": (3,)}, inside=True)
    outer = HeifPart(b"grid", heif_grid(1, 1, 64, 64), sized(64, 64), {b"dimg": (2,)}, inside=True)
    assert refusal(read, heif(outer, inner, tile(64, 64))) is ErrorCode.UNSUPPORTED


def hevc_tile() -> HeifPart:
    found = items_of.items(pictures.plain(64, 64, image_format="HEIC"))
    item = found.item(found.primary)
    assert item.content
    return HeifPart(
        item.kind, bytes(item.content), tuple((*e.property, e.essential) for e in item.associations)
    )


def nested(levels: int, each: int) -> bytes:
    """Return a HEIC whose picture consists of parts that consist of parts, and so on."""
    parts = [
        HeifPart(b"iovl", bytes(40), sized(64, 64), {b"dimg": (number + 1,) * each}, inside=True)
        for number in range(1, levels + 1)
    ]
    return heif(*parts, hevc_tile(), brand=b"heic")


def test_repeated_parts_are_counted_each_time() -> None:
    assert read(nested(3, 200)).coded == 64 * 64 * 200**3


def test_the_depth_of_nested_parts_is_limited() -> None:
    assert refusal(read, nested(5, 1)) is ErrorCode.TOO_LARGE


def test_a_picture_that_contains_itself_is_refused() -> None:
    circle = HeifPart(b"iovl", bytes(40), sized(64, 64), {b"dimg": (1,) * 1_000}, inside=True)
    assert refusal(read, heif(circle, brand=b"heic")) is ErrorCode.TOO_LARGE


def test_a_derived_picture_may_rotate_another_one() -> None:
    derived = HeifPart(b"iden", b"", sized(64, 64) + TURN, {b"dimg": (2,)})
    info = read(heif(derived, hevc_tile(), brand=b"heic"))
    assert (info.size, info.orientation) == (Size(64, 64), Orientation.ROTATE_270)


# What is missing, odd or excessive.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (heif_box(b"ftyp", b"avif", bytes(4)), ErrorCode.UNSUPPORTED),
        (heif(tile(), primary=2), ErrorCode.CORRUPT),
        (heif(HeifPart(b"av01", b"", tile().properties)), ErrorCode.CORRUPT),
        (heif(HeifPart(b"hvc1", b"", hevc_tile().properties), brand=b"heic"), ErrorCode.CORRUPT),
        (heif(HeifPart(b"av01", tile().content, sized(64, 48))), ErrorCode.CORRUPT),
        (heif(HeifPart(b"av01", tile().content, tile().properties[1:])), ErrorCode.CORRUPT),
        (heif(HeifPart(b"av01", tile().content, sized(0, 48) + tile().properties)), ErrorCode.CORRUPT),
        (heif(hevc_tile()), ErrorCode.UNSUPPORTED),
        (heif(tile(), brand=b"heic"), ErrorCode.UNSUPPORTED),
        (heif(HeifPart(b"tmap", b"x", sized(64, 48))), ErrorCode.UNSUPPORTED),
        (heif(having(tile(), ((b"iscl", bytes(8), True),))), ErrorCode.UNSUPPORTED),
    ],
)
def test_missing_or_unknown_items_are_refused(data: bytes, code: ErrorCode) -> None:
    assert refusal(read, data) is code


@pytest.mark.parametrize("name", [b"pitm", b"iinf", b"iloc", b"iprp"])
def test_a_header_without_one_of_its_parts_is_corrupt(name: bytes) -> None:
    assert refusal(read, heif(tile()).replace(name, b"free")) is ErrorCode.CORRUPT


def test_an_encrypted_picture_is_unsupported() -> None:
    data = heif(tile()).replace(b"\0\1\0\0av01", b"\0\1\0\1av01")
    assert refusal(read, data) is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize(("place", "word"), [(4, b"\0\2"), (6, b"\0\1")], ids=["item", "file"])
def test_pixels_in_another_item_or_file_are_unsupported(place: int, word: bytes) -> None:
    data = heif(tile())
    at = data.index(b"iloc") + 10 + place  # after version, flags and sizes, before the first item
    assert refusal(read, data[:at] + word + data[at + 2 :]) is ErrorCode.UNSUPPORTED


def test_an_unknown_inessential_property_is_ignored() -> None:
    data = heif(having(tile(), ((b"iscl", bytes(8), False),)))
    assert read(data).size == Size(64, 48)
    assert b"iscl" not in cleaned(data)


def test_a_box_may_extend_to_the_end_of_the_file() -> None:
    data = bytes(4) + b"free123"
    assert list(Boxes(data).between(0, len(data))) == [(b"free", 8, 11)]


def test_a_reference_longer_than_its_box_is_corrupt() -> None:
    data = heif(tile(), alpha_plane())
    one, two = (b"auxl" + struct.pack(">HH", 2, count) for count in (1, 2))
    assert one in data
    assert refusal(read, data.replace(one, two)) is ErrorCode.CORRUPT


def test_a_table_of_a_later_version_is_unsupported() -> None:
    data = heif(tile())
    assert refusal(read, data.replace(b"iloc\1", b"iloc\3")) is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize(
    ("second", "first"),
    [
        (b"\0\2\0\0av01", b"\0\1\0\0av01"),
        (b"\0\2\5\1\2\3\4\5", b"\0\1\5\1\2\3\4\5"),
    ],
    ids=["items", "properties"],
)
def test_a_duplicate_entry_is_corrupt(second: bytes, first: bytes) -> None:
    part = tile()
    properties = tuple((*each[:2], False) for each in part.properties) + sized(1, 1)
    same = HeifPart(part.kind, part.content, properties[:5])
    data = heif(same, same)
    assert data.count(second) == 1
    assert refusal(read, data.replace(second, first)) is ErrorCode.CORRUPT


def test_a_list_longer_than_its_box_is_corrupt() -> None:
    data = heif(tile())
    one, two = (b"ipma" + bytes(4) + struct.pack(">I", count) for count in (1, 2))
    assert one in data
    assert refusal(read, data.replace(one, two)) is ErrorCode.CORRUPT


@pytest.mark.parametrize("size", [b"\0\0\0\7", b"\x7f\0\0\0", b"\0\0\0\1"])
def test_a_box_longer_than_its_parent_is_corrupt(size: bytes) -> None:
    data = heif(tile())
    at = data.index(b"ipco") - 4
    assert refusal(read, data[:at] + size + data[at + 4 :]) is ErrorCode.CORRUPT


def test_a_box_shorter_than_its_header_is_corrupt() -> None:
    short = b"\0\0\0\7fre" + heif_box(b"free")
    assert refusal(lambda data: list(Boxes(data).between(0, len(data))), short) is ErrorCode.CORRUPT


def test_many_boxes_are_too_large() -> None:
    data = heif(tile())
    assert refusal(read, data[:24] + heif_box(b"free") * 10_001 + data[24:]) is ErrorCode.TOO_LARGE


def test_many_items_are_too_large() -> None:
    empty = [HeifPart(b"mime") for _ in range(9_000)]
    assert refusal(read, heif(*empty, *empty)) is ErrorCode.TOO_LARGE


def test_many_locations_are_too_large() -> None:
    part = having(tile(), pieces=1)
    crumbs = [HeifPart(b"mime", b"x" * 9_000, inside=True, pieces=9_000) for _ in range(2)]
    assert refusal(read, heif(part, *crumbs)) is ErrorCode.TOO_LARGE


def test_many_properties_are_too_large() -> None:
    heavy = [HeifPart(b"mime", b"x", sized(1, 1) * 200) for _ in range(60)]
    assert refusal(read, heif(tile(), *heavy)) is ErrorCode.TOO_LARGE


def test_many_references_are_too_large() -> None:
    part = having(tile(), references={b"thmb": (1,) * 6_000, b"cdsc": (1,) * 6_000})
    assert refusal(read, heif(part)) is ErrorCode.TOO_LARGE


def test_bytes_shared_by_many_parts_are_not_copied_for_each() -> None:
    """Each item claims many bytes of the next ones as its own."""
    data = heif(tile(), *[HeifPart(b"mime", b"xy", inside=True, pieces=2) for _ in range(200)])
    assert read(data).size == Size(64, 48)
    first, *rest = data.split(struct.pack(">QQQQ", 0, 1, 1, 1))
    assert len(rest) == 200
    swollen = first + b"".join(struct.pack(">QQQQ", 0, 1, 0, 200 - at) + part for at, part in enumerate(rest))
    assert refusal(read, swollen) is ErrorCode.TOO_LARGE


def test_items_that_share_bytes_still_share_them_after_cleaning() -> None:
    """Encoders store equal tiles only once."""
    data = heif(*grid(1, 2, [tile(64, 64)] * 2, 120, 60))
    item = tile(64, 64).content
    start = data.index(item)
    shared = data.replace(
        struct.pack(">QHQQ", start + len(item), 1, 0, len(item)), struct.pack(">QHQQ", start, 1, 0, len(item))
    )
    assert shared != data
    assert cleaned(data).count(item) == 2
    assert cleaned(shared).count(item) == 1
    assert decoded(cleaned(shared), ImageFormat.AVIF).size == (120, 60)


# Real files.


def heif_rows() -> list[corpus.Row]:
    endings = (".avif", ".heic", ".heif")
    return [row for row in corpus.ROWS if row["file"].lower().endswith(endings)]


@pytest.mark.skipif(not corpus.ROWS, reason=corpus.MISSING)
@pytest.mark.parametrize("row", heif_rows(), ids=lambda row: row["file"])
def test_the_corpus(row: corpus.Row) -> None:
    data = (corpus.CORPUS / row["file"]).read_bytes()
    if not row["oriented_w"]:
        try:
            cleaned(data)
        except ThumbnailError:
            assert row["must"] != "OK"
        return
    assert read(data).display_size == Size(int(row["oriented_w"]), int(row["oriented_h"]))
    assert shown(data).size == read(data).display_size


def test_a_file_that_is_neither_avif_nor_heic_is_refused() -> None:
    assert refusal(read, b"\0\0\0\x10ftypqt  \0\0\0\0") is ErrorCode.CORRUPT


@pytest.mark.parametrize(("number", "sound"), [(0, True), (0x7F, False)])
def test_a_property_number_is_zero_or_exists(number: int, *, sound: bool) -> None:
    """ISO/IEC 14496-12, 8.11.14: the number 0 stands for no property."""
    data = bytearray(heif(having(tile(), heif_property(b"pasp", 1, 1))))
    at = data.index(b"ipma")
    (size,) = struct.unpack_from(">I", data, at - 4)
    data[at - 4 + size - 1] = number
    if sound:
        assert read(bytes(data)).size == Size(64, 48)
    else:
        assert refusal(read, bytes(data)) is ErrorCode.CORRUPT


@pytest.mark.parametrize("change", [b"free", b"infe\x01"])
def test_foreign_boxes_in_the_list_of_items_are_ignored(change: bytes) -> None:
    data = heif(tile(), tile(16, 16))
    first, second = data.index(b"infe"), data.rindex(b"infe")
    assert first < second
    assert read(data[:second] + change + data[second + len(change) :]).size == Size(64, 48)
