"""Pictures of distances: exact where a plane can hold them, honest about how much they lie where it can't."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from labbench.wakeword.mds import drawn_to, fidelity, laid_out, placed, stress, trustworthiness, turned_to

steady = settings(derandomize=True, deadline=None, database=None, max_examples=40)


def scattered(seed: int, count: int, dimensions: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.0, 0.4, (count, dimensions))


def gaps(points: NDArray[np.float64], others: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    others = points if others is None else others
    return np.sqrt(((points[:, None] - others[None]) ** 2).sum(axis=2))


@steady
@given(st.integers(0, 500), st.integers(2, 30))
def test_distances_of_a_plane_come_back(seed: int, count: int) -> None:
    true = gaps(scattered(seed, count))
    points = laid_out(true)
    assert np.allclose(gaps(points), true, atol=1e-4)
    assert np.allclose(points.mean(axis=0), 0.0, atol=1e-9)
    found = fidelity(true, points)
    assert found.stress < 1e-3 and found.trust in (None, pytest.approx(1.0))


@steady
@given(st.integers(0, 500))
def test_majorizing_never_draws_worse_than_the_widest_two_directions(seed: int) -> None:
    true = gaps(scattered(seed, 12, 9))
    values, vectors = np.linalg.eigh(_centred(true))
    classical = vectors[:, -2:] * np.sqrt(values[-2:])
    weights = 1.0 / np.maximum(true + np.eye(12), 0.05)

    def sammon(points: NDArray[np.float64]) -> float:
        return float((weights * (gaps(points) - true) ** 2).sum())

    assert sammon(laid_out(true)) <= sammon(classical) + 1e-9


def _centred(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    count = len(distances)
    middle = np.eye(count) - 1.0 / count
    return -0.5 * middle @ distances**2 @ middle


@steady
@given(st.integers(0, 500), st.integers(3, 20))
def test_what_is_placed_by_true_distances_lies_where_it_is(seed: int, count: int) -> None:
    landmarks, others = scattered(seed, count), scattered(seed + 1, 7)
    start = others + 0.05 * scattered(seed + 2, 7)
    found = placed(landmarks, gaps(others, landmarks), start)
    before, after = (np.abs(gaps(points, landmarks) - gaps(others, landmarks)).max() for points in (start, found))
    assert after <= before + 1e-9


def test_a_moment_nears_the_take_that_it_is_like() -> None:
    landmarks, ordinary = np.array([[0.0, 0.0], [1.0, 0.0], [1.1, 0.2]]), np.array([0.5, 1.0])
    distances = np.array([[1.0, 1.0, 1.0], [0.1, 1.0, 1.1], [0.9, 0.2, 0.2]])
    speech, first, second = placed(landmarks, distances, drawn_to(landmarks, distances, ordinary))
    assert np.linalg.norm(speech - ordinary) < 0.4  # as far from every take as ordinary speech is
    assert np.linalg.norm(first - landmarks[0]) < 0.2
    assert np.linalg.norm(second - landmarks[1:].mean(axis=0)) < 0.3


def test_nothing_jumps_on_the_way_to_a_word() -> None:
    random = np.random.default_rng(3)
    middles = np.eye(8)[:3] / np.sqrt(2.0)  # three words, at 1 from one another and from ordinary speech
    takes = np.repeat(middles[:2], 5, axis=0) + random.normal(0.0, 0.05, (10, 8))
    layout = laid_out(gaps(np.concatenate([takes, middles[2:]])))
    way = np.linspace(middles[2], middles[0], 300) + 0.05 * np.eye(8)[7]
    distances = gaps(way, takes)
    points = placed(layout[:-1], distances, drawn_to(layout[:-1], distances, layout[-1]))
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert steps.max() < 0.05 < 0.7 < np.linalg.norm(points[-1] - points[0])
    assert np.linalg.norm(points[-1] - layout[:5].mean(axis=0)) < 0.15


@steady
@given(st.integers(0, 500), st.floats(0, 6.2), st.booleans())
def test_a_layout_is_turned_as_it_was(seed: int, angle: float, mirrored: bool) -> None:
    points = scattered(seed, 8)
    spin = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    if mirrored:
        spin = spin @ np.diag([1.0, -1.0])
    rotation, shift = turned_to(points @ spin + [3.0, -1.0], points)
    assert np.allclose((points @ spin + [3.0, -1.0]) @ rotation + shift, points, atol=1e-9)


def test_trust_is_one_for_the_true_order_and_low_for_another() -> None:
    true = gaps(scattered(1, 40))
    assert trustworthiness(true, true, 5) == 1.0
    other = trustworthiness(true, gaps(scattered(2, 40)), 5)
    assert other is not None and 0.3 < other < 0.7
    assert trustworthiness(true[:10, :10], true[:10, :10], 4) is None


def test_stress_is_kruskals() -> None:
    true, drawn = np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]])
    assert stress(true, drawn) == pytest.approx(np.sqrt(1.0 / 2.0))
    assert stress(true, np.zeros((1, 2))) == 0.0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_landmarks_are_no_trouble(count: int) -> None:
    true = 0.5 * (1.0 - np.eye(count))
    points = laid_out(true)
    assert points.shape == (count, 2) and np.allclose(gaps(points), true, atol=1e-6)
