"""The architecture: imports have no side effects, and one package imports each imaging library."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "advthumb"
DOORS = {
    "PIL": (
        *("engines/pillow/", "engines/previews/", "testing/"),
        *("processing.py", "processors/", "finishing.py"),
    ),
    "pyvips": ("engines/vips/", "engines/previews/svg"),
    "wand": ("engines/imagemagick/",),
    "pypdfium2": ("engines/previews/pdf.py",),
    "rawpy": ("engines/previews/raw.py",),
    "av": ("engines/previews/video.py",),
    "pyjpegxl": ("engines/previews/jxl.py",),
    "opentelemetry": ("contrib/opentelemetry.py",),
}


def imported(path):
    """Return the top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


MODULES = {path.relative_to(PACKAGE).as_posix(): imported(path) for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize("library", DOORS)
def test_each_imaging_library_is_imported_in_one_place(library):
    users = {name for name, packages in MODULES.items() if library in packages}
    assert not [name for name in users if not name.startswith(DOORS[library])]


def test_core_is_standard_library_only():
    core = {name: packages for name, packages in MODULES.items() if name.startswith("core/")}
    assert len(core) > 5
    for name, packages in core.items():
        assert packages <= {"advthumb", *sys.stdlib_module_names}, name  # setup.cfg allows only its core


def test_only_conf_reads_settings():
    readers = set()
    for path in PACKAGE.rglob("*.py"):
        if "ADVANCE_THUMBNAIL_{" in path.read_text() or "settings.ADVANCE" in path.read_text():
            readers.add(path.name)
    assert readers == {"conf.py"}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import advthumb", ["PIL", "pyvips", "wand", "django"]),
        ("import django_advance_thumbnail", ["PIL", "pyvips", "wand", "tqdm"]),
        ("import advthumb.fields", ["PIL", "pyvips", "wand", "tqdm"]),
        ("import advthumb.core.detection, advthumb.core.planning", ["django", "PIL"]),
    ],
)
def test_importing_loads_nothing_heavy_and_needs_no_settings(code, absent):
    script = f"import sys; {code}; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_django_starts_without_loading_an_imaging_library():
    script = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.bare_settings';"
        "django.setup(); print([name for name in ('PIL', 'pyvips', 'wand') if name in sys.modules])"
    )
    root = PACKAGE.parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
