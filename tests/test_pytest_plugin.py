"""The pytest plugin and the contract suite, as other projects use them: each test is a project in a folder.

ADVTHUMB_TEST_PYTHON names the interpreter; `.ci/check_dist.sh` uses one that has the built wheel.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

Contract = tuple[dict[tuple[str, str], set[str]], str]
"""The outcomes of each test of each engine, and what pytest printed."""
PYTHON = os.environ.get("ADVTHUMB_TEST_PYTHON", sys.executable)

SITE = {
    "pytest.ini": """
        [pytest]
        DJANGO_SETTINGS_MODULE = site_settings
        pythonpath = .
        addopts = --strict-markers -W error
    """,
    "site_settings.py": """
        SECRET_KEY = "tests only"
        INSTALLED_APPS = ["advthumb", "shop"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        STORAGES = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
        USE_TZ = True
    """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models
        from advthumb import AdvanceThumbnailField

        class Product(models.Model):
            image = models.ImageField(upload_to="products/")
            thumbnail = AdvanceThumbnailField(
                source_field="image", upload_to="thumbnails/", size=(300, 300), engine="vips", null=True
            )
    """,
}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a project."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text))


def run_pytest(folder: Path, *arguments: str, code: int) -> str:
    """Run pytest on a project, and return what it printed; fail if the exit code is a different one."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_without_django_the_plugin_loads_neither_django_nor_imaging_libraries(tmp_path):
    test = """
        import sys

        def test_nothing_heavy_is_loaded():
            assert "advthumb.testing.plugin" in sys.modules
            ours = [name for name in sys.modules if name.startswith("advthumb")]
            assert sorted(ours) == ["advthumb", "advthumb.testing", "advthumb.testing.plugin"]
            assert {"PIL", "numpy", "pyvips"}.isdisjoint(sys.modules)
    """
    write(tmp_path, {"pytest.ini": "[pytest]\n", "test_plain.py": test})
    others = ("django", "hypothesispytest", "randomly")  # these plugins import other packages
    printed = run_pytest(tmp_path, *(f"-pno:{name}" for name in others), code=0)
    assert "1 passed" in printed


def test_a_site_tests_its_thumbnails_with_the_fixture(tmp_path):
    test = """
        from io import BytesIO
        import pytest
        from django.core.files.base import ContentFile
        from PIL import Image
        from advthumb.testing import assert_thumbnail, override_thumbnails
        from shop.models import Product

        def made():
            out = BytesIO()
            Image.new("RGB", (800, 600), "red").save(out, "PNG")
            return Product.objects.create(image=ContentFile(out.getvalue(), "a.png"))

        @pytest.mark.django_db
        def test_right(fake_thumbnails):
            assert_thumbnail(made().thumbnail, size=(300, 225), format="PNG")

        @pytest.mark.django_db
        def test_wrong(fake_thumbnails):
            assert_thumbnail(made().thumbnail, size=(300, 300), format="WEBP")

        @pytest.mark.django_db
        @override_thumbnails(engine="pillow")
        def test_with_another_engine():
            with Image.open(made().thumbnail) as image:
                assert image.convert("RGB").getpixel((9, 9)) == (255, 0, 0)
    """
    write(tmp_path, {**SITE, "test_shop.py": test})
    printed = run_pytest(tmp_path, code=1)
    assert "2 passed" in printed
    assert "1 failed" in printed
    assert re.search(r"Product\(pk=\d+\)\.thumbnail: 'thumbnails/a\w*_thumbnail_300x225_", printed)
    assert "is 300x225 px, expected 300x300 px; " in printed
    assert "is PNG, expected WEBP" in printed


ENGINES = """
    from advthumb.engines.pillow import PillowEngine

    class GoodEngine(PillowEngine):
        name = "good"

    class TurningNothing(PillowEngine):
        name = "turning nothing"

        def _orient(self, image, orientation):
            return image

    class WithoutTiff(PillowEngine):
        name = "without TIFF"

        def __init__(self):
            super().__init__()
            self.reads -= {"TIFF"}
"""


CONTRACT = """
    from advthumb.testing import EngineContract

    class TestGood(EngineContract):
        engine_under_test = "mine.GoodEngine"
        test_big_endian_tags_are_read_as_well = None

    class TestTurningNothing(EngineContract):
        engine_under_test = "mine.TurningNothing"

    class TestWithoutTiff(EngineContract):
        engine_under_test = {"BACKEND": "mine.WithoutTiff"}
"""

UPRIGHT = "test_the_picture_is_upright"
LEFT_OUT = "test_big_endian_tags_are_read_as_well"
CHOSEN = f"{LEFT_OUT} or {UPRIGHT} or test_a_picture_is_made_from_its_bytes_alone or test_a_16_bit_grey_tiff"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The results of a few contract tests for three engines: one run, because starting takes seconds."""
    folder = tmp_path_factory.mktemp("engines")
    write(folder, {**SITE, "mine.py": ENGINES, "test_mine.py": CONTRACT})
    printed = run_pytest(folder, "-rA", "-k", CHOSEN, code=1)
    found: dict[tuple[str, str], set[str]] = {}
    for outcome, engine, name in re.findall(
        r"^(PASSED|FAILED|ERROR) test_mine.py::Test(\w+)::(\w+)", printed, re.MULTILINE
    ):
        found.setdefault((engine, name), set()).add(outcome)
    return found, printed


def test_the_contract_passes_for_a_good_engine(contract):
    found, _ = contract
    good = {name: outcomes for (engine, name), outcomes in found.items() if engine == "Good"}
    assert set(good) >= {UPRIGHT, "test_a_16_bit_grey_tiff"}
    assert set.union(*good.values()) == {"PASSED"}


def test_the_contract_runs_hostile_files_in_a_child_process(contract):
    found, _ = contract
    for engine in ("Good", "WithoutTiff"):  # one is named by its path, the other by a dict
        assert found[engine, "test_a_picture_is_made_from_its_bytes_alone"] == {"PASSED"}


def test_the_contract_fails_for_an_engine_that_breaks_a_clause_and_shows_where(contract):
    found, printed = contract
    assert "FAILED" in found["TurningNothing", UPRIGHT]
    assert "clause_02_orientation.py" in printed


def test_the_contract_skips_formats_an_engine_does_not_list(contract):
    found, printed = contract
    assert ("WithoutTiff", "test_a_16_bit_grey_tiff") not in found
    assert "the without TIFF engine does not list TIFF in `reads`" in printed


def test_a_test_of_the_contract_can_be_left_out(contract):
    found, _ = contract
    assert ("TurningNothing", LEFT_OUT) in found
    assert ("Good", LEFT_OUT) not in found
