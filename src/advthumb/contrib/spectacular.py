"""drf-spectacular: the schema of thumbnails. `contrib.rest_framework` imports it if that is installed."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import append_meta, build_array_type, build_object_type
from drf_spectacular.utils import Direction


class ThumbnailFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Describes the dictionary of a thumbnail as a separate component, `Thumbnail`."""

    target_class = "advthumb.contrib.rest_framework.ThumbnailField"

    def get_name(self) -> str:
        """Return the name of the component."""
        return "Thumbnail"

    def map_serializer_field(self, _auto_schema: Any, _direction: Direction) -> Any:
        """Return the schema of a thumbnail that is not null."""
        side = append_meta({"type": "integer", "description": "Pixels."}, {"nullable": True})
        url = {"type": "string", "format": "uri"}
        files = build_array_type(
            build_object_type(
                properties={"url": url, "width": {"type": "integer", "description": "Pixels."}},
                required=["url", "width"],
            )
        )
        properties = {
            "url": url,
            "width": side,
            "height": side,
            "status": {"type": "string", "description": "`fresh`, or why it is to be made again."},
            "srcset": {
                "type": "string",
                "description": "The files in the format of `url`, as HTML wants it.",
            },
            "sources": build_object_type(
                additionalProperties=files,
                description="All files by format, such as `AVIF`, the preferred format first.",
            ),
            "color": {"type": "string", "description": "The dominant colour, `#rrggbb` or empty."},
            "placeholder": {"type": "string", "description": "The ThumbHash in base 64, or empty."},
        }
        return build_object_type(properties=properties, required=list(properties))
