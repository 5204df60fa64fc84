"""`core.containers.tiff`: directories, layouts, strips and tiles, RAW files, and the clean stream."""

import struct
import zlib
from collections.abc import Sequence

import pytest

from advthumb.core.containers import icc
from advthumb.core.containers.tiff import clean, read
from advthumb.core.containers.tiff_directory import MAX_DIRECTORIES, MAX_ENTRIES, File
from advthumb.core.containers.tiff_layout import MAX_PARTS
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.images import Colours, Size
from advthumb.core.orientation import Orientation
from tests import pictures
from tests.pictures.tiffs import (
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    FLOAT,
    INDEXED,
    JPEG,
    LAB,
    LZW,
    SIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Tiff,
    assembled,
    jpeg_tiff,
    palette,
    with_directory,
)

SHORT, LONG, LONG8, ASCII, FLOATS = 3, 4, 16, 2, 11
Entries = dict[int, tuple[int, Sequence[int]]]

GREY: Entries = {
    256: (SHORT, [8]),
    257: (SHORT, [4]),
    258: (SHORT, [8]),
    259: (SHORT, [1]),
    262: (SHORT, [1]),
    273: (LONG, [8]),
    277: (SHORT, [1]),
    278: (SHORT, [4]),
    279: (LONG, [32]),
}
"""Eight by four grey pixels, in one strip."""
PIXELS = bytes(range(32))


def grey(changes: Entries | None = None, without: tuple[int, ...] = (), body: bytes = PIXELS) -> bytes:
    """Return a small grey TIFF with other tags."""
    entries = {tag: value for tag, value in {**GREY, **(changes or {})}.items() if tag not in without}
    return with_directory(body, entries)


def big(entries: Entries, order: str = "<", body: bytes = PIXELS) -> bytes:
    """Return a BigTIFF; its pixels begin at offset 16."""
    table, later = struct.pack(order + "Q", len(entries)), b""
    start = 16 + len(body)
    ahead = start + 8 + 20 * len(entries) + 8
    for tag, (kind, values) in sorted(entries.items()):
        letter = {SHORT: "H", LONG: "I", LONG8: "Q"}[kind]
        content = struct.pack(f"{order}{len(values)}{letter}", *values)
        place = content.ljust(8, b"\0") if len(content) <= 8 else struct.pack(order + "Q", ahead + len(later))
        later += content if len(content) > 8 else b""
        table += struct.pack(order + "HHQ", tag, kind, len(values)) + place
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HHHQ", 43, 8, 0, start) + body + table + bytes(8) + later


def refusal(data: bytes) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        clean(data, read(data))
    return caught.value


def tags(data: bytes) -> dict[int, tuple[int, ...]]:
    """Return the whole numbers of the first directory."""
    file = File.of(data)
    directory = file.directory(file.start)
    return {
        tag: directory.numbers(tag, 100) for tag, field in directory.fields.items() if field.kind in {1, 3, 4}
    }


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_header_is_read(order: str) -> None:
    info = read(Tiff(order=order, bits=16, extras=(2,), orientation=6).data)
    assert (info.size, info.display_size, info.orientation) == (
        Size(32, 32),
        Size(32, 32),
        Orientation.ROTATE_90,
    )
    assert (info.samples, info.bits, info.has_alpha, info.colours) == (4, 16, True, Colours.RGB)


@pytest.mark.parametrize(
    ("tiff", "colours", "samples", "bits"),
    [
        (Tiff(WHITE_IS_ZERO, 1), Colours.GREY, 1, 1),
        (Tiff(BLACK_IS_ZERO, 32, FLOAT), Colours.GREY, 1, 32),
        (Tiff(INDEXED, 4), Colours.RGB, 3, 8),
        (Tiff(CMYK, extras=(0, 0)), Colours.CMYK, 6, 8),
        (Tiff(YCBCR), Colours.RGB, 3, 8),
        (Tiff(LAB, 16), Colours.LAB, 3, 16),
        (Tiff(extras=(0, 2), planes=2), Colours.RGB, 4, 8),
    ],
)
def test_colours_samples_and_bits_of_a_pixel_are_found(
    tiff: Tiff, colours: Colours, samples: int, bits: int
) -> None:
    """A palette is decoded to its colours; invisible separate planes are left out."""
    info = read(tiff.data)
    assert (info.colours, info.samples, info.bits) == (colours, samples, bits)


@pytest.mark.parametrize(
    ("tiff", "kind"),
    [
        (Tiff(), "RGB of 8 bits; plain"),
        (Tiff(WHITE_IS_ZERO, 1), "grey of 1 bit; plain, white is zero"),
        (Tiff(bits=16, numbers=SIGNED, order=">"), "RGB of signed 16 bits; plain, big-endian"),
        (Tiff(extras=(1,)), "RGB of 8 bits, premultiplied alpha; plain"),
        (Tiff(extras=(2, 0)), "RGB of 8 bits, alpha, further sample; plain"),
        (Tiff(extras=(0, 0, 2)), "RGB of 8 bits, alpha, in last place; plain"),
        (Tiff(extras=(0, 2, 0)), "RGB of 8 bits, alpha, in last place, further sample; plain"),
        (Tiff(extras=(0, 0)), "RGB of 8 bits, further samples; plain"),
        (Tiff(planes=2), "RGB of 8 bits; plain"),
        (Tiff(planes=2, tiled=True), "RGB of 8 bits; plain, planes, tiles"),
        (Tiff(BLACK_IS_ZERO, extras=(0,), planes=2, compression=LZW), "grey of 8 bits; LZW"),
        (Tiff(planes=2, compression=DEFLATE, predictor=2), "RGB of 8 bits; deflate, differences, planes"),
        (Tiff(YCBCR, subsampling=(2, 1)), "YCbCr of 8 bits; plain, shared chroma"),
        (Tiff(YCBCR), "YCbCr of 8 bits; plain, whole chroma"),
        (Tiff(BLACK_IS_ZERO, 1, low_bit_first=True), "grey of 1 bit; plain, low bit first"),
    ],
)
def test_the_layout_is_described_in_words(tiff: Tiff, kind: str) -> None:
    assert read(tiff.data).kind == kind


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_bigtiff_becomes_a_classic_one(order: str) -> None:
    entries = {**GREY, 273: (LONG8, [16, 16 + 16]), 278: (SHORT, [2]), 279: (LONG8, [16, 16])}
    data = big(entries, order)
    info = read(data)
    assert info.size == (8, 4)
    found = clean(data, info)
    assert found[2:4] in {b"*\0", b"\0*"}
    first, second = tags(found)[273]
    assert found[first : first + 16] + found[second : second + 16] == PIXELS


def test_the_clean_stream_has_one_directory_with_only_pixel_tags() -> None:
    further = ((270, SHORT, (7,)), (34665, LONG, (8,)), (700, SHORT, (1, 2, 3)), (330, LONG, (8,)))
    tiff = Tiff(orientation=6, further=further)
    found = clean(tiff.data, read(tiff.data))
    assert not {270, 34665, 700, 330, 274} & set(tags(found))
    file = File.of(found)
    assert file.directory(file.start).following == 0


def test_the_clean_stream_is_free_of_what_decoders_read_differently() -> None:
    """0 is black, palettes have 16 bits, planes are interleaved."""
    white = Tiff(WHITE_IS_ZERO)
    assert tags(clean(white.data, read(white.data)))[262] == (1,)
    narrow = Tiff(INDEXED, 2, narrow_palette=True)
    wide = clean(narrow.data, read(narrow.data))
    directory = File.of(wide).directory(File.of(wide).start)
    assert directory.numbers(320, 12) == tuple((palette(narrow).T.ravel() * 257).tolist())
    planes, whole = Tiff(bits=16, planes=2), Tiff(bits=16)
    found = clean(planes.data, read(planes.data))
    assert tags(found)[284] == (1,)
    assert found[8 : 8 + 32 * 32 * 6] == whole.data[8 : 8 + 32 * 32 * 6]


def test_a_clean_stream_is_unchanged() -> None:
    for tiff in (Tiff(), Tiff(tiled=True), Tiff(INDEXED, 4), Tiff(planes=2, tiled=True), Tiff(YCBCR)):
        once = clean(tiff.data, read(tiff.data))
        assert read(once) == read(tiff.data)
        twice = clean(once, read(once))
        assert tags(twice) == tags(once)


def test_the_directory_is_placed_at_an_even_offset_in_a_file_of_odd_length() -> None:
    data = grey() + b"!"
    found = clean(data, read(data))
    assert File.of(found).start % 2 == 0
    assert read(found) == read(data)


def test_a_profile_is_used_if_it_fits_the_samples() -> None:
    rgb, wrong = pictures.P3.icc, pictures.grey_profile()
    for profile, counts in ((rgb, True), (wrong, False), (b"no profile", False)):
        tiff = Tiff(further=((34675, 1, tuple(profile)),))
        info = read(tiff.data)
        assert info.profile == (profile if counts else None)
        assert 34675 not in tags(clean(tiff.data, info))


def test_the_size_of_a_profile_is_limited() -> None:
    profile = pictures.P3.icc.ljust(icc.MAX_PROFILE + 1, b"\0")
    assert read(Tiff(further=((34675, 1, tuple(profile)),)).data).profile is None


def test_a_profile_outside_the_file_is_ignored() -> None:
    data = bytearray(Tiff(further=((34675, 1, tuple(pictures.P3.icc)),)).data)
    at = data.index(struct.pack("<HH", 34675, 1)) + 8
    data[at : at + 4] = struct.pack("<I", len(data) - 10)
    assert read(bytes(data)).profile is None


# Damage.


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"XX*\0" + bytes(20), "byte order is missing"),
        (b"II\x55\0" + bytes(20), "version number 85"),
        (b"II+\0\x04\0\0\0" + bytes(20), "version number 43"),
        (b"II*\0\xff\xff\0\0", "header ends early"),
        (b"II+\0\x08\0\0\0" + b"\xff" * 8, "header ends early"),
        (grey(without=(256,)), "tag 256 is missing"),
        (grey({256: (SHORT, [0])}), "0x4"),
        (grey({257: (SHORT, [0])}), "8x0"),
        (grey(without=(262,)), "tag 262 is missing"),
        (grey(without=(273,)), "it lists 0 strips or tiles, but needs 1"),
        (grey({278: (SHORT, [2])}), "it lists 1 strips or tiles, but needs 2"),
        (grey({279: (LONG, [31])}), "a strip or tile ends early"),
        (grey({273: (LONG, [2**31])}), "pixel data ends early"),
        (grey({277: (SHORT, [0])}), "0 samples per pixel, but grey needs 1"),
        (grey({262: (SHORT, [2])}), "1 samples per pixel, but RGB needs 3"),
        (grey({262: (SHORT, [3])}), "palette has 0 values"),
        (grey({262: (SHORT, [3]), 320: (SHORT, [0] * 9)}), "palette has 9 values"),
        (
            grey({322: (SHORT, [0]), 323: (SHORT, [16]), 324: (LONG, [8]), 325: (LONG, [32])}),
            "tile size of 0x16 px",
        ),
        (grey({258: (SHORT, [8, 8])}), "258 has 2 values"),
        (grey({262: (SHORT, [6]), 277: (SHORT, [3]), 530: (SHORT, [3, 1])}), "3 x 1"),
        (grey({262: (SHORT, [6]), 277: (SHORT, [3]), 530: (SHORT, [2])}), "2 x 0"),
    ],
)
def test_damage_is_corrupt(data: bytes, words: str) -> None:
    error = refusal(data)
    assert error.code is ErrorCode.CORRUPT
    assert words in error.message


@pytest.mark.parametrize("kind", [ASCII, FLOATS])
def test_a_number_of_a_wrong_type_is_corrupt(kind: int) -> None:
    data = bytearray(grey())
    at = data.index(struct.pack("<HHI", 256, SHORT, 1))
    data[at + 2] = kind
    assert "type" in refusal(bytes(data)).message


def test_a_number_without_a_value_is_corrupt() -> None:
    assert "256 has 0 values" in refusal(grey({256: (SHORT, [])})).message


def test_an_entry_of_an_unknown_type_is_ignored() -> None:
    data = bytearray(grey({270: (SHORT, [1])}))
    data[data.index(struct.pack("<HHI", 270, SHORT, 1)) + 2] = 99
    assert read(bytes(data)).size == (8, 4)


def test_the_first_of_two_entries_is_used() -> None:
    data = bytearray(grey({270: (SHORT, [500])}))
    at = data.index(struct.pack("<HHI", 270, SHORT, 1))
    data[at : at + 2] = struct.pack("<H", 256)
    assert read(bytes(data)).size == (8, 4)


@pytest.mark.parametrize("compression", [DEFLATE, 32946])
def test_a_damaged_deflated_strip_is_corrupt(compression: int) -> None:
    """Even if it unpacks to the right length: TIFF decoders verify no checksum."""
    packed = zlib.compress(PIXELS)
    entries: Entries = {259: (SHORT, [compression]), 279: (LONG, [len(packed)])}
    assert clean(grey(entries, body=packed), read(grey(entries, body=packed)))
    wrong = packed[:-1] + bytes([packed[-1] ^ 1])
    assert "cannot be decompressed" in refusal(grey(entries, body=wrong)).message
    short = zlib.compress(PIXELS[:-1])
    entries[279] = (LONG, [len(short)])
    assert "a deflated strip or tile ends early" in refusal(grey(entries, body=short)).message


def test_a_deflated_strip_is_unpacked_only_to_the_end_of_the_picture() -> None:
    """Megabytes of zeros after the pixels are not unpacked, and damage there does not matter."""
    packed = zlib.compress(bytes(2**26))
    damaged = packed[:-1] + b"!"
    entries: Entries = {259: (SHORT, [DEFLATE]), 279: (LONG, [len(damaged)])}
    data = grey(entries, body=damaged)
    assert clean(data, read(data))


def test_a_long_deflated_strip_is_checked_to_its_end() -> None:
    noise = pictures.noise_pixels(200, 200, 1).tobytes()
    packed = zlib.compress(noise)
    entries: Entries = {
        **{tag: (SHORT, [200]) for tag in (256, 257, 278)},
        259: (SHORT, [DEFLATE]),
        279: (LONG, [len(packed)]),
    }
    sound, damaged = grey(entries, body=packed), grey(entries, body=packed[:-1] + b"!")
    assert clean(sound, read(sound))
    assert refusal(damaged).code is ErrorCode.CORRUPT


def test_a_deflated_strip_without_a_checksum_is_accepted() -> None:
    packed = zlib.compress(PIXELS)[:-4]
    data = grey({259: (SHORT, [DEFLATE]), 279: (LONG, [len(packed)])}, body=packed)
    assert clean(data, read(data))


def test_a_deflated_strip_with_subsampled_chroma_is_accepted() -> None:
    tiff = Tiff(YCBCR, compression=DEFLATE, subsampling=(2, 2))
    assert clean(tiff.data, read(tiff.data))


def test_deflated_bytes_with_reversed_bits_are_left_to_the_decoder() -> None:
    tiff = Tiff(BLACK_IS_ZERO, compression=DEFLATE, low_bit_first=True)
    assert clean(tiff.data, read(tiff.data))


# Sound files without a table.


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (grey({259: (SHORT, [6])}), "compression 6"),
        (grey({259: (SHORT, [50000])}), "compression 50000"),
        (grey({259: (SHORT, [LZW]), 317: (SHORT, [4])}), "predictor 4"),
        (grey({262: (SHORT, [32845])}), "photometric interpretation 32845"),
        (grey({339: (SHORT, [6])}), "sample format 6"),
        (grey({258: (SHORT, [12])}), "12-bit samples"),
        (grey({258: (SHORT, [64]), 339: (SHORT, [3])}), "float 64-bit samples"),
        (grey({258: (SHORT, [4]), 339: (SHORT, [2])}), "signed 4-bit samples"),
        (
            grey({258: (SHORT, [5, 6, 5]), 262: (SHORT, [2]), 277: (SHORT, [3])}),
            "different bit depths: [5, 6]",
        ),
        (
            grey({258: (SHORT, [8]), 262: (SHORT, [2]), 277: (SHORT, [3]), 339: (SHORT, [1, 2, 1])}),
            "formats: [1, 2]",
        ),
        (grey({262: (SHORT, [5]), 277: (SHORT, [4]), 332: (SHORT, [2])}), "inks"),
        (grey({279: (LONG, [0])}), "left out"),
        (Tiff(BLACK_IS_ZERO, 32, extras=(2,)).data, "grey of 32 bits, alpha"),
        (Tiff(CMYK, 32).data, "CMYK of 32 bits"),
        (Tiff(WHITE_IS_ZERO, extras=(1,)).data, "premultiplied"),
    ],
)
def test_rare_kinds_are_unsupported(data: bytes, words: str) -> None:
    error = refusal(data)
    assert error.code is ErrorCode.UNSUPPORTED
    assert words in error.message


@pytest.mark.parametrize(("kind", "precision"), [(0xC3, 8), (0xC9, 8), (0xC1, 12)])
def test_rare_kinds_of_jpeg_are_unsupported(kind: int, precision: int) -> None:
    data = bytearray(jpeg_tiff(Tiff(BLACK_IS_ZERO, compression=JPEG)))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = kind, precision
    error = refusal(bytes(data))
    assert error.code is ErrorCode.UNSUPPORTED
    assert f"{precision}-bit JPEG data of type SOF{kind - 0xC0}" in error.message


def test_a_jpeg_strip_of_nonsense_is_left_to_the_decoder() -> None:
    assert read(grey({259: (SHORT, [JPEG])})).kind == "grey of 8 bits; JPEG"


def test_the_colours_of_fax_have_a_default() -> None:
    assert "white is zero" in read(grey({258: (SHORT, [1]), 259: (SHORT, [4])}, without=(262,))).kind


def test_samples_of_undefined_type_are_integers() -> None:
    assert read(grey({339: (SHORT, [4])})).kind == "grey of 8 bits; plain"


def test_uncompressed_strips_need_no_lengths() -> None:
    """Programs of the nineties leave them out."""
    data = grey(without=(279,))
    assert tags(clean(data, read(data)))[279] == (32,)


def test_uncompressed_strips_may_claim_more_than_the_file_has() -> None:
    data = grey({279: (LONG, [10_000])})
    assert tags(clean(data, read(data)))[279] == (32,)


# RAW files.


def raw(changes: Entries, inner: Entries | None = None) -> bytes:
    """Return a grey TIFF with other tags and a directory inside it."""
    inside = with_directory(b"", inner or {256: (SHORT, [4000])})[8:]
    return grey({**changes, 330: (LONG, [40])}, body=PIXELS + inside)


SENSOR: Entries = {256: (SHORT, [4000]), 262: (SHORT, [32803])}


@pytest.mark.parametrize(
    "data",
    [
        grey({50706: (1, [1, 4, 0, 0])}),
        grey({262: (SHORT, [32803])}),
        grey({262: (SHORT, [34892])}),
        *(grey({259: (SHORT, [maker])}) for maker in (32767, 32769, 32770, 34713, 65000, 65535)),
        raw({}, SENSOR),
        raw({}, {256: (SHORT, [4000]), 259: (SHORT, [34713])}),
        grey({254: (LONG, [1]), 271: (1, list(b"NIKON"))}),
    ],
)
def test_a_raw_file_is_reported_as_raw(data: bytes) -> None:
    error = refusal(data)
    assert error.code is ErrorCode.UNSUPPORTED
    assert "RAW" in error.message


def test_a_canon_raw_file_is_reported_as_raw() -> None:
    data = grey()
    start = struct.unpack_from("<I", data, 4)[0]
    moved = b"II*\0\x10\0\0\0CR\x02\0" + bytes(4) + data[start:]
    assert "RAW" in refusal(moved).message


def test_a_sensor_after_the_first_page_is_found() -> None:
    """Some makers chain their directories."""
    first = grey(body=PIXELS)
    sensor = with_directory(b"", SENSOR)[8:]
    assert "RAW" in refusal(first[: len(first) - 4] + struct.pack("<I", len(first)) + sensor).message


@pytest.mark.parametrize(
    "changes",
    [{}, {254: (LONG, [1])}, {271: (1, list(b"EPSON"))}, {254: (LONG, [2]), 271: (1, list(b"EPSON"))}],
)
def test_an_ordinary_tiff_is_not_a_raw_file(changes: Entries) -> None:
    """Neither is one with a smaller first page, one not made by a camera, or one with a pyramid."""
    assert read(grey(changes)).size == (8, 4)
    assert read(raw(changes) if 254 not in changes else grey(changes)).size == (8, 4)


def test_damage_after_the_first_page_is_ignored() -> None:
    assert read(grey({330: (LONG, [2**31])})).size == (8, 4)
    assert read(grey({330: (LONG, [8] * (MAX_DIRECTORIES + 1))}, body=bytes(400))).size == (8, 4)


def test_a_cycle_of_directories_is_read_once() -> None:
    data = bytearray(grey())
    data[-4:] = data[4:8]
    assert read(bytes(data)).size == (8, 4)


def test_a_long_chain_of_directories_is_followed_only_to_a_limit() -> None:
    data = bytearray(grey())
    for _ in range(MAX_DIRECTORIES + 5):
        data[-4:] = struct.pack("<I", len(data))
        data += struct.pack("<HHHIII", 1, 256, LONG, 1, 1, 0)
    file = File.of(bytes(data))
    assert len(list(file.directories())) == MAX_DIRECTORIES


# Budgets.


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (with_directory(b"", {tag: (SHORT, [1]) for tag in range(MAX_ENTRIES + 1)}), "4097 entries"),
        (grey({273: (LONG, [8] * 5), 279: (LONG, [32] * 5)}), "it lists 5 strips or tiles, but needs 1"),
        (
            grey({322: (SHORT, [16]), 323: (SHORT, [16]), 324: (LONG, [8] * 2), 325: (LONG, [32] * 2)}),
            "it lists 2 strips or tiles, but needs 1",
        ),
        (grey({257: (LONG, [MAX_PARTS + 1]), 278: (LONG, [1])}), f"{MAX_PARTS + 1} strips"),
        (grey({322: (LONG, [2**20]), 323: (LONG, [2**20]), 324: (LONG, [8])}), "tiles are 1048576x1048576"),
    ],
)
def test_excessive_files_are_too_large(data: bytes, words: str) -> None:
    error = refusal(data)
    assert error.code is ErrorCode.TOO_LARGE
    assert words in error.message


def test_one_strip_per_row_is_accepted() -> None:
    data = grey({273: (LONG, [8] * 4), 279: (LONG, [32] * 4)})
    assert tags(clean(data, read(data)))[273] == (8,)


def test_overlapping_values_larger_than_the_file_are_too_large() -> None:
    """A file of one megabyte may claim eight gigabytes of values, and decoders copy them all."""
    data = bytearray(grey({tag: (SHORT, [1]) for tag in range(40_000, 40_100)}, body=bytes(1000)))
    for tag in range(40_000, 40_100):
        at = data.index(struct.pack("<HHI", tag, SHORT, 1))
        data[at : at + 12] = struct.pack("<HHII", tag, 1, 1000, 8)
    error = refusal(bytes(data))
    assert error.code is ErrorCode.TOO_LARGE
    assert "more bytes than the file has" in error.message


def test_a_file_whose_offsets_exceed_32_bits_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advthumb.core.containers.tiff._LONGEST", 100)
    assert refusal(grey()).code is ErrorCode.TOO_LARGE


def test_decoder_options_are_copied_unchanged() -> None:
    """For example, the JPEG tables that the strips leave out."""
    tiff = Tiff(BLACK_IS_ZERO, compression=JPEG, further=((347, 1, tuple(b"\xff\xd8tables\xff\xd9")),))
    data = assembled(tiff, 1, [b"\xff\xd8\xff\xd9"] * 2)
    found = clean(data, read(data))
    assert bytes(tags(found)[347]) == b"\xff\xd8tables\xff\xd9"
