"""Wand finds the same ImageMagick as by itself, without starting dozens of programs."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("wand.api", reason="the extra `imagemagick` is not installed", exc_type=ImportError)

BOTH = """
3 libs found in cache `/etc/ld.so.cache'
\tlibMagickWand-7.Q16HDRI.so.10 (libc6,x86-64) => /lib/x86_64-linux-gnu/libMagickWand-7.Q16HDRI.so.10
\tlibMagickWand-7.Q16.so.10 (libc6,x86-64) => /lib/x86_64-linux-gnu/libMagickWand-7.Q16.so.10
\tlibMagickCore-6.Q16.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libMagickCore-6.Q16.so.6
"""


def child(code: str, **environment: str):
    """Return the JSON that a process prints."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(filter(None, sys.path)), **environment}
    arguments = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)]
    done = subprocess.run(arguments, env=variables, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


LOADED = """
    import json, subprocess
    programs, start = [], subprocess.Popen.__init__
    def counting(self, args, *more, **options):
        programs.append(args[0])
        start(self, args, *more, **options)
    subprocess.Popen.__init__ = counting
    import {module}
    from wand.api import library
    print(json.dumps([library._name, programs]))
"""


def test_installed_names_are_listed_in_the_order_that_wand_tries():
    code = """
        import json
        from advthumb.engines.imagemagick.finding import installed
        print(json.dumps([installed(text) for text in json.loads(%r)]))
    """
    both, none = child(code % json.dumps([BOTH, ""]))
    assert both == ["-7", "-7.Q16", "-7.Q16HDRI"]
    assert none == []


@pytest.mark.skipif(not Path("/sbin/ldconfig").exists(), reason="this system does not list its libraries")
def test_the_engine_finds_the_library_of_wand_with_few_programs():
    name, programs = child(LOADED.format(module="advthumb.engines.imagemagick.engine"))
    expected, many = child(LOADED.format(module="wand.api"))
    assert name == expected
    assert len(programs) <= 5 < len(many)


@pytest.mark.parametrize("variable", ["WAND_MAGICK_LIBRARY_SUFFIX", "MAGICK_HOME", "LD_LIBRARY_PATH"])
def test_library_settings_in_the_environment_are_respected(variable):
    code = """
        import json, os
        from advthumb.engines.imagemagick import finding
        print(json.dumps(os.environ.get(finding.SUFFIXES)))
    """
    value = "-6.Q16" if "SUFFIX" in variable else "/nowhere"
    assert child(code, **{variable: value}) == (value if "SUFFIX" in variable else None)
