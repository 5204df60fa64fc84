"""Tests that an engine cannot run are not collected for it, and no others are left out."""

from types import SimpleNamespace
from typing import Any

import pytest

from .collecting import EXAMPLE, INSIDE, REAL, is_for_its_engine


def item(*marks: pytest.MarkDecorator, **parameters: object) -> Any:
    """Return what pytest collects for a test with these marks and parameters."""
    named = [mark.mark for mark in marks]
    return SimpleNamespace(
        callspec=SimpleNamespace(params=parameters),
        iter_markers=lambda name: [mark for mark in named if mark.name == name],
        get_closest_marker=lambda name: next((mark for mark in named if mark.name == name), None),
    )


reads, writes, animates, smoke = (
    getattr(pytest.mark, name) for name in ("reads", "writes", "animates", "smoke")
)


@pytest.mark.parametrize(
    ("marks", "parameters", "collected"),
    [
        ([], {}, True),
        ([reads("JPEG")], {}, True),
        ([reads("source_format")], {"source_format": "JPEG"}, True),
        ([reads("HEIC")], {}, False),
        ([reads("source_format")], {"source_format": "HEIC"}, False),
        ([reads("source")], {"source": SimpleNamespace(format="HEIC")}, False),
        ([reads("JPEG"), writes("output")], {"output": "TIFF"}, False),
        ([animates("GIF", "output")], {"output": "PNG"}, False),
        ([animates("GIF", "output")], {"output": "WEBP"}, True),
    ],
    ids=str,
)
def test_a_test_is_collected_for_engines_that_can_do_it(
    marks: list[pytest.MarkDecorator], parameters: dict[str, object], *, collected: bool
) -> None:
    """For libvips from the wheel: no HEIC, and animations of GIF and WebP."""
    pytest.importorskip("pyvips", exc_type=ImportError)
    assert is_for_its_engine(item(*marks, reference="vips", **parameters)) is collected


@pytest.mark.parametrize("derived", [EXAMPLE, INSIDE])
def test_a_derived_engine_gets_only_the_tests_marked_for_it(derived: str) -> None:
    assert not is_for_its_engine(item(reference=derived))
    assert is_for_its_engine(item(smoke, reference=derived))
    assert is_for_its_engine(item(pipeline=derived))


@pytest.mark.parametrize("alias", REAL)
def test_a_real_engine_gets_everything(alias: str) -> None:
    assert is_for_its_engine(item(reference=alias))
    assert is_for_its_engine(item(smoke, reference=alias))


def test_a_test_of_a_missing_engine_is_collected_and_visibly_skipped() -> None:
    assert is_for_its_engine(item(reads("JPEG"), reference="tests.testapp.engines.missing.MissingEngine"))


def test_a_mark_that_names_no_parameter_is_an_error() -> None:
    with pytest.raises(ValueError, match="sauce_format"):
        is_for_its_engine(item(reads("sauce_format"), reference="pillow", source_format="JPEG"))
