"""A logistic-regression head: the same takes, but trained against ordinary speech instead of compared with.

Ridge-penalised maximum likelihood by Newton's method (iteratively reweighted least squares; T. Hastie, R. Tibshirani,
J. Friedman, The Elements of Statistical Learning, 2009, sections 4.4.1 and 18.4). Both classes weigh the same in total:
a handful of takes would otherwise be outvoted by the cohort.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.embedder import Frames
from labbench.wakeword.references import Reference, point_of, points_along

SEED = 20_251
PENALTY = 1e-3
"""Weight of half the squared length of the direction, against a mean loss."""
MOST_STEPS = 30
TOLERANCE = 1e-6


def fit_logistic(
    points: NDArray[np.float64], wanted: NDArray[np.bool_], penalty: float = PENALTY
) -> tuple[NDArray[np.float64], float]:
    """Direction w ([d]) and bias b that minimise the mean loss over both classes + penalty/2 |w|^2.

    `points` has shape [n, d]; a point is a word where w.x + b > 0. Both classes must be there. Deterministic.

    With a penalty w lies in the span of the points, so more dimensions than points cost nothing more.
    """
    if 0 < len(points) < points.shape[1]:
        basis = np.linalg.qr(points.T)[0]
        inside, bias = fit_logistic(points @ basis, wanted, penalty)
        return basis @ inside, bias
    count, dimensions = points.shape
    positives = int(np.count_nonzero(wanted))
    share = np.where(wanted, 0.5 / positives, 0.5 / (count - positives))
    extended = np.hstack([points, np.ones((count, 1))])
    ridge = np.append(np.full(dimensions, penalty), 1e-9)  # the bias is as good as free
    weights = np.zeros(dimensions + 1)
    loss = _loss(extended @ weights, wanted, share, ridge, weights)
    for _ in range(MOST_STEPS):
        scores = extended @ weights
        chance = 0.5 * (1.0 + np.tanh(0.5 * scores))
        gradient = extended.T @ (share * (chance - wanted)) + ridge * weights
        curvature = (extended.T * (share * chance * (1.0 - chance))) @ extended + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        size, before = 1.0, loss
        while size > 1e-4:  # far from the minimum a full step can overshoot
            loss = _loss(extended @ (weights - size * step), wanted, share, ridge, weights - size * step)
            if loss <= before:
                break
            size *= 0.5
        weights = weights - size * step
        if abs(before - loss) < TOLERANCE * max(before, TOLERANCE):
            break
    return weights[:-1], float(weights[-1])


def _loss(
    scores: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    share: NDArray[np.float64],
    ridge: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> float:
    losses = np.logaddexp(0.0, np.where(wanted, -scores, scores))
    return float(share @ losses + 0.5 * np.sum(ridge * weights * weights))


def trained_head(frames: Sequence[Frames], cohort: Sequence[Frames], centre: NDArray[np.float32]) -> Reference:
    """One direction for the word, trained on its takes (frames averaged) against stretches of ordinary speech.

    Trained twice: against a random stretch of each window, then also against the one most like the word. The distance
    is how far the head's score falls short of its score for the surest take, so 0 is that sure. Training takes well
    under a second; the same takes and cohort always give the same head.
    """
    length = round(float(np.median([len(version) for version in frames])))
    words = np.stack([point_of(version, centre) for version in frames])
    places = [points_along(window, length, centre) for window in cohort]
    random = np.random.default_rng(SEED)
    others = [points[int(random.integers(len(points)))] for points in places]
    direction, _ = _train(words, others)
    others += [points[int(np.argmax(points @ direction))] for points in places]
    direction, _ = _train(words, others)
    return Reference(direction[None], length, centre, float((words @ direction).max()))


def _train(words: Frames, others: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], float]:
    points = np.vstack([words, *others]).astype(np.float64)
    wanted = np.arange(len(points)) < len(words)
    direction, bias = fit_logistic(points, wanted)
    return direction.astype(np.float32), bias
