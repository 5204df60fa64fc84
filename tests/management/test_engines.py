"""`thumbnail_engines` shows what each engine can really do here, and compares them on real files."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import SAFE_FORMATS, ImageFormat
from advthumb.core.sniffing import sniff
from advthumb.diagnosis.comparison import _difference
from advthumb.diagnosis.hazards import bad_versions
from advthumb.diagnosis.trials import SAMPLES
from advthumb.engines.pillow import PillowEngine
from advthumb.engines.registry import ALIASES, PREVIEWS, engine
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.rendering import render, rgb, wanted
from tests.pictures import encode, photo_pixels, plain, truncated

from .commands import report, run

COMMAND = "thumbnail_engines"
MISSING = "tests.testapp.engines.missing.MissingEngine"
LYING = "tests.management.test_engines.LyingEngine"
DARKER = "tests.management.test_engines.DarkerEngine"


class LyingEngine(PillowEngine):
    """Lists formats that it cannot process."""

    def _decode(self, data, info, floor):
        if info.format is ImageFormat.TIFF:
            raise ValueError("no TIFF after all")
        return super()._decode(data, info, floor)

    def _encode(self, image, encoding):
        if encoding.format is ImageFormat.WEBP:
            raise ThumbnailError("no WebP after all", ErrorCode.ENGINE)
        return super()._encode(image, encoding)

    def versions(self):
        return {"libwebp": "1.3.1"}


class DarkerEngine(PillowEngine):
    """Makes every picture darker by 5 levels."""

    def _compose(self, image, plan):
        return super()._compose(image, plan).point(lambda value: max(0, value - 5))


def of(alias, *arguments):
    return {each["engine"]: each for each in report(COMMAND, *arguments).json["engines"]}[alias]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(encode(photo_pixels(400, 300)))
    return path


@pytest.mark.parametrize("alias", [*ALIASES, *PREVIEWS])
def test_every_alias_is_reported(alias):
    told = of(alias)
    if told["problem"]:
        with pytest.raises(EngineUnavailable, match=re.escape(told["problem"])):
            engine(alias)
        return
    found = engine(alias)
    assert set(told["reads"]) | set(told["untried"]) == set(found.reads)
    assert set(told["writes"]) == set(found.writes)
    assert not [warning for warning in told["warnings"] if "does not work" in warning]


def test_the_default_is_in_use_and_has_versions():
    told = of("pillow")
    assert told["in_use"]
    assert told["versions"]["Pillow"]


def test_a_listed_format_that_does_not_work_gives_a_warning_and_is_left_out(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = LYING
    told = of(LYING)
    assert "TIFF" not in told["reads"]
    assert "WEBP" not in told["writes"]
    assert "PNG" in set(told["reads"]) & set(told["writes"])
    tiff, webp, old = told["warnings"]
    assert tiff.startswith("TIFF is listed but does not work: ")
    assert "no WebP after all" in webp
    assert "CVE-2023-4863" in old


def test_a_missing_engine_in_use_sets_the_exit_code(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", MISSING]
    done = run(COMMAND)
    assert done.code == 1
    assert f"{MISSING}, in use: not available: engine '{MISSING}' cannot be loaded" in done.out
    assert "pillow, in use: available" in done.out
    assert done.err.endswith(MISSING)


def test_engines_with_different_options_are_listed_separately(settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = {
        "BACKEND": "tests.engines.fake.FakeEngine",
        "OPTIONS": {"reads": ["GIF"]},
    }
    told = of("tests.engines.fake.FakeEngine {'reads': ['GIF']}")
    assert told["in_use"]
    assert not of("pillow")["in_use"]


def test_the_limits_in_force_are_shown(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 1234
    settings.ADVANCE_THUMBNAIL_ALLOWED_FORMATS = ["PNG", "JPEG"]
    limits = report(COMMAND).json["limits"]
    assert limits["ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS"] == 1234
    assert limits["ADVANCE_THUMBNAIL_ALLOWED_FORMATS"] == ["JPEG", "PNG"]
    assert "ADVANCE_THUMBNAIL_ALLOWED_FORMATS: JPEG, PNG" in run(COMMAND).out


def test_invalid_settings_are_an_error(settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES = "many"
    done = run(COMMAND)
    assert done.code == 1
    assert "ADVANCE_THUMBNAIL_MAX_SOURCE_BYTES is 'many'" in done.err


def test_ghostscript_on_the_path_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert report(COMMAND).json["warnings"] == []
    program = tmp_path / "gs"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert shutil.which("gs")
    [warning] = report(COMMAND).json["warnings"]
    assert str(program) in warning
    assert str(program) in run(COMMAND).out


@pytest.mark.parametrize(
    ("version", "bad"),
    [("1.3.1", True), ("1.3.2", False), ("1.10", False), ("1.3.2-rc1", False), ("0.9", True), ("1.3", True)],
)
def test_versions_are_compared_by_their_numbers(version, bad):
    assert bool(list(bad_versions({"libwebp": version, "other": "0"}))) is bad


def test_every_format_allowed_by_default_has_a_sample():
    assert SAMPLES.keys() >= SAFE_FORMATS
    assert all(sniff(data) is image_format for image_format, data in SAMPLES.items())


def test_compare_measures_every_available_engine(photo, tmp_path, settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", DARKER]
    output = tmp_path / "sheet.png"
    document = report(COMMAND, "--compare", str(photo), "--size", "100x80", "--output", str(output)).json
    available = [each["engine"] for each in document["engines"] if not each["problem"]]
    cells = {cell["engine"]: cell for cell in document["comparison"]}
    assert list(cells) == available
    for alias, cell in cells.items():
        if alias in PREVIEWS and "PNG" not in engine(alias).reads:
            assert "[unsupported]" in cell["error"]
            continue
        assert cell["size"] == [100, 75]
        assert cell["length"] > 1000
        assert cell["milliseconds"] > 0
        assert cell["difference"] <= 6
    assert cells["pillow"]["difference"] == 0
    assert 4 < cells[DARKER]["difference"] <= 5


def test_compare_writes_the_thumbnails_side_by_side(photo, tmp_path, settings):
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", DARKER]
    settings.ADVANCE_THUMBNAIL_FORMAT = "PNG"
    black = tmp_path / "black.png"
    black.write_bytes(plain(40, 40, (0, 0, 0), "PNG"))
    output = tmp_path / "sheet.png"
    done = report(COMMAND, "--compare", str(photo), str(black), "--size", "100x80", "--output", str(output))
    engines = [cell["engine"] for cell in done.json["comparison"] if cell["file"] == str(photo)]
    with Image.open(output) as image:
        sheet = np.asarray(image)
    assert sheet.shape == (10 + 2 * 85, 10 + len(engines) * 110, 3)
    thumbnail = rgb(render(engine("pillow"), photo.read_bytes(), wanted(100, 80)))
    left = 10 + 110 * engines.index("pillow")
    assert np.array_equal(sheet[10:85, left : left + 100], thumbnail)
    left = 10 + 110 * engines.index(DARKER)
    assert np.array_equal(sheet[10:85, left : left + 100], thumbnail.clip(5) - 5)
    assert (sheet[95:135, left : left + 40] == 0).all()
    assert (sheet[95:, left + 40 :] == 255).all()


def test_compare_continues_after_a_refused_file(photo, tmp_path):
    bad, text = tmp_path / "bad.jpg", tmp_path / "text.jpg"
    bad.write_bytes(truncated("JPEG"))
    text.write_text("hello")
    output = tmp_path / "sheet.png"
    done = run(COMMAND, "--compare", str(bad), str(text), str(photo), "--output", str(output))
    assert done.code == 0
    assert "[corrupt]" in done.out
    assert "[unsupported]" in done.out
    assert "300x225" in done.out
    assert "differs by 0.00" in done.out
    with Image.open(output) as sheet:
        assert sheet.getpixel((20, 20)) == (204, 204, 204)


def test_compare_says_which_engines_do_not_read_a_file(tmp_path, settings):
    """It gives no advice to use another engine, because every engine is in the comparison."""
    reads = {"BACKEND": "tests.engines.fake.FakeEngine", "OPTIONS": {"reads": ["PNG"]}}
    settings.ADVANCE_THUMBNAIL_ENGINE = ["pillow", reads]
    path = tmp_path / "photo.jpg"
    path.write_bytes(SAMPLES[ImageFormat.JPEG])
    done = report(COMMAND, "--compare", str(path), "--output", str(tmp_path / "sheet.png"))
    told = {cell["engine"]: cell["error"] for cell in done.json["comparison"]}
    assert told["pillow"] == ""
    fakes = [error for name, error in told.items() if "FakeEngine" in name]
    assert fakes == ["the fake engine does not read JPEG [unsupported]"]
    for alias in PREVIEWS.keys() & told.keys():
        assert told[alias] == f"the {alias} engine does not read JPEG [unsupported]"


def test_compare_uses_the_settings_for_writing(photo, tmp_path, settings):
    def lengths():
        done = report(COMMAND, "--compare", str(photo), "--output", str(tmp_path / "sheet.png"))
        return {cell["engine"]: cell["length"] for cell in done.json["comparison"]}

    usual = lengths()
    settings.ADVANCE_THUMBNAIL_EFFORT = "small"
    assert lengths()["pillow"] < usual["pillow"]


def test_compare_obeys_the_limits(photo, tmp_path, settings):
    settings.ADVANCE_THUMBNAIL_MAX_SOURCE_PIXELS = 1000
    done = report(COMMAND, "--compare", str(photo), "--output", str(tmp_path / "sheet.png"))
    told = {cell["engine"]: cell["error"] for cell in done.json["comparison"]}
    assert all("[too-large]" in error for alias, error in told.items() if alias not in PREVIEWS)


def test_different_sizes_are_not_compared():
    assert _difference(b"\x00\x00", b"\x02\x04", same_size=True) == 3
    assert _difference(b"\x00", b"\x02\x04", same_size=False) is None


@pytest.mark.parametrize("size", ["300", "0x300", "300x", "axb", "-3x3"])
def test_an_invalid_size_is_refused(size, photo):
    done = run(COMMAND, "--compare", str(photo), f"--size={size}")
    assert done.code == 1
    assert "such as 300x300" in done.err


def test_a_missing_file_is_an_error(tmp_path):
    done = run(COMMAND, "--compare", str(tmp_path / "nothing.jpg"))
    assert done.code == 1
    assert "nothing.jpg" in done.err


def test_transparent_thumbnails_are_shown_on_grey(tmp_path):
    path, output = tmp_path / "clear.png", tmp_path / "sheet.png"
    path.write_bytes(plain(40, 40, (200, 0, 0, 0), "PNG"))
    assert run(COMMAND, "--compare", str(path), "--output", str(output)).code == 0
    with Image.open(output) as sheet:
        assert sheet.getpixel((30, 30)) == (204, 204, 204)
