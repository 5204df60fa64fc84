"""The table of verdicts in docs/glossary.md: `python -m tests.docs.verdicts` writes it.

The meanings are the docstrings of the members of `Verdict`.
"""

import ast
import inspect
from itertools import pairwise

from advthumb import Verdict

from .blocks import ROOT

PAGE = ROOT / "docs" / "glossary.md"
BEGIN, END = "<!-- verdicts: written by tests/docs/verdicts.py -->\n", "<!-- end of verdicts -->"


def meanings() -> dict[Verdict, str]:
    """Return what each verdict means, as its docstring says."""
    (of_verdict,) = ast.parse(inspect.getsource(Verdict)).body
    assert isinstance(of_verdict, ast.ClassDef)
    found = {}
    for member, text in pairwise(of_verdict.body):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr):
            found[Verdict(ast.literal_eval(member.value))] = " ".join(ast.literal_eval(text.value).split())
    return found


def table() -> str:
    """Return the rows of Markdown."""
    rows = [f"| `{verdict}` | {meaning} |" for verdict, meaning in meanings().items()]
    return "\n".join(["| verdict | meaning |", "|---|---|", *rows]) + "\n"


def with_table(text: str) -> str:
    """Return the text of the page with the current table."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
