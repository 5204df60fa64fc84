"""The code blocks of README.md and of docs/, as a reader sees them.

A block that cannot run here has a comment right above it, which says why:

    <!-- not run: needs an account of a CDN -->

One that needs a newer Django, or packages that the tests do not install, is skipped without them:

    <!-- needs Django 6.0 -->
    <!-- needs rest_framework, strawberry_django -->

Code that a block needs but the reader need not see, such as a model, is in a comment on the page:

    <!-- invisible-code-block: python
    class Product(models.Model): ...
    -->
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import django
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
"""The pages whose blocks run here. Pages in folders of docs/ need other packages, and have separate tests."""

LANGUAGES = {
    "py": "python",
    "bash": "shell",
    "console": "shell",
    "sh": "shell",
    "html+django": "django",
    "html+jinja": "jinja",
}
"""Aliases of the languages that the tests can run."""

SHELL = re.compile(
    r"(?:sudo |\.venv/bin/)?(?:python3?|pip|uv|apt-get|apt|brew|git|cd|mkdir|docker|[.\w/]*manage\.py)\s"
)
"""The beginnings of shell lines: blocks without a language contain nothing else."""

_NOT_RUN = re.compile(r"<!--\s*not run:\s*(?P<reason>.*?)\s*-->", re.DOTALL)
_INVISIBLE = re.compile(r"<!--\s*invisible-code-block: python\n(?P<text>.*?)-->", re.DOTALL)
_NEEDS = re.compile(r"<!--\s*needs (?P<what>.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        page: The file that contains it.
        line: The line of its fence, or its first line, counted from 1.
        language: Its language; empty if it is unknown.
        text: The code.
        reason: Why it is not run; empty if it is run.
        needs: The oldest Django that runs it (`Django 6.0`), or modules.
        visible: Whether a reader sees it.
    """

    page: Path
    line: int
    language: str
    text: str
    reason: str = ""
    needs: str = ""
    visible: bool = True

    @property
    def lacks(self) -> str:
        """The missing requirements; empty if everything is available."""
        version = self.needs.removeprefix("Django ")
        if version != self.needs:
            return self.needs if tuple(map(int, version.split("."))) > django.VERSION else ""
        modules = filter(None, self.needs.split(", "))
        return ", ".join(module for module in modules if not _is_installed(module))

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package that holds it
        return False


@cache
def blocks_of(page: Path) -> tuple[Block, ...]:
    """Return the code blocks of a page in order, including those in lists and quotes."""
    return tuple(_read(page, page.read_text("utf-8")))


def _read(page: Path, text: str) -> Iterator[Block]:
    tokens = MarkdownIt("commonmark").parse(text)
    for before, token in pairwise([tokens[0], *tokens] if tokens else []):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block" and (hidden := _INVISIBLE.search(token.content)):
            yield Block(page, line, "python", hidden["text"], visible=False)
        directive = token.info.startswith("{")  # Sphinx handles those.
        if token.type not in {"fence", "code_block"} or directive:
            continue
        comment = before.content if before.type == "html_block" else ""
        not_run, needs = _NOT_RUN.search(comment), _NEEDS.search(comment)
        yield Block(
            page,
            line,
            _language(token.info, token.content),
            token.content,
            reason=not_run["reason"] if not_run else "",
            needs=needs["what"] if needs else "",
        )


def _language(info: str, text: str) -> str:
    name = info.strip().partition(" ")[0].lower()
    if name:
        return LANGUAGES.get(name, name)
    lines = [line for line in text.splitlines() if line.strip()]
    return "shell" if all(SHELL.match(line) for line in lines) else ""


def all_blocks() -> list[Block]:
    """Return the blocks that readers see on all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.visible]
