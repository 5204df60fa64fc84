"""What a smart crop keeps of real photographs, pinned. The corpus has most of them, the demo the others.

Each crop was looked at. Most are good. Those that are not are pinned as well: the third shape cuts off the
face of the astronaut, and the waterfall of `portrait_5`. If a change of `core.attention` moves some crops,
draw the new ones beside the photographs and look at them before you pin them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from advthumb.core.gravity import SMART
from advthumb.core.images import RenderPlan, Size
from advthumb.core.planning import plan
from advthumb.core.sniffing import sniff
from advthumb.engines.pipeline import PipelineEngine
from advthumb.testing.contract.rendering import probe, wanted
from tests.children import ROOT

from .corpus import CORPUS

PHOTOS = ROOT / "demo" / "photos"
SHAPES = ((120, 120), (60, 150), (150, 60))

PINNED = {
    "airplane-from-above.jpg": [25, 77, 16],
    "allium-oreophilum.jpg": [3, 29, 21],
    "astronaut.jpg": [0, 37, 60],
    "cat.jpg": [30, 83, 20],
    "coffee.jpg": [30, 97, 20],
    "french-alpine-landscape.jpg": [67, 128, 1],
    "galaxies.jpg": [9, 48, 35],
    "nagasaki-boats.jpg": [15, 64, 15],
    "rocket.jpg": [30, 82, 20],
    "cmyk__S_Channel_digital_image_CMYK_color.jpg": [37, 112, 30],
    "cmyk__T_cmyk_orientation.jpg": [30, 25, 82],
    "gps__X_45-gps_ifd.jpg": [23, 58, 12],
    "gps__X_DSCN0042.jpg": [20, 56, 26],
    "gray__P_hopper_gray.jpg": [0, 45, 0],
    "jpeg-kind__I_cat.jpg": [14, 63, 26],
    "jpeg-kind__J_flower_small.q85_420_non_interleaved.jpg": [2, 42, 48],
    "jpeg-kind__P_jpeg_ff00_header.jpg": [20, 49, 13],
    "meta-broken__P_sugarshack_bad_mpo_header.jpg": [24, 70, 26],
    "orient-jpg__X_landscape_2.jpg": [20, 70, 0],
    "orient-jpg__X_portrait_5.jpg": [40, 26, 140],
    "wide-gamut__P_icc_profile_big.jpg": [42, 97, 14],
    "orient-png__P_xmp_tags_orientation.png": [13, 108, 31],
    "palette-alpha__T_paletted-transparent.png": [20, 70, 6],
    "confuse__V_looks-like-svg.webp": [0, 0, 45],
    "orient-avif__P_rot2mir1.avif": [30, 89, 20],
    "orient-avif__V_avif-orientation-6.avif": [29, 6, 98],
    "fmt-tiff__P_hopper_lzw.tif": [0, 45, 45],
}
"""Where the crops of the three shapes begin: pixels from the left or from the top of the scaled picture."""


def begins(pipeline: PipelineEngine[Any], path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return where the crops of a photograph begin, each rendered by itself."""
    found: list[int] = []
    decide = pipeline._decided

    def noting(plans: Mapping[int, RenderPlan], upright: Any, source: Size) -> Mapping[int, RenderPlan]:
        decided = decide(plans, upright, source)
        found.append(max(decided[0].crop.left, decided[0].crop.top))
        return decided

    monkeypatch.setattr(pipeline, "_decided", noting)
    data = path.read_bytes()
    info = probe(pipeline, data)
    for shape in SHAPES:
        spec = wanted(*shape, "JPEG", method="fill", gravity=SMART)
        pipeline.render(data, info, [plan(spec, info, pipeline.shrink_margin)])
    return found


@pytest.mark.parametrize("name", PINNED)
def test_each_engine_keeps_the_same_part_of_a_photograph(
    pipeline: PipelineEngine[Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clause 22, on photographs: to the pixel."""
    path = PHOTOS / name if (PHOTOS / name).exists() else CORPUS / name
    if not path.exists():
        pytest.skip(f"no {name} in a corpus at {CORPUS}")
    if sniff(path.read_bytes()) not in pipeline.reads:
        pytest.skip(f"the {pipeline.name} engine does not read {name}")
    assert begins(pipeline, path, monkeypatch) == PINNED[name]
