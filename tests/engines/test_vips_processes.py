"""What libvips means to a process: forks, threads, and a library that is missing (PITFALLS 1.2 and 1.12)."""

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from tests.children import ROOT

from .conftest import REQUIRED

if "vips" in REQUIRED:
    import pyvips
else:
    pyvips = pytest.importorskip("pyvips", exc_type=ImportError)

SECONDS = 60


def run_python(code: str, **environment: str) -> str:
    """Return the output of a fresh interpreter with the engine imported; it is killed if it hangs."""
    begin = """
        import os, sys
        import django.conf
        django.conf.settings.configure()
        from advthumb.core.errors import ThumbnailError
        from advthumb.engines import registry
        from tests import pictures
        from advthumb.testing.contract.rendering import probe, render, wanted
        def threads():
            return len(os.listdir("/proc/self/task"))
        def in_child(work):
            sys.stdout.flush()
            pid = os.fork()
            if not pid:
                try:
                    print(work(), flush=True)
                finally:
                    os._exit(0)
            os.waitpid(pid, 0)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(begin) + textwrap.dedent(code)],
        cwd=ROOT,
        env=os.environ | environment | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, complaints = process.communicate(timeout=SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the process that hangs is a child of the child
        process.communicate()
    assert process.returncode == 0, complaints
    return printed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
class TestForks:
    """libvips relies on threads that a fork does not copy, and would wait for them forever."""

    def test_a_child_works_if_the_parent_only_made_engines_and_read_headers(self) -> None:
        """What system checks do before gunicorn and Celery fork; none of it starts a thread."""
        printed = run_python("""
            data = pictures.gradient(300, 200, "JPEG")
            before = threads()
            engine = registry.engine("vips")
            for image_format in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"):
                probe(engine, pictures.gradient(image_format=image_format))
            print(threads() - before)
            in_child(lambda: render(engine, data).size)
            in_child(lambda: render(registry.engine("vips"), data, wanted(20, 20, "AVIF")).size)
        """)
        assert printed.splitlines() == ["0", "50x33", "20x13"]

    def test_a_child_is_refused_with_advice_if_the_parent_rendered(self) -> None:
        printed = run_python("""
            data = pictures.gradient(300, 200, "JPEG")
            engine = registry.engine("vips")
            render(engine, data)
            def work():
                try:
                    return render(engine, data)
                except ThumbnailError as error:
                    return error
            in_child(work)
            print(render(engine, data).size)
        """)
        refusal, goes_on = printed.splitlines()
        assert "libvips was used before this process was forked" in refusal
        assert "spawn" in refusal
        assert refusal.endswith("[engine]")
        assert goes_on == "50x33"

    def test_a_second_vips_engine_is_refused_in_the_child_too(self) -> None:
        printed = run_python("""
            data = pictures.gradient(300, 200, "JPEG")
            render(registry.engine("vips"), data)
            def work():
                try:
                    quick = registry.engine({"BACKEND": "vips", "OPTIONS": {"shrink_margin": 1.5}})
                    return render(quick, data)
                except ThumbnailError as error:
                    return error.code
            in_child(work)
        """)
        assert printed == "engine\n"

    def test_rendering_an_animation_in_the_parent_counts_too(self) -> None:
        printed = run_python("""
            from dataclasses import replace
            from advthumb.core.planning import plan
            from advthumb.core.formats import ImageFormat
            engine, data = registry.engine("vips"), pictures.timed("GIF")
            info = engine.probe(data, ImageFormat.GIF, max_frames=9)
            engine.render(data, info, [plan(replace(wanted(30, 30, "GIF"), animated=True), info)])
            def work():
                try:
                    return render(engine, data)
                except ThumbnailError as error:
                    return error.code
            in_child(work)
        """)
        assert printed == "engine\n"


@pytest.mark.skipif(not hasattr(pyvips, "concurrency_set"), reason="pyvips has no such switch before 3.1")
def test_one_picture_uses_one_thread() -> None:
    """Pictures are rendered in parallel; more threads for one of them gain nothing."""
    printed = run_python(
        """
        from advthumb.core.images import Size
        engine, data = registry.engine("vips"), pictures.gradient(1600, 1200)
        before = threads()
        engine._decode(data, probe(engine, data), Size(1600, 1200)).copy_memory()
        print(threads() - before)
        """,
        VIPS_CONCURRENCY="8",
    )
    assert printed == "1\n"


def test_a_large_rotated_source_is_not_held_in_memory_for_several_thumbnails() -> None:
    """Its 64 MB are scaled during decoding, as far as the largest thumbnail allows."""
    printed = run_python(
        """
        from advthumb.testing.contract.rendering import render_all
        turned = pictures.orientation_exif(6)
        pixels = pictures.plain_pixels(4000, 4000, (200, 60, 40, 128))
        data = pictures.encode(pixels, "PNG", exif=turned)
        del pixels
        engine = registry.engine("vips")
        plans = [wanted(300, 300, "PNG", method="fill"), wanted(280, 300, "PNG", method="fill")]
        render_all(engine, pictures.encode(pictures.plain_pixels(400, 400, (1, 2, 3, 128))), *plans)
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")
        def peak():
            status = open("/proc/self/status").read()
            return int(status.partition("VmHWM:")[2].split()[0])
        before = peak()
        print([str(each.size) for each in render_all(engine, data, *plans)], peak() - before)
        """,
        VIPS_CONCURRENCY="1",  # each thread has separate rows
    )
    sizes, _, growth = printed.rpartition(" ")
    assert sizes == "['300x300', '280x300']"
    assert int(growth) < 45_000


MISSING = {
    "package": "raise ModuleNotFoundError(\"No module named 'pyvips'\", name='pyvips')",
    "shared library": "import cffi; cffi.FFI().dlopen('libvips.so.nowhere')",
}


@pytest.mark.parametrize("what", MISSING)
def test_a_missing_library_is_a_system_check_that_names_the_extra(tmp_path: Path, what: str) -> None:
    """Both cases: the Python package, and the shared library that it needs."""
    (tmp_path / "pyvips.py").write_text(MISSING[what])
    printed = run_python(f"""
        sys.path.insert(0, {str(tmp_path)!r})
        django.conf.settings._wrapped = django.conf.empty
        django.conf.settings.configure(INSTALLED_APPS=["advthumb"], ADVANCE_THUMBNAIL_ENGINE="vips")
        import django
        from django.core.checks import run_checks
        django.setup()
        for message in run_checks():
            print(message.id, message.msg)
    """)
    [message] = printed.splitlines()
    assert message.startswith("advthumb.E004 engine 'vips' cannot be loaded: ")
    assert 'pip install "django-advance-thumbnail[vips]"' in message
    assert ("pyvips" if what == "package" else "libvips.so.nowhere") in message
