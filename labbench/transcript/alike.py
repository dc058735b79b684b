"""Two texts in pairs, where words that are written alike stand against each other.

With as few changes as can be there are often several ways: “grin” for “green uh” may be another word and one too many,
in either order. Of these the one is taken in which pairs have most letters in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rapidfuzz.distance import Levenshtein

from labbench.transcript.agreement import plain
from labbench.transcript.compare import Pair, aligned
from labbench.transcript.types import Word

MOST_CELLS = 2500
"""A stretch in which so many words could stand against each other is left as it is."""
_Cost = tuple[int, float]


def closely_aligned(one: Sequence[Word], other: Sequence[Word]) -> tuple[Pair, ...]:
    """As `aligned`, with no more changes."""
    found: list[Pair] = []
    for same, run in groupby(aligned(one, other), lambda pair: pair.change == "same"):
        pairs = list(run)
        found += pairs if same else _closer(pairs)
    return tuple(found)


def _closer(pairs: list[Pair]) -> list[Pair]:
    """Words between two places where both texts agree."""
    left = [pair.one for pair in pairs if pair.one is not None]
    right = [pair.other for pair in pairs if pair.other is not None]
    if not left or not right or len(left) == len(right) or len(left) * len(right) > MOST_CELLS:
        return pairs
    far = [[_distance(a, b) for b in right] for a in left]
    costs: list[list[_Cost]] = [[(0, 0.0)] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left), -1, -1):
        for j in range(len(right), -1, -1):
            if i < len(left) or j < len(right):
                costs[i][j] = min(_ways(costs, far, i, j))[0]
    return list(_walked(costs, far, left, right))


def _ways(costs: list[list[_Cost]], far: list[list[float]], i: int, j: int) -> list[tuple[_Cost, int, int]]:
    """What each step from word i and word j costs, with all that follows, and where it leads."""
    steps = []
    for down, across in ((1, 1), (1, 0), (0, 1)):
        if i + down < len(costs) and j + across < len(costs[0]):
            changes, distance = costs[i + down][j + across]
            more = far[i][j] if down and across else 0.0
            steps.append(((changes + 1, distance + more), -down, -across))
    return steps


def _walked(
    costs: list[list[_Cost]], far: list[list[float]], left: Sequence[Word], right: Sequence[Word]
) -> Iterator[Pair]:
    i = j = 0
    while i < len(left) or j < len(right):
        _, down, across = min(_ways(costs, far, i, j))
        if down and across:
            yield Pair("changed", left[i], right[j])
        elif down:
            yield Pair("only one", left[i], None)
        else:
            yield Pair("only other", None, right[j])
        i, j = i - down, j - across


def _distance(one: Word, other: Word) -> float:
    """0 where two words are written alike, 1 where they have no letter in common."""
    return float(Levenshtein.normalized_distance(plain(one.text), plain(other.text)))
