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

from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.references import Reference, centre_of, point_of, points_along

STRETCH, STEP = 30, 5
"""Frames of ordinary speech that are averaged into a point (a word's length, roughly), and from one to the next."""
RIDGE = 1.0
"""In units of the mean variance."""
OFFSET = 2.0
"""Keeps distances above zero, as a cosine is at most 1 and at least -1."""
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


def whitener_of(cohort: Sequence[Frames]) -> Whitener:
    """Learnt from windows of ordinary speech, of which there must be one."""
    centre = centre_of(cohort)
    points = np.concatenate([points_along(window, STRETCH, centre)[::STEP] for window in cohort]).astype(np.float64)
    covariance = np.atleast_2d(np.cov(points.T, bias=True))
    ridge = RIDGE * max(float(np.trace(covariance)) / len(covariance), 1e-9)
    inverse: NDArray[np.float64] = np.linalg.inv(covariance + ridge * np.eye(len(covariance))).astype(np.float64)
    return Whitener(centre, points.mean(axis=0), inverse)
