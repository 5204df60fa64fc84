"""The pytest plugin and the contract suite, as other projects use them: each test is a project in a folder.

ADVTHUMB_TEST_PYTHON names the interpreter; `.ci/check_dist.sh` gives one that has the built wheel.
"""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

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


@pytest.fixture
def run(tmp_path: Path):
    """Return a function that runs pytest over a project, and gives what it printed by its exit code."""

    def run_in(files: dict[str, str], *arguments: str, code: int = 0) -> str:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(text))
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return run_in


def test_a_project_without_django_loads_nothing_of_it_nor_of_imaging_libraries(run):
    test = """
        import sys

        def test_nothing_heavy_is_loaded():
            assert "advthumb.testing.plugin" in sys.modules
            ours = [name for name in sys.modules if name.startswith("advthumb")]
            assert sorted(ours) == ["advthumb", "advthumb.testing", "advthumb.testing.plugin"]
            assert {"PIL", "numpy", "pyvips"}.isdisjoint(sys.modules)
    """
    files = {"pytest.ini": "[pytest]\n", "test_plain.py": test}
    assert "1 passed" in run(files, "-p", "no:django", "-p", "no:hypothesispytest")


def test_a_site_tests_its_thumbnails_with_the_fixture(run):
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
    printed = run({**SITE, "test_shop.py": test}, code=1)
    assert "2 passed" in printed
    assert "1 failed" in printed
    assert "Product(pk=1).thumbnail: 'thumbnails/a_thumbnail_300x225_" in printed
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


def contract(engine: str) -> dict[str, str]:
    """Return the project of an engine."""
    test = f"""
        from advthumb.testing import EngineContract

        class TestMine(EngineContract):
            engine_under_test = "mine.{engine}"
            test_shrinking_while_decoding_leaves_the_size_exact = None
    """
    return {**SITE, "mine.py": ENGINES, "test_mine.py": test}


ORIENTATION = ("-k", "orientation or planned_size or from_its_bytes_alone or what_is_not_read", "-m", "smoke")


def test_the_contract_passes_for_a_good_engine(run):
    printed = run(contract("GoodEngine"), *ORIENTATION)
    assert " passed" in printed
    assert "skipped" not in printed


def test_the_contract_runs_hostile_files_in_a_child_process(run):
    printed = run(contract("GoodEngine"), "-k", "test_a_picture_is_made_from_its_bytes_alone")
    assert "8 passed" in printed or "7 passed" in printed


def test_the_contract_fails_for_an_engine_that_breaks_a_clause_and_shows_the_values(run):
    printed = run(contract("TurningNothing"), *ORIENTATION, code=1)
    assert "clause_02_orientation.py" in printed
    assert " passed" in printed  # what does not turn


def test_the_contract_skips_what_an_engine_does_not_list(run):
    printed = run(contract("WithoutTiff"), "-k", "test_a_16_bit_grey_tiff or grey_of_32_bits", "-rs")
    assert "the without TIFF engine does not list TIFF in `reads`" in printed
    assert "5 skipped" in printed


def test_a_test_of_the_contract_can_be_left_out(run):
    name = "test_shrinking_while_decoding_leaves_the_size_exact"
    assert "deselected" in run(contract("GoodEngine"), "-k", name, code=5)
