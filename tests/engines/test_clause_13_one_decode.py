"""Clause 13. Several plans for one source cost one decode."""

from typing import Any

import pytest

from advthumb.core.images import Size
from advthumb.engines.base import AnyEngine
from tests import pictures

from .rendering import difference, render, render_all, rgb, wanted

SPECS = (
    wanted(300, 300, "JPEG", method="fill"),
    wanted(800, 800, "PNG"),
    wanted(100, 50, "PNG", method="pad"),
    wanted(20, None, "PNG"),
)


@pytest.fixture
def floors(engine: AnyEngine, monkeypatch: pytest.MonkeyPatch) -> list[Size]:
    """Return the list to which every decode from now on adds its floor."""
    noted: list[Size] = []
    decode = engine._decode

    def noting(data: bytes, info: Any, floor: Size) -> Any:
        noted.append(floor)
        return decode(data, info, floor)

    monkeypatch.setattr(engine, "_decode", noting)
    return noted


def test_many_thumbnails_cost_one_decode(engine: AnyEngine, floors: list[Size]) -> None:
    """Clause 13: large enough for each of them, turned as the picture is stored."""
    source = pictures.oriented(6, "JPEG", pictures.gradient_pixels(1200, 1600))
    thumbnails = render_all(engine, source, *SPECS)
    assert [thumbnail.size for thumbnail in thumbnails] == [(300, 300), (600, 800), (100, 50), (20, 27)]
    assert floors == [(1600, 1200)]


def test_each_thumbnail_is_what_it_would_be_alone(engine: AnyEngine) -> None:
    """Clause 13: none sees what was done for another."""
    source = pictures.encode(pictures.noise_pixels(1600, 1200, 4))
    together = render_all(engine, source, *SPECS)
    for thumbnail, spec in zip(together, SPECS, strict=True):
        assert thumbnail == render(engine, source, spec)


def test_a_larger_decode_makes_no_visible_difference(engine: AnyEngine) -> None:
    """Clauses 6 and 13: the small one of several, from a JPEG shrunk less than it could be."""
    source = pictures.encode(pictures.photo_pixels(1600, 1200), "JPEG")
    together = render_all(engine, source, *SPECS)[3]
    assert difference(rgb(together), rgb(render(engine, source, SPECS[3]))).mean() <= 1
