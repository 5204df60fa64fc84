"""Every text of the package that reaches a page is translated, and the compiled catalogs are up to date."""

import gettext
import re
import string

import pytest
from django.utils import translation

from tests import translations

LANGUAGE = pytest.mark.parametrize("language", translations.LANGUAGES)


def placeholders(text: str) -> list[str]:
    """Return the names of the values in a text, with how they are written."""
    named = re.findall(r"%(?:\(\w+\))?[a-z]", text.replace("%%", ""))
    return sorted(named + [field for _, field, _, _ in string.Formatter().parse(text) if field])


def texts(catalog: translations.Catalog) -> set[tuple[object, object]]:
    return {(message.context, message.id) for message in catalog if message.id}


def test_the_texts_of_the_package_are_found():
    found = {text for _, text in texts(translations.translatable())}
    assert {"Thumbnail", "Thumbnails", "This file is empty."} <= found


def test_texts_in_templates_and_of_each_kind_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '{% load i18n %}\n<p>\n  {% translate "One" %} it\'s\n'
        " {% blocktranslate %}Two {{ x }}{% endblocktranslate %}"
    )
    (tmp_path / "b.py").write_text(
        "ngettext_lazy('%d file', '%d files', n)\npgettext('verb', 'Open')\ngettext_lazy('a' 'b')\n"
    )
    assert texts(translations.translatable(tmp_path)) == {
        (None, "One"),
        (None, "Two %(x)s"),
        (None, ("%d file", "%d files")),
        ("verb", "Open"),
        (None, "ab"),
    }


@LANGUAGE
def test_a_catalog_has_the_texts_of_the_source_and_no_others(language):
    assert texts(translations.read(language)) == texts(translations.translatable())


@LANGUAGE
def test_every_text_is_translated_with_the_same_placeholders(language):
    catalog = translations.read(language)
    assert not translations.missing(catalog)
    for message in catalog:
        if message.id:
            originals = message.id if isinstance(message.id, tuple) else (message.id,)
            translated = message.string if isinstance(message.string, tuple) else (message.string,)
            for text in translated:
                assert placeholders(text) in [placeholders(original) for original in originals], text
                assert text not in originals or language == "fr", text


@LANGUAGE
def test_the_compiled_catalog_matches_the_text(language):
    path = translations.catalog_path(language)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    catalog = translations.read(language)
    for message in catalog:
        if message.id and not isinstance(message.id, tuple) and not message.context:
            assert compiled.gettext(message.id) == message.string
        elif message.id and message.context and not isinstance(message.id, tuple):
            assert compiled.pgettext(message.context, message.id) == message.string
        elif message.id:
            assert [compiled.ngettext(*message.id, count) for count in (1, 5)] == [*message.string][:2]
    keys = [key for key in compiled._catalog if key]
    assert len(keys) == sum(
        len(message.string) if isinstance(message.string, tuple) else 1 for message in catalog if message.id
    )


@LANGUAGE
def test_django_finds_the_translation(language):
    with translation.override(language):
        translated = translation.gettext(
            "This file is damaged or incomplete. Save it again, or upload another one."
        )
    assert (
        translated
        == translations.read(language)[
            "This file is damaged or incomplete. Save it again, or upload another one."
        ].string
    )


def test_updating_changes_no_catalog_that_is_up_to_date(tmp_path, monkeypatch):
    original = translations.catalog_path("de")
    copy = tmp_path / "django.po"
    copy.write_bytes(original.read_bytes())
    monkeypatch.setattr(translations, "catalog_path", lambda _language: copy)
    translations.update("de")
    assert _without_version(copy.read_text("utf-8")) == _without_version(original.read_text("utf-8"))


def test_updating_adds_new_texts_removes_old_ones_and_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(translations, "LANGUAGES", {"de": "German"})
    copy = tmp_path / "django.po"
    text = translations.catalog_path("de").read_text("utf-8")
    copy.write_text(text.replace('msgid "This file is empty."', 'msgid "Of an older version."'), "utf-8")
    monkeypatch.setattr(translations, "catalog_path", lambda _language: copy)
    assert translations.main() == 1
    assert "'This file is empty.' has no translation" in capsys.readouterr().err
    assert "Of an older version." not in copy.read_text("utf-8")


def _without_version(text: str) -> str:
    return re.sub(r'"Generated-By: .*\n', "", text)
