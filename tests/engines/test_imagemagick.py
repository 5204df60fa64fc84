"""Tests for ImageMagick alone: everything that it does on its own. The rest is in the contract suite."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advthumb.checks import check_settings
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.images import Size
from advthumb.engines import registry
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.imagemagick import ImageMagickEngine
from advthumb.engines.isolation.processes import Time
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.rendering import (
    assert_close,
    difference,
    middle,
    opened,
    probe,
    refusal,
    render,
    rgb,
    rgba,
    wanted,
)
from advthumb.testing.contract.watch import Watched
from advthumb.testing.pictures.png import chunk
from tests import pictures
from tests.pictures import Part, gif_of

from .collecting import INSIDE
from .conftest import had

FORBIDDEN = (
    "SVG", "MSVG", "RSVG", "MSL", "MVG", "PS", "EPS", "PDF", "AI", "XPS", "TEXT", "TXT", "LABEL", "CAPTION",
    "PANGO", "HTTP", "HTTPS", "FTP", "URL", "FILE", "X", "XC", "GRADIENT", "EPHEMERAL", "INLINE", "VID",
    "MPEG", "MP4", "DNG", "CR2", "SHOW", "WIN", "CLIPBOARD", "MPC", "MAGICK", "PLASMA", "SCREENSHOT",
)  # fmt: skip
"""Coders that draw from text, read files named in their input, or start programs."""

in_child = pytest.mark.parametrize("reference", ["imagemagick"], indirect=True)


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("imagemagick")


@pytest.fixture(scope="module")
def inside() -> ThumbnailEngine:
    """Return the engine that runs inside the processes, in this process."""
    return had(INSIDE)


def run_alone(code: str) -> str:
    """Return the output of an interpreter that ImageMagick may end."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        env={
            **os.environ,
            **ImageMagickEngine.environment,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_6(engine: ThumbnailEngine) -> bool:
    return engine.versions()["ImageMagick"].startswith("6.")


# 2.1: other decoders


@pytest.fixture(scope="module")
def complaints(inside: ThumbnailEngine) -> dict[str, str]:
    """Return the error for each forbidden decoder, all requested in one process."""
    printed = run_alone(f"""
        import json
        from wand.api import library
        from advthumb.engines.imagemagick import calls
        data = b"push graphic-context\\nviewbox 0 0 9 9\\nimage over 0,0 0,0 '/etc/hostname'\\n"
        complaints = {{}}
        for name in {FORBIDDEN!r}:
            try:
                calls.read(library.MagickReadImageBlob, data, name)
            except calls.ImageMagickError as error:
                complaints[name] = str(error)
        print(json.dumps(complaints))
    """)
    found: dict[str, str] = json.loads(printed)
    return found


@pytest.mark.parametrize("name", FORBIDDEN)
def test_no_other_decoder_is_available(complaints: dict[str, str], name: str) -> None:
    """The policy backs up the format names that we pass: even an explicit request gets no such decoder."""
    complaint = complaints[name]
    assert "not allowed by the security policy" in complaint or "no decode delegate" in complaint


@pytest.mark.parametrize("name", pictures.UNSUPPORTED)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIC"])
@pytest.mark.reads("image_format", engine=INSIDE)
def test_a_decoder_receives_only_files_of_its_format(
    inside: ThumbnailEngine, image_format: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An SVG named .jpg, MVG, text: ImageMagick is not called at all."""
    from advthumb.engines.imagemagick import calls

    monkeypatch.setattr(calls, "read", pytest.fail)
    with pytest.raises(ThumbnailError) as caught:
        inside.probe(pictures.UNSUPPORTED[name], ImageFormat(image_format))
    assert caught.value.code is ErrorCode.CORRUPT


# 2.2: limits


def test_resource_limits_are_set_once_and_only_lowered(inside: ThumbnailEngine) -> None:
    """Never the time limit, which would end the process."""
    printed = run_alone("""
        from wand.resource import limits
        before = dict(limits)
        limits["width"] = 5000
        from advthumb.engines.imagemagick.engine import WandEngine
        WandEngine(memory=10**8)
        print([limits[name] for name in ("width", "height", "memory", "map", "disk", "thread")])
        print(limits["time"] == before["time"])
    """)
    assert printed == "[5000, 200000, 100000000, 0, 0, 1]\nTrue\n"


def test_a_picture_that_does_not_fit_into_memory_is_too_large(inside: ThumbnailEngine) -> None:
    """It is not written to disk either."""
    printed = run_alone("""
        from advthumb.core.errors import ThumbnailError
        from advthumb.core.formats import ImageFormat
        from advthumb.engines.imagemagick.engine import WandEngine
        from tests import pictures
        from advthumb.testing.contract.rendering import render
        try:
            render(WandEngine(memory=10**7), pictures.plain(2000, 2000, (1, 2, 3), "PNG"))
        except ThumbnailError as error:
            print(error)
    """)
    assert "too large to decode here" in printed
    assert "[too-large]" in printed


@pytest.mark.parametrize("memory", [10**7, 4 * 10**7])
def test_a_canvas_of_layers_that_does_not_fit_into_memory_is_too_large(
    inside: ThumbnailEngine, memory: int
) -> None:
    """Alone, or together with the copy of it that the change to linear light makes."""
    printed = run_alone(f"""
        import numpy as np
        from advthumb.core.errors import ThumbnailError
        from advthumb.engines.imagemagick.engine import WandEngine
        from tests.pictures.exotic.xcfs import NORMAL, Form, Layer, xcf
        from advthumb.testing.contract.rendering import render
        pixels = np.full((9, 9, 4), 99, np.uint8)
        data = xcf([Layer(pixels, mode=NORMAL), Layer(pixels)], (2000, 2000), Form(11))
        try:
            render(WandEngine(memory={memory}), data)
        except ThumbnailError as error:
            print(error)
    """)
    assert "[too-large]" in printed


def test_a_process_opens_no_file_and_no_socket(engine: ThumbnailEngine) -> None:
    """As the kernel reports: no file descriptor can be added to those already open."""
    if not Path("/proc/self/limits").exists():
        pytest.skip("only Linux shows the limits of another process")
    with engine._pool.borrowed(Time(20)) as process:
        limits = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
        found = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    assert found["Max open files"] == ["0", "0"]
    assert found["Max file size"] == ["0", "0"]
    assert found["Max core file size"] == ["0", "0"]
    assert found["Max address space"] == [str(2 << 30), str(2 << 30)]


# 2.3: many frames, long texts


@in_child
def test_only_the_first_of_twenty_thousand_frames_is_read(watched: Watched, tmp_path: Path) -> None:
    """ImageMagick would read them all, and abort."""
    data = pictures.animated("GIF")
    frames = data.index(b"\x21\xf9"), data.rindex(b"\x3b")
    path = tmp_path / "long.gif"
    path.write_bytes(data[: frames[0]] + data[frames[0] : frames[1]] * 10_000 + b"\x3b")
    outcome = watched(path)
    assert outcome.size == [40, 40]
    assert outcome.growth < 20 << 20


@in_child
def test_frames_of_a_webp_are_not_decoded(watched: Watched, tmp_path: Path) -> None:
    """ImageMagick would decode all 60 of them for the first one: 58 MB."""
    colours = tuple((number, 3, 4) for number in range(60))
    path = tmp_path / "long.webp"
    path.write_bytes(pictures.animated("WEBP", colours, 500))
    outcome = watched(path)
    assert outcome.size == [100, 100]
    assert outcome.growth < 20 << 20


@in_child
def test_a_long_text_is_not_unpacked(watched: Watched, tmp_path: Path) -> None:
    """Of any kind: only pixel data reaches ImageMagick."""
    import zlib

    data = pictures.gradient(64, 64)
    at = data.index(b"IDAT") - 4
    packed = b"Comment\0\1\0\0\0" + zlib.compress(bytes(100 << 20), 1)
    path = tmp_path / "text.png"
    path.write_bytes(data[:at] + chunk(b"iTXt", packed) + data[at:])
    outcome = watched(path)
    assert outcome.size == [64, 64]
    assert outcome.growth < 20 << 20


# 2.5: the offset of a picture, and its alpha


def test_the_offset_of_a_png_is_ignored(engine: ThumbnailEngine) -> None:
    """An oFFs chunk would be copied into the thumbnail, and the crop would be misplaced."""
    source = pictures.corner_pixels(80, 80)
    data = pictures.encode(source)
    at = data.index(b"IDAT") - 4
    moved = data[:at] + chunk(b"oFFs", b"\0\0\0\x20\0\0\0\x20\0") + data[at:]
    for spec in (wanted(40, 40), wanted(40, 20, method="fill"), wanted(40, 60, method="pad")):
        assert render(engine, moved, spec) == render(engine, data, spec)


@pytest.mark.smoke
@pytest.mark.parametrize("reference", ["imagemagick", INSIDE])
def test_the_first_picture_of_a_gif_keeps_its_place_on_the_canvas(reference: str) -> None:
    """The first picture covers part of the canvas: its place and size are kept."""
    thumbnail = render(
        had(reference), gif_of((50, 40), [Part((200, 30, 30), (20, 10), (10, 10))]), wanted(50, 40)
    )
    found = rgba(thumbnail)
    assert thumbnail.size == (50, 40)
    assert found[15, 20, :3].tolist() == [200, 30, 30]
    assert found[5, 5, :3].tolist() != [200, 30, 30]


@pytest.mark.parametrize("image_format", ["AVIF", "HEIC"])
def test_alpha_is_never_dropped(engine: ThumbnailEngine, image_format: str) -> None:
    """ImageMagick 6 ignores alpha in AVIF and HEIC: the format or picture is refused, or alpha is kept."""
    if image_format not in engine.reads:
        assert image_format == "AVIF" or not is_6(engine)
        assert image_format not in engine.writes
        return
    data = pictures.encode(pictures.halves_pixels(80, 80, (200, 100, 50, 255), (0, 0, 0, 0)), image_format)
    if is_6(engine):
        with pytest.raises(ThumbnailError, match=f"cannot read the transparency of {image_format}") as caught:
            probe(engine, data)
        assert caught.value.code is ErrorCode.UNSUPPORTED
    else:
        assert rgba(render(engine, data, wanted(40, 40)))[20, [10, 30], 3].tolist() == [255, 0]


def test_opaque_heic_is_read_from_its_bytes(engine: ThumbnailEngine) -> None:
    """Unless ImageMagick 7 needs a file for it, which it does not get."""
    if ImageFormat.HEIC not in engine.reads:
        assert not is_6(engine)
        return
    found = middle(rgb(render(engine, pictures.plain(80, 60, (200, 30, 30), "HEIC"))))
    assert np.abs(np.array(found) - (200, 30, 30)).max() <= 6


# 2.6 and 2.7: JPEG


def test_half_a_jpeg_is_refused_before_it_is_decoded(
    inside: ThumbnailEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advthumb.engines.imagemagick import calls

    monkeypatch.setattr(calls, "read", pytest.fail)
    with pytest.raises(ThumbnailError, match="pixel data ends early"):
        render(inside, pictures.truncated("JPEG"))


@pytest.mark.parametrize("size", [(1600, 1200), (1601, 1199), (99, 1601), (15, 9), (8, 8), (3, 2), (1, 1)])
@pytest.mark.parametrize("times", [0.4, 1, 1.5, 2, 3, 4, 7.9, 8, 20])
def test_a_jpeg_is_shrunk_by_powers_of_two_and_never_enlarged(
    inside: ThumbnailEngine, size: tuple[int, int], times: float
) -> None:
    """A requested size above its own would make ImageMagick decode it twice as large."""
    data = pictures.gradient(*size, "JPEG")
    floor = Size(*(max(1, int(side / times)) for side in size))
    found = inside._size(inside._decode(data, probe(inside, data), floor))
    most = min(side / least for side, least in zip(size, floor, strict=True))
    shrunk = max(each for each in (1, 2, 4, 8) if each == 1 or each <= most)
    assert found == tuple(-(-side // shrunk) for side in size)


# 2.9: what it lists


def test_formats_that_imagemagick_lists_but_cannot_handle_are_left_out(
    inside: ThumbnailEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ImageMagick lists HEIC, PDF and RAW even if they fail, so each format is tried."""
    from advthumb.engines.imagemagick import calls
    from advthumb.engines.imagemagick.engine import WandEngine

    read, written = calls.read, calls.written

    def refusing(how, data, image_format, *options):
        if image_format in {"HEIC", "GIF"}:
            raise calls.ImageMagickError("no decode delegate")
        return read(how, data, image_format, *options)

    def writing(image, encoding, *options):
        if encoding.format == "WEBP":
            raise calls.ImageMagickError("no encode delegate")
        return written(image, encoding, *options)

    monkeypatch.setattr(calls, "read", refusing)
    monkeypatch.setattr(calls, "written", writing)
    poorer = WandEngine()
    assert poorer.reads == inside.reads - {"HEIC", "GIF"}
    assert poorer.writes == inside.writes - {"WEBP"}


def test_wand_is_never_loaded_in_the_calling_process() -> None:
    printed = run_alone("""
        import sys
        from advthumb.engines.registry import engine
        from tests import pictures
        from advthumb.testing.contract.rendering import render
        print(render(engine("imagemagick"), pictures.gradient()).size, "wand" in sys.modules)
    """)
    assert printed == "50x50 False\n"


# Other properties


def test_nothing_of_the_source_leaks_into_the_thumbnail(inside: ThumbnailEngine) -> None:
    """Clause 8: a thumbnail is made only from samples; nothing else about the source is kept."""
    pixels = pictures.gradient_pixels(120, 90)
    plain, talkative = pictures.encode(pixels), pictures.with_metadata("PNG")
    moved = talkative.replace(pictures.P3.icc, b"")
    for output in sorted(inside.writes):
        assert b"ImageMagick" not in render(inside, moved, wanted(60, 60, output)).data
        assert b"gAMA" not in render(inside, plain, wanted(60, 60, output)).data


@pytest.mark.parametrize("source", [(1, 5000), (5000, 1), (2, 900), (900, 2)])
def test_filling_a_box_from_a_one_pixel_line_needs_little_memory(
    engine: ThumbnailEngine, source: tuple[int, int]
) -> None:
    """Scaled as a whole, it would be 300 x 1500000 px."""
    ramp = pictures.gradient_pixels(*source)
    thumbnail = render(engine, pictures.encode(ramp), wanted(300, 300, method="fill"))
    assert thumbnail.size == (300, 300)
    expected = render(had("pillow"), pictures.encode(ramp), wanted(300, 300, method="fill"))
    assert difference(rgb(thumbnail), rgb(expected)).mean() <= 1


def test_a_profile_of_several_megabytes_is_applied(engine: ThumbnailEngine) -> None:
    source = pictures.plain_pixels(60, 60, (200, 60, 40))
    data = pictures.encode(source, icc_profile=pictures.heavy_profile())
    found = middle(rgb(render(engine, data)))
    assert found[1] > found[0]  # red and green are swapped


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_pictures_are_converted_at_16_bits(engine: ThumbnailEngine, channels: int) -> None:
    """Clause 3: in linear light, the darks have no 8 bits to lose."""
    samples = np.full((40, 40, channels), 386, np.uint16)
    if channels % 2 == 0:
        samples[:, :, -1] = 100 * 257
    profile = pictures.grey_profile() if channels < 3 else pictures.RGBProfile(pictures.P3.primaries, 1.0).icc
    found = middle(rgba(render(engine, pictures.png16(samples, profile=profile))))
    assert_close(found[:3], [pictures.grey_in_srgb(386 / 257)] * 3, 1)
    assert found[3] == (255 if channels % 2 else 100)


def test_a_picture_with_few_colours_stays_true_colour(engine: ThumbnailEngine) -> None:
    """ImageMagick would choose a one-bit PNG, and scan every pixel to decide so."""
    assert opened(render(engine, pictures.plain(80, 60, (200, 30, 30), "PNG"))).mode == "RGB"


def test_a_refusal_does_not_end_the_process() -> None:
    """The error is reported and no process has to be started again."""
    had("imagemagick")
    engine = ImageMagickEngine(workers=1)
    [process] = engine._pool._idle
    for image_format in sorted(engine.reads & SAFE_FORMATS):
        with pytest.raises(ThumbnailError):
            render(engine, pictures.truncated(image_format))
    assert engine._pool._idle == [process]
    process.end()


def test_a_file_named_in_a_png_text_is_not_read(engine: ThumbnailEngine, tmp_path: Path) -> None:
    """CVE-2022-44268: a file named as the profile in a PNG text was copied into the thumbnail."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"SECRET" * 100)
    data = pictures.gradient(64, 64)
    at = data.index(b"IDAT") - 4
    named = data[:at] + chunk(b"tEXt", b"profile\0" + str(secret).encode()) + data[at:]
    for output in sorted(engine.writes):
        assert render(engine, named, wanted(output=output)) == render(engine, data, wanted(output=output))


def test_a_dithered_bilevel_tiff_is_scaled_as_in_the_other_engines(engine: ThumbnailEngine) -> None:
    """An HDRI build keeps values beyond black and white between the passes of the filter."""
    noise = np.random.default_rng(7).integers(0, 2, (128, 128), np.uint8) * 255
    data = pictures.save(pictures.as_image(noise).convert("1"), "TIFF")
    thumbnails = [rgb(render(each, data, wanted(60, 60))) for each in (engine, had("pillow"))]
    assert difference(*thumbnails).mean() <= 0.5


@pytest.mark.parametrize("directory", [0x8769, 0x8825], ids=["EXIF", "GPS"])
def test_a_tiff_with_a_directory_of_metadata_needs_no_temporary_file(
    engine: ThumbnailEngine, directory: int
) -> None:
    """Version 7 writes such a directory to a file to read it, and a sealed process cannot open files."""
    value = {0x9003: "2020:01:01 00:00:00"} if directory == 0x8769 else {0x1D: "2020:01:01"}
    data = pictures.encode(pictures.plain_pixels(60, 40, (200, 30, 30)), "TIFF", tiffinfo={directory: value})
    assert b"2020:01:01" in data
    assert middle(rgb(render(engine, data))) == (200, 30, 30)


# What is missing


@pytest.fixture
def no_wand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide Wand from the processes of engines."""
    (tmp_path / "wand.py").write_text("raise ImportError(\"No module named 'wand'\")\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.fixture
def no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes of engines find Wand, but no ImageMagick."""
    (tmp_path / "sitecustomize.py").write_text(
        "import ctypes.util\nctypes.util.find_library = lambda _name: None\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("missing", "told"),
    [("no_wand", "No module named 'wand'"), ("no_library", "MagickWand shared library not found")],
)
def test_missing_parts_are_reported_by_the_system_check(
    missing: str, told: str, request: pytest.FixtureRequest, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python package or the library under it: the message says how to install both."""
    had("imagemagick")
    request.getfixturevalue(missing)
    monkeypatch.setattr(registry, "_instances", {})
    settings.ADVANCE_THUMBNAIL_ENGINE = "imagemagick"
    [message] = check_settings(None)
    assert message.id == "advthumb.E004"
    assert message.msg.startswith("engine 'imagemagick' cannot be loaded: ")
    assert told in message.msg
    for hint in ("django-advance-thumbnail[imagemagick]", "libmagickwand-6.q16-6", "libmagickwand-7.q16-10"):
        assert hint in message.msg
    with pytest.raises(EngineUnavailable):
        registry.engine("imagemagick")


def test_the_limits_can_be_set_in_the_options(engine: ThumbnailEngine) -> None:
    reference = {
        "BACKEND": "imagemagick",
        "OPTIONS": {"timeout": 60, "memory": 400 << 20, "workers": 1, "shrink_margin": 1.5},
    }
    other = registry.engine(reference)
    assert (other.shrink_margin, other.reads) == (1.5, engine.reads)
    assert render(other, pictures.gradient()).size == (50, 50)
    with pytest.raises(ThumbnailError) as caught:
        render(other, pictures.plain(6000, 6000, (1, 2, 3), "PNG"))  # at least 216 MB, with 200 allowed
    assert caught.value.code is ErrorCode.TOO_LARGE
    assert "took longer" not in caught.value.message


def test_a_picture_that_needs_too_much_memory_leaves_all_of_it_for_the_next() -> None:
    """Its first copy fits and its second one does not: ImageMagick counts the first one as used for ever."""
    engine = ImageMagickEngine(workers=1, memory=2**30)
    size = (5600, 5600)
    error = refusal(engine, pictures.save(Image.new("P", size), "PNG", transparency=3))
    assert (error.code, error.for_now) == (ErrorCode.TOO_LARGE, True)
    assert render(engine, pictures.save(Image.new("RGB", size), "PNG")).size == (50, 50)
