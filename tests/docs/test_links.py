"""Links of the documentation work on GitHub, on the site and on PyPI. Other sites are not contacted."""

import re
import tomllib
from pathlib import Path

import pytest

from docs._extensions.outside_links import with_site_links

from .blocks import README, ROOT
from .links import LINKED, Link, is_external, links_of, problem


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_points_to_an_existing_file_and_heading(page: Path) -> None:
    wrong = {link.target: found for link in links_of(page) if (found := problem(link))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("docs/howto.md", ""),
        ("docs/howto.md#object-storage", ""),
        ("docs/howto.md#no-such-heading", "there is no such heading"),
        ("docs/nothing.md", "there is no such file"),
        ("https://example.com/page", ""),
        ("https://nowhere", "it is not an address"),
        ("javascript:alert(1)", "it is not an address"),
    ],
)
def test_a_broken_link_is_found(target: str, found: str) -> None:
    assert problem(Link(README, target)) == found


def test_the_readme_has_only_absolute_links_on_pypi() -> None:
    """PyPI shows the README alone; the substitutions of pyproject.toml make its links absolute."""
    text = README.read_text("utf-8")
    hooks = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["metadata"]["hooks"]
    assert [link for link in links_of(README, text) if not is_external(link)]
    for substitution in hooks["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(substitution["pattern"], substitution["replacement"], text)
    assert [link.target for link in links_of(README, text) if not is_external(link)] == []


@pytest.mark.parametrize(
    ("page", "target", "on_the_site"),
    [
        ("docs/howto.md", "engines.md#installing", "engines.md#installing"),
        ("docs/howto.md", "../benchmarks/README.md", "benchmarks.md"),
        ("docs/howto.md", "../README.md", "index.md"),
        ("docs/howto.md", "pictures/fit.webp", "pictures/fit.webp"),
        ("CHANGELOG.md", "docs/tiff.md", "tiff.md"),
        ("SECURITY.md", "docs/engines.md#imagemagick", "engines.md#imagemagick"),
        ("benchmarks/README.md", "results/bulk.svg", "../benchmarks/results/bulk.svg"),
    ],
)
def test_a_link_to_a_file_published_with_the_docs_leads_to_its_page(
    page: str, target: str, on_the_site: str
) -> None:
    assert with_site_links(f"[x]({target})", ROOT / page) == f"[x]({on_the_site})"


def test_a_link_to_code_leads_to_github() -> None:
    changed = with_site_links("[x](example_engine.py)", ROOT / "docs" / "engines.md")
    assert changed.startswith("[x](https://github.com/")
    assert changed.endswith("/docs/example_engine.py)")


def test_external_links_and_links_within_the_page_are_unchanged() -> None:
    text = "[x](https://example.com) [y](#installing)"
    assert with_site_links(text, README) == text


def test_link_syntax_inside_code_is_unchanged() -> None:
    text = "`[a-z](x|y)`\n\n```python\nre.compile('[a-z](x|y)')\n```\n"
    assert with_site_links(text, README) == text


def test_a_broken_link_stops_the_build() -> None:
    with pytest.raises(FileNotFoundError, match=r"README\.md links to docs/nothing\.md"):
        with_site_links("[x](docs/nothing.md)", README)
