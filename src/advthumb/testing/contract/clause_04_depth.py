"""Clause 4. 1-bit, palette, grey, grey with alpha and 16-bit sources keep their tones."""

import numpy as np
import pytest
from PIL import Image

from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import assert_close, middle, opened, refused, render, rgb, rgba, wanted

DEEP = {"I": "32-bit grey TIFF", "F": "float grey TIFF"}
"""The kinds that an engine may refuse if its library decodes them wrongly, by Pillow's mode."""

RAMP = np.linspace(0, 65_535, 64).round().astype(np.uint16)


def ramp16(channels: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]":
    """Return a 64 x 32 ramp over the whole range of 16 bits, the same in every channel."""
    return np.broadcast_to(RAMP[None, :, None], (32, 64, channels)).copy()


def eight_bit(samples: "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]") -> pictures.Pixels:
    """Return 16-bit samples as 8 bits: 65535 becomes 255."""
    return (samples / 257).round().astype(np.uint8)


def left_and_right(pixels: pictures.Pixels) -> pictures.Pixels:
    """Return the colours in the middle of the left half and of the right half."""
    return pixels[pixels.shape[0] // 2, [pixels.shape[1] // 4, pixels.shape[1] * 3 // 4]]


class DepthClause:
    """Clause 4. 1-bit, palette, grey, grey with alpha and 16-bit sources keep their tones."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("channels", [1, 3])
    def test_16_bits_become_the_same_tones_in_8(self, engine: ThumbnailEngine, channels: int) -> None:
        """Clause 4: neither clipped to white nor darkened, within a rounding error of one level."""
        samples = ramp16(channels)
        thumbnail = render(engine, pictures.png16(samples), wanted(64, 32))
        assert_close(rgb(thumbnail), np.broadcast_to(eight_bit(samples), (32, 64, 3)), 1)

    @pytest.mark.parametrize("channels", [2, 4])
    def test_16_bits_with_alpha_become_the_same_tones_in_8(
        self, engine: ThumbnailEngine, channels: int
    ) -> None:
        """Clauses 4 and 5: the alpha is scaled like the tones."""
        samples = ramp16(channels)
        samples[..., :-1] = 40_000
        found = rgba(render(engine, pictures.png16(samples), wanted(64, 32)))
        assert_close(found[..., 3], eight_bit(samples[..., -1]), 1)
        assert_close(found[:, 32:, :3], 156, 1)

    def test_16_bit_tones_survive_scaling(self, engine: ThumbnailEngine) -> None:
        """Clause 4: a smooth ramp stays smooth when pixels are averaged."""
        found = rgb(render(engine, pictures.png16(ramp16(1)), wanted(32, 16)))[8, :, 0].astype(int)
        assert (np.diff(found) >= 0).all()
        assert (found[0], found[-1]) == pytest.approx((2, 253), abs=3)

    @pytest.mark.reads("TIFF")
    def test_a_16_bit_grey_tiff(self, engine: ThumbnailEngine) -> None:
        """Clause 4: as written by scanners."""
        samples = ramp16(1)
        image = Image.frombytes("I;16", (64, 32), samples.astype("<u2").tobytes())
        found = rgb(render(engine, pictures.save(image, "TIFF"), wanted(64, 32)))
        assert_close(found, np.broadcast_to(eight_bit(samples), (32, 64, 3)), 1)

    @pytest.mark.parametrize("mode", ["I", "F"])
    @pytest.mark.reads("TIFF")
    def test_grey_of_32_bits_uses_the_whole_range(
        self, engine: ThumbnailEngine, may_refuse: frozenset[str], mode: str
    ) -> None:
        """Clause 4: if white is not defined, the darkest pixel becomes black and the lightest white."""
        kind = np.int32 if mode == "I" else np.float32
        samples = np.broadcast_to(np.linspace(-300, 70_000, 64)[None, :], (32, 64)).astype(kind)
        data = pictures.save(Image.frombytes(mode, (64, 32), samples.tobytes()), "TIFF")
        if refused(engine, data, DEEP[mode], may_refuse):
            return
        found = rgb(render(engine, data, wanted(64, 32)))
        assert_close(found[0, :, 0], np.linspace(0, 255, 64).round(), 1)

    @pytest.mark.parametrize("mode", ["I", "F"])
    @pytest.mark.reads("TIFF")
    def test_grey_of_32_bits_without_contrast_is_a_picture_too(
        self, engine: ThumbnailEngine, may_refuse: frozenset[str], mode: str
    ) -> None:
        """Clause 4: a range of zero causes no division by zero."""
        data = pictures.save(Image.new(mode, (64, 32), 7), "TIFF")
        if refused(engine, data, DEEP[mode], may_refuse):
            return
        assert len(np.unique(rgb(render(engine, data)))) == 1

    @pytest.mark.smoke
    @pytest.mark.parametrize("source_format", ["PNG", "TIFF", "GIF", "BMP"])
    @pytest.mark.reads("source_format")
    def test_1_bit(self, engine: ThumbnailEngine, source_format: str) -> None:
        """Clause 4: black is 0, white is 255, and scaling makes grey between them."""
        pattern = pictures.halves_pixels(200, 200, (0,), (255,))
        pattern[1::2, :100] = 255  # the left half is striped
        image = pictures.as_image(pattern).convert("1")
        found = left_and_right(rgb(render(engine, pictures.save(image, source_format))))
        assert_close(found[1], 255, 1)
        assert_close(found[0], 128, 3)

    @pytest.mark.parametrize("depth", [1, 2, 4, 8])
    def test_grey_of_few_bits_reaches_from_black_to_white(self, engine: ThumbnailEngine, depth: int) -> None:
        """Clause 4: the largest possible value means white."""
        top = 2**depth - 1
        found = left_and_right(rgb(render(engine, pictures.low_bit_grey_png(depth, top // 2, top))))
        assert_close(found[:, 0], [round(top // 2 * 255 / top), 255], 1)

    @pytest.mark.parametrize("source_format", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
    @pytest.mark.reads("source_format")
    def test_grey_stays_grey(self, engine: ThumbnailEngine, source_format: str) -> None:
        """Clause 4: every channel has the same value."""
        source = pictures.gradient_pixels(60, 60)[..., :1]
        if source_format == "WEBP":
            source = source.repeat(3, axis=2)
        found = rgb(render(engine, pictures.encode(source, source_format), wanted(60, 60)))
        assert_close(found, source, 2)

    def test_a_grey_png_becomes_a_grey_png(self, engine: ThumbnailEngine) -> None:
        """Clause 4: three channels would only add bytes."""
        assert opened(render(engine, pictures.plain(90, 90, (99,), "PNG"))).mode in {"L", "LA"}

    def test_grey_with_alpha_keeps_both(self, engine: ThumbnailEngine) -> None:
        """Clauses 4 and 5: LA."""
        source = pictures.halves_pixels(80, 80, (70, 255), (200, 0))
        found = left_and_right(rgba(render(engine, pictures.encode(source))))
        assert_close(found[0], (70, 70, 70, 255), 1)
        assert found[1, 3] == 0

    @pytest.mark.parametrize("source_format", ["PNG", "GIF", "TIFF", "BMP"])
    @pytest.mark.reads("source_format")
    def test_a_palette_is_looked_up_before_scaling(self, engine: ThumbnailEngine, source_format: str) -> None:
        """Clause 4: colours are averaged, never their palette indexes."""
        stripes = pictures.plain_pixels(200, 200, (250, 0, 0))
        stripes[::2] = (0, 0, 250)
        image = pictures.as_image(stripes).quantize(2)
        assert_close(middle(rgb(render(engine, pictures.save(image, source_format)))), (125, 0, 125), 6)

    @pytest.mark.reads("TIFF")
    def test_cut_off_float_values_are_an_error_or_a_picture(
        self, engine: ThumbnailEngine, may_refuse: frozenset[str]
    ) -> None:
        """Clauses 4 and 9: NaN and infinity in a float TIFF do not crash the engine."""
        samples = np.ones((32, 64), np.float32)
        samples[:8], samples[8:16], samples[16:24] = np.nan, np.inf, -np.inf
        data = pictures.save(Image.frombytes("F", (64, 32), samples.tobytes()), "TIFF")
        if not refused(engine, data, DEEP["F"], may_refuse):
            assert render(engine, data).size == (50, 25)
