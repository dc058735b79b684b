"""Averaged frames against ordinary speech: a direction that the word has and other speech has not.

Frames of an encoder vary much in some directions whatever is said, and a little in those that matter. With the
covariance S of ordinary speech's averaged frames, the direction that tells a point x from them best is
(S + ridge)^-1 (x - mean): R. A. Fisher's linear discriminant, 1936, with the ridge of J. H. Friedman's regularised one,
1989. It costs one product a take, needs no training, and stays when noise has blurred the order of the frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.mixing import tile
from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.references import Reference, centre_of, point_of, points_along

STRETCH, STEP = 30, 5
"""Frames of ordinary speech that are averaged into a point (a word's length, roughly), and from one to the next."""
RIDGE = 1.0
"""In units of the mean variance."""
OFFSET = 2.0
"""Keeps distances above zero, as a cosine is at most 1 and at least -1."""
OTHERS = 0.2
"""Weight of what is no speech of one voice: with 0.05 babble alone came near to words that were taught with babble
mixed in, and set off four times as many false accepts; with more, words in babble are missed."""
SEED, FAINTEST_DB, LOUDEST_DB = 20_252, -75.0, -25.0
WINDOW = 2 * MODEL_RATE
GRID = 4
"""Lengths are multiples of so many frames: references of the same length are scored together."""


@dataclass(frozen=True, eq=False)
class Whitener:
    """Of one embedder: `centre` and `mean` [dimensions], `inverse` [dimensions, dimensions]. Immutable."""

    centre: NDArray[np.float32]
    mean: NDArray[np.float64]
    inverse: NDArray[np.float64]

    def reference(self, frames: Frames) -> Reference:
        """The direction of `frames`, looked for in stretches of their length."""
        direction = self.inverse @ (point_of(frames, self.centre) - self.mean)
        length = max(GRID, GRID * round(len(frames) / GRID))
        return Reference(unit_rows(direction[None].astype(np.float32)), length, self.centre, OFFSET)


def whitener_of(cohort: Sequence[Frames], others: Sequence[Frames] = ()) -> Whitener:
    """Learnt from windows of ordinary speech, of which there must be one, and of what is no speech of one voice.

    Without `others` the best direction to tell a word from speech would be the pause around it, or the noise mixed in.
    """
    centre = centre_of(cohort)
    groups = [
        np.concatenate([_points(window, centre) for window in windows]) for windows in (cohort, others) if windows
    ]
    shares = [1.0 - OTHERS, OTHERS] if len(groups) == 2 else [1.0]
    mean = np.sum([share * points.mean(axis=0) for share, points in zip(shares, groups, strict=True)], axis=0)
    covariance = np.zeros((len(mean), len(mean)))
    for share, points in zip(shares, groups, strict=True):
        apart = points - mean
        covariance += share / len(points) * (apart.T @ apart)
    ridge = RIDGE * max(float(np.trace(covariance)) / len(covariance), 1e-9)
    inverse: NDArray[np.float64] = np.linalg.inv(covariance + ridge * np.eye(len(covariance))).astype(np.float64)
    return Whitener(centre, mean, inverse)


def _points(window: Frames, centre: NDArray[np.float32]) -> NDArray[np.float64]:
    return points_along(window, STRETCH, centre)[::STEP].astype(np.float64)


def disturbances(babble: NDArray[np.float32], count: int = 12) -> list[NDArray[np.float32]]:
    """What is heard where nobody speaks for himself: `count` windows each of noise and of `babble`, from faint to loud.

    16 kHz, `WINDOW` samples each; the same every time.
    """
    random = np.random.default_rng(SEED)
    levels = np.linspace(FAINTEST_DB, LOUDEST_DB, count)
    found = []
    for number, level in enumerate(levels):
        spectrum = np.fft.rfft(random.standard_normal(WINDOW))
        colour = np.maximum(np.arange(len(spectrum)), 20.0) ** (0.5 * (number % 3))  # white, pink, brown
        noise = np.fft.irfft(spectrum / colour, WINDOW)
        found.append(noise / np.sqrt(np.mean(noise**2)) * 10.0 ** (level / 20.0))
        found.append(tile(babble, WINDOW, int(random.integers(len(babble)))) * 10.0 ** ((level - LOUDEST_DB) / 20.0))
    return [samples.astype(np.float32) for samples in found]
