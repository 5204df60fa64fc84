"""The point of a picture that its crops keep in view, as a person chose it."""

import re
from dataclasses import dataclass
from numbers import Real
from typing import Self

from .gravity import WHOLE, Point

TEXT_LENGTH = len("0.000,0.000")
"""The number of characters of every point as text."""

_FRACTION = r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*"
_TEXT = re.compile(f"{_FRACTION},{_FRACTION}")

_EXAMPLE = (
    "Give two fractions from 0 to 1, how far the point is from the left and from the top of the upright "
    "picture, such as 0.260,0.787."
)


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """A point of an upright picture that crops keep in view. Its text is `0.260,0.787`.

    Args:
        x: How far it is from the left, as a fraction of the width from 0 to 1, rounded to three decimals.
        y: How far it is from the top, as a fraction of the height, rounded in the same way.

    Raises:
        ValueError: A side is not a fraction; the message is a sentence for people.
    """

    x: float
    y: float

    def __post_init__(self) -> None:
        """Check and round both sides."""
        for name in ("x", "y"):
            side = getattr(self, name)
            is_number = isinstance(side, Real) and not isinstance(side, bool)  # NumPy's numbers too
            if not is_number or not 0 <= side <= 1:
                msg = f"A focal point cannot have {name}={side!r}. {_EXAMPLE}"
                raise ValueError(msg)
            object.__setattr__(self, name, round(abs(side) * WHOLE) / WHOLE)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the point that a text means; spaces and a different number of decimals are accepted.

        Raises:
            ValueError: It means none; the message is a sentence for people.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            msg = f"{text!r} is no focal point. {_EXAMPLE}"
            raise ValueError(msg)
        x, y = map(float, found.groups())
        return cls(x, y)

    @classmethod
    def of(cls, value: object) -> Self | None:
        """Return the point that a value means: a point, a text, a pair of numbers; None for an empty value.

        Raises:
            ValueError: It means none; the message is a sentence for people.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        if isinstance(value, tuple | list) and len(value) == len(Point._fields):
            return cls(*value)
        msg = f"{value!r} is no focal point. {_EXAMPLE}"
        raise ValueError(msg)

    @property
    def point(self) -> Point:
        """The same point in thousandths, as crops are computed."""
        return Point(round(self.x * WHOLE), round(self.y * WHOLE))

    @property
    def css(self) -> str:
        """The value of the CSS property `object-position` that keeps the point in view: `26% 78.7%`."""
        return " ".join(f"{side / (WHOLE // 100):g}%" for side in self.point)

    def __str__(self) -> str:
        """Return the text in the column: `0.260,0.787`."""
        return str(self.point)
