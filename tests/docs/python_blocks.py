"""Runs a block of Python in a project with the definitions of its page.

- A block sees the imports, classes and functions that it uses from other blocks of its page, and the model
  of the README.
- Models belong to an app of the tests. They are checked as `manage.py check` does. If a block does more than
  define something, they have tables with one row each: `product` is the row of `Product`.
- A block of nothing but settings is applied one setting after the other, each with a system check. Apps that
  only the reader has are skipped.
- Fields outside a class are put into a model, which is checked. Test cases are run.
- `...` at the end of arguments or of a dictionary stands for what the page leaves out, and is removed. In the
  list of a setting it stands for what the setting has already.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import TestCase, TestResult, TestSuite, defaultTestLoader

from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib import admin
from django.core import checks
from django.db import connection, models
from django.db.models import signals as of_models
from django.dispatch import Signal
from django.test import RequestFactory, override_settings
from django.test.utils import isolate_apps, modify_settings

from advthumb import signals as ours
from advthumb.checks import check_fields
from advthumb.fields import AdvanceThumbnailField
from tests.conftest import upload

from .blocks import README, Block, blocks_of

APP = "tests.testapp"

Names = dict[str, Any]

_LEFT_OUT = re.compile(r"(?:(?<=[({])\s*|,\s*)\.\.\.\s*,?(?=\s*(?:#[^\n]*\n\s*)?[)}])")
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def run(block: Block) -> None:
    """Run a block as the reader of its page would."""
    tree = parsed(block.text)
    with names_of_page(block) as names:
        own_definitions = [node for node in tree.body if is_definition(node)]
        others = [node for node in tree.body if not is_definition(node)]
        execute(own_definitions, names)
        check_models([value for value in defined_by(own_definitions, names) if is_model(value)])
        if others and all(is_setting(node) for node in others):
            apply_settings(others, names, merge=bool(_LEFT_OUT.search(block.text)))
        elif others:
            with rows_of(names):
                before = dict(names)
                execute(others, names)
            check_fields_alone({key: value for key, value in names.items() if before.get(key) is not value})
        run_tests(
            [value for value in defined_by(own_definitions, names) if issubclass(value, TestCase)], names
        )


def run_tests(cases: list[type[TestCase]], names: Names) -> None:
    """Run the test cases that a block defines."""
    if not cases:
        return
    suite = TestSuite(map(defaultTestLoader.loadTestsFromTestCase, cases))
    result = TestResult()
    with rows_of(names):
        suite.run(result)
    assert result.testsRun
    assert not result.errors + result.failures


def parsed(text: str) -> ast.Module:
    """Parse a block, removing `...` placeholders and imports of the reader's own modules."""
    tree = ast.parse(_LEFT_OUT.sub("", text))
    tree.body = [node for node in tree.body if not is_of_the_reader(node)]
    return tree


def is_of_the_reader(node: ast.stmt) -> bool:
    """Return whether a statement imports from a module that only the reader has, such as `shop.models`."""
    return isinstance(node, ast.ImportFrom) and (bool(node.level) or not exists(node.module or ""))


def exists(module: str) -> bool:
    """Return whether a package is installed here, by the name of one of its modules."""
    return find_spec(module.partition(".")[0]) is not None


@contextmanager
def names_of_page(block: Block) -> Iterator[Names]:
    """Yield the definitions of the page that a block uses; undo what they connected and registered."""
    names: Names = {
        "__name__": f"{APP}.models",
        "BASE_DIR": Path.cwd(),
        "request": RequestFactory().get("/"),
    }
    with admin_if_used(block), undone():
        for definitions in needed(block):
            execute(definitions, names)
        yield names


def needed(block: Block) -> list[list[ast.stmt]]:
    """Return the definitions that a block needs, block by block; the last of two with one name is used.

    They come from the README, from later blocks of its page, and from earlier ones. `product` needs the model
    `Product`, and so does `products`.
    """
    runs = [each for each in blocks_of(block.page) if not (each.reason or each.lacks)]
    page = [each for each in runs if each.language == "python"]
    behind = [each for each in page if each.line > block.line]
    before = [each for each in page if each.line < block.line]
    definitions = [
        [node for node in parsed(each.text).body if is_definition(node)]
        for each in [python_of_readme(), *behind, *before]
    ]
    wanted = words(block.text)
    if block.language == "python":
        wanted = wanted.difference(*(bound(node) for node in parsed(block.text).body if is_definition(node)))
    chosen: list[list[ast.stmt]] = []
    while True:
        known, chosen = chosen, [[node for node in nodes if bound(node) & wanted] for nodes in definitions]
        if chosen == known:
            return chosen
        wanted = wanted.union(*(words(ast.unparse(node)) for nodes in chosen for node in nodes))


def is_definition(node: ast.stmt) -> bool:
    """Return whether a statement only defines something."""
    return isinstance(node, _DEFINITIONS)


def words(text: str) -> set[str]:
    """Return the words of a text; words ending in s also without the s."""
    found = set(re.findall(r"\w+", text))
    return found | {word.removesuffix("s") for word in found}


def bound(node: ast.stmt) -> set[str]:
    """Return the names under which a definition can be used."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    assert isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    is_model = isinstance(node, ast.ClassDef) and any(
        "models.Model" in ast.unparse(each) for each in node.bases
    )
    return {node.name, node.name.lower()} if is_model else {node.name}


def python_of_readme() -> Block:
    """Return the block of the README with the imports and the model."""
    return next(block for block in blocks_of(README) if "models.Model" in block.text)


@contextmanager
def admin_if_used(block: Block) -> Iterator[None]:
    """Install the admin for a block that names it, as `startproject` does for the reader."""
    apps_of_admin = ["django.contrib.admin", "django.contrib.messages", "django.contrib.sessions"]
    with modify_settings(INSTALLED_APPS={"append": apps_of_admin if "admin" in words(block.text) else []}):
        yield


@contextmanager
def undone() -> Iterator[None]:
    """Undo the registration of receivers and admin classes made inside."""
    everywhere = [value for module in (ours, of_models) for value in vars(module).values()]
    kept = [(signal, list(signal.receivers)) for signal in everywhere if isinstance(signal, Signal)]
    site = admin.site if apps.is_installed("django.contrib.admin") else None
    registered = dict(site._registry) if site else {}
    try:
        yield
    finally:
        for signal, receivers in kept:
            signal.receivers = receivers
            signal.sender_receivers_cache.clear()
        if site:
            site._registry = registered


def execute(nodes: list[ast.stmt], names: Names) -> None:
    """Execute statements, including `await`. Models are registered separately each time."""
    module = ast.Module(body=nodes, type_ignores=[])
    code = compile(module, "<documentation>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with isolate_apps(APP):
        done = eval(code, names)
    if done is not None:

        async def wait() -> None:
            await done

        async_to_sync(wait)()


def defined_by(nodes: list[ast.stmt], names: Names) -> list[Any]:
    """Return what statements defined by a name."""
    return [names[node.name] for node in nodes if isinstance(node, ast.ClassDef)]


def is_model(value: object) -> bool:
    """Return whether something is a model with a table."""
    return isinstance(value, type) and issubclass(value, models.Model) and not value._meta.abstract


def check_models(found: list[type[models.Model]]) -> None:
    """Fail if `manage.py check` would."""
    config = type("Config", (), {"get_models": lambda _self, **_kwargs: found})()
    messages = [message for model in found for message in model.check(databases=["default"])]
    fail_on_errors([*messages, *check_fields([config])])


def fail_on_errors(messages: list[checks.CheckMessage]) -> None:
    """Fail if one of these messages would stop `manage.py`."""
    errors = [message for message in messages if message.is_serious() and not message.is_silenced()]
    assert not [message for message in errors if not is_about_a_function_of_the_reader(message)]


def is_about_a_function_of_the_reader(message: checks.CheckMessage) -> bool:
    """Return whether a function in `gravity` was not found because only the reader has its module."""
    return message.id == "advthumb.E020" and not exists(message.obj.gravity)


def is_setting(node: ast.stmt) -> bool:
    """Return whether a statement gives a setting its value."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    target = node.targets[0]
    return isinstance(target, ast.Name) and target.id.isupper()


def apply_settings(nodes: list[ast.Assign], names: Names, *, merge: bool) -> None:
    """Apply one setting after the other, and check the project with each.

    Args:
        nodes: The assignments.
        names: What their values may name.
        merge: Whether dictionaries leave out entries (`...`), which are taken from the present settings.
    """
    with ExitStack() as stack:
        for node in nodes:
            target = node.targets[0]
            assert isinstance(target, ast.Name)
            value = eval(compile(ast.Expression(node.value), "<documentation>", "eval"), names)
            stack.enter_context(override_settings(**{target.id: filled_in(target.id, value, merge=merge)}))
            fail_on_errors(checks.run_checks())


def filled_in(name: str, value: Any, *, merge: bool) -> Any:
    """Return the value of a setting with `...` replaced by the present value."""
    from django.conf import settings

    present = getattr(settings, name, None)
    if name == "INSTALLED_APPS":
        value = [each for each in value if each is Ellipsis or exists(each)]
    if isinstance(value, list) and Ellipsis in value:
        place = value.index(Ellipsis)
        known = [each for each in present or [] if each not in value]
        return [*value[:place], *known, *value[place + 1 :]]
    if merge and isinstance(value, dict):
        return {**(present or {}), **value}
    return value


@contextmanager
def rows_of(names: Names) -> Iterator[None]:
    """Create a table for each model, and one row named like the model in lower case."""
    found = {
        key: value
        for key, value in names.items()
        if is_model(value) and value.__module__ == names["__name__"]
    }
    with connection.schema_editor() as editor:
        for model in found.values():
            model._meta.db_table = f"docs_{model._meta.db_table}"  # must not clash with the app's tables
            editor.create_model(model)
    try:
        for name, model in found.items():
            names.setdefault(name.lower(), sample(model))
        yield
    finally:
        with connection.schema_editor() as editor:
            for model in found.values():
                editor.delete_model(model)


def sample(model: type[models.Model]) -> models.Model:
    """Save a row whose files are a picture."""
    files = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField) and not isinstance(field, AdvanceThumbnailField)
    ]
    return model._base_manager.create(**{field.name: upload("beach.jpg", size=(900, 600)) for field in files})


def check_fields_alone(names: Names) -> None:
    """Check fields outside a class in a model that has the fields they name."""
    fields = {key: value for key, value in names.items() if isinstance(value, models.Field)}
    if not fields:
        return
    sources = {
        field.source_field_name for field in fields.values() if isinstance(field, AdvanceThumbnailField)
    }
    body = {source: models.ImageField(blank=True) for source in sources - fields.keys()}
    with isolate_apps(APP):
        check_models([type("Fragment", (models.Model,), {"__module__": f"{APP}.models", **body, **fields})])
