"""`core.colorimetry`: primaries and curves, against published numbers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.colorimetry import BT709, D50, PRIMARIES, adapted, from_hlg, from_pq

D65 = BT709[:2]


def test_srgb_has_the_published_primaries() -> None:
    """Promise 3: red, green and blue as in the sRGB v2 profile (hp.com, 1998)."""
    expected = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
    for found, published in zip(adapted(BT709), expected, strict=True):
        assert found == pytest.approx(published, abs=3e-4)


def test_display_p3_has_the_published_primaries() -> None:
    """Promise 3: as in Apple's profile."""
    expected = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
    for found, published in zip(adapted(PRIMARIES[12]), expected, strict=True):
        assert found == pytest.approx(published, abs=3e-4)


@pytest.mark.parametrize("code", PRIMARIES)
def test_red_green_and_blue_make_white(code: int) -> None:
    """Promise 3: whatever the white point, all colours together give the white of profiles."""
    assert [sum(each) for each in zip(*adapted(PRIMARIES[code]), strict=True)] == pytest.approx(D50)


@pytest.mark.parametrize(
    "chromaticities",
    [
        (*D65, 0, 0, 0, 0, 0, 0),
        (*D65, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4),
        (0, 0, *BT709[2:]),
        (0.9, 0.05, *BT709[2:]),
        (0.3, 0, *BT709[2:]),
        (0.3, 0.6, 0.31, 0.6, 0.3, 0.599, 42949, 42949),
        (0.3, 0.69, 0.7, 0.3, 0.05, 0.95, 0.15, 0.06),
        (0.52157, 0.46693, 0.00041, 0.60003, 12171.32399, 0.00065, 0.00057, 0.00096),
    ],
    ids=[
        "nothing",
        "a line",
        "no white",
        "white outside",
        "white without light",
        "very far",
        "white that no eye sees",
        "colours that no eye sees",
    ],
)
def test_degenerate_primaries_are_refused(chromaticities: tuple[float, ...]) -> None:
    """Promise 5: cHRM may hold any numbers."""
    with pytest.raises(ValueError, match="red, green and blue"):
        adapted(chromaticities)


@given(st.lists(st.integers(0, 2**32 - 1).map(lambda number: number / 100_000), min_size=8, max_size=8))
def test_any_primaries_are_adapted_or_refused(chromaticities: list[float]) -> None:
    """Promise 5: eight numbers give nothing else, and no number that a profile cannot hold."""
    try:
        found = adapted(chromaticities)
    except ValueError:
        return
    assert all(abs(number) <= 4 for vector in found for number in vector)


@pytest.mark.parametrize("curve", [from_pq, from_hlg])
def test_hdr_curves_rise_from_black_to_white(curve: Callable[[float], float]) -> None:
    """Promise 3: a darker value never looks lighter."""
    light = [curve(step / 1023) for step in range(1024)]
    assert light[0] == 0
    assert light == sorted(light)
    assert light[-1] == 1


def test_paper_white_is_the_same_in_pq_and_hlg() -> None:
    """Promise 3: 203 cd/m2 are 58 % of PQ and 75 % of HLG (ITU-R BT.2408, table 1), and 75 % of sRGB here."""
    assert from_pq(0.5807) == pytest.approx(0.5206, abs=1e-3)
    assert from_hlg(0.75) == pytest.approx(0.5206, abs=2e-3)


def test_a_highlight_of_1000_candelas_is_white() -> None:
    """Promise 3: 75 % of PQ, 100 % of HLG."""
    assert from_pq(0.74) < 1
    assert from_pq(0.752) == 1
