"""Score fusion: how the raw distances of a word's references become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Fusion:
    """Experts, each a weighted sum of distances, in juries: a jury's nearest expert speaks for it, and all must agree.

    `weights` has shape [experts, references], `offsets` [experts], `ordinary` [references]: what is ordinary for each
    reference, so that they can be compared with one another. `juries` are numbers of experts. Immutable; crosses
    processes.
    """

    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]
    ordinary: NDArray[np.float32]
    juries: tuple[tuple[int, ...], ...] = ()
    squeezed: bool = False
    """Whether what is farther than any speech, a pause for one, is brought nearer: it would hide what matters."""

    def distances(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """One for each window, of raw distances [references, windows]: 0 at the least, 1 is ordinary speech's mean."""
        found = np.maximum(self._agreed(raw), np.float32(0.0))
        if not self.squeezed:
            return found
        squeezed: NDArray[np.float32] = np.minimum(found, FAR) + ROOM * np.tanh(
            np.maximum(found - FAR, np.float32(0.0))
        )
        return squeezed

    def _agreed(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        sums = self.weights @ raw + self.offsets[:, None]
        juries = [sums[list(jury)].min(axis=0) for jury in self.juries] or [sums.min(axis=0)]
        agreed: NDArray[np.float32] = juries[0]
        for other in juries[1:]:
            agreed = np.maximum(agreed, other)
        return agreed

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


def nearest_one(background: NDArray[np.float32], stretch: float | None) -> Fusion:
    """As many experts as references, each on its own scale: normalised, or in deviations stretched by so much."""
    ordinary = ordinary_of(background)
    scales = np.ones(len(ordinary), np.float32)
    if stretch is not None:
        spreads = np.maximum((background / ordinary[:, None]).std(axis=1, dtype=np.float64), LEAST_SPREAD)
        scales = (DEVIATION * stretch / spreads).astype(np.float32)
    return Fusion(np.diag(scales / ordinary), 1.0 - scales, ordinary)


@dataclass(frozen=True)
class Expert:
    """Hears some references by the mean of their normalised distances.

    One of its deviations from ordinary speech counts as `stretch`, and it stands back by so many as `behind` says.
    """

    references: tuple[int, ...]
    stretch: float = 1.0
    behind: float = 0.0


def in_deviations(background: NDArray[np.float32], juries: Sequence[Sequence[Expert]]) -> Fusion:
    """Experts that count in standard deviations below ordinary speech: distances of different kinds spread differently.

    `DEVIATION` is one of them in normalised distance. All is moved so that the mean of the background is 1.
    """
    ordinary = ordinary_of(background)
    normalised = background / ordinary[:, None]
    experts = [expert for jury in juries for expert in jury]
    weights = np.zeros((len(experts), len(background)), np.float32)
    offsets = np.zeros(len(experts), np.float32)
    for row, expert in enumerate(experts):
        chosen = list(expert.references)
        spread = max(float(normalised[chosen].mean(axis=0, dtype=np.float64).std()), LEAST_SPREAD)
        scale = DEVIATION * expert.stretch / spread
        weights[row, chosen] = np.float32(scale / len(chosen)) / ordinary[chosen]
        offsets[row] = DEVIATION * expert.behind - scale
    ends = np.cumsum([len(jury) for jury in juries]).tolist()
    numbers = tuple(tuple(range(end - len(jury), end)) for end, jury in zip(ends, juries, strict=True))
    fusion = Fusion(weights, offsets, ordinary, numbers, squeezed=True)
    mean = fusion._agreed(background).mean(dtype=np.float64)
    return replace(fusion, offsets=offsets + np.float32(1.0 - mean))


DEVIATION = 0.06
"""One standard deviation of ordinary speech, in normalised distance: what it is for five warped takes, roughly."""
LEAST_SPREAD = 1e-3
FAR, ROOM = np.float32(1.3), np.float32(0.2)
"""Where squeezing begins, and into how much everything beyond is squeezed."""
