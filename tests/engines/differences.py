"""Where an engine makes another picture than Pillow, and why: the one list, which the docs show as it is."""

from collections.abc import Mapping
from types import MappingProxyType

DIFFERENCES: Mapping[tuple[str, str], str] = MappingProxyType({})
"""The reason by alias of the engine and name of the source (`equality.Source`)."""
