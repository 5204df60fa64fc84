"""The smallest picture of each format that is allowed by default, for finding out what an engine reads."""

from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.formats import ImageFormat
from advthumb.engines.samples import SAMPLES as RARE

SAMPLES: Mapping[ImageFormat, bytes] = MappingProxyType(
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
        **RARE,
    }
)
