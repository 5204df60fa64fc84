"""The site: Sphinx with MyST and furo. `python3 dev.py docs` builds it into build/docs/."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

import django  # noqa: E402
from django.conf import settings  # noqa: E402

import advthumb  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "advthumb"])
django.setup()  # The reference imports modules that have models and settings.

project = "advthumb"
author = "Mahadi Hassan"
copyright = f"2024-2026, {author}"  # noqa: A001 - Sphinx reads this name
release = advthumb.__version__
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "_extensions.llms_txt",
    "_extensions.outside_links",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

# Every reference to something of ours must exist. The manuals of Django and Python are not asked.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!advthumb\.).*")]
nitpick_ignore = [  # What annotations name and users do not.
    ("py:class", "advthumb.fields.choices.ModelT"),
    ("py:class", "advthumb.fields.column.ThumbnailColumn"),
    ("py:class", "advthumb.fields.change.ModelT_co"),
    ("py:class", "advthumb.fields.dictionaries.BuildsURLs"),
    ("py:class", "advthumb.fields.dictionaries.CandidateDict"),
    ("py:class", "advthumb.core.srcset.Candidate"),
    ("py:class", "advthumb.core.detection.Assessment"),
    ("py:class", "advthumb.core.dominant.DominantColour"),
    ("py:class", "advthumb.core.gravity.Point"),
    ("py:class", "advthumb.core.images.ImageT"),
    ("py:class", "advthumb.fields.focal_point._FocalPointAttribute"),
    ("py:class", "advthumb.generation.StoredThumbnail"),
    ("py:class", "advthumb.rendering.Recipe"),
]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
suppress_warnings = ["myst.header"]  # Pages of the repository may begin with a second-level heading.

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    # What Django calls, and users do not.
    "exclude-members": "attr_class, contribute_to_class, deconstruct, formfield, pre_save",
}
toc_object_entries_show_parents = "hide"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
default_role = "code"  # Docstrings write `names` as Markdown does.
add_module_names = False
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"advthumb {release}"
html_static_path = ["_static"]
html_css_files = ["advthumb.css"]
html_copy_source = True
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "source_repository": "https://github.com/itsmahadi007/django_advance_thumbnail/",
    "source_branch": "main",
    "source_directory": "docs/",
}


def _has_no_text(
    app: "Sphinx", kind: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Leave out the fields of a named tuple: the docstring of the class has them."""
    said = getattr(member, "__doc__", None) or ""
    return True if said.startswith("Alias for field number") else None


def setup(app: "Sphinx") -> None:
    """Connect what this file does itself."""
    app.connect("autodoc-skip-member", _has_no_text)
