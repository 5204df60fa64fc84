"""Renders a template block with rows of the models that its page defines."""

from importlib.util import find_spec
from typing import Any

from django.template import Context, Engine
from django.template.backends.django import get_installed_libraries
from django.test import override_settings

from .blocks import Block
from .python_blocks import is_model, names_of_page, rows_of

_UNKNOWN = "NO SUCH VARIABLE: %s"


def render(block: Block) -> str:
    """Render a block and return the HTML; an unknown variable is shown as such."""
    with names_of_page(block) as names, rows_of(names), override_settings(STATIC_URL="/static/"):
        rows = {key: value for key, value in names.items() if hasattr(value, "_meta") and not is_model(value)}
        lists = {f"{key}s": [value] for key, value in rows.items()}
        render = _jinja if block.language == "jinja" else _django
        return render(block.text, {**rows, **lists, "request": names["request"]})


def _django(text: str, context: dict[str, Any]) -> str:
    # A page needs to show `{% load %}` only once, not in each block.
    builtins = ["django.templatetags.static"]
    if find_spec("advthumb.templatetags"):
        builtins.append("advthumb.templatetags.advthumb")
    engine = Engine(libraries=get_installed_libraries(), builtins=builtins, string_if_invalid=_UNKNOWN)
    return engine.from_string(text).render(Context(context))


def _jinja(text: str, context: dict[str, Any]) -> str:
    import jinja2

    environment = jinja2.Environment(autoescape=True, extensions=["advthumb.jinja.ThumbnailExtension"])
    return environment.from_string(text).render(context)
