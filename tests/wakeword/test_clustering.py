"""An order in which what is alike stands together, and takes that stand closer to another word."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from labbench.wakeword.clustering import Intruder, intruders, ordered

steady = settings(derandomize=True, deadline=None, database=None, max_examples=60)


def between(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2)))


@steady
@given(st.integers(0, 1000), st.integers(0, 25))
def test_every_row_comes_once(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).normal(size=(count, 3))
    assert sorted(ordered(between(points))) == list(range(count))


@steady
@given(st.integers(0, 1000), st.integers(2, 5))
def test_groups_stand_together(seed: int, groups: int) -> None:
    random = np.random.default_rng(seed)
    members = random.permutation(np.repeat(np.arange(groups), 4))
    points = np.stack([members * 10.0, np.zeros(len(members))], axis=1) + random.normal(0.0, 0.3, (len(members), 2))
    seen = [group for group, _ in itertools.groupby(members[ordered(between(points))].tolist())]
    assert len(seen) == groups


def test_what_lies_on_a_line_keeps_its_order() -> None:
    places = np.random.default_rng(2).permutation(np.arange(16.0) ** 1.3)
    found = places[ordered(between(places[:, None]))]
    assert np.all(np.diff(found) > 0) or np.all(np.diff(found) < 0)


def test_merges_are_average_linkage() -> None:
    """The same pairs as when the mean distance of all pairs is looked for each time."""
    points = np.random.default_rng(7).normal(size=(14, 4))
    distances = between(points)
    groups = [[number] for number in range(14)]
    while len(groups) > 2:
        pairs = itertools.combinations(range(len(groups)), 2)
        one, other = min(pairs, key=lambda pair: distances[np.ix_(groups[pair[0]], groups[pair[1]])].mean())
        groups[one] += groups.pop(other)
    order = ordered(distances)
    first = set(order[: len(groups[0])]), set(order[: len(groups[1])])
    assert set(groups[0]) in first or set(groups[1]) in first


def test_an_intruder_is_told_from_its_own() -> None:
    points = np.array([[0.0], [0.1], [5.2], [5.0], [5.1]])
    words = ["cat", "cat", "cat", "dog", "dog"]
    (found,) = intruders(between(points), words)
    assert (found.number, found.rival) == (2, "dog")
    assert found.to_own == pytest.approx(5.15) and found.to_rival == pytest.approx(0.15)
    assert intruders(between(points[:2]), words[:2]) == []
    assert isinstance(found, Intruder)
