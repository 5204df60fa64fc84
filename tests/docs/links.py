"""The links of the documentation: `python -m tests.docs.links` lists those to other sites."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .blocks import README, ROOT

BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md")
LINKED = [README, *(ROOT / name for name in BESIDE), *sorted((ROOT / "docs").rglob("*.md"))]

_MARKDOWN = MarkdownIt("commonmark").enable("table")


class Link(NamedTuple):
    """A link or a picture: the file that contains it, and its target."""

    page: Path
    target: str


def links_of(page: Path, text: str | None = None) -> Iterator[Link]:
    """Yield the links and pictures of a page, or of a text that replaces its content."""
    for token in _inline(page.read_text("utf-8") if text is None else text):
        for name in ("href", "src"):
            if target := token.attrGet(name):
                yield Link(page, str(target))


def _inline(text: str) -> Iterator[Token]:
    for token in _MARKDOWN.parse(text):
        yield from token.children or []


@cache
def anchors_of(page: Path) -> frozenset[str]:
    """Return the anchors of the headings of a page, as GitHub and the site make them."""
    tokens = _MARKDOWN.parse(page.read_text("utf-8"))
    headings = [after for before, after in pairwise(tokens) if before.type == "heading_open"]
    texts = ["".join(child.content for child in heading.children or []) for heading in headings]
    return frozenset(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts)


def is_external(link: Link) -> bool:
    """Return whether a link leads to another site."""
    return bool(urlsplit(link.target).scheme)


def problem(link: Link) -> str:
    """Return what is wrong with a link; empty if its target exists."""
    parts = urlsplit(link.target)
    if parts.scheme:
        well_formed = parts.scheme in {"http", "https", "mailto"} and (
            "." in parts.netloc or not parts.netloc
        )
        return "" if well_formed or parts.hostname == "localhost" else "it is not an address"
    target = (link.page.parent / parts.path).resolve() if parts.path else link.page
    if not target.exists():
        return "there is no such file"
    if parts.fragment and parts.fragment not in anchors_of(target):
        return "there is no such heading"
    return ""


if __name__ == "__main__":
    found = {link.target for page in LINKED for link in links_of(page) if is_external(link)}
    print("\n".join(sorted(found)))  # noqa: T201 - a list for a person
