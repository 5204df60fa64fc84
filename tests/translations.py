"""The translations of advthumb: what is translatable in the source, and the catalogs beside it.

`python3 dev.py messages` adds new texts to the catalogs in `src/advthumb/locale`, removes old ones, and
compiles them. It fails if a text has no translation; write the translation into the named file and run it
again.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).parents[1] / "src" / "advthumb"
LANGUAGES = {"bn": "Bengali", "de": "German", "es": "Spanish", "fr": "French"}
"""The languages of the translations; the source is in English."""

_ONE, _PLURAL, _CONTEXT, _BOTH = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    "_": _ONE,
    **{f"gettext{end}": _ONE for end in ("", "_lazy", "_noop")},
    **{f"ngettext{end}": _PLURAL for end in ("", "_lazy")},
    **{f"pgettext{end}": _CONTEXT for end in ("", "_lazy")},
    **{f"npgettext{end}": _BOTH for end in ("", "_lazy")},
}
_WIDTH = 110


def catalog_path(language: str) -> Path:
    """Return the path of a catalog."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


def translatable(package: Path = PACKAGE) -> Catalog:
    """Return a catalog of all texts that are marked in the modules and templates of a package."""
    found = Catalog(project="advthumb", charset="utf-8")
    for path, source in _sources(package):
        for _line, text, comments, context in extract("python", BytesIO(source), KEYWORDS, ["Translators:"]):
            place = path.relative_to(package).as_posix()
            found.add(text, locations=[(place, None)], auto_comments=comments, context=context)
    return found


def _sources(package: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if b"gettext" in source:  # under any alias it must be imported
            yield path, source
    for path in sorted([*package.rglob("*.html"), *package.rglob("*.txt")]):
        # Django turns a template into `gettext` calls among other text, without valid Python indentation.
        lines = templatize(path.read_text("utf-8"), origin=str(path)).splitlines()
        yield path, "\n".join(line.strip() for line in lines).encode()


def read(language: str) -> Catalog:
    """Return the catalog of a language, or a new one if there is none yet."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(
            language,
            domain="django",
            project="django-advance-thumbnail",
            version="3",
            msgid_bugs_address="https://github.com/itsmahadi007/django_advance_thumbnail/issues",
            last_translator="The authors of django-advance-thumbnail",
            language_team=LANGUAGES[language],
            revision_date=datetime.now(UTC),
            charset="utf-8",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def missing(catalog: Catalog) -> list[Message]:
    """Return the texts that have no translation in a catalog."""
    return [message for message in catalog if message.id and (not message.string or message.fuzzy)]


def update(language: str) -> Catalog:
    """Bring a catalog up to date with the source, write it, and compile it."""
    catalog, template = read(language), translatable()
    template.creation_date = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = f"# {LANGUAGES[language]} translation of advthumb."
    catalog.fuzzy = False
    path = catalog_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=_WIDTH, include_lineno=False, sort_output=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    return catalog


def main() -> int:
    """Update every catalog; return 1 if a translation is missing."""
    untranslated = 0
    for language in LANGUAGES:
        texts = missing(update(language))
        untranslated += len(texts)
        for message in texts:
            sys.stderr.write(f"{catalog_path(language)}: {message.id!r} has no translation\n")
    return int(untranslated > 0)


if __name__ == "__main__":
    sys.exit(main())
