"""What django-modeltranslation translates; it finds this module by its name."""

from modeltranslation.translator import TranslationOptions, register

from .models import OfOneLanguage, Translated


@register(Translated)
class TranslatedOptions(TranslationOptions):
    fields = ("title", "image", "thumbnail")


@register(OfOneLanguage)
class OfOneLanguageOptions(TranslationOptions):
    fields = ("image",)
