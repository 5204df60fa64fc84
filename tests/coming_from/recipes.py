"""Reads the pages of docs/coming-from: the files of a site, and the steps that move it to advthumb.

An HTML comment, invisible to readers of the page, marks each code block that is used:

    <!-- site: shop/models.py -->            a file of the site before the move
    <!-- step: change shop/models.py -->     a diff: context, `-` and `+`, as a person would apply it
    <!-- step: run -->                       commands for a shell in the folder of the site

Steps are numbered headings. After each of them the site is deployed and can be opened.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "coming-from"

_BLOCK = re.compile(r"<!-- (site|step): (.+?) -->\n+```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Action:
    """One block of a step: `what` is `run` or `change <path>`."""

    what: str
    text: str

    @property
    def path(self) -> str:
        """The file to change; empty if the block runs commands."""
        return self.what.removeprefix("change ") if self.what != "run" else ""


@dataclass(frozen=True)
class Step:
    """A numbered heading and the blocks below it."""

    number: int
    title: str
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Recipe:
    """A page: the files of its site, the steps, and the steps after which one can go back.

    `ways_back` also records whether the page says to clear the cache then.
    """

    site: dict[str, str]
    steps: tuple[Step, ...]
    ways_back: dict[int, bool]


def read(peer: str) -> Recipe:
    """Read the page about a peer."""
    text = (PAGES / f"{peer}.md").read_text("utf-8")
    before, *rest = _STEP.split(text)
    site = {what: code for kind, what, code in _BLOCK.findall(before) if kind == "site"}
    prose = " ".join(before.split())
    (until,) = re.findall(r"Until step (\d) you can go back", prose)
    later = re.findall(r"After step (\d), too, the old code", prose)
    ways_back = {int(until) - 1: False} | {int(step): "clear Django's cache" in prose for step in later}
    return Recipe(site, tuple(_steps(rest)), ways_back)


def _steps(parts: list[str]) -> Iterator[Step]:
    for number, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        actions = tuple(Action(what, code) for kind, what, code in _BLOCK.findall(text) if kind == "step")
        yield Step(int(number), title, actions)


def change(text: str, diff: str) -> str:
    """Return a text to which a diff was applied.

    An empty line of the diff, or one of `@@`, ends a hunk. Each hunk must fit in exactly one place.

    Raises:
        ValueError: A hunk fits nowhere or in several places.
    """
    for hunk in re.split(r"^(?:@@.*)?\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        places = [found.start() for found in re.finditer(f"^{re.escape(old)}", text, re.MULTILINE)]
        if lines and len(places) != 1:
            raise ValueError(f"fits in {len(places)} places instead of one:\n{hunk}\nof\n{text}")
        if lines:
            text = text[: places[0]] + new + text[places[0] + len(old) :]
    return text
