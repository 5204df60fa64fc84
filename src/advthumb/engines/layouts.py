"""What the table of an engine says about TIFF: which layouts it decodes rightly, in the words of a kind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layouts:
    """What an engine reads, and which ways of storing it are not among them.

    Attributes:
        pixels: What a pixel may be, as the first part of a kind says it.
        wrong: Words of a kind that the engine gets wrong where all of a set are there.
    """

    pixels: frozenset[str]
    wrong: tuple[frozenset[str], ...] = ()

    def refuses(self, kind: str) -> str:
        """Return a kind if it is none of the table, else nothing."""
        pixel, _, storage = kind.partition("; ")
        words = {*pixel.split(", "), *storage.split(", ")}
        known = pixel in self.pixels and not any(together <= words for together in self.wrong)
        return "" if known else f"a TIFF of {kind}"


def pixels(*kinds: str, extras: tuple[str, ...] = ("",)) -> frozenset[str]:
    """Return kinds of pixels, each with each of the samples behind its colour; an empty one is none."""
    return frozenset(f"{kind}, {extra}" if extra else kind for kind in kinds for extra in extras)
