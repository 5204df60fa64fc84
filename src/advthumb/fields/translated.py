"""Thumbnails in a column for each language, as django-modeltranslation makes them of one field.

It copies a field for each language (`thumbnail_en`, `thumbnail_de`), and puts a descriptor in place of the
original, which gives the value of the language that is active. The copies say `source_field="image"` too.
"""

from typing import Any

from django.db.models import Model

from .column import ThumbnailColumn


def is_translation(field: ThumbnailColumn) -> bool:
    """Return whether a field is the copy of another one for a language."""
    return hasattr(field, "translated_field")


def translations_of(name: str, model: type[Model]) -> list[str]:
    """Return the names of the fields that hold another field's values in each language; none as a rule."""
    originals = ((field, getattr(field, "translated_field", None)) for field in model._meta.concrete_fields)
    return [field.name for field, original in originals if original is not None and original.name == name]


def follow_language(field: Any, model: type[Model]) -> None:
    """Have the copy of a field make its thumbnails from the source of its own language.

    The original field is left without files. It would follow the language that happens to be active in a
    save.

    Args:
        field: The copy.
        model: The model that it joins.
    """
    from modeltranslation.translator import translator
    from modeltranslation.utils import build_localized_fieldname

    original: ThumbnailColumn = field.translated_field
    source = original.source_field_name
    if source in translator.get_options_for_model(model).all_fields:
        source = build_localized_fieldname(source, field.language)
    field.source_field_name = source
    field.is_translated = False  # it was copied with all that the original has
    model._meta.get_field(original.name).is_translated = True  # type: ignore[union-attr]
