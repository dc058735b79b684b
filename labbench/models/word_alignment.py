"""The alignment behind Whisper's word times, in numpy.

openai-whisper compiles its own with numba, which takes five seconds at first use.
Same recursion, same order of preference between equal steps, same precision: the paths are identical (tested).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DIAGONAL, _DOWN, _RIGHT = 0, 1, 2


def align(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The cheapest path through `cost` ([tokens, frames]) from corner to corner: shape [2, steps].

    Cells of one anti-diagonal don't depend on each other and are computed at once.
    """
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    step = np.full((rows + 1, columns + 1), -1, np.int8)
    for diagonal in range(2, rows + columns + 1):
        i = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        j = diagonal - i
        across, above, left = total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]
        chosen = np.where(
            (across < above) & (across < left), _DIAGONAL, np.where((above < across) & (above < left), _DOWN, _RIGHT)
        )
        best = np.choose(chosen, [across, above, left])
        total[i, j] = cost[i - 1, j - 1] + best
        step[i, j] = chosen
    return _backtrace(step)


def _backtrace(step: NDArray[np.int8]) -> NDArray[np.int64]:
    i, j = step.shape[0] - 1, step.shape[1] - 1
    step[0, :] = _RIGHT
    step[:, 0] = _DOWN
    path = []
    while i > 0 or j > 0:
        path.append((i - 1, j - 1))
        taken = step[i, j]
        i -= taken in (_DIAGONAL, _DOWN)
        j -= taken in (_DIAGONAL, _RIGHT)
    return np.array(path[::-1], np.int64).T
