"""Clause 3. The output is 8-bit sRGB, converted with the embedded ICC profile."""

from collections.abc import Callable

import numpy as np
import pytest

from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import assert_close, middle, opened, render, rgb, rgba, wanted

PROFILES = {"P3": pictures.P3, "Adobe RGB": pictures.ADOBE, "swapped": pictures.SWAPPED}
PATCHES = np.array(
    [[(200, 60, 40), (60, 200, 90)], [(40, 70, 200), (128, 128, 128)]], np.uint8
)  # fmt: skip
INKS = np.array([[(230, 20, 10, 0), (10, 220, 40, 60)], [(0, 30, 240, 128), (50, 50, 50, 200)]], np.uint8)


def enlarged(patches: pictures.Pixels, side: int = 40) -> pictures.Pixels:
    """Return a picture of four patches, large enough to read the colours in their middle."""
    return patches.repeat(side, axis=0).repeat(side, axis=1)


def patch_colours(pixels: pictures.Pixels) -> pictures.Pixels:
    """Return the colours in the middle of the four patches."""
    height, width = pixels.shape[:2]
    return pixels[height // 4 :: height // 2, width // 4 :: width // 2]


class ColourClause:
    """Clause 3. The output is 8-bit sRGB, converted with the embedded ICC profile."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
    @pytest.mark.parametrize("source_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
    @pytest.mark.reads("source_format")
    def test_rgb_is_converted_through_its_profile(
        self, engine: ThumbnailEngine, source_format: str, profile: pictures.RGBProfile
    ) -> None:
        """Clause 3: the colours match those computed with the textbook formula."""
        data = pictures.encode(enlarged(PATCHES), source_format, icc_profile=profile.icc)
        assert_close(patch_colours(rgb(render(engine, data))), profile.in_srgb(PATCHES), 4)

    @pytest.mark.parametrize("source_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
    @pytest.mark.reads("source_format")
    def test_rgb_without_a_profile_is_srgb(self, engine: ThumbnailEngine, source_format: str) -> None:
        """Clause 3: without a profile, nothing is converted."""
        thumbnail = render(engine, pictures.encode(enlarged(PATCHES), source_format))
        assert_close(patch_colours(rgb(thumbnail)), PATCHES, 4)

    def test_alpha_is_no_colour_to_convert(self, engine: ThumbnailEngine) -> None:
        """Clauses 3 and 5: the profile changes the colours and leaves the alpha alone."""
        source = pictures.plain_pixels(60, 60, (200, 60, 40, 100))
        thumbnail = render(engine, pictures.encode(source, icc_profile=pictures.SWAPPED.icc))
        found = middle(rgba(thumbnail))
        assert_close(found[:3], pictures.SWAPPED.in_srgb(source[0, 0, :3]), 4)
        assert found[3] == 100

    def test_a_palette_is_converted_through_its_profile(self, engine: ThumbnailEngine) -> None:
        """Clauses 3 and 4: the colours of a palette are converted too."""
        image = pictures.as_image(pictures.plain_pixels(60, 60, (200, 60, 40))).quantize(4)
        thumbnail = render(engine, pictures.save(image, "PNG", icc_profile=pictures.SWAPPED.icc))
        assert_close(middle(rgb(thumbnail)), pictures.SWAPPED.in_srgb(np.array((200, 60, 40))), 4)

    @pytest.mark.parametrize("channels", [1, 2], ids=["grey", "grey and alpha"])
    @pytest.mark.parametrize("value", [20, 128, 230])
    def test_grey_is_converted_through_its_profile(
        self, engine: ThumbnailEngine, value: int, channels: int
    ) -> None:
        """Clause 3: linear light becomes much lighter in sRGB."""
        source = pictures.plain_pixels(60, 60, (value, 255)[:channels])
        found = middle(rgb(render(engine, pictures.encode(source, icc_profile=pictures.grey_profile()))))
        assert_close(found, [pictures.grey_in_srgb(value)] * 3, 4)

    @pytest.mark.reads("source_format")
    @pytest.mark.parametrize(
        ("source_format", "make"),
        [("JPEG", pictures.cmyk_jpeg), ("JPEG", pictures.ycck_jpeg), ("TIFF", pictures.cmyk_tiff)],
    )
    def test_cmyk_without_a_profile_follows_one_rule(
        self, engine: ThumbnailEngine, source_format: str, make: Callable[[pictures.Pixels], bytes]
    ) -> None:
        """Clause 3: R = (255 - C)(255 - K) / 255, and so on; Adobe's inverted inks are recognised."""
        thumbnail = render(engine, make(enlarged(INKS)))
        assert_close(patch_colours(rgb(thumbnail)), pictures.without_profile(INKS), 5)

    def test_cmyk_is_converted_through_its_profile(self, engine: ThumbnailEngine) -> None:
        """Clause 3: with a profile in which cyan ink prints yellow."""
        cyan, yellow = (255, 0, 0, 0), (0, 0, 255, 0)
        data = pictures.cmyk_jpeg(
            pictures.halves_pixels(80, 80, cyan, yellow), icc_profile=pictures.swapped_ink_profile()
        )
        found = rgb(render(engine, data))
        assert_close(found[25, 10], (255, 255, 0))
        assert_close(found[25, 40], (0, 255, 255))

    @pytest.mark.parametrize("colour", [(200, 60, 40), (60, 160, 90), (128, 128, 128), (220, 210, 60)])
    @pytest.mark.reads("TIFF")
    def test_lab_is_converted(self, engine: ThumbnailEngine, colour: tuple[int, int, int]) -> None:
        """Clause 3: CIELAB, which only TIFF can hold."""
        data = pictures.lab_tiff(pictures.plain_pixels(60, 60, colour))
        assert_close(middle(rgb(render(engine, data))), colour, 5)

    @pytest.mark.smoke
    @pytest.mark.parametrize(
        ("profile", "channels"),
        [
            (b"", 3),
            (b"not a profile", 3),
            (pictures.P3.icc[:200], 3),
            (pictures.grey_profile(), 3),
            (pictures.grey_profile(), 4),
            (pictures.swapped_ink_profile(), 3),
            (pictures.swapped_ink_profile(), 1),
            (pictures.SWAPPED.icc[:150] + bytes(200), 4),
        ],
        ids=[
            "empty",
            "garbage",
            "cut",
            "grey for RGB",
            "grey for RGBA",
            "CMYK for RGB",
            "CMYK for grey",
            "damaged",
        ],
    )
    @pytest.mark.parametrize("source_format", ["PNG", "TIFF", "WEBP", "JPEG"])
    @pytest.mark.reads("source_format")
    def test_a_profile_that_does_not_fit_is_ignored(
        self, engine: ThumbnailEngine, source_format: str, profile: bytes, channels: int
    ) -> None:
        """Clause 3: the colours stay as they are; a good picture is not refused because of its profile."""
        channels = min(channels, 3) if source_format == "JPEG" else channels
        source = pictures.plain_pixels(60, 60, (200, 60, 40, 255)[:channels])
        thumbnail = render(engine, pictures.encode(source, source_format, icc_profile=profile))
        expected = pictures.plain_pixels(1, 1, (200, 60, 40) if channels > 1 else (200,) * 3)
        assert_close(middle(rgb(thumbnail)), expected[0, 0], 2)

    @pytest.mark.reads("source_format")
    @pytest.mark.parametrize(
        ("source_format", "make"), [("JPEG", pictures.cmyk_jpeg), ("TIFF", pictures.cmyk_tiff)]
    )
    @pytest.mark.parametrize(
        "profile",
        [pictures.P3.icc, pictures.grey_profile(), pictures.swapped_ink_profile()[:-1], b"not a profile"],
        ids=["RGB", "grey", "cut", "garbage"],
    )
    def test_inks_with_a_profile_that_does_not_fit_follow_the_rule(
        self, engine: ThumbnailEngine, source_format: str, make: Callable[..., bytes], profile: bytes
    ) -> None:
        """Clause 3: no library uses a built-in profile instead, or inverts the picture."""
        thumbnail = render(engine, make(enlarged(INKS), icc_profile=profile))
        assert_close(patch_colours(rgb(thumbnail)), pictures.without_profile(INKS), 5)

    @pytest.mark.parametrize("behind_frame", [False, True], ids=["first", "behind SOF"])
    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
    def test_parts_of_a_profile_count_in_any_order_up_to_the_pixels(
        self, engine: ThumbnailEngine, order: tuple[int, ...], *, behind_frame: bool
    ) -> None:
        """Clause 3: a JPEG stores a profile in parts of up to 64 KB."""
        profile = pictures.SWAPPED.icc
        parts = [
            bytes([at + 1, 3]) + profile[at * 200 : (at + 1) * 200 if at < 2 else None] for at in range(3)
        ]
        source = pictures.plain_pixels(60, 60, (200, 60, 40))
        data = pictures.jpeg_with_parts(source, *(parts[at] for at in order), behind_frame=behind_frame)
        expected = pictures.SWAPPED.in_srgb(np.array((200, 60, 40)))
        assert_close(middle(rgb(render(engine, data))), expected, 4)

    def test_a_part_of_a_profile_that_is_missing_makes_it_none(self, engine: ThumbnailEngine) -> None:
        """Clause 3: an incomplete profile is not applied."""
        source = pictures.plain_pixels(60, 60, (200, 60, 40))
        data = pictures.jpeg_with_parts(source, b"\1\2" + pictures.SWAPPED.icc)
        assert_close(middle(rgb(render(engine, data))), (200, 60, 40), 4)

    @pytest.mark.parametrize("channels", [1, 2], ids=["grey", "grey and alpha"])
    @pytest.mark.parametrize("source_format", ["PNG", "TIFF", "JPEG"])
    @pytest.mark.reads("source_format")
    def test_grey_is_converted_through_a_profile_of_rgb(
        self, engine: ThumbnailEngine, source_format: str, channels: int
    ) -> None:
        """Clause 3: as in browsers; the picture stays grey and keeps its alpha."""
        channels = 1 if source_format == "JPEG" else channels
        linear = pictures.RGBProfile(pictures.P3.primaries, 1.0).icc
        source = pictures.plain_pixels(60, 60, (64, 100)[:channels])
        found = middle(rgba(render(engine, pictures.encode(source, source_format, icc_profile=linear))))
        assert_close(found[:3], [pictures.grey_in_srgb(64)] * 3, 2)
        assert found[3] == (100 if channels == 2 else 255)

    @pytest.mark.parametrize("channels", [1, 2], ids=["grey", "grey and alpha"])
    def test_grey_is_coloured_by_a_profile_that_says_so(self, engine: ThumbnailEngine, channels: int) -> None:
        """Clause 3: a scanner whose grey is bluish."""
        source = pictures.plain_pixels(60, 60, (128, 100)[:channels])
        found = middle(rgba(render(engine, pictures.encode(source, icc_profile=pictures.tinted_profile()))))
        expected = [pictures.grey_in_srgb(128 * part) for part in (0.8, 0.9, 1.0)]
        assert_close(found[:3], expected, 3)
        assert found[3] == (100 if channels == 2 else 255)

    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    @pytest.mark.parametrize("gamma", [1.0, 1 / 1.8, 1 / 2.6])
    def test_a_gamma_of_a_png_is_applied(self, engine: ThumbnailEngine, gamma: float, channels: int) -> None:
        """Clause 3: PNG, third edition, 11.3.2.2: applied to grey and to colours, but not to alpha."""
        pixel = {1: (64,), 2: (64, 100), 3: (64, 64, 64), 4: (64, 64, 64, 100)}[channels]
        data = pictures.png_with(pictures.plain_pixels(60, 60, pixel), pictures.gamma_chunk(gamma))
        found = middle(rgba(render(engine, data)))
        assert_close(found[:3], [pictures.grey_in_srgb(64, 1 / gamma)] * 3, 2)
        assert found[3] == (255 if channels % 2 else 100)

    def test_primaries_of_a_png_are_applied(self, engine: ThumbnailEngine) -> None:
        """Clause 3: the primaries of Adobe RGB have the same effect as its profile."""
        data = pictures.png_with(
            enlarged(PATCHES),
            pictures.gamma_chunk(1 / pictures.ADOBE.gamma),
            pictures.points_chunk(*pictures.ADOBE_POINTS),
        )
        assert_close(patch_colours(rgb(render(engine, data))), pictures.ADOBE.in_srgb(PATCHES), 4)

    def test_the_usual_gamma_changes_nothing(self, engine: ThumbnailEngine) -> None:
        """Clause 3: most PNGs have this gamma, which means sRGB."""
        data = pictures.png_with(enlarged(PATCHES), pictures.gamma_chunk(0.45455))
        assert_close(patch_colours(rgb(render(engine, data))), PATCHES, 0)

    @pytest.mark.parametrize(
        ("codes", "colour", "expected"),
        [
            ((12, 13), (200, 40, 40), (218, 0, 26)),
            ((1, 8), (64, 64, 64), (137, 137, 137)),
            ((9, 16), (148, 148, 148), (191, 191, 191)),
            ((9, 18), (191, 191, 191), (191, 191, 191)),
            ((1, 1), (200, 60, 40), (200, 60, 40)),
            ((2, 2), (200, 60, 40), (200, 60, 40)),
        ],
        ids=["Display P3", "linear", "PQ", "HLG", "BT.709", "unspecified"],
    )
    def test_codes_of_a_png_are_applied(
        self,
        engine: ThumbnailEngine,
        codes: tuple[int, int],
        colour: pictures.Colour,
        expected: pictures.Colour,
    ) -> None:
        """Clause 3: cICP, as browsers show it; PQ and HLG are reduced to the range of an ordinary screen."""
        chunks = ((b"cICP", bytes([*codes, 0, 1])), pictures.gamma_chunk(1.0))
        data = pictures.png_with(pictures.plain_pixels(60, 60, colour), *chunks)
        assert_close(middle(rgb(render(engine, data))), expected, 2)

    @pytest.mark.reads("AVIF")
    def test_codes_of_an_avif_are_applied(self, engine: ThumbnailEngine) -> None:
        """Clause 3: nclx, as browsers show it."""
        source = pictures.plain_pixels(64, 64, (200, 40, 40))
        data = bytearray(pictures.encode(source, "AVIF", quality=100, subsampling="4:4:4"))
        at = data.index(b"nclx") + 4
        data[at : at + 4] = bytes([0, 12, 0, 13])
        assert_close(middle(rgb(render(engine, bytes(data)))), (218, 0, 26), 2)

    @pytest.mark.parametrize("output", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
    @pytest.mark.writes("output")
    def test_the_thumbnail_has_no_profile_and_8_bits(self, engine: ThumbnailEngine, output: str) -> None:
        """Clauses 3 and 8: a file without a profile is sRGB."""
        data = pictures.encode(enlarged(PATCHES), icc_profile=pictures.P3.icc)
        image = opened(render(engine, data, wanted(output=output)))
        assert "icc_profile" not in image.info or not image.info["icc_profile"]
        assert image.mode in {"RGB", "P"}
