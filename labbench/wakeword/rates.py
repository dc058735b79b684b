"""How well detections are told from false alarms: rates, curves and intervals, as pure functions of distances.

Distances are normalised and smoothed (0 is identical, 1 as far as ordinary speech); the detector fires strictly below
its threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.detector import REFRACTORY, SMOOTHING_HOPS
from labbench.wakeword.near_misses import smooth

LEAST_EVENTS = 3
"""Expected false accepts under which a rate says nothing: zero events in T hours bound the rate by 3/T only."""
RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure and where it lies in `CONFIDENCE` of the bootstrap's resamples."""

    value: float
    low: float
    high: float


def decided(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a new detector compares with its threshold: smoothed; infinite until it has enough hops. Shape [n]."""
    smoothed = smooth(np.asarray(distances, np.float64))
    smoothed[: SMOOTHING_HOPS - 1] = np.inf
    return smoothed


def events(indices: NDArray[np.int64], distances: NDArray[np.float64], apart: int = REFRACTORY) -> NDArray[np.float64]:
    """Depths of the distinct dips of one stream, nearest first: each would be one false accept of a higher threshold.

    `indices` (samples, ascending) and raw `distances` are its hops, both of shape [n]. Dips are taken nearest first and
    lie at least `apart` samples from each other, as the detector's pause after a firing has it.
    """
    smoothed = decided(distances)
    padded = np.concatenate([[np.inf], smoothed, [np.inf]])
    lows = np.flatnonzero(np.isfinite(smoothed) & (smoothed <= padded[:-2]) & (smoothed <= padded[2:]))
    free = np.ones(len(smoothed), bool)
    found = []
    for low in lows[np.argsort(smoothed[lows], kind="stable")]:
        if free[low]:
            found.append(float(smoothed[low]))
            first, last = np.searchsorted(indices, [indices[low] - apart + 1, indices[low] + apart])
            free[first:last] = False
    return np.asarray(found, np.float64)


def threshold_for(ordered: NDArray[np.float64], accepts: int) -> float:
    """The highest threshold that lets at most `accepts` of the dips in (`ordered`, nearest first); infinite if all."""
    return float(ordered[accepts]) if accepts < len(ordered) else float("inf")


def enough(rate: float, hours: float) -> bool:
    """Whether so many an hour can be seen in so many hours."""
    return rate * hours >= LEAST_EVENTS - 1e-9


def missed(nearest: NDArray[np.float64], threshold: float) -> float:
    """Share of utterances, each as near as `nearest` (shape [n], n > 0), that a detector with `threshold` misses."""
    return float(np.mean(nearest >= threshold))


def equal_error_rate(targets: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """The error rate at the threshold where misses of `targets` and false accepts of `others` are alike.

    Both are distances, of shapes [n] and [m], not empty. Between two thresholds the rates are taken on the line that
    joins them, so that the result does not hang on which of the two is nearer.
    """
    targets, others = np.sort(targets), np.sort(others)
    steps = np.concatenate([np.unique(np.concatenate([targets, others])), [np.inf]])
    misses = 1.0 - np.searchsorted(targets, steps, "left") / len(targets)
    accepts = np.searchsorted(others, steps, "left") / len(others)
    first = int(np.argmax(accepts >= misses))  # at the last step misses are 0 and accepts 1
    if first == 0:
        return float((misses[0] + accepts[0]) / 2)
    gap_before = misses[first - 1] - accepts[first - 1]
    gap_after = accepts[first] - misses[first]
    share = gap_before / (gap_before + gap_after)
    return float(misses[first - 1] + share * (misses[first] - misses[first - 1]))


@dataclass(frozen=True)
class DetPoint:
    """Misses at so many false accepts an hour of background."""

    false_accepts_per_hour: float
    misses: float


def det_points(cells: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], hours: float) -> list[DetPoint]:
    """Detection error trade-off: mean misses over `cells` (utterances' distances, dips nearest first), by accepts.

    Every cell has its own threshold for each number of accepts, from none in the whole background up to one in 5 s, or
    until nothing is missed.
    """
    most = min([len(dips) for _, dips in cells] + [max(1, int(hours * 720))])
    counts = sorted({0, *(round(10.0**power) for power in np.arange(0.0, np.log10(most) + 1e-9, 0.1))})
    points = []
    for count in counts:
        share = float(np.mean([missed(nearest, threshold_for(dips, count)) for nearest, dips in cells]))
        points.append(DetPoint(count / hours, share))
        if share == 0:
            break
    return points


def bootstrap(cells: Sequence[Sequence[float]], seed: int) -> Interval:
    """The mean over words and draws (`cells[word][draw]`) with its interval, words and draws drawn anew with return.

    A percentile bootstrap in two stages (A. Davison, D. Hinkley, Bootstrap Methods and their Application, 1997, 3.8):
    first words, then draws within each. With one word and one draw the interval is the figure itself.
    """
    random = np.random.default_rng(seed)
    rows = [np.asarray(row, np.float64) for row in cells]
    words = random.integers(len(rows), size=(RESAMPLES, len(rows)))
    sums = np.zeros(RESAMPLES)
    for place in range(len(rows)):
        # One resample of every word's draws for each place: a word that comes twice is drawn twice.
        means = np.stack([row[random.integers(len(row), size=(RESAMPLES, len(row)))].mean(axis=1) for row in rows])
        sums += means[words[:, place], np.arange(RESAMPLES)]
    outside = (1.0 - CONFIDENCE) / 2
    low, high = np.quantile(sums / len(rows), [outside, 1.0 - outside])
    return Interval(float(np.mean([row.mean() for row in rows])), float(low), float(high))
