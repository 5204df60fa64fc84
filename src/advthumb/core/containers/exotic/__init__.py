"""What the containers of `EXOTIC_FORMATS` say, one file for each.

Each reader has the functions `read` and `clean`, as those of the common formats have.
"""

from collections.abc import Mapping
from types import MappingProxyType

from advthumb.core.containers.reading import Reader
from advthumb.core.formats import ImageFormat

READERS: Mapping[ImageFormat, Reader] = MappingProxyType({})
"""The reader of each format."""
