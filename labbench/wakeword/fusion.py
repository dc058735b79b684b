"""Score fusion: how the raw distances of a word's references become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Fusion:
    """Experts, each a weighted sum of distances; the one that finds the word nearest has its say.

    `weights` has shape [experts, references], `offsets` [experts], `ordinary` [references]: what is ordinary for each
    reference, so that they can be compared with one another. Immutable; crosses processes.
    """

    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]
    ordinary: NDArray[np.float32]

    def distances(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """One for each window, of raw distances [references, windows]: 0 at the least, 1 is ordinary speech's mean."""
        sums = self.weights @ raw + self.offsets[:, None]
        found: NDArray[np.float32] = np.maximum(sums.min(axis=0), np.float32(0.0))
        return found

    def distance(self, raw: NDArray[np.float32]) -> float:
        """That of one window, of raw distances [references]."""
        return float(self.distances(raw[:, None])[0])

    def nearest(self, raw: NDArray[np.float32]) -> int:
        """The reference that lies nearest in one window, measured by what is ordinary for it."""
        return int(np.argmin(raw / self.ordinary))


def ordinary_of(background: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean distance of each reference to windows of ordinary speech: [references, windows] to [references]."""
    means: NDArray[np.float32] = np.maximum(background.mean(axis=1, dtype=np.float64), 1e-6).astype(np.float32)
    return means


def mean_of_all(background: NDArray[np.float32]) -> Fusion:
    """One expert: the mean distance, each in units of what is ordinary."""
    ordinary = ordinary_of(background)
    weights = (np.float32(1.0 / len(ordinary)) / ordinary)[None]
    return Fusion(weights, np.zeros(1, np.float32), ordinary)


def nearest_of_all(background: NDArray[np.float32]) -> Fusion:
    """As many experts as references: the nearest one counts, in units in which ordinary speech has a mean of 1."""
    ordinary = ordinary_of(background)
    weights = np.diag(np.float32(1.0) / ordinary).astype(np.float32)
    alone = Fusion(weights, np.zeros(len(weights), np.float32), ordinary)
    scale = np.float32(max(float(alone.distances(background).mean(dtype=np.float64)), 1e-6))
    return Fusion((weights / scale).astype(np.float32), alone.offsets, ordinary)


def nearest_one(background: NDArray[np.float32], *, deviations: bool) -> Fusion:
    """As many experts as references, each on its own scale: normalised, or in deviations from ordinary speech."""
    ordinary = ordinary_of(background)
    scales = np.ones(len(ordinary), np.float32)
    if deviations:
        spreads = np.maximum((background / ordinary[:, None]).std(axis=1, dtype=np.float64), LEAST_SPREAD)
        scales = (DEVIATION / spreads).astype(np.float32)
    return Fusion(np.diag(scales / ordinary), 1.0 - scales, ordinary)


def in_deviations(
    background: NDArray[np.float32], experts: Sequence[Sequence[tuple[Sequence[int], float]]], lead: Sequence[float]
) -> Fusion:
    """Experts of parts; a part is some references and its share in the expert.

    The mean of a part's normalised distances counts by how many standard deviations it lies below ordinary speech's:
    distances of different kinds have different spreads. Each expert is put back by its `lead` deviations, `DEVIATION`
    is one of them in normalised distance, and everything is moved so that the mean of the background is 1.
    """
    ordinary = ordinary_of(background)
    normalised = background / ordinary[:, None]
    weights = np.zeros((len(experts), len(background)), np.float32)
    offsets = np.zeros(len(experts), np.float32)
    for row, (parts, behind) in enumerate(zip(experts, lead, strict=True)):
        offsets[row] = DEVIATION * behind
        for numbers, share in parts:
            chosen = list(numbers)
            spread = max(float(normalised[chosen].mean(axis=0, dtype=np.float64).std()), LEAST_SPREAD)
            scale = DEVIATION * share / spread
            weights[row, chosen] += np.float32(scale / len(chosen)) / ordinary[chosen]
            offsets[row] -= scale
    found = (weights @ background + offsets[:, None]).min(axis=0)
    return Fusion(weights, offsets + np.float32(1.0 - found.mean(dtype=np.float64)), ordinary)


DEVIATION = 0.06
"""One standard deviation of ordinary speech, in normalised distance: what it is for five warped takes, roughly."""
LEAST_SPREAD = 1e-3
