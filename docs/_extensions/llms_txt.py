"""llms.txt and llms-full.txt beside the pages: a list of the pages with a line on each, and their whole text.

See https://llmstxt.org/. Programs that answer questions about a library read these instead of the HTML.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_INCLUDE = re.compile(r"^```\{include\}\s*(?P<path>\S+)\n.*?^```$", re.MULTILINE | re.DOTALL)
_END_OF_SENTENCE = re.compile(r"[.!?](?=\s)")
_LINE = 220


def _write(app: "Sphinx", error: Exception | None) -> None:
    if error or app.builder.name != "html":
        return
    names = list(_in_order(app, app.config.root_doc))
    pages = [f"- [{_title(app, name)}]({name}.html): {_summary(app, name)}" for name in names[1:]]
    head = f"# {app.config.project}\n\n> {_summary(app, names[0])}\n"
    out = Path(app.outdir)
    (out / "llms.txt").write_text(f"{head}\n## Pages\n\n" + "\n".join(pages) + "\n", "utf-8")
    full = (f"# {_title(app, name)}\n\n{_text(app, name)}" for name in names)
    (out / "llms-full.txt").write_text("\n\n---\n\n".join(full) + "\n", "utf-8")


def _in_order(app: "Sphinx", name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Give a page and those below it, in the order of the menu."""
    yield name
    for child in app.env.toctree_includes.get(name, []):
        if child not in seen:
            yield from _in_order(app, child, seen | {name})


def _title(app: "Sphinx", name: str) -> str:
    return app.env.titles[name].astext()


def _summary(app: "Sphinx", name: str) -> str:
    """Return what stands under the heading of a page, and else the headings of its sections."""
    page = next(app.env.get_doctree(name).findall(nodes.section))
    for paragraph in page.children:
        text = " ".join("".join(each.astext() for each in paragraph.findall(nodes.Text)).split())
        if isinstance(paragraph, nodes.paragraph) and text and not text.endswith(":"):
            return _shortened(text)
    return "; ".join(section[0].astext() for section in page.children if isinstance(section, nodes.section))


def _shortened(text: str) -> str:
    """Return as many whole sentences as fit into a line, and one at least."""
    ends = [found.end() for found in _END_OF_SENTENCE.finditer(f"{text} ")]
    return text[: max((end for end in ends if end <= _LINE), default=min(ends, default=len(text)))]


def _text(app: "Sphinx", name: str) -> str:
    """Return a page as Markdown without its heading; of a page made from docstrings, its words."""
    path = Path(app.env.doc2path(name))
    if path.suffix != ".md":
        return app.env.get_doctree(name).astext()
    text = _INCLUDE.sub(
        lambda found: (path.parent / found["path"]).read_text("utf-8"), path.read_text("utf-8")
    )
    return re.sub(r"\A\s*# [^\n]*\n+", "", text).strip()


def setup(app: "Sphinx") -> dict[str, Any]:
    """Write both files after the pages."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True}
