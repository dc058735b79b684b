"""Multidimensional scaling: points in a plane that lie as far from one another as distances say, as nearly as can be.

A few landmarks, all of whose distances are known, are laid out first; anything else is placed by its distances to
them, in microseconds (V. de Silva, J. Tenenbaum, "Sparse multidimensional scaling using landmark points", 2004). Both
steps minimise Sammon's stress (J. Sammon, 1969): short distances count more, for they say what is alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape [n, 2], in units of distance."""

SWEEPS, STEPS = 300, 24
CLOSE_ENOUGH = 1e-6
LEAST = 0.05
"""Distances below it count as much as this one: a take lies at 0 from itself."""


def laid_out(distances: NDArray[np.float64]) -> Points:
    """Landmarks in a plane, by their `distances` ([n, n], symmetric, 0 from each to itself). The middle is at 0."""
    count = len(distances)
    if count < 2:
        return np.zeros((count, 2))
    points = _classical(distances)
    weights = _weights(distances)
    np.fill_diagonal(weights, 0.0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian)
    before = np.inf
    for _ in range(SWEEPS):
        gaps = _gaps(points, points)
        now = float((weights * (gaps - distances) ** 2).sum())
        if before - now <= CLOSE_ENOUGH * max(now, 1e-12):
            break
        before = now
        ratio = -weights * distances / np.maximum(gaps, 1e-9)
        np.fill_diagonal(ratio, 0.0)
        np.fill_diagonal(ratio, -ratio.sum(axis=1))
        points = inverse @ ratio @ points  # the transform of L. Guttman (1968), which can't raise the stress
    centred: Points = points - points.mean(axis=0)
    return centred


def placed(landmarks: Points, distances: NDArray[np.float64], starts: Points) -> Points:
    """Where things lie by their `distances` to the landmarks ([m, n]): shape [m, 2].

    Each goes from its own place in `starts` to the nearest place at which the stress of its distances is least, so that
    of two places that fit alike the same one is always found.
    """
    weights = _weights(distances)
    weights = weights / weights.sum(axis=1, keepdims=True)
    pulls, middle = weights * distances, weights @ landmarks
    points = np.array(starts, np.float64)
    for _ in range(STEPS):
        pushes = pulls / np.maximum(_gaps(points, landmarks), 1e-9)
        points = middle + pushes.sum(axis=1, keepdims=True) * points - pushes @ landmarks
    return points


def drawn_to(landmarks: Points, distances: NDArray[np.float64], anchor: NDArray[np.float64]) -> Points:
    """Places to start from: at `anchor` ([2]) where nothing is near, towards what is near. Shape [m, 2].

    Without one a thing as far from everything as ordinary speech is could lie anywhere on a circle.
    """
    pull = np.maximum(1.0 - distances, 0.0) ** 2
    total = pull.sum(axis=1, keepdims=True)
    towards = (pull @ landmarks) / np.maximum(total, 1e-12)
    share = np.minimum(1.0, np.sqrt(total))
    points: Points = share * towards + (1.0 - share) * anchor
    return points


def turned_to(points: Points, others: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rotation (or reflection, [2, 2]) and shift ([2]) that bring `points` as near to `others` as can be.

    Both [n, 2], the same things in two layouts: `points @ rotation + shift` (P. Schönemann, "A generalized solution of
    the orthogonal Procrustes problem", 1966). A map that is made anew with one take more then looks as it did.
    """
    if not len(points):
        return np.eye(2), np.zeros(2)
    middle, other = points.mean(axis=0), others.mean(axis=0)
    left, _, right = np.linalg.svd((points - middle).T @ (others - other))
    rotation = left @ right
    return rotation, other - middle @ rotation


@dataclass(frozen=True)
class Fidelity:
    """How much a picture lies.

    `stress` is Kruskal's first: 0 is exact, 0.2 is poor. `trust` is the trustworthiness of neighbourhoods: 1 where
    whatever is drawn near is near; None with too few points to tell.
    """

    stress: float
    trust: float | None


def fidelity(distances: NDArray[np.float64], points: Points, neighbours: int = 4) -> Fidelity:
    """Of `points` [n, 2] for true `distances` [n, n]."""
    gaps = _gaps(points, points)
    return Fidelity(stress(distances, gaps), trustworthiness(distances, gaps, neighbours))


def stress(distances: NDArray[np.float64], gaps: NDArray[np.float64]) -> float:
    """Kruskal's stress-1 (1964) of drawn `gaps` for true `distances`, of any one shape."""
    total = float((gaps**2).sum())
    return float(np.sqrt(((distances - gaps) ** 2).sum() / total)) if total > 0 else 0.0


def trustworthiness(distances: NDArray[np.float64], gaps: NDArray[np.float64], neighbours: int) -> float | None:
    """Of the nearest `neighbours` drawn, how far down the true order they are (J. Venna, S. Kaski, 2001): [n, n] each.

    1 is perfect, about 0.5 is chance. None where n is too small for the measure.
    """
    count, k = len(distances), neighbours
    if count < 3 * k:
        return None
    far = np.eye(count, dtype=bool)
    drawn = np.argsort(np.where(far, np.inf, gaps), axis=1, kind="stable")[:, :k]
    order = np.argsort(np.where(far, np.inf, distances), axis=1, kind="stable")
    ranks = np.empty((count, count), np.int64)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, count + 1), (count, count)), axis=1)
    excess = np.maximum(np.take_along_axis(ranks, drawn, axis=1) - k, 0).sum()
    return float(1.0 - 2.0 * excess / (count * k * (2 * count - 3 * k - 1)))


def _classical(distances: NDArray[np.float64]) -> Points:
    """W. Torgerson's scaling (1952): the two widest directions of the doubly centred squares."""
    squares = distances**2
    centred = -0.5 * (squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean())
    values, vectors = np.linalg.eigh(centred)
    widest = np.argsort(values)[::-1][:2]
    points = vectors[:, widest] * np.sqrt(np.maximum(values[widest], 0.0))
    if points.shape[1] < 2:
        points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    # The sign of an eigenvector is arbitrary: of each axis the farthest point lies on the positive side.
    signs = np.sign(points[np.argmax(np.abs(points), axis=0), [0, 1]])
    found: Points = points * np.where(signs == 0, 1.0, signs)
    return found


def _weights(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = 1.0 / np.maximum(distances, LEAST)
    return weights


def _gaps(points: Points, others: Points) -> NDArray[np.float64]:
    across = points[:, :1] - others[:, 0]
    up = points[:, 1:] - others[:, 1]
    gaps: NDArray[np.float64] = np.hypot(across, up)
    return gaps
