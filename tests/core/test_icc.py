"""`core.containers.icc`: which profiles are used (clause 3)."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms

from advthumb.core.containers import icc
from advthumb.core.images import Colours
from advthumb.core.profiles import LAB, SRGB, from_codes, from_curve
from tests import pictures

P3 = pictures.P3.icc
GREY = pictures.grey_profile()
INKS = pictures.swapped_ink_profile()
SOUND = {"RGB ": P3, "RGB by numbers": SRGB, "GRAY": GREY, "CMYK": INKS}
FITTING = {"RGB ": Colours.RGB, "RGB by numbers": Colours.RGB, "GRAY": Colours.GREY, "CMYK": Colours.CMYK}
TAGS_AT = 132


def place(profile: bytes, tag: bytes) -> int:
    """Return where the content of a tag begins."""
    at = profile.index(tag, TAGS_AT)
    return int.from_bytes(profile[at + 4 : at + 8], "big")


def changed(profile: bytes, at: int, new: bytes) -> bytes:
    """Return a profile with some bytes changed."""
    return profile[:at] + new + profile[at + len(new) :]


def with_tag(profile: bytes, tag: bytes, content: bytes) -> bytes:
    """Return a profile with the content of a tag replaced, stored after all others."""
    content += bytes(max(0, 60 - len(content)))
    at = profile.index(tag, TAGS_AT)
    entry = struct.pack(">4sII", tag, len(profile), len(content))
    longer = changed(profile, at, entry) + content
    return changed(longer, 0, struct.pack(">I", len(longer)))


def without_tag(profile: bytes, tag: bytes) -> bytes:
    """Return a profile in which a tag is renamed."""
    return changed(profile, profile.index(tag, TAGS_AT), b"none")


@pytest.mark.parametrize("name", ["RGB ", "RGB by numbers", "CMYK"])
def test_a_sound_profile_is_used_for_its_own_samples(name: str) -> None:
    """Clause 3: it is returned unchanged."""
    assert icc.counting(SOUND[name], FITTING[name]) is SOUND[name]


def test_a_grey_profile_is_converted_to_rgb() -> None:
    """Clause 3: its curve is applied equally to red, green and blue."""
    found = icc.counting(GREY, Colours.GREY)
    assert found == from_curve(GREY[place(GREY, b"kTRC") : place(GREY, b"kTRC") + 16])
    assert icc.is_neutral(found)


@pytest.mark.parametrize(
    ("name", "colours"),
    [
        ("RGB ", Colours.CMYK),
        ("GRAY", Colours.RGB),
        ("GRAY", Colours.CMYK),
        ("CMYK", Colours.RGB),
        ("CMYK", Colours.GREY),
        *((name, Colours.LAB) for name in SOUND),
    ],
)
def test_a_profile_of_another_colour_space_is_ignored(name: str, colours: Colours) -> None:
    """Clause 3: it would turn the picture into a negative."""
    assert icc.counting(SOUND[name], colours) is None


@pytest.mark.parametrize("profile", [P3, SRGB, from_codes(9, 16)])
def test_grey_with_an_rgb_profile_stays_grey(profile: bytes) -> None:
    """Clause 3: as in browsers, grey means equal red, green and blue."""
    assert icc.counting(profile, Colours.GREY) is profile
    assert icc.is_neutral(profile)


TINTED = {
    "another white": changed(P3, place(P3, b"rXYZ") + 8, struct.pack(">3i", 30000, 30000, 0)),
    "another curve": with_tag(P3, b"gTRC", b"curv" + struct.pack(">4xIH", 1, 256)),
    "a table": LAB[16],
}


@pytest.mark.parametrize("profile", TINTED.values(), ids=TINTED)
def test_grey_may_be_coloured_by_an_rgb_profile(profile: bytes) -> None:
    """Clause 3: as browsers show it."""
    assert icc.counting(profile, Colours.GREY) is profile
    assert not icc.is_neutral(profile)


CURVES = {
    "power of 2.2": b"curv" + struct.pack(">4xIH", 1, round(2.2 * 256)),
    "power of 1.8": b"curv" + struct.pack(">4xIH", 1, round(1.8 * 256)),
    "line": b"curv" + bytes(8),
    "parametric power of 2.2": b"para" + bytes(8) + struct.pack(">i", round(2.2 * 65536)),
    "parametric power of 1.8": b"para" + bytes(8) + struct.pack(">i", round(1.8 * 65536)),
    "parametric, far off": b"para" + struct.pack(">4xHH3i", 1, 0, 2**31 - 1, 2**31 - 1, 0),
    "three samples": b"curv" + struct.pack(">4xI3H", 3, 0, round(0.214 * 65535), 65535),
}


@pytest.mark.parametrize(
    ("profile", "same"),
    [
        (SRGB, True),
        (P3, True),
        (from_codes(9, 16), False),
        (LAB[16], False),
        *((with_tag(P3, b"gTRC", curve), "2.2" in name or "three" in name) for name, curve in CURVES.items()),
    ],
)
def test_the_curve_of_srgb_is_recognised_in_every_form(profile: bytes, *, same: bool) -> None:
    assert icc.has_srgb_curve(profile) is same


@pytest.mark.parametrize("size", [0, 1, 127, 131, 132, 200, len(P3) - 1])
def test_a_truncated_profile_is_ignored(size: int) -> None:
    """Clause 3: whatever part of it is missing."""
    assert icc.counting(P3[:size], Colours.RGB) is None


def test_data_after_a_profile_is_left_out() -> None:
    """Clause 3: some writers pad it."""
    assert icc.counting(P3 + bytes(100), Colours.RGB) == P3


def test_a_profile_larger_than_any_real_one_is_ignored() -> None:
    """Clause 10: nothing real has that size."""
    long = changed(P3, 0, struct.pack(">I", icc.MAX_PROFILE + 1))
    assert icc.counting(long.ljust(icc.MAX_PROFILE + 1, b"\0"), Colours.RGB) is None


def test_a_missing_profile_stays_missing() -> None:
    """Clause 3: most pictures have none."""
    assert icc.counting(None, Colours.RGB) is None


@pytest.mark.parametrize(
    ("at", "new"),
    [
        (0, struct.pack(">I", len(P3) + 1)),
        (0, struct.pack(">I", 100)),
        (8, b"\1"),
        (8, b"\5"),
        (12, b"link"),
        (12, b"abst"),
        (12, b"nmcl"),
        (20, b"Luv "),
        (36, b"acsq"),
        (64, struct.pack(">I", 4)),
        (128, struct.pack(">I", 0)),
        (128, struct.pack(">I", 101)),
        (128, struct.pack(">I", 90)),
        (136, struct.pack(">I", 140)),
        (136, struct.pack(">I", len(P3))),
        (140, struct.pack(">I", 2**32 - 1)),
        (144, P3[132:136]),
    ],
    ids=[
        "longer than it is",
        "shorter than its header",
        "version 1",
        "version 5",
        "link",
        "effect",
        "names",
        "connection",
        "mark",
        "intent",
        "no tags",
        "many tags",
        "table too long",
        "tag in the table",
        "tag behind the end",
        "tag too long",
        "tag twice",
    ],
)
def test_a_profile_with_a_damaged_header_or_table_is_ignored(at: int, new: bytes) -> None:
    """Clause 3: ICC.1:2010, 7.2 and 7.3."""
    assert icc.counting(changed(P3, at, new), Colours.RGB) is None


def test_a_profile_may_have_at_most_a_hundred_tags() -> None:
    """Clause 3: the limit of LittleCMS."""
    for count in (100, 101):
        names = [b"%04d" % number for number in range(count - 1)]
        at = TAGS_AT + 12 * count
        table = b"".join(struct.pack(">4sII", name, at, 12) for name in [*names, b"kTRC"])
        profile = GREY[4:128] + struct.pack(">I", count) + table + GOOD_CURVES["straight"]
        profile = struct.pack(">I", len(profile) + 4) + profile
        assert (icc.counting(profile, Colours.GREY) is not None) == (count == 100)


@pytest.mark.parametrize("tag", [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"])
def test_a_profile_without_a_required_tag_is_ignored(tag: bytes) -> None:
    """Clause 3: primaries and curves for RGB."""
    assert icc.counting(without_tag(P3, tag), Colours.RGB) is None
    assert icc.counting(changed(P3, place(P3, tag), b"text"), Colours.RGB) is None


def test_grey_needs_its_curve_and_cmyk_its_table() -> None:
    """Clause 3: nothing else defines their appearance."""
    assert icc.counting(without_tag(GREY, b"kTRC"), Colours.GREY) is None
    assert icc.counting(without_tag(INKS, b"A2B0"), Colours.CMYK) is None


GOOD_CURVES = {
    "straight": b"curv" + bytes(8),
    "power": b"curv" + struct.pack(">4xIH", 1, 563),
    "samples": b"curv" + struct.pack(">4xI3H", 3, 0, 5, 65535),
    **{
        f"kind {kind}": b"para" + struct.pack(">4xHH7i", kind, 0, 65536 * 2, 65536, 0, 65536, 0, 0, 0)
        for kind in range(5)
    },
}
BAD_CURVES = {
    "power of 0": b"curv" + struct.pack(">4xIH", 1, 0),
    "black": b"curv" + struct.pack(">4xI3H", 3, 0, 0, 0),
    "falling": b"curv" + struct.pack(">4xI3H", 3, 65535, 9, 0),
    "cut": b"curv" + struct.pack(">4xI", 1000),
    "very many": b"curv" + struct.pack(">4xI", 0x8000) + bytes(range(256)) * 256,
    "kind 5": b"para" + struct.pack(">4xHH7i", 5, 0, *[65536] * 7),
    "parametric power of 0": b"para" + struct.pack(">4xHHi", 0, 0, 0),
    "parametric power below 0": b"para" + struct.pack(">4xHHi", 0, 0, -1),
    "another type": b"sf32" + bytes(40),
}


@pytest.mark.parametrize("curve", GOOD_CURVES.values(), ids=GOOD_CURVES)
def test_every_kind_of_curve_is_accepted(curve: bytes) -> None:
    """Clause 3: and LittleCMS reads it."""
    profile = with_tag(GREY, b"kTRC", curve)
    found = icc.counting(profile, Colours.GREY)
    assert found == from_curve(curve.ljust(60, b"\0"))
    ImageCms.buildTransform(BytesIO(found), ImageCms.createProfile("sRGB"), "RGB", "RGB")


@pytest.mark.parametrize("curve", BAD_CURVES.values(), ids=BAD_CURVES)
def test_a_nonsensical_curve_is_ignored(curve: bytes) -> None:
    """Clause 3: it would make the picture black, white or a negative."""
    assert icc.counting(with_tag(GREY, b"kTRC", curve), Colours.GREY) is None


def test_a_curve_of_a_few_bytes_is_ignored() -> None:
    """Clause 3: its end must lie inside its tag."""
    at = GREY.index(b"kTRC", TAGS_AT)
    assert icc.counting(changed(GREY, at + 8, struct.pack(">I", 11)), Colours.GREY) is None
    para = changed(GREY, place(GREY, b"kTRC"), b"para\0\0\0\0\0\4")
    assert icc.counting(para, Colours.GREY) is None


def lut16(inputs: int = 4, outputs: int = 3, grid: int = 2, curves: tuple[int, int] = (2, 2)) -> bytes:
    """Return a table of 16 bits."""
    samples = curves[0] * inputs + curves[1] * outputs + outputs * grid**inputs
    head = b"mft2" + struct.pack(">4x4B9iHH", inputs, outputs, grid, 0, *[0] * 9, *curves)
    return head + bytes(2 * samples)


def lut_of_elements(grid: bytes = b"\2\2\2\2", precision: int = 1, inputs: int = 4) -> bytes:
    """Return a table of version 4: curves, a grid, curves."""
    straight = GOOD_CURVES["straight"]
    head = b"mAB " + struct.pack(">4xBB2x5I", inputs, 3, 32, 0, 0, 32 + 48, 32)
    clut = grid.ljust(16, b"\0") + bytes([precision, 0, 0, 0]) + bytes(16 * 3 * precision)
    return head + straight * 4 + clut


GOOD_TABLES = {"mft2": lut16(), "mAB": lut_of_elements(), "mAB of 16 bits": lut_of_elements(precision=2)}
BAD_TABLES = {
    "three inks": lut16(inputs=3),
    "four colours": lut16(outputs=4),
    "no grid": lut16(grid=1),
    "no curves": lut16(curves=(1, 2)),
    "cut": lut16()[:-80],
    "large grid": changed(lut16(), 10, b"\xff"),
    "mft1, cut": b"mft1" + lut16()[4:],
    "another type": b"mft3" + lut16()[4:],
    "elements without a grid": changed(lut_of_elements(), 24, bytes(4)),
    "elements without curves": changed(lut_of_elements(), 12, bytes(4)),
    "elements elsewhere": changed(lut_of_elements(), 16, struct.pack(">I", 10**6)),
    "elements, cut": lut_of_elements(grid=b"\3\2\2\2"),
    "elements of one step": lut_of_elements(grid=b"\1\2\2\2"),
    "elements of another precision": lut_of_elements(precision=3),
    "elements with a damaged curve": changed(lut_of_elements(), 44, b"none"),
}


@pytest.mark.parametrize("table", GOOD_TABLES.values(), ids=GOOD_TABLES)
def test_every_kind_of_table_is_accepted(table: bytes) -> None:
    """Clause 3: CMYK has nothing else."""
    profile = with_tag(INKS, b"A2B0", table)
    assert icc.counting(profile, Colours.CMYK) is profile


@pytest.mark.parametrize("table", BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_that_contradicts_its_header_is_ignored(table: bytes) -> None:
    """Clause 3: in the number of inks, or in its own length."""
    assert icc.counting(with_tag(INKS, b"A2B0", table), Colours.CMYK) is None


def test_a_table_takes_precedence_over_primaries() -> None:
    """Clause 3: even a damaged table would be read."""
    named = changed(P3, P3.index(b"desc", TAGS_AT), b"A2B0")
    assert icc.counting(named, Colours.RGB) is None
    assert icc.counting(LAB[16], Colours.RGB) is LAB[16]


@given(st.sampled_from(sorted(SOUND)), st.data())
def test_a_damaged_profile_is_used_only_if_littlecms_reads_it(name: str, data: st.DataObject) -> None:
    """Clause 3: engines never see an unreadable one, and nothing is raised."""
    profile = bytearray(SOUND[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(profile) - 4))
        profile[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))
    for colours in Colours:
        found = icc.counting(bytes(profile), colours)
        if found:
            mode = "CMYK" if found[16:20] == b"CMYK" else "RGB"
            ImageCms.buildTransform(BytesIO(found), ImageCms.createProfile("sRGB"), mode, "RGB")


PARTS = [b"\1\3abc", b"\2\3def", b"\3\3gh"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_parts_are_joined_in_any_order(order: tuple[int, ...]) -> None:
    """Clause 3: they are sorted by their numbers."""
    assert icc.joined(PARTS[number] for number in order) == b"abcdefgh"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        PARTS[:2],
        PARTS[1:],
        [*PARTS, PARTS[0]],
        [b"\1\2abc", b"\2\3def", b"\3\3gh"],
        [b"\0\1abc"],
        [b"\1"],
        [b"\1\1"],
    ],
    ids=["none", "no last", "no first", "one twice", "two counts", "number 0", "cut", "empty"],
)
def test_incomplete_parts_make_no_profile(parts: list[bytes]) -> None:
    """Clause 3: half a profile is none."""
    assert icc.joined(parts) is None


def test_a_profile_made_from_codes_is_accepted() -> None:
    """Clause 3: for colours; sRGB needs no profile."""
    made = from_codes(9, 16)
    assert icc.counting(made, Colours.RGB) is made
    assert icc.counting(from_codes(1, 13), Colours.RGB) is None
