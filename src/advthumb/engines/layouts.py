"""A table of the TIFF layouts that an engine decodes correctly, in the words of `SourceInfo.kind`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layouts:
    """The layouts that an engine reads, and those among them that it decodes wrongly.

    Attributes:
        pixels: The kinds of pixels that it reads, as in the first part of a kind.
        wrong: Sets of words. The engine decodes a kind wrongly if it contains all words of one set.
    """

    pixels: frozenset[str]
    wrong: tuple[frozenset[str], ...] = ()

    def refuses(self, kind: str) -> str:
        """Return the description of a kind that is not in the table, empty for one that is."""
        pixel, _, storage = kind.partition("; ")
        words = {*pixel.split(", "), *storage.split(", ")}
        known = pixel in self.pixels and not any(together <= words for together in self.wrong)
        return "" if known else f"a TIFF of {kind}"


def pixels(*kinds: str, extras: tuple[str, ...] = ("",)) -> frozenset[str]:
    """Return each kind of pixels combined with each of the extra samples; an empty string adds none."""
    return frozenset(f"{kind}, {extra}" if extra else kind for kind in kinds for extra in extras)
