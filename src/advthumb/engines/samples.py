"""The smallest picture of each format that is allowed by default, for finding out what an engine can."""

from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.formats import ImageFormat

SAMPLES: Mapping[ImageFormat, bytes] = MappingProxyType(
    {
        ImageFormat.AVIF: b64decode(  # 1 x 1 px, half transparent: some decoders lose that
            "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAGGbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAA"
            "AAAAAAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAACxpbG9jAAAAAEQAAAIAAQAAAAEAAAG+AAAAIAACAAAAAQAAAa4A"
            "AAAQAAAAQmlpbmYAAAAAAAIAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAABppbmZlAgAAAAACAABhdjAxQWxw"
            "aGEAAAAAGmlyZWYAAAAAAAAADmF1eGwAAgABAAEAAADDaXBycAAAAJ1pcGNvAAAAFGlzcGUAAAAAAAAAAQAAAAEA"
            "AAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAAA5waXhpAAAAAAEIAAAADGF2"
            "MUOBABwAAAAAOGF1eEMAAAAAdXJuOm1wZWc6bXBlZ0I6Y2ljcDpzeXN0ZW1zOmF1eGlsaWFyeTphbHBoYQAAAAAe"
            "aXBtYQAAAAAAAAACAAEEAQKDBAACBAEFhgcAAAA4bWRhdBIACgQYAA5VMgYeQAABEA8SAAoIGAAGyAhoNCAyEh7H"
            "h4VZwAAsAAAgkDWTv55UgA=="
        ),
        ImageFormat.HEIC: b64decode(  # 64 x 64 px, the least that HEVC takes
            "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAA"
            "AAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABZgABAAAAAAAAABIAAAAjaWluZgAAAAAAAQAAABVp"
            "bmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAAwmlwcnAAAACkaXBjbwAAAHhodmNDAQNwAAAAkAAA"
            "AAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAA"
            "AwAeoCCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABRpc3BlAAAAAAAAAEAAAABAAAAA"
            "EHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAgMAAAAabWRhdAAAAA4oAa8FWP1dV3B/wpG7wQ=="
        ),
    }
)
"""Of formats whose decoder a library may list without having.

libheif reads AVIF and HEIC with codecs that are built in, loaded as plugins, or missing; only decoding a
picture tells.
"""

COMMON: Mapping[ImageFormat, bytes] = MappingProxyType(
    {
        ImageFormat.JPEG: b64decode(
            "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////"
            "////////////////////////////////wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EABQQAQAA"
            "AAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AD//Z"
        ),
        ImageFormat.PNG: b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAEElEQVR42mNMYYAAJgaKGAAeRAB0dpKPgAAAAABJ"
            "RU5ErkJggg=="
        ),
        ImageFormat.GIF: b64decode(
            "R0lGODdhCAAIAIEAAMg8KAAAAAAAAAAAACwAAAAACAAIAAAIDwABCBxIsKDBgwgTKkwYEAA7"
        ),
        ImageFormat.WEBP: b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvB8ABAAdQniIXpf+BiOh/AAA="),
        ImageFormat.TIFF: b64decode(
            "SUkqABgAAAD5ZPlk+WT5ZPlk+WT5ZPlkCQAAAQMAAQAAAAgAAAABAQMAAQAAAAgAAAACAQMAAQAAAAgAAAADAQMA"
            "AQAAAAWAAAAGAQMAAQAAAAEAAAARAQQAAQAAAAgAAAAWAQMAAQAAAAgAAAAXAQQAAQAAABAAAAAcAQMAAQAAAAEA"
            "AAAAAAAA"
        ),
        ImageFormat.BMP: b64decode(
            "Qk1eAAAAAAAAAD4AAAAoAAAACAAAAAgAAAABAAEAAAAAACAAAADEDgAAxA4AAAIAAAACAAAAAAAAAP///wD/AAAA"
            "/wAAAP8AAAD/AAAA/wAAAP8AAAD/AAAA/wAAAA=="
        ),
    }
)
"""Of all others."""
