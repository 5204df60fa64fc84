"""The smallest pictures of formats whose decoder a library may list without having.

libheif reads AVIF and HEIC with codecs that are built in, loaded as plugins, or missing; only
decoding a picture tells.
"""

from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.formats import ImageFormat

SAMPLES: Mapping[ImageFormat, bytes] = MappingProxyType(
    {
        ImageFormat.AVIF: b64decode(  # 1 x 1 px
            "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAA"
            "AAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ0AAAAVAAAAKGlpbmYA"
            "AAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJwAAAASWlwY28AAAAUaXNwZQAAAAAAAAAB"
            "AAAAAQAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAA"
            "AAEAAQQBAoMEAAAAHW1kYXQSAAoHGAAGGAhoNTIIEABGapKLbJg="
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
