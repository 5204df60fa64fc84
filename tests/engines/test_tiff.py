"""TIFF: every layout is decoded right by an engine, or refused by its table before decoding."""

from typing import Any

import numpy as np
import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.orientation import Orientation
from advthumb.core.planning import plan
from advthumb.engines.pipeline import PipelineEngine
from advthumb.testing.contract.rendering import difference, rgba, wanted
from tests.pictures.tiffs import HEIGHT, JPEG, WIDTH, YCBCR, Tiff, jpeg_tiff

from .tiff_table import ENGINES, TABLE, Sample, encoded, kinds, layouts, sample, table

Engine = PipelineEngine[Any]
AS_IT_IS = wanted(WIDTH, HEIGHT)


def levels_off(engine: Engine, each: Sample) -> int | None:
    """Return the visible error of an engine in levels; None if it refuses the file."""
    try:
        info = engine.probe(each.data, ImageFormat.TIFF)
    except ThumbnailError as error:
        assert error.code is ErrorCode.UNSUPPORTED  # noqa: PT017 - refused in time is right.
        return None
    [thumbnail] = engine.render(each.data, info, [plan(AS_IT_IS, info)])
    found = difference(rgba(thumbnail), each.right)
    found[..., :3] = found[..., :3] * each.right[..., 3:].astype(int) // 255
    return int(found.max())


@pytest.mark.parametrize("group", sorted(layouts()))
def test_every_layout_is_rendered_right_or_refused(pipeline: Engine, group: str) -> None:
    for layout in layouts()[group]:
        each = sample(layout)
        off = levels_off(pipeline, each)
        assert (off is None) is bool(pipeline.refuses(each.info)), layout
        assert off is None or off <= each.levels, f"{off} levels off: {layout}"


@pytest.mark.parametrize("number", range(len(list(encoded()))))
def test_jpeg_and_fax_strips_are_rendered_right(pipeline: Engine, number: int) -> None:
    each = list(encoded())[number]
    off = levels_off(pipeline, each)
    assert off is not None
    assert off <= each.levels


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("coded", [Tiff(), Tiff(tiled=True, compression=8), Tiff(YCBCR, compression=JPEG)])
def test_every_orientation_is_rendered_upright(
    pipeline: Engine, coded: Tiff, orientation: Orientation
) -> None:
    """Libraries treat the tag differently for each compression, so they never see it."""
    turned = Tiff(
        coded.photometric, compression=coded.compression, tiled=coded.tiled, orientation=orientation.value
    )
    data = jpeg_tiff(turned, subsampling=0) if coded.compression == JPEG else turned.data
    info = pipeline.probe(data, ImageFormat.TIFF)
    assert info.orientation is orientation
    [thumbnail] = pipeline.render(data, info, [plan(wanted(WIDTH, HEIGHT), info)])
    right = Tiff().right
    right = right[:, ::-1] if orientation.mirrored else right
    right = np.rot90(right, -orientation.clockwise // 90)
    assert difference(rgba(thumbnail), right).max() <= (8 if coded.compression == JPEG else 1)


def test_a_refusal_names_the_layout(pipeline: Engine) -> None:
    layout = Tiff(extras=(0, 0, 2, 0))
    with pytest.raises(
        ThumbnailError, match=r"RGB of 8 bits, alpha, in last place, further sample"
    ) as caught:
        pipeline.probe(layout.data, ImageFormat.TIFF)
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_the_table_in_the_docs_is_up_to_date() -> None:
    assert TABLE.read_text("utf-8") == table(), "run python -m tests.engines.tiff_table"


def test_the_tables_name_only_existing_kinds() -> None:
    """A misspelled kind would refuse nothing."""
    words = [{*kind.replace("; ", ", ").split(", ")} for group in kinds().values() for kind in group]
    for known in ENGINES.values():
        assert known.pixels <= set(kinds())
        for together in known.wrong:
            assert any(together <= found for found in words), together
