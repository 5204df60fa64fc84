"""`engines.registry`: from a setting to its engines."""

import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from advthumb.conf import EngineReference
from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.engines import registry
from advthumb.engines.advice import INSTALL_HINTS
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import ALIASES, PREVIEWS, engine, probed, revision
from advthumb.engines.samples import SAMPLES
from advthumb.exceptions import EngineUnavailable
from tests import pictures

from .conftest import REQUIRED, had
from .fake import OPAQUE, FakeEngine

FAKE = "tests.engines.fake.FakeEngine"
IMAGING_LIBRARIES = ("PIL", "pyvips", "wand", "pillow_heif")


def run_python(code: str) -> str:
    """Return what a fresh interpreter prints."""
    arguments = [sys.executable, "-c", textwrap.dedent(code)]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    return subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide all imaging libraries from processes started from now on, and from their children."""
    for name in IMAGING_LIBRARIES:
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('no {name} here', name='{name}')\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_an_alias_names_an_engine() -> None:
    assert engine("pillow").name == "pillow"
    assert isinstance(engine("pillow"), ThumbnailEngine)


def test_a_dotted_path_names_an_engine() -> None:
    assert isinstance(engine(FAKE), FakeEngine)


def test_a_mapping_names_an_engine_with_options() -> None:
    made = engine({"BACKEND": FAKE, "OPTIONS": {"reads": ["GIF"]}})
    assert made.reads == {ImageFormat.GIF}
    assert engine({"BACKEND": "pillow"}) is engine("pillow")


def test_there_is_one_instance_per_reference() -> None:
    assert engine("pillow") is engine("pillow")
    assert engine(FAKE) is engine({"BACKEND": FAKE, "OPTIONS": {}})
    gif, png = ({"BACKEND": FAKE, "OPTIONS": {"reads": [name]}} for name in ("GIF", "PNG"))
    assert engine(gif) is engine(gif) is not engine(png)


def chosen(image_format: str, references: list[EngineReference]) -> ThumbnailEngine:
    """Return the engine chosen for a small picture."""
    found, info = probed(
        pictures.plain(8, 8, (9, 9, 9), image_format), ImageFormat(image_format), references, 1
    )
    assert info.format == image_format
    return found


def test_the_first_engine_that_reads_the_format_is_chosen() -> None:
    gif_only = {
        "BACKEND": FAKE,
        "OPTIONS": {"reads": ["GIF"], "info": replace(OPAQUE, format=ImageFormat.GIF)},
    }
    assert chosen("GIF", [gif_only, "pillow"]) is engine(gif_only)
    assert chosen("JPEG", [gif_only, "pillow"]) is engine("pillow")
    assert chosen("GIF", ["pillow", gif_only]) is engine("pillow")


def test_a_later_engine_is_not_loaded_before_it_is_needed() -> None:
    assert chosen("JPEG", ["pillow", "no.such.Engine"]) is engine("pillow")


def test_the_next_engine_is_tried_if_one_refuses_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only for its format: another library may read what one gets wrong."""
    monkeypatch.setattr(type(engine(FAKE)), "refuses", lambda _engine, _info: "pictures of foxes")
    assert chosen("PNG", [FAKE, "pillow"]) is engine("pillow")
    with pytest.raises(ThumbnailError, match="the fake engine cannot read pictures of foxes") as caught:
        chosen("PNG", [FAKE])
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_a_damaged_source_is_not_tried_with_another_engine() -> None:
    with pytest.raises(ThumbnailError) as caught:
        probed(b"\x89PNG\r\n\x1a\n", ImageFormat.PNG, ["pillow", "no.such.Engine"], 1)
    assert caught.value.code is ErrorCode.CORRUPT


def test_a_format_that_no_engine_reads_is_unsupported_and_lists_the_engines() -> None:
    with pytest.raises(ThumbnailError, match=r"no engine reads PSD here \(asked: pillow, fake\)") as caught:
        probed(b"8BPS", ImageFormat.PSD, ["pillow", FAKE], 1)
    assert caught.value.code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("imagination", r"there is no engine 'imagination'; choose .*pillow.* or a dotted path"),
        (
            "no.such.Engine",
            r"'no.such.Engine' cannot be loaded: No module named 'no'\. Check the dotted",
        ),
        ("tests.engines.fake.Missing", r"cannot be loaded: .*\"Missing\""),
        (".Engine", r"engine '.Engine' cannot be loaded"),
        ("tests.engines.fake.OPAQUE", r"tests.engines.fake.OPAQUE is not a ThumbnailEngine"),
        ("tests.engines.fake.FakePicture", r"is not a ThumbnailEngine"),
        (
            {"BACKEND": "pillow", "OPTIONS": {"speed": 9}},
            r"'pillow' does not take the options \['speed'\]",
        ),
        ({"OPTIONS": {}}, r"an engine is \{'BACKEND': ..., 'OPTIONS': \{...\}\}, not \{'OPTIONS'"),
        ({"BACKEND": "pillow", "OPTION": {}}, r"an engine is \{'BACKEND'"),
        ({"BACKEND": 7}, r"an engine is \{'BACKEND'"),
        ({"BACKEND": "pillow", "OPTIONS": ["speed"]}, r"an engine is \{'BACKEND'"),
    ],
    ids=repr,
)
def test_an_invalid_engine_is_refused_by_name(reference: object, message: str) -> None:
    with pytest.raises(EngineUnavailable, match=message):
        engine(reference)  # type: ignore[arg-type]


@pytest.mark.parametrize("margin", [0.9, 0, -2, "2", None, float("nan")])
def test_a_margin_that_would_lose_pixels_is_refused(margin: object) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"shrink_margin is .*; it must be a number of at least 1"):
        engine({"BACKEND": "pillow", "OPTIONS": {"shrink_margin": margin}})


def test_the_shrink_margin_of_an_engine_is_2_by_default() -> None:
    quick = engine({"BACKEND": "pillow", "OPTIONS": {"shrink_margin": 1.5}})
    assert (engine("pillow").shrink_margin, quick.shrink_margin) == (2, 1.5)


def test_a_failed_engine_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing now may be installed, or repaired in a test, later."""
    monkeypatch.setattr(registry, "_instances", {})
    with pytest.raises(EngineUnavailable):
        engine("tests.engines.fake.Later")
    monkeypatch.setattr("tests.engines.fake.Later", FakeEngine, raising=False)
    assert isinstance(engine("tests.engines.fake.Later"), FakeEngine)


def test_the_cause_of_a_failure_is_kept() -> None:
    with pytest.raises(EngineUnavailable) as caught:
        engine("no.such.Engine")
    assert isinstance(caught.value.__cause__, ImportError)


def test_a_missing_engine_is_not_reported_as_a_bad_picture() -> None:
    """Code that continues after a bad picture must not hide a missing library."""
    assert not issubclass(EngineUnavailable, ThumbnailError)


def test_a_shared_library_that_does_not_load_is_missing_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ctypes and cffi raise OSError if the Python package is installed and its library is not."""
    (tmp_path / "halfway.py").write_text("import ctypes\nctypes.CDLL('libnowhere.so.1')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EngineUnavailable, match="libnowhere") as caught:
        engine("halfway.Engine")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.usefixtures("no_library")
@pytest.mark.parametrize("alias", ALIASES)
def test_an_engine_without_its_library_says_what_to_install(alias: str) -> None:
    """In an interpreter that has no imaging library at all."""
    printed = run_python(f"""
        from advthumb.engines.registry import engine
        from advthumb.exceptions import EngineUnavailable
        try:
            engine({alias!r})
        except EngineUnavailable as error:
            print(error)
    """)
    assert f"engine '{alias}' cannot be loaded" in printed
    assert INSTALL_HINTS[alias] in printed
    assert "pip install" in printed


def test_no_imaging_library_is_imported_before_an_engine_is_asked_for() -> None:
    printed = run_python(f"""
        import sys
        from advthumb.engines import base, registry
        print([name for name in {IMAGING_LIBRARIES} if name in sys.modules])
    """)
    assert printed == "[]\n"


def test_every_alias_has_a_hint_and_every_required_engine_an_alias() -> None:
    """An engine that CI requires under a wrong name would not be tested."""
    assert set(INSTALL_HINTS) == {*ALIASES, *PREVIEWS}
    assert {*ALIASES, *PREVIEWS} >= REQUIRED


@pytest.mark.parametrize("alias", [*ALIASES, *PREVIEWS])
def test_the_revision_of_an_alias_is_that_of_its_engine(alias: str) -> None:
    """A table has it, so that a name can be checked without an imaging library."""
    assert revision(alias) == import_string({**ALIASES, **PREVIEWS}[alias]).revision


PSD = b"8BPS\x00\x01" + bytes(40)


class SealedFakeEngine(FakeEngine):
    """Declares itself sealed: no picture can do harm through it."""

    sealed = True


def test_a_rare_format_is_read_only_in_sealed_processes(settings) -> None:
    """Naming an engine with such processes allows every format that it reads."""
    plain, sealed = (
        {"BACKEND": f"{kind.__module__}.{kind.__qualname__}", "OPTIONS": {"reads": ["PSD"]}}
        for kind in (FakeEngine, SealedFakeEngine)
    )
    with pytest.raises(ThumbnailError, match="'imagemagick' in ADVANCE_THUMBNAIL_ENGINE reads it") as caught:
        probed(PSD, ImageFormat.PSD, [plain], 1)
    assert caught.value.code is ErrorCode.UNSUPPORTED
    assert probed(PSD, ImageFormat.PSD, [plain, sealed], 1)[0] is engine(sealed)
    settings.ADVANCE_THUMBNAIL_ALLOWED_FORMATS = ["PSD"]
    assert probed(PSD, ImageFormat.PSD, [plain, sealed], 1)[0] is engine(plain)


def test_a_format_read_only_by_an_unsealed_engine_must_be_allowed() -> None:
    with pytest.raises(ThumbnailError, match="pillow would if ADVANCE_THUMBNAIL_ALLOWED_FORMATS listed it"):
        probed(b"qoif", ImageFormat.QOI, ["pillow"], 1)


def test_an_unsupported_format_names_an_engine_that_reads_it(settings) -> None:
    """Checked for every readable format and every engine that does not read it."""
    settings.ADVANCE_THUMBNAIL_ALLOWED_FORMATS = None
    engines = {alias: had(alias) for alias in [*ALIASES, *PREVIEWS]}
    readable = frozenset[ImageFormat]().union(*(found.reads for found in engines.values()))
    for image_format in sorted(readable):
        for asked in (alias for alias, found in engines.items() if image_format not in found.reads):
            with pytest.raises(ThumbnailError) as caught:
                probed(SAMPLES[image_format], image_format, [asked], 1)
            assert caught.value.code is ErrorCode.UNSUPPORTED
            message = caught.value.message
            named = set(re.findall(r"'(\w+)' in ADVANCE_THUMBNAIL_ENGINE reads it", message))
            assert any(image_format in engines[alias].reads for alias in named), message
            for alias in named - {"pillow"}:
                assert f"django-advance-thumbnail[{alias}]" in message
            assert ("apt-get install" in message) is ("imagemagick" in named)
            if named == {"pillow"}:
                assert "installed with advthumb" in message


@pytest.mark.parametrize(
    ("image_format", "told"),
    [
        (ImageFormat.HEIC, r"'pillow'.*\[heif\].* Or: 'imagemagick'.*apt-get install"),
        (ImageFormat.BMP, "'pillow' in ADVANCE_THUMBNAIL_ENGINE reads it. It is installed"),
        (ImageFormat.QOI, "'pillow'.*reads QOI if ADVANCE_THUMBNAIL_ALLOWED_FORMATS lists it"),
    ],
)
def test_some_advice_names_more_than_an_engine(image_format: ImageFormat, told: str) -> None:
    with pytest.raises(ThumbnailError, match=told):
        probed(SAMPLES[image_format], image_format, [{"BACKEND": FAKE, "OPTIONS": {"reads": ["PNG"]}}], 1)


def test_a_format_that_no_engine_can_read_is_refused_without_advice() -> None:
    with pytest.raises(ThumbnailError, match=r"no engine reads HTML here \(asked: pillow\) \[unsupported\]$"):
        probed(b"<html>", ImageFormat.HTML, ["pillow"], 1)


def test_the_revision_of_a_custom_engine_is_read_from_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "advthumb.engines.pillow.PillowEngine"
    monkeypatch.setattr(import_string(path), "revision", 7)
    assert revision({"BACKEND": path}) == 7


def test_an_engine_that_cannot_be_loaded_has_the_first_revision() -> None:
    assert revision("no.such.Engine") == 1


FORK = """
    import os, signal, threading
    import django.conf
    django.conf.settings.configure()
    from advthumb.engines import registry
    from tests.engines import fake

    begun, may_end = threading.Event(), threading.Event()

    class Slow(fake.FakeEngine):
        def __init__(self):
            begun.set()
            may_end.wait()
            super().__init__()

    fake.Slow = Slow
    SLOW = "tests.engines.fake.Slow"
    signal.alarm(60)  # ends whoever waits for ever, the new process too
"""


def test_a_fork_waits_for_an_engine_being_created_by_another_thread() -> None:
    """Forked during the imports, the new process would wait forever for them to finish."""
    told = run_python(
        FORK
        + """
    threading.Thread(target=registry.engine, args=[SLOW]).start()
    begun.wait()
    os.register_at_fork(before=may_end.set)
    if not os.fork():
        signal.alarm(60)
        made = len(registry._instances)
        os._exit(7 * made * (registry.engine("pillow").name == "pillow"))
    print(os.waitstatus_to_exitcode(os.wait()[1]), registry.engine(SLOW).name)
    """
    )
    assert told == "7 fake\n"


def test_neither_a_fork_nor_the_new_process_waits_forever() -> None:
    told = run_python(
        FORK
        + """
    registry._making._patience = 0.01
    thread = threading.Thread(target=registry.engine, args=[SLOW])
    thread.start()
    begun.wait()
    if not os.fork():
        signal.alarm(60)
        os._exit(7 * (registry.engine("pillow").name == "pillow"))
    print(os.waitstatus_to_exitcode(os.wait()[1]))
    may_end.set()
    thread.join()
    print(registry.engine(SLOW).name)
    """
    )
    assert told == "7\nfake\n"


def test_an_engine_may_fork_while_being_created() -> None:
    told = run_python(
        FORK
        + """
    class Forking(fake.FakeEngine):
        def __init__(self):
            self.child = os.fork()
            super().__init__()

    fake.Forking = Forking
    child = registry.engine("tests.engines.fake.Forking").child
    if not child:
        os._exit(7 * (registry.engine("pillow").name == "pillow"))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    )
    assert told == "7\n"
