"""Interleaved measuring, and medians with their spread.

On a shared machine the load drifts. Contenders therefore take turns (A B A B ...), and a ratio is the
median of the ratios of neighbouring samples, which saw the same load.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Self

Answers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its quartiles.

    Attributes:
        median: The middle of all samples.
        low: A quarter of the samples are below it.
        high: A quarter of the samples are above it.
        samples: How many there were.
    """

    median: float
    low: float
    high: float
    samples: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the figure for one or more values."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0], 1)
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high, len(values))

    def scaled(self, factor: float) -> "Figure":
        """Return the same figure in another unit."""
        return Figure(self.median * factor, self.low * factor, self.high * factor, self.samples)


def interleaved(
    asks: Mapping[str, Callable[[], dict[str, Any]]], rounds: int, warm_up: int = 1
) -> dict[str, Answers]:
    """Ask all contenders in turn, repeatedly, and return the answers of each after the warm-up."""
    answers: dict[str, Answers] = {name: [] for name in asks}
    for number in range(warm_up + rounds):
        for name, ask in asks.items():
            answer = ask()
            if number >= warm_up:
                answers[name].append(answer)
    return answers


def figure(answers: Answers, key: str = "seconds") -> Figure:
    """Return the figure of one value in all answers."""
    return Figure.of([answer[key] for answer in answers])


def ratio(ours: Answers, theirs: Answers, key: str = "seconds") -> Figure:
    """Return the ratio of their figure to ours, sample by sample."""
    return Figure.of([them[key] / us[key] for us, them in zip(ours, theirs, strict=True)])
