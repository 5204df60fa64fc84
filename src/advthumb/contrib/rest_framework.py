"""Django REST framework: thumbnails in serializers.

If `rest_framework` is in INSTALLED_APPS, every `ModelSerializer` uses `ThumbnailField` for thumbnail columns.
Otherwise, importing this module has the same effect.
"""

from importlib.util import find_spec
from typing import Any

from rest_framework.serializers import Field, ModelSerializer

from advthumb.fields import AdvanceThumbnailField, ThumbnailDict, ThumbnailFieldFile

__all__ = ["ThumbnailField"]

_OWN = ("source", "label", "help_text", "style", "initial")


class ThumbnailField(Field[Any, Any, ThumbnailDict | None, Any]):
    """Represents a thumbnail as the dictionary of `as_dict()`, or as null if there is none.

    It is read-only, because a thumbnail is made from its source. The URLs are absolute if the serializer has
    a request in its context.

    Args:
        kwargs: `source`, `label`, `help_text`, `style` and `initial`, as for every field. Arguments that a
            `ModelSerializer` derives from the column, such as `max_length` or `required`, are ignored.
    """

    def __init__(self, **kwargs: Any) -> None:
        own = {name: value for name, value in kwargs.items() if name in _OWN}
        super().__init__(read_only=True, allow_null=True, **own)

    def to_representation(self, value: ThumbnailFieldFile) -> ThumbnailDict | None:
        """Return the thumbnail as a dictionary."""
        return value.as_dict(self.context.get("request"))


ModelSerializer.serializer_field_mapping.setdefault(AdvanceThumbnailField, ThumbnailField)

if find_spec("drf_spectacular"):
    from . import spectacular  # noqa: F401 - importing registers the schema
