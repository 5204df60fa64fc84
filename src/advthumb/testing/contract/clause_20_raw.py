"""Clause 20. For a raw plan, the engine gives the samples that it would encode otherwise, of each frame."""

from dataclasses import replace

import numpy as np
import pytest

from advthumb.core.formats import SAFE_FORMATS
from advthumb.core.images import Animation, Size
from advthumb.core.planning import plan
from advthumb.core.raw_frames import unpacked
from advthumb.core.samples import Samples
from advthumb.core.sniffing import admit
from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import opened, wanted


def raw(spec: ThumbnailSpec) -> ThumbnailSpec:
    """Return a spec with processors, whatever they are: its plan is raw."""
    return replace(spec, processors="any")


def frames_of(engine: ThumbnailEngine, data: bytes, spec: ThumbnailSpec) -> Animation[Samples]:
    """Return the samples of a thumbnail."""
    info = engine.probe(data, admit(data, SAFE_FORMATS), max_frames=20)
    [made] = engine.render(data, info, [plan(raw(spec), info)])
    return unpacked(made.data)


PHOTO = pictures.photo_pixels(320, 240)
SHADE = np.dstack([PHOTO, pictures.gradient_pixels(320, 240)[..., :1]])
LOOKS = {"RGB": PHOTO, "RGBA": SHADE, "grey": PHOTO[..., :1], "grey with alpha": SHADE[..., 2:]}


class RawClause:
    """Clause 20. For a raw plan, the engine gives the samples that it would encode otherwise."""

    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("method", ["fit", "fill", "pad"])
    def test_samples_are_those_of_a_lossless_thumbnail(
        self, engine: ThumbnailEngine, look: str, method: str
    ) -> None:
        """Clause 20: from the same decode."""
        data = pictures.encode(LOOKS[look].copy())
        info = engine.probe(data, admit(data))
        spec = wanted(60, 50, method=method, background=(200, 60, 40))
        given, written = engine.render(data, info, [plan(raw(spec), info), plan(spec, info)])
        [(samples, _)] = unpacked(given.data).frames
        image = opened(written)
        bands = 4 if image.has_transparency_data else 3
        shown = np.asarray(image.convert("RGBA"))[..., :bands]
        assert samples.size == written.size == given.size
        assert samples.has_alpha == image.has_transparency_data
        assert (_as_colour(samples) == shown).all()

    @pytest.mark.smoke
    def test_a_format_without_alpha_gets_samples_without_alpha(self, engine: ThumbnailEngine) -> None:
        """Clauses 5 and 20: composed on the background."""
        data = pictures.encode(pictures.plain_pixels(40, 30, (200, 60, 40, 0)))
        [(samples, _)] = frames_of(engine, data, wanted(20, 20, "JPEG", background=(9, 8, 7))).frames
        assert samples == Samples(Size(20, 15), 3, bytes((9, 8, 7)) * 300)

    @pytest.mark.smoke
    def test_the_engine_need_not_write_the_format(
        self, engine: ThumbnailEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Clauses 15 and 20: another library encodes the thumbnail."""
        monkeypatch.setattr(engine, "writes", frozenset())
        [(samples, _)] = frames_of(engine, pictures.encode(PHOTO), wanted(20, 20, "WEBP")).frames
        assert samples.size == (20, 15)

    @pytest.mark.animates("source")
    @pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG"])
    @pytest.mark.parametrize("output", ["GIF", "WEBP", "PNG"])
    def test_each_frame_is_given_with_its_time(
        self, engine: ThumbnailEngine, source: str, output: str
    ) -> None:
        """Clauses 17 and 20: also how often they are played, and if the engine cannot animate the format."""
        data = pictures.timed(source, loop=3)
        animation = frames_of(engine, data, replace(wanted(30, 20, output), animated=True))
        assert [milliseconds for _, milliseconds in animation.frames] == [40, 200, 120]
        assert [_column_of_the_square(samples) for samples, _ in animation.frames] == [5, 15, 25]
        assert animation.plays == 3 + (source == "GIF")  # a GIF counts how often it is repeated

    @pytest.mark.animates("GIF")
    def test_a_still_spec_gets_one_frame(self, engine: ThumbnailEngine) -> None:
        """Clauses 14 and 20: the first one."""
        assert len(frames_of(engine, pictures.timed("GIF"), wanted(30, 20, "WEBP")).frames) == 1


def _as_colour(samples: Samples) -> pictures.Pixels:
    """Return samples as RGB or RGBA."""
    pixels = np.frombuffer(samples.data, np.uint8).reshape(samples.size.height, samples.size.width, -1)
    grey = samples.bands < 3
    return np.dstack([pixels[..., :1]] * 3 + [pixels[..., 1:]]) if grey else pixels


def _column_of_the_square(samples: Samples) -> int:
    """Return the column in the middle of what is opaque."""
    alpha = np.frombuffer(samples.data, np.uint8).reshape(samples.size.height, samples.size.width, -1)[
        ..., -1
    ]
    columns = np.flatnonzero(alpha.max(axis=0) > 128)
    return int(columns.min() + columns.max() + 1) // 2
