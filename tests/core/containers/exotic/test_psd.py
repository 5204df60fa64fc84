"""`core.containers.exotic.psd`: modes, transparency, resources, and packed rows."""

import struct

import numpy as np
import pytest

from advthumb.core import containers
from advthumb.core.containers.exotic.psd import INDEXED
from advthumb.core.containers.reading import MAX_SEGMENTS
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours
from advthumb.core.profiles import SRGB
from tests.pictures.exotic import psds
from tests.pictures.exotic.psds import layer_section, psd, tagged_section

from .refusals import changed, refusal

FOUR = np.full((4, 5, 7), 90, np.uint8)
THREE = FOUR[:3]
CODING = 38
"""The offset of the coding in a PSD without sections."""
MULTICHANNEL, DUOTONE = 7, 8


def transparent(layers: bytes, *, large: bool = False) -> bool:
    return containers.read(psd(FOUR, psds.RGB, layers=layers, large=large), ImageFormat.PSD).has_alpha


@pytest.mark.parametrize("large", [False, True])
def test_a_negative_layer_count_means_transparency(*, large: bool) -> None:
    assert transparent(layer_section(-2, large=large), large=large)
    assert not transparent(layer_section(2, large=large), large=large)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        (b"Mtrn", b"", True),
        (b"Mt16", b"", True),
        (b"Lr16", b"\xff\xff\0\0", True),
        (b"Lr16", b"\0\2\0\0", False),
        (b"Lr32", b"", False),
        (b"Patt", bytes(3), False),
    ],
)
def test_transparency_may_be_declared_in_blocks_after_the_layers(
    name: bytes, content: bytes, *, found: bool, large: bool
) -> None:
    assert transparent(tagged_section(name, content, large=large), large=large) is found


def test_only_a_limited_number_of_blocks_after_the_layers_is_read() -> None:
    several = bytes(8) + (b"8BIM" + b"Patt" + bytes(4)) * MAX_SEGMENTS
    assert not transparent(several + b"8BIMMtrn" + bytes(4))
    assert transparent(several[:-12] + b"8BIMMtrn" + bytes(4))


def test_without_an_extra_channel_there_is_no_transparency() -> None:
    data = psd(THREE, psds.RGB, layers=layer_section(-1))
    assert not containers.read(data, ImageFormat.PSD).has_alpha


@pytest.mark.parametrize(
    ("mode", "bits"),
    [(psds.RGB, 32), (MULTICHANNEL, 8), (DUOTONE, 8), (psds.LAB, 16), (psds.BITMAP, 8), (psds.GREY, 1)],
)
def test_other_modes_and_depths_are_unsupported(mode: int, bits: int) -> None:
    assert refusal(psd(THREE, mode, bits=bits), ImageFormat.PSD) == "unsupported"


def test_transparent_grey_is_unsupported() -> None:
    assert refusal(psd(FOUR[:2], psds.GREY, layers=layer_section(-1)), ImageFormat.PSD) == "unsupported"
    assert refusal(psd(FOUR[:2], psds.GREY, layers=layer_section(1)), ImageFormat.PSD) == ""


@pytest.mark.parametrize("coding", [2, 3])
def test_deflated_pictures_are_unsupported(coding: int) -> None:
    assert refusal(changed(psd(THREE, psds.RGB), CODING, ">H", coding), ImageFormat.PSD) == "unsupported"


@pytest.mark.parametrize(("number", "content"), [(1047, b"\0\0"), (1057, b"\0\0\0\1\0")])
def test_a_transparent_index_and_a_missing_picture_are_unsupported(number: int, content: bytes) -> None:
    assert refusal(psd(THREE, psds.RGB, resources={number: content}), ImageFormat.PSD) == "unsupported"


@pytest.mark.parametrize("resources", [{}, {1057: b"\0\0\0\1\1\0\0\0\4\0G\0I\0M\0P"}])
def test_transparency_merged_by_other_programs_is_unsupported(resources: dict[int, bytes]) -> None:
    """Nothing in the file says which background they merged it with."""
    data = psd(FOUR, psds.RGB, layers=layer_section(-1), resources=resources)
    assert refusal(data, ImageFormat.PSD) == "unsupported"
    assert refusal(psd(FOUR, psds.RGB, layers=layer_section(-1)), ImageFormat.PSD) == ""


def test_a_picture_marked_as_present_is_read() -> None:
    assert refusal(psd(THREE, psds.RGB, resources={1057: b"\0\0\0\1\1"}), ImageFormat.PSD) == ""


@pytest.mark.parametrize(
    ("at", "layout", "value", "code"),
    [
        (4, ">H", 3, "unsupported"),  # the version
        (12, ">H", 2, "corrupt"),  # channels: fewer than colours
        (12, ">H", 57, "corrupt"),
        (14, ">I", 30_001, "corrupt"),
        (18, ">I", 0, "corrupt"),
        (26, ">I", 10**6, "corrupt"),  # the section of the palette
        (30, ">I", 10**6, "corrupt"),  # the section of the resources
        (34, ">I", 10**6, "corrupt"),  # the section of the layers
    ],
)
def test_impossible_headers_are_refused(at: int, layout: str, value: int, code: str) -> None:
    assert refusal(changed(psd(THREE, psds.RGB), at, layout, value), ImageFormat.PSD) == code


def test_a_large_document_may_have_long_sides() -> None:
    data = psd(np.zeros((1, 1, 30_001), np.uint8), psds.GREY, large=True)
    assert refusal(data, ImageFormat.PSD) == ""


def test_a_palette_has_256_colours() -> None:
    assert refusal(psd(FOUR[:1], psds.INDEXED, palette=bytes(768)), ImageFormat.PSD) == ""
    assert refusal(psd(FOUR[:1], psds.INDEXED, palette=bytes(765)), ImageFormat.PSD) == "corrupt"
    info = containers.read(psd(FOUR[:1], psds.INDEXED, palette=bytes(768)), ImageFormat.PSD)
    assert (info.kind, info.samples) == (INDEXED, 3)


def test_a_profile_is_used_unless_the_picture_is_untagged() -> None:
    data = psd(THREE, psds.RGB, resources={psds.PROFILE: SRGB})
    assert containers.read(data, ImageFormat.PSD).profile == SRGB
    assert SRGB not in containers.clean(data, containers.read(data, ImageFormat.PSD))
    data = psd(THREE, psds.RGB, resources={psds.PROFILE: SRGB, 1041: b"\1"})
    assert containers.read(data, ImageFormat.PSD).profile is None


def test_the_number_of_resources_is_limited() -> None:
    kept = (b"8BIM" + struct.pack(">HHI", 1000, 0, 0)) * (MAX_SEGMENTS + 1)
    whole = psd(THREE, psds.RGB)
    data = whole[:30] + struct.pack(">I", len(kept)) + kept + whole[34:]
    assert refusal(data, ImageFormat.PSD) == "too-large"
    fewer = kept[12:]
    data = whole[:30] + struct.pack(">I", len(fewer)) + fewer + whole[34:]
    assert refusal(data, ImageFormat.PSD) == ""


def test_a_resource_longer_than_its_section_is_corrupt() -> None:
    data = psd(THREE, psds.RGB, resources={1000: b"four"})
    assert refusal(changed(data, 42, ">I", 5), ImageFormat.PSD) == "corrupt"


def test_rows_longer_than_packing_can_make_them_are_corrupt() -> None:
    data = psd(THREE, psds.RGB, coding=psds.PACKED)
    assert refusal(data, ImageFormat.PSD) == ""
    long = changed(data, CODING + 2, ">H", 2 * 7 + 2)
    assert refusal(long + bytes(99), ImageFormat.PSD) == "corrupt"


def test_cmyk_samples_are_reported_as_cmyk() -> None:
    info = containers.read(psd(FOUR, psds.CMYK), ImageFormat.PSD)
    assert (info.colours, info.samples, info.has_alpha) == (Colours.CMYK, 4, False)
