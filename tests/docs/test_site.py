"""The sources of the site are complete and up to date. `dev.py docs` builds it, with warnings as errors."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import advthumb
from tests.public_api import MODULES

from . import verdicts
from .blocks import ROOT

DOCS = ROOT / "docs"
REFERENCE = (DOCS / "api.md").read_text("utf-8")


def test_the_glossary_explains_every_verdict_as_the_code_does() -> None:
    """After a change of `Verdict`: `python -m tests.docs.verdicts`."""
    page = verdicts.PAGE.read_text("utf-8")
    assert list(verdicts.meanings()) == [*advthumb.Verdict]
    assert verdicts.with_table(page) == page


def test_the_reference_lists_the_names_of_the_package() -> None:
    table = REFERENCE.partition("## advthumb")[2].partition("\n## ")[0]
    names = [re.match(r"\| (?:\{py:\w+\})?(`.*?)\|", line) for line in table.splitlines()]
    listed = {name for row in names if row for name in re.findall(r"`(\w+)", row[1])}
    assert listed == set(advthumb.__all__)


def test_the_reference_has_the_public_modules() -> None:
    listed = set(re.findall(r"^   (advthumb[\w.]+)$", REFERENCE, re.MULTILINE))
    assert [name for name in listed if find_spec(name) is None] == []
    # The contract describes an engine; docs/engines.md describes its options.
    engines = {
        f"advthumb.engines.{name}" for name in ("pillow", "vips", "imagemagick", "previews", "isolation")
    }
    assert set(MODULES) - engines - {"advthumb", "django_advance_thumbnail"} <= listed


def test_every_picture_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (DOCS / "pictures").iterdir() if path.suffix != ".py"}
    assert len(sizes) > 4
    assert {name: size for name, size in sizes.items() if size > 60_000} == {}


def test_llms_txt_lists_the_pages_in_the_order_of_the_menu_and_has_their_text(tmp_path: Path) -> None:
    site, out = tmp_path / "site", tmp_path / "out"
    site.mkdir()
    (site / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(DOCS)!r})\n"
        'extensions = ["myst_parser", "_extensions.llms_txt"]\nproject = "advthumb"\n'
    )
    toctree = "```{toctree}\nsecond\nfirst\n```\n"
    (site / "index.md").write_text(f"# Home\n\nWhat it is.\n\n{toctree}")
    (site / "first.md").write_text("# First\n\n![a picture](x.png)\n\nOne sentence. Another.\n\n## Inside\n")
    (site / "second.md").write_text("# Second\n\n```{include} included.txt\n```\n\n## Alpha\n\n## Beta\n")
    (site / "included.txt").write_text("Words for both:\n\n- a list\n")
    (site / "x.png").write_bytes(b"")
    build = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(site), str(out)]
    subprocess.run(build, check=True, capture_output=True)
    assert (out / "llms.txt").read_text().splitlines() == [
        "# advthumb",
        "",
        "> What it is.",
        "",
        "## Pages",
        "",
        "- [Second](second.html): Alpha; Beta",
        "- [First](first.html): One sentence. Another.",
    ]
    full = (out / "llms-full.txt").read_text()
    assert "- a list" in full
    assert full.index("# Second") < full.index("# First")
