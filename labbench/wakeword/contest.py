"""How well a way of hearing keeps words from ordinary speech, and whether another does it better on the same takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.material import Material
from labbench.wakeword.rates import equal_error_rate

_T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""Student's t that 95 % of differences by chance stay below (two-sided), for 1, 2, 3... degrees of freedom."""
_T_MANY = 2.0
LIKELY = 0.5
"""So much of that is still worth a word."""


class Certainty(Enum):
    """How sure a difference is."""

    CLEAR = "clear"
    LIKELY = "likely"
    NONE = "none"


@dataclass(frozen=True, eq=False)
class Standing:
    """Of all words by one embedder: each word's own material. Crosses processes."""

    materials: tuple[Material, ...]

    @cached_property
    def takes(self) -> NDArray[np.float64]:
        """Distances of takes to their own words, each left out of what it is measured by: shape [takes]."""
        return np.concatenate([np.zeros(0), *(one.takes for one in self.materials)])

    @cached_property
    def speech(self) -> NDArray[np.float64]:
        """Distances of windows of ordinary speech to the words: shape [windows]."""
        measured = [one.speech for one in self.materials if len(one.takes)]
        return np.concatenate([np.zeros(0), *measured])

    @property
    def equal_errors(self) -> float | None:
        """The share of both errors where takes are missed as often as ordinary speech is taken for the word."""
        return equal_error_rate(self.takes, self.speech) if len(self.takes) and len(self.speech) else None

    @cached_property
    def margins(self) -> NDArray[np.float64]:
        """How many standard deviations each take lies nearer than the mean of ordinary speech: shape [takes]."""
        parts = [np.zeros(0)]
        for one in self.materials:
            if len(one.takes) and len(one.speech):
                parts.append((one.speech.mean() - one.takes) / max(1e-6, float(one.speech.std())))
        return np.concatenate(parts)

    @property
    def apart(self) -> float | None:
        """The mean of the margins."""
        return float(self.margins.mean()) if len(self.margins) else None

    @property
    def farthest(self) -> float | None:
        """The margin of the take that is nearest to ordinary speech."""
        return float(self.margins.min()) if len(self.margins) else None


@dataclass(frozen=True)
class Verdict:
    """By how many standard deviations the first keeps takes farther from speech than the second (negative: nearer), how
    sure that is, and with how many takes it was found."""

    difference: float
    certainty: Certainty
    takes: int


def judged(one: Sequence[float] | NDArray[np.float64], other: Sequence[float] | NDArray[np.float64]) -> Verdict:
    """Margins of the same takes in two embedders, in the same order; Student's test of their differences.

    Where one has lost a take, means are compared as if of different takes (B. L. Welch, Biometrika 34, 1947).
    """
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    count = min(len(first), len(second))
    if not count:
        return Verdict(0.0, Certainty.NONE, 0)
    difference = float(first.mean() - second.mean())
    if count < 2:
        return Verdict(difference, Certainty.NONE, count)
    if len(first) == len(second):
        error = float((first - second).std(ddof=1)) / np.sqrt(count)
    else:
        error = float(np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second)))
    limit = _T95[count - 2] if count - 2 < len(_T95) else _T_MANY
    t = abs(difference) / max(error, 1e-9)
    certainty = Certainty.CLEAR if t >= limit else Certainty.LIKELY if t >= LIKELY * limit else Certainty.NONE
    return Verdict(difference, certainty, count)
