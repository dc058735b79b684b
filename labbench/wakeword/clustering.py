"""Takes in an order in which what is alike stands side by side, and those that stand closer to another word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def ordered(distances: Numbers) -> list[int]:
    """An order of `distances`' rows ([n, n], symmetric): the leaves of average linkage, turned so that ends match.

    Average linkage is R. Sokal and C. Michener's (1958); of a joined pair the four ways to lay them end to end are
    tried, and the nearest ends meet (G. Gruvaeus, H. Wainer, 1972).
    """
    count = len(distances)
    if not count:
        return []
    between = np.array(distances, np.float64)
    np.fill_diagonal(between, np.inf)
    groups: list[list[int]] = [[number] for number in range(count)]
    nearest, how_near = between.argmin(axis=1), between.min(axis=1)
    for _ in range(count - 1):
        one = int(how_near.argmin())
        other = int(nearest[one])
        sizes = len(groups[one]), len(groups[other])
        groups[one] = _joined(groups[one], groups[other], distances)
        row = (sizes[0] * between[one] + sizes[1] * between[other]) / (sizes[0] + sizes[1])
        row[[one, other]] = np.inf
        between[one], between[:, one] = row, row
        between[other], between[:, other] = np.inf, np.inf
        stale = np.flatnonzero((nearest == one) | (nearest == other))
        closer = row < how_near
        nearest[closer], how_near[closer] = one, row[closer]
        for place in {one, *stale.tolist()} - {other}:
            nearest[place], how_near[place] = int(between[place].argmin()), float(between[place].min())
        how_near[other] = np.inf
        groups[other] = []
    return max(groups, key=len)


def _joined(one: list[int], other: list[int], distances: Numbers) -> list[int]:
    """Both end to end, turned so that the nearest of their ends meet."""
    ways = [(a, b) for a in (one, one[::-1]) for b in (other, other[::-1])]
    a, b = min(ways, key=lambda way: float(distances[way[0][-1], way[1][0]]))
    return a + b


@dataclass(frozen=True)
class Intruder:
    """Take `number` lies on average nearer to the takes of word `rival` (`to_rival`) than to its own (`to_own`)."""

    number: int
    rival: str
    to_own: float
    to_rival: float


def intruders(distances: Numbers, words: Sequence[str]) -> list[Intruder]:
    """Takes that look like another word's: `distances` [n, n] between takes, `words` [n] that they belong to."""
    names = list(dict.fromkeys(words))
    found = []
    for number, own in enumerate(words):
        means = {}
        for name in names:
            others = [k for k, word in enumerate(words) if word == name and k != number]
            if others:
                means[name] = float(distances[number, others].mean())
        if own in means and len(means) > 1:
            rival = min((name for name in means if name != own), key=lambda name: means[name])
            if means[rival] < means[own]:
                found.append(Intruder(number, rival, means[own], means[rival]))
    return found
