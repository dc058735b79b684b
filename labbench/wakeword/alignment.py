"""One comparison frame by frame: where a take lies in a window of sound, and which parts of it match there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.dtw import match
from labbench.wakeword.embedder import Frames

UNLIKE = 0.7
"""A part of a take that costs more than so much of what ordinary speech costs does not match. Measured on the bundled
takes with Moonshine's frames: of the same word by others nothing does, of another word six parts of seven."""
SMOOTHED_SECONDS = 0.1
"""Costs are averaged over so much of the take: about a sound of speech."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """`cost` [take frames, window frames] is 1 - cosine; `path` [steps, 2] pairs of frames of least cost in it.

    A frame is `frame` samples long (16 kHz). `distance` is that of the pair, as warping has it; `usual` what the take
    has to ordinary speech in the mean.
    """

    cost: NDArray[np.float32]
    path: NDArray[np.intp]
    distance: float
    usual: float
    frame: int

    @property
    def frame_s(self) -> float:
        return self.frame / MODEL_RATE

    @property
    def normalised(self) -> float:
        """The distance in units of what is usual: 0 is identical, 1 as far as ordinary speech."""
        return self.distance / max(self.usual, 1e-9)

    @property
    def limit(self) -> float:
        """A part that costs more does not match."""
        return UNLIKE * self.usual

    @cached_property
    def along(self) -> NDArray[np.float64]:
        """The cost of each step of the path: shape [steps]."""
        return self.cost[self.path[:, 0], self.path[:, 1]].astype(np.float64)

    @cached_property
    def by_frame(self) -> NDArray[np.float64]:
        """What each frame of the take costs in the mean of its steps, smoothed: shape [take frames]."""
        rows = self.path[:, 0]
        count = len(self.cost)
        means = np.bincount(rows, self.along, count) / np.maximum(1, np.bincount(rows, minlength=count))
        reach = round(SMOOTHED_SECONDS / self.frame_s) // 2
        if not reach:
            return means
        kernel = np.full(2 * reach + 1, 1.0 / (2 * reach + 1))
        return np.convolve(np.pad(means, reach, mode="edge"), kernel, "valid")

    @cached_property
    def unlike(self) -> NDArray[np.bool_]:
        """Which frames of the take have nothing like them there: shape [take frames]."""
        found: NDArray[np.bool_] = self.by_frame > self.limit
        return found

    @cached_property
    def mismatches(self) -> tuple[tuple[int, int], ...]:
        """Stretches of take frames, first and behind the last, that do not match."""
        return tuple(runs(self.unlike))

    @property
    def columns(self) -> tuple[int, int]:
        """The window's frames that the take is laid upon, first and behind the last."""
        return int(self.path[0, 1]), int(self.path[-1, 1]) + 1

    def columns_of(self, first: int, stop: int) -> tuple[int, int]:
        """The window's frames that a stretch of the take is laid upon, likewise."""
        steps = self.path[(self.path[:, 0] >= first) & (self.path[:, 0] < stop), 1]
        return int(steps.min()), int(steps.max()) + 1

    def nearest_step(self, row: float, column: float) -> int:
        """The step of the path nearest to a place in the matrix, in frames."""
        gaps = np.hypot(self.path[:, 0] + 0.5 - row, self.path[:, 1] + 0.5 - column)
        return int(np.argmin(gaps))


def aligned(take: Frames, window: Frames, usual: float, frame: int) -> Alignment:
    """All of `take` laid somewhere into `window` by dynamic time warping; a few milliseconds."""
    found = match(take, window)
    cost = np.asarray(1.0 - take @ window.T, np.float32)
    return Alignment(cost, np.array(found.path, np.intp), found.distance, usual, frame)


def runs(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of what is marked, first and behind the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]
