"""Links to files outside of docs/, which GitHub follows, lead to the right place on the site as well.

A link to a page that the site shows under another name leads there. A link to any other file of the
repository leads to GitHub. Relative links of an included file count from that file's own folder.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
REPOSITORY = "https://github.com/itsmahadi007/django_advance_thumbnail"

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""The pages of the repository that the site shows, and their names there."""

_PICTURES = {".png", ".svg", ".webp"}
_CODE_OR_LINK = re.compile(
    r"(?P<code>^ *(?P<fence>`{3,}|~{3,}).*?^ *(?P=fence)|`+[^`\n]+`+)"
    r"|(?P<start>!?\[[^\]]*\]\()(?![a-z]+:|#)(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?",
    re.MULTILINE | re.DOTALL,
)


def with_site_links(text: str, file: Path) -> str:
    """Return the text of a Markdown file with links that work on the site.

    Args:
        text: What the file contains.
        file: The absolute path of the file.

    Raises:
        FileNotFoundError: A link leads to a file that does not exist.
    """

    def changed(link: re.Match[str]) -> str:
        if link["code"]:
            return link[0]
        return link["start"] + _on_the_site(file, link["target"], link["anchor"] or "")

    return _CODE_OR_LINK.sub(changed, text)


def _on_the_site(file: Path, target: str, anchor: str) -> str:
    path = Path(os.path.normpath(file.parent / target))
    if not path.exists():
        msg = f"{file.relative_to(ROOT)} links to {target}, which does not exist"
        raise FileNotFoundError(msg)
    name = path.relative_to(ROOT).as_posix()
    page = DOCS / PAGES[name] if name in PAGES else path
    inside = page.is_relative_to(DOCS) and page.suffix == ".md"
    if not inside and page.suffix not in _PICTURES:
        return f"{REPOSITORY}/blob/main/{name}{anchor}"
    base = file.parent if file.is_relative_to(DOCS) else DOCS
    return Path(os.path.relpath(page, base)).as_posix() + anchor


def _change_page(app: "Sphinx", docname: str, content: list[str]) -> None:
    path = app.env.doc2path(docname)
    if path.suffix == ".md":
        content[0] = with_site_links(content[0], Path(path))


def _change_included(app: "Sphinx", path: Path, parent: str, content: list[str]) -> None:
    content[0] = with_site_links(content[0], Path(app.srcdir, path).resolve())


def setup(app: "Sphinx") -> dict[str, Any]:
    """Change the links of each page before it is parsed."""
    app.connect("source-read", _change_page)
    app.connect("include-read", _change_included)
    return {"parallel_read_safe": True}
