"""`core.profiles`: profiles made from codes and numbers, as LittleCMS reads them."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from advthumb.core.colorimetry import BT709, PRIMARIES, from_hlg, from_pq
from advthumb.core.profiles import SRGB, from_codes, from_curve, from_gamma

CURVES = (1, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18)
P3, LINEAR = 12, 8


def in_srgb(profile: bytes, *colour: int) -> tuple[int, ...]:
    """Convert a colour from a profile to sRGB with LittleCMS."""
    mode = "RGB" if len(colour) == 3 else "L"
    found = ImageCms.ImageCmsProfile(BytesIO(profile))
    transform = ImageCms.buildTransform(
        found, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    image = Image.new(mode, (1, 1), colour if len(colour) == 3 else colour[0])
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return tuple(converted.tobytes())


def srgb(light: float) -> int:
    """Return the sRGB sample for linear light from 0 to 1."""
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("transfer", CURVES)
@pytest.mark.parametrize("primaries", PRIMARIES)
def test_every_pair_of_codes_makes_a_small_profile_that_keeps_white_white(
    primaries: int, transfer: int
) -> None:
    """Promise 3: LittleCMS reads them all; black, white and grey stay neutral."""
    profile = from_codes(primaries, transfer)
    if profile is None:
        assert (primaries, transfer in {1, 6, 11, 12, 13, 14, 15}) == (1, True)
        return
    assert len(profile) < 1000
    assert in_srgb(profile, 0, 0, 0) == (0, 0, 0)
    assert in_srgb(profile, 255, 255, 255) == (255, 255, 255)
    red, green, blue = in_srgb(profile, 128, 128, 128)
    assert max(red, green, blue) - min(red, green, blue) <= 1


@pytest.mark.parametrize(
    "codes", [(0, 13), (2, 13), (3, 13), (13, 13), (255, 13), (12, 0), (12, 2), (12, 9), (12, 19)]
)
def test_codes_without_a_meaning_make_no_profile(codes: tuple[int, int]) -> None:
    """Promise 3: unspecified, reserved and unknown codes are treated as sRGB."""
    assert from_codes(*codes) is None


def test_display_p3_looks_as_in_browsers() -> None:
    """Promise 3: a red that is also in sRGB."""
    profile = from_codes(P3, 13)
    assert profile is not None
    assert in_srgb(profile, 200, 40, 40) == pytest.approx((218, 0, 26), abs=1)


@pytest.mark.parametrize("value", [10, 64, 128, 200])
@pytest.mark.parametrize(
    ("transfer", "light"),
    [
        (4, lambda sample: sample**2.2),
        (5, lambda sample: sample**2.8),
        (7, lambda sample: sample / 4 if sample < 0.0912 else ((sample + 0.1115) / 1.1115) ** (1 / 0.45)),
        (LINEAR, lambda sample: sample),
        (16, from_pq),
        (17, lambda sample: 52.37 / 48 * sample**2.6),
        (18, from_hlg),
    ],
)
def test_samples_are_converted_by_their_transfer_curve(
    transfer: int, light: Callable[[float], float], value: int
) -> None:
    """Promise 3: ITU-T H.273, table 3."""
    profile = from_codes(1, transfer)
    assert profile is not None
    assert in_srgb(profile, value, value, value) == pytest.approx([srgb(light(value / 255))] * 3, abs=1)


@pytest.mark.parametrize(("gamma", "expected"), [(1.0, 137), (0.55556, 81), (0.5, 72), (1 / 2.4, 54)])
def test_a_gamma_is_applied_to_the_samples(gamma: float, expected: int) -> None:
    """Promise 3: 64 of 255, as browsers show it."""
    profile = from_gamma(gamma, None)
    assert profile is not None
    assert in_srgb(profile, 64, 64, 64) == pytest.approx([expected] * 3, abs=1)


def test_chromaticities_count_even_with_the_usual_gamma() -> None:
    """Promise 3: Adobe RGB, as in its profile (Adobe RGB (1998), 4.3.5)."""
    profile = from_gamma(0.45455, (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06))
    assert profile is not None
    assert in_srgb(profile, 200, 60, 40) == pytest.approx((233, 57, 35), abs=2)


def test_a_gamma_counts_even_with_the_chromaticities_of_srgb() -> None:
    """Promise 3: most files with gAMA also have cHRM."""
    assert from_gamma(1.0, BT709) == from_gamma(1.0, None)


@pytest.mark.parametrize("gamma", [0.45455, 0.45, 0.45454])
@pytest.mark.parametrize("chromaticities", [None, BT709, (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.0601)])
def test_an_invisible_difference_is_treated_as_srgb(
    gamma: float, chromaticities: tuple[float, ...] | None
) -> None:
    """Promise 3: a conversion would cost time and add rounding errors."""
    assert from_gamma(gamma, chromaticities) is None


@pytest.mark.parametrize("gamma", [0, 0.00001, 0.09, 11, 42949.67295])
def test_a_nonsensical_gamma_makes_no_profile(gamma: float) -> None:
    """Promise 5: a profile cannot even hold the exponent of some."""
    assert from_gamma(gamma, None) is None


def test_nonsensical_chromaticities_make_no_profile() -> None:
    """Promise 5: for example zeros, which some programs write."""
    assert from_gamma(0.5, (0,) * 8) is None


def test_equal_arguments_return_the_same_profile_object() -> None:
    """Promise 3: an engine can reuse the transform that it built for one."""
    assert from_codes(P3, 13) is from_codes(P3, 13)
    assert from_gamma(0.5, None) is from_gamma(0.5, None)


def test_srgb_changes_nothing() -> None:
    """Promise 3: it is what ImageMagick converts to."""
    for colour in ((0, 0, 0), (1, 2, 3), (200, 60, 40), (255, 255, 255)):
        assert in_srgb(SRGB, *colour) == pytest.approx(colour, abs=1)


@pytest.mark.parametrize("value", [3, 10, 64, 200])
def test_a_profile_made_from_a_curve_keeps_grey_neutral(value: int) -> None:
    """Promise 3: a curve without samples means linear light, also in the shadows."""
    found = in_srgb(from_curve(b"curv" + bytes(8)), value, value, value)
    assert found == pytest.approx([srgb(value / 255)] * 3, abs=1)
