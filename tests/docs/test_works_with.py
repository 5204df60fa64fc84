"""A test backs every claim of the page "Works with"."""

import ast
import re
import tomllib

import pytest

from .blocks import ROOT

PAGE = (ROOT / "docs" / "works-with.md").read_text("utf-8")
LINES = [line for line in PAGE.splitlines() if line.startswith("|")][2:]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
DISTRIBUTIONS = {
    "strawberry-django": "strawberry-graphql-django",
    "Django REST framework": "djangorestframework",
    "Django Ninja": "django-ninja",
}


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def names(text):
    return text.lower().replace("_", "-")


@pytest.mark.parametrize("line", LINES, ids=lambda line: cells(line)[0])
def test_each_line_names_an_existing_test_of_its_package(line):
    package, works, to_know, backed_by = cells(line)
    assert works
    assert to_know
    path, test = TEST.fullmatch(backed_by).groups()
    text = (ROOT / path).read_text("utf-8")
    functions = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert test in functions
    assert names(package) in names(text), f"{path} does not mention {package}"


def test_every_neighbour_package_that_nox_installs_has_a_line():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    installed = {name for name in groups["neighbours"] if isinstance(name, str)}
    told = [cells(line)[0] for line in LINES]
    assert installed <= {DISTRIBUTIONS.get(name, name) for name in told}
    assert len(told) == len(set(told))


def test_a_missing_neighbour_fails_instead_of_being_skipped():
    for path in (ROOT / "tests" / "neighbours").glob("*.py"):
        assert not re.search(r"importorskip|\bskip\b|skipif|except ImportError", path.read_text("utf-8")), (
            path
        )
