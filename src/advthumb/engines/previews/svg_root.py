"""The root of an SVG: its size, and a way to change the size of the drawing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from advthumb.core.containers.reading import corrupt, unsupported
from advthumb.core.drawings import natural_size, view_box_size
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.sniffing import sniff

_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
"""A start tag that is known to be well-formed."""
_IMPORTANT = re.compile(r"!\s*important", re.IGNORECASE)


class _FoundError(Exception):
    """Raised to stop the parser when it has found the root."""


@dataclass(frozen=True, slots=True)
class Root:
    """The first tag of an SVG.

    Attributes:
        start: The offset of the tag, in bytes.
        name: The name as written, with its prefix.
        attributes: The attributes as written, but with entities replaced.
    """

    start: int
    name: str
    attributes: Mapping[str, str]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read an SVG up to its first tag. Nothing that it refers to is loaded.

        Raises:
            ThumbnailError: `corrupt`: it is not XML up to the first tag; `unsupported`: the tag is not `svg`.
        """
        if sniff(data) is not ImageFormat.SVG:
            raise corrupt("it does not start like an SVG")
        found: list[Self] = []

        def begin(name: str, attributes: dict[str, str]) -> None:
            found.append(cls(parser.CurrentByteIndex, name, attributes))
            raise _FoundError

        parser = expat.ParserCreate()
        parser.StartElementHandler = begin
        try:
            parser.Parse(data, True)
        except _FoundError:
            pass
        except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: an unknown encoding
            raise corrupt(f"it is not XML: {error}") from error
        [root] = found
        if root.name.rpartition(":")[2] != "svg":
            raise unsupported(f"XML that starts with <{root.name[:40]}> instead of <svg>")
        return root

    @property
    def size(self) -> tuple[float, float]:
        """The size that the attributes give, in CSS pixels."""
        return natural_size(*map(self.attributes.get, ("width", "height", "viewBox")))

    def sized(self, data: bytes, size: Size) -> bytes:
        """Return the drawing with another size, scaled as a whole.

        Args:
            data: The drawing to which this root belongs.
            size: The new size in pixels.
        """
        attributes = dict(self.attributes)
        if view_box_size(attributes.get("viewBox")) is None:
            width, height = self.size
            attributes["viewBox"] = f"0 0 {width!r} {height!r}"
        # A style overrides attributes, so it sets the size. Our part comes first: the rest may be damaged.
        ours = f"width:{size.width}px!important;height:{size.height}px!important;"
        attributes["style"] = ours + _IMPORTANT.sub("", attributes.get("style", ""))
        attributes |= {"width": f"{size.width}px", "height": f"{size.height}px"}
        written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        old = _TAG.match(data, self.start)
        assert old is not None  # noqa: S101 - for the type checker: it has been read
        end = "/>" if old[0].endswith(b"/>") else ">"
        # Non-ASCII characters become references, which mean the same in every encoding.
        tag = f"<{self.name}{written}{end}".encode("ascii", "xmlcharrefreplace")
        return data[: self.start] + tag + data[old.end() :]
