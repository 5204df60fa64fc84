"""The root of an SVG: what size it gives, and the same drawing with a size of ours."""

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
"""A start tag, of which we know that it is well-formed."""
_IMPORTANT = re.compile(r"!\s*important", re.IGNORECASE)


class _FoundError(Exception):
    """The root has been found: nothing behind it is read."""


@dataclass(frozen=True, slots=True)
class Root:
    """The first tag of an SVG.

    Attributes:
        start: Where it begins, in bytes.
        name: As it is written, with its prefix.
        attributes: Likewise, with entities replaced.
    """

    start: int
    name: str
    attributes: Mapping[str, str]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read an SVG up to its first tag. Nothing that it refers to is loaded.

        Raises:
            ThumbnailError: `corrupt`: it is no XML up to there; `unsupported`: the tag is another one.
        """
        if sniff(data) is not ImageFormat.SVG:
            raise corrupt("it does not begin as SVG does")
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
        except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an unknown encoding
            raise corrupt(f"it is no XML: {error}") from error
        [root] = found
        if root.name.rpartition(":")[2] != "svg":
            raise unsupported(f"XML that begins with <{root.name[:40]}>, and not with <svg>")
        return root

    @property
    def size(self) -> tuple[float, float]:
        """The size that it gives, in pixels of CSS."""
        return natural_size(*map(self.attributes.get, ("width", "height", "viewBox")))

    def sized(self, data: bytes, size: Size) -> bytes:
        """Return a drawing in another size, to which all of it is scaled.

        Args:
            data: The drawing that this is the root of.
            size: In pixels.
        """
        attributes = dict(self.attributes)
        if view_box_size(attributes.get("viewBox")) is None:
            width, height = self.size
            attributes["viewBox"] = f"0 0 {width!r} {height!r}"
        # A style overrules attributes, so it sets the size. It comes first: what follows may be damaged.
        ours = f"width:{size.width}px!important;height:{size.height}px!important;"
        attributes["style"] = ours + _IMPORTANT.sub("", attributes.get("style", ""))
        attributes |= {"width": f"{size.width}px", "height": f"{size.height}px"}
        written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        old = _TAG.match(data, self.start)
        assert old is not None  # noqa: S101 - for the type checker: it has been read
        end = "/>" if old[0].endswith(b"/>") else ">"
        # Characters beyond ASCII become references, which mean the same in every encoding.
        tag = f"<{self.name}{written}{end}".encode("ascii", "xmlcharrefreplace")
        return data[: self.start] + tag + data[old.end() :]
