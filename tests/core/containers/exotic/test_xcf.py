"""`core.containers.exotic.xcf`: which layers are shown, what is refused, and how tiles are decoded."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.xcf_headers import MAX_DEPTH, MAX_LAYERS, MAX_PROPERTIES
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Layer as Placed
from advthumb.core.images import SourceInfo
from advthumb.core.profiles import SRGB, from_codes, from_gamma
from tests.pictures import Pixels, noise_pixels
from tests.pictures.exotic import real, xcfs
from tests.pictures.exotic.xcfs import Form, Layer, number, parasite, runs, xcf

from .refusals import CORRUPT, TOO_LARGE, UNSUPPORTED, changed, refusal, refused

SIZE = (12, 10)
OPAQUE, CLEAR = noise_pixels(*SIZE), noise_pixels(*SIZE, 4)
MULTIPLY, DISSOLVE = 3, 1
HIDDEN = {xcfs.VISIBLE: number(0)}
WIDE = from_gamma(1 / 1.8, None)
NEW = Form(11)


def read(data: bytes) -> SourceInfo:
    return containers.read(data, ImageFormat.XCF)


def layers(data: bytes) -> list[Placed]:
    return list(containers.layers(data, read(data)))


def code(*found: Layer, form: Form | None = None, size: tuple[int, int] = SIZE) -> str:
    """Return the code with which a file of these layers, from the top down, is refused."""
    return refusal(xcf(found, size, form), ImageFormat.XCF)


def inflated(png: bytes) -> bytes:
    """Return the rows of a PNG, each behind the byte of its filter."""
    at, found = 8, b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        found += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return zlib.decompress(found)


def with_property(kind: int, content: bytes, pixels: Pixels = OPAQUE) -> Layer:
    return Layer(pixels, properties={kind: content})


def test_each_layer_becomes_a_png_at_its_place() -> None:
    data = xcf([Layer(CLEAR, (5, -3)), Layer(OPAQUE)], SIZE)
    info = read(data)
    below, above = layers(data)
    assert (info.layers, info.has_alpha, info.coded_as) == (2, False, ImageFormat.PNG)
    assert (below.offset, above.offset) == ((0, 0), (5, -3))
    for layer in (below, above):
        inside = containers.read(layer.stream, ImageFormat.PNG)
        assert (inside.size, inside.has_alpha) == (layer.size, layer.has_alpha) == (SIZE, layer is above)


def test_the_cleaned_file_is_the_lowest_visible_layer() -> None:
    data = xcf([Layer(CLEAR), Layer(OPAQUE), Layer(CLEAR, properties=HIDDEN)], SIZE)
    assert containers.clean(data, read(data)) == layers(data)[0].stream
    assert not layers(data)[0].has_alpha


@pytest.mark.parametrize(
    ("layer", "alpha"),
    [
        (Layer(OPAQUE), False),
        (Layer(CLEAR), True),
        (Layer(OPAQUE, opacity=254), True),
        (Layer(OPAQUE, mask=CLEAR[..., :1]), True),
        (Layer(OPAQUE, (1, 0)), True),
        (Layer(OPAQUE, (0, -1)), True),
        (Layer(noise_pixels(20, 20), (-8, -9)), False),
    ],
)
def test_a_file_has_alpha_if_no_layer_covers_its_canvas(layer: Layer, *, alpha: bool) -> None:
    data = xcf([Layer(CLEAR), layer], SIZE)
    assert read(data).has_alpha is alpha


def test_only_tiles_on_the_canvas_are_decoded() -> None:
    """Otherwise a small canvas could cost any amount of memory."""
    data = xcf([Layer(noise_pixels(300, 200), (-100, -70)), Layer(OPAQUE, (12, 0)), Layer(OPAQUE)], SIZE)
    info = read(data)
    below, above = layers(data)
    assert info.layers == 2
    assert (above.size, above.offset) == ((64, 64), (-36, -6))
    assert info.coded == above.size.pixels + below.size.pixels
    assert info.held == 2 * above.size.pixels * 4


def test_layers_are_mixed_in_light_only_if_something_shows_through_them() -> None:
    """The change of the colour space takes time."""

    def linear(*found: Layer) -> list[bool]:
        return [layer.linear for layer in layers(xcf(found, SIZE, NEW))]

    normal = Layer(CLEAR, mode=xcfs.NORMAL)
    assert linear(normal) == [False]
    assert linear(Layer(OPAQUE, mode=xcfs.NORMAL), normal) == [False, False]
    assert linear(normal, Layer(OPAQUE)) == [True, True]
    assert linear(Layer(CLEAR), normal) == [False, False]
    assert linear(normal, Layer(CLEAR), normal) == [True, False, True]


@pytest.mark.parametrize(
    ("mode", "space", "linear"),
    [
        (xcfs.LEGACY, None, False),
        (xcfs.NORMAL, None, True),
        (xcfs.NORMAL, 0, True),
        (xcfs.NORMAL, -1, True),
        (xcfs.NORMAL, 2, False),
        (xcfs.LEGACY, -2, False),
        (xcfs.LEGACY, 1, True),
    ],
)
def test_the_space_of_a_layer_is_that_of_its_mode_unless_it_names_one(
    mode: int, space: int | None, *, linear: bool
) -> None:
    """A negative number means that GIMP chose it."""
    named = {} if space is None else {xcfs.SPACE: number(space)}
    data = xcf([Layer(CLEAR, mode=mode, properties=named), Layer(OPAQUE)], SIZE, NEW)
    assert layers(data)[1].linear is linear


REFUSED_LAYERS: Mapping[str, Layer] = {
    "a mode that mixes": Layer(OPAQUE, mode=MULTIPLY),
    "dissolve": Layer(CLEAR, mode=DISSOLVE),
    "pass through without a group": Layer(CLEAR, mode=xcfs.PASS_THROUGH),
    "clipped to the backdrop": with_property(xcfs.COMPOSITE, number(2)),
    "mixed in CIELAB": with_property(xcfs.SPACE, number(-3)),
    "a floating selection": with_property(xcfs.FLOATING, bytes(4)),
    "a mask that is shown": replace(with_property(xcfs.SHOW_MASK, number(1)), mask=CLEAR[..., :1]),
}


@pytest.mark.parametrize("name", REFUSED_LAYERS)
def test_what_gimp_shows_in_another_way_is_unsupported(name: str) -> None:
    found = [REFUSED_LAYERS[name], Layer(OPAQUE)]
    error, message = refused(xcf(found, SIZE, NEW), ImageFormat.XCF)
    assert error is UNSUPPORTED
    assert message.endswith("; export it from GIMP as PNG")
    hidden = replace(found[0], properties={**found[0].properties, **HIDDEN})
    assert code(hidden, Layer(OPAQUE)) == (UNSUPPORTED if "selection" in name else "")


@pytest.mark.parametrize("name", ["gimp-float.xcf", "gimp-multiply.xcf"])
def test_files_of_gimp_that_would_look_wrong_are_unsupported(name: str) -> None:
    data = (real.FOLDER / "refused" / name).read_bytes()
    assert refusal(data, ImageFormat.XCF) == UNSUPPORTED


@pytest.mark.parametrize("alpha", [255, 51])
def test_a_mask_is_multiplied_with_the_alpha_of_its_layer(alpha: int) -> None:
    """The products have two bytes."""
    pixels, mask = CLEAR.copy(), CLEAR[..., :1]
    pixels[..., 3] = alpha
    (made,) = layers(xcf([Layer(pixels, mask=mask)], SIZE))
    rows = np.frombuffer(inflated(made.stream), np.uint8).reshape(SIZE[1], -1)[:, 1:]
    samples = rows.copy().view(">u2").reshape(SIZE[1], SIZE[0], 4)
    assert np.array_equal(samples[..., 3:], np.rint(mask * (alpha / 255) * 257))


def test_a_mask_that_is_not_applied_is_ignored() -> None:
    layer = Layer(OPAQUE, mask=CLEAR[..., :1], properties={xcfs.APPLY_MASK: number(0)})
    assert not read(xcf([layer], SIZE)).has_alpha


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], UNSUPPORTED),
        ([Layer(OPAQUE, properties=HIDDEN)], UNSUPPORTED),
        ([Layer(OPAQUE, (12, 0))], UNSUPPORTED),
        ([Layer(OPAQUE, (0, -10))], UNSUPPORTED),
        ([Layer(OPAQUE, (11, -9))], ""),
    ],
)
def test_a_file_without_a_visible_layer_is_unsupported(found: list[Layer], expected: str) -> None:
    assert code(*found) == expected


def group(*path: int, **changes: int) -> Layer:
    """Return a group at a path; one number means that it is not in another group."""
    place = {xcfs.PATH: struct.pack(f">{len(path)}I", *path)} if len(path) > 1 else {}
    visible = {xcfs.VISIBLE: number(changes.pop("visible", 1))}
    return Layer(OPAQUE, properties={xcfs.GROUP: b"", **place, **visible}, **changes)


def inside(*path: int, mode: int = xcfs.LEGACY) -> Layer:
    return Layer(CLEAR, mode=mode, properties={xcfs.PATH: struct.pack(f">{len(path)}I", *path)})


GROUND = Layer(OPAQUE)
GROUPS: Mapping[str, tuple[list[Layer], int | str]] = {
    "normal": ([group(0), inside(0, 0), GROUND], 2),
    "second": ([Layer(CLEAR), group(1), inside(1, 0), GROUND], 3),
    "hidden": ([group(0, visible=0), inside(0, 0), GROUND], 1),
    "hidden outer": ([group(0, visible=0), group(0, 0), inside(0, 0, 0), GROUND], 1),
    "hidden inner": ([group(0), group(0, 0, visible=0), inside(0, 0, 0), inside(0, 1), GROUND], 2),
    "pass through": ([group(0, mode=xcfs.PASS_THROUGH), inside(0, 0), GROUND], 2),
    "other mode": ([group(0, mode=MULTIPLY), inside(0, 0), GROUND], UNSUPPORTED),
    "transparent": ([group(0, opacity=200), inside(0, 0), GROUND], UNSUPPORTED),
    "transparent but hidden": ([group(0, opacity=200, visible=0), inside(0, 0), GROUND], 1),
    "transparent pass through": (
        [group(0, opacity=200, mode=xcfs.PASS_THROUGH), inside(0, 0), GROUND],
        UNSUPPORTED,
    ),
    "mixed otherwise": ([group(0), inside(0, 0, mode=xcfs.NORMAL), GROUND], UNSUPPORTED),
    "pass through mixed otherwise": (
        [group(0, mode=xcfs.PASS_THROUGH), inside(0, 0, mode=xcfs.NORMAL), inside(0, 1), GROUND],
        3,
    ),
    "missing": ([inside(0, 0), GROUND], CORRUPT),
    "not a group": ([Layer(CLEAR), inside(0, 0), GROUND], CORRUPT),
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_hides_its_layers_or_leaves_them_as_they_are(name: str) -> None:
    found, expected = GROUPS[name]
    data = xcf(found, SIZE, NEW)
    error = refusal(data, ImageFormat.XCF)
    assert (error or read(data).layers) == expected


def test_a_group_with_a_mask_is_unsupported() -> None:
    assert code(replace(group(0), mask=CLEAR[..., :1]), inside(0, 0), GROUND) == UNSUPPORTED


@pytest.mark.parametrize(
    ("version", "precision", "expected"),
    [
        (4, xcfs.EIGHT, UNSUPPORTED),
        (5, xcfs.EIGHT, ""),
        (11, xcfs.EIGHT, ""),
        (19, xcfs.EIGHT, ""),
        (20, xcfs.EIGHT, UNSUPPORTED),
        (11, xcfs.SIXTEEN, UNSUPPORTED),
        (11, 100, UNSUPPORTED),
        (12, 200, UNSUPPORTED),
        (12, 600, UNSUPPORTED),
    ],
)
def test_versions_and_precisions_with_another_meaning_are_unsupported(
    version: int, precision: int, expected: str
) -> None:
    assert code(Layer(OPAQUE), form=Form(version, precision=precision)) == expected


@pytest.mark.parametrize("coding", [3, 255])
def test_an_unknown_compression_is_unsupported(coding: int) -> None:
    assert code(Layer(OPAQUE), form=Form(coding=coding)) == UNSUPPORTED


def test_the_profile_is_found_among_the_parasites() -> None:
    kept = parasite(b"gimp-comment", b"a comment") + parasite(b"icc-profile", SRGB) + parasite(b"more", b"")
    data = xcf([Layer(OPAQUE)], SIZE, Form(properties={xcfs.PARASITES: kept}))
    assert read(data).profile == SRGB
    assert SRGB not in containers.clean(data, read(data))
    assert read(xcf([Layer(OPAQUE)], SIZE, Form(properties={xcfs.PARASITES: kept[:60]}))).profile is None


def test_only_a_limited_number_of_parasites_is_read() -> None:
    few, many = (parasite(b"", b"") * count for count in (MAX_SEGMENTS, MAX_SEGMENTS + 1))
    assert code(Layer(OPAQUE), form=Form(properties={xcfs.PARASITES: few})) == ""
    assert code(Layer(OPAQUE), form=Form(properties={xcfs.PARASITES: many})) == TOO_LARGE


@pytest.mark.parametrize(
    ("profile", "mode", "expected"),
    [
        (SRGB, xcfs.NORMAL, ""),
        (from_codes(12, 13), xcfs.NORMAL, ""),
        (WIDE, xcfs.NORMAL, UNSUPPORTED),
        (WIDE, xcfs.LEGACY, ""),
        (WIDE[:200], xcfs.NORMAL, ""),
    ],
)
def test_layers_are_not_mixed_in_the_light_of_another_curve(profile: bytes, mode: int, expected: str) -> None:
    form = Form(11, properties={xcfs.PARASITES: parasite(b"icc-profile", profile)})
    assert code(Layer(CLEAR, mode=mode), Layer(OPAQUE), form=form) == expected
    assert code(Layer(CLEAR, mode=mode), form=form) == ""


SOUND = xcf([Layer(OPAQUE)], SIZE)
"""A file without a name for its version and with the smallest possible header."""


@pytest.mark.parametrize(
    ("at", "layout", "value"),
    [
        (9, "4s", b"v1x0"),
        (9, "4s", b"flie"),
        (14, ">I", 0),
        (18, ">I", 0),
        (22, ">I", 3),
        (22, ">I", xcfs.INDEXED),
        (22, ">I", xcfs.GREY),
        (30, ">I", 10**6),
    ],
)
def test_a_wrong_header_is_corrupt(at: int, layout: str, value: int | bytes) -> None:
    assert refusal(changed(SOUND, at, layout, value), ImageFormat.XCF) == CORRUPT


@pytest.mark.parametrize(
    "layer",
    [
        with_property(33, struct.pack(">f", 1.5)),
        with_property(33, struct.pack(">f", float("nan"))),
        with_property(xcfs.OPACITY, number(-1)),
        Layer(OPAQUE, mask=noise_pixels(11, 10, 1)),
        Layer(OPAQUE, mask=CLEAR[..., :2]),
        Layer(CLEAR[..., :2]),
        Layer(np.zeros((0, 5, 3), np.uint8)),
    ],
    ids=["opaquer", "not a number", "negative", "narrow mask", "mask of two", "too few", "empty"],
)
def test_a_layer_that_contradicts_itself_is_corrupt(layer: Layer) -> None:
    assert code(layer) == CORRUPT


def test_the_exact_opacity_counts() -> None:
    assert not read(xcf([with_property(33, struct.pack(">f", 1))], SIZE)).has_alpha
    exact = Layer(OPAQUE, opacity=255, properties={33: struct.pack(">f", 0.999)})
    assert read(xcf([exact], SIZE)).has_alpha


def test_a_palette_needs_at_least_version_1() -> None:
    indexes = noise_pixels(*SIZE, 1)
    palette = {xcfs.COLOURS: struct.pack(">I", 2) + bytes(6)}
    assert code(Layer(indexes), form=Form(1, xcfs.INDEXED, properties=palette)) == ""
    assert code(Layer(indexes), form=Form(0, xcfs.INDEXED, properties=palette)) == CORRUPT
    assert code(Layer(indexes), form=Form(1, xcfs.INDEXED)) == CORRUPT


def test_a_palette_has_8_bits() -> None:
    indexes = noise_pixels(*SIZE, 1).astype(np.uint16)
    palette = {xcfs.COLOURS: struct.pack(">I", 2) + bytes(6)}
    form = Form(12, xcfs.INDEXED, precision=xcfs.SIXTEEN, properties=palette)
    assert code(Layer(indexes), form=form) == CORRUPT


def test_the_colour_model_of_a_layer_must_be_that_of_the_file() -> None:
    """Otherwise the indexes of a palette would be shown as grey."""
    grey = xcf([Layer(noise_pixels(*SIZE, 1))], SIZE, Form(base=xcfs.GREY))
    kind = grey.index(struct.pack(">III", *SIZE, 2)) + 8
    assert refusal(grey, ImageFormat.XCF) == ""
    assert refusal(changed(grey, kind, ">I", 4), ImageFormat.XCF) == CORRUPT
    assert code(Layer(OPAQUE), form=Form(base=3)) == CORRUPT


def test_only_a_limited_number_of_layers_is_read() -> None:
    hidden = [Layer(OPAQUE[:1, :1], properties=HIDDEN)]
    assert code(*hidden * (MAX_LAYERS - 1), GROUND) == ""
    assert code(*hidden * MAX_LAYERS, GROUND) == TOO_LARGE


def test_only_a_limited_number_of_properties_is_read() -> None:
    few, many = (struct.pack(">II", 99, 0) * count for count in (MAX_PROPERTIES - 2, MAX_PROPERTIES))
    assert code(Layer(OPAQUE), form=Form(before=few)) == ""
    assert code(Layer(OPAQUE), form=Form(before=many)) == TOO_LARGE


def test_groups_are_nested_only_to_a_limited_depth() -> None:
    groups = [group(*[0] * depth) for depth in range(1, MAX_DEPTH + 1)]
    assert code(*groups[:-1], inside(*[0] * MAX_DEPTH), GROUND) == ""
    assert code(*groups, inside(*[0] * (MAX_DEPTH + 1)), GROUND) == TOO_LARGE


def with_tile(tile: bytes, coding: int = xcfs.RUNS) -> bytes:
    """Return a file with another tile, which is the last thing in it."""
    data = xcf([Layer(OPAQUE)], SIZE, Form(coding=coding))
    table = data.rindex(struct.pack(">II", *SIZE)) + 8
    (at,) = struct.unpack_from(">I", data, table)
    return data[:at] + tile


PLANE = 120
RUNS: Mapping[str, tuple[bytes, str]] = {
    "short": (runs(bytes(PLANE)) * 3, ""),
    "long": (struct.pack(">BHB", 127, PLANE, 9) * 3, ""),
    "copied": ((bytes([256 - PLANE]) + bytes(PLANE)) * 3, ""),
    "copied, long": ((struct.pack(">BH", 128, PLANE) + bytes(PLANE)) * 3, ""),
    "too long": (struct.pack(">BHB", 127, PLANE + 1, 9) * 3, CORRUPT),
    "over the end of a plane": (struct.pack(">BHB", 127, 3 * PLANE, 9), CORRUPT),
    "empty runs": (struct.pack(">BHB", 127, 0, 9) * 9 + runs(bytes(PLANE)) * 3, CORRUPT),
    "empty copies": (struct.pack(">BH", 128, 0) * 9 + runs(bytes(PLANE)) * 3, CORRUPT),
    "two planes": (runs(bytes(PLANE)) * 2, CORRUPT),
    "a copy that is cut": (runs(bytes(PLANE)) * 2 + struct.pack(">BH", 128, PLANE) + bytes(9), CORRUPT),
    "a run that is cut": (runs(bytes(PLANE)) * 2 + bytes([119]), CORRUPT),
    "a length that is cut": (runs(bytes(PLANE)) * 2 + b"\x7f\0", CORRUPT),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_tile_of_runs_must_be_complete(name: str) -> None:
    tile, expected = RUNS[name]
    assert refusal(with_tile(tile), ImageFormat.XCF) == expected


@pytest.mark.parametrize(
    ("tile", "expected"),
    [
        (zlib.compress(bytes(3 * PLANE)), ""),
        (zlib.compress(bytes(3 * PLANE - 1)), CORRUPT),
        (zlib.compress(bytes(3 * PLANE + 1)), CORRUPT),
        (zlib.compress(bytes(10**6)), CORRUPT),
        (zlib.compress(bytes(3 * PLANE))[:-4] + bytes(4), CORRUPT),
        (zlib.compress(bytes(3 * PLANE))[:-1], CORRUPT),
        (b"nothing", CORRUPT),
    ],
    ids=["sound", "short", "long", "a bomb", "wrong checksum", "cut", "no stream"],
)
def test_a_deflated_tile_must_be_complete(tile: bytes, expected: str) -> None:
    assert refusal(with_tile(tile, xcfs.DEFLATED), ImageFormat.XCF) == expected


def test_the_size_of_the_pixels_must_be_that_of_the_layer() -> None:
    at = SOUND.rindex(struct.pack(">III", *SIZE, 3))
    for place in (at, at + 4, at + 8, at + 20):
        assert refusal(changed(SOUND, place, ">I", 9), ImageFormat.XCF) == CORRUPT
