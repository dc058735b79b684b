"""Open-ended dynamic time warping of templates against a window of sound, many at a time.

The whole template must be matched, but may begin and end anywhere in the window (subsequence DTW; M. Mueller,
Information Retrieval for Music and Motion, 2007, section 4.4). Cost is 1 - cosine; steps are right, down and
diagonal, of weight one; the sum along the best path is divided by the template's length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.embedder import Frames

FEW = 40
"""Templates below which numpy's own running minimum is quicker."""


@dataclass(frozen=True)
class Match:
    """The best path of one template in a window: its distance, and (template frame, window frame) pairs."""

    distance: float
    path: tuple[tuple[int, int], ...]


class TemplateBank:
    """Templates stacked for scoring together. Immutable; thread-safe.

    Rows of the DTW recursion are computed for all templates at once. The step to the right makes each cell depend on
    its left neighbour, D[j] = c[j] + min(M[j], D[j-1]) with M the best of the row above; with C the running sum of c
    this is D[j] = C[j] + min over k <= j of (M[k] - C[k-1]): a running minimum. Templates lie along the last axis, so
    that every step is one over neighbours in memory.
    """

    def __init__(self, templates: Sequence[Frames]) -> None:
        lengths = np.array([len(template) for template in templates], np.intp)
        self._order = np.argsort(-lengths, kind="stable")  # longest first: finished ones drop off the end
        self._lengths = lengths[self._order]
        self._count = len(templates)
        longest = int(self._lengths[0]) if self._count else 0
        dimensions = templates[0].shape[1] if self._count else 1
        # Sorted by frame number: rows [offset[i], offset[i] + active[i]) hold frame i of those templates that have one.
        self._active = [int(np.count_nonzero(self._lengths > i)) for i in range(longest)]
        stacked = [templates[n][i] for i in range(longest) for n in self._order[: self._active[i]]]
        self._frames = np.stack(stacked).astype(np.float32) if stacked else np.zeros((0, dimensions), np.float32)

    def __len__(self) -> int:
        return self._count

    def distances(self, window: Frames) -> NDArray[np.float32]:
        """Distance of every template to `window` ([frames, dimensions]): shape [templates], in the order given."""
        result = np.empty(self._count, np.float32)
        if not self._count:
            return result
        # The running sum of 1 - cosine along the window, in one product: the sum of cosines is the cosine with the sum.
        total = self._frames @ np.cumsum(window, axis=0).T
        np.subtract(np.arange(1, len(window) + 1, dtype=np.float32), total, out=total)
        offset = 0
        best = np.diff(total[: self._active[0]].T.copy(), axis=0, prepend=np.float32(0.0))
        for i, active in enumerate(self._active):
            if i:
                best = _next_row(best[:, :active], total[offset : offset + active].T.copy())
            offset += active
            following = self._active[i + 1] if i + 1 < len(self._active) else 0
            if following < active:
                result[self._order[following:active]] = best[:, following:active].min(axis=0) / (i + 1)
        return result


def _next_row(above: NDArray[np.float32], total: NDArray[np.float32]) -> NDArray[np.float32]:
    """The recursion's next row, shape [columns, templates]; `total` is the running sum of that row's cost."""
    row = np.empty(above.shape, above.dtype)
    row[0] = above[0]
    np.minimum(above[1:], above[:-1], out=row[1:])
    row[1:] -= total[:-1]
    row = _run_minimum(row)
    row += total
    return row


def _run_minimum(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The running minimum down the first axis; `rows`, contiguous, are used up.

    numpy's own goes element by element, each waiting for the one before. Doubling the reach (W. D. Hillis,
    G. L. Steele, "Data parallel algorithms", Comm. ACM 29, 1986) does more work and is quicker with many columns; the
    numbers are the same, for a minimum is exact in any order.
    """
    if rows.shape[1] < FEW:
        return np.minimum.accumulate(rows, axis=0, out=rows)
    reach, other = 1, np.empty_like(rows)
    while reach < len(rows):
        other[:reach] = rows[:reach]
        np.minimum(rows[reach:], rows[:-reach], out=other[reach:])
        rows, other, reach = other, rows, 2 * reach
    return rows


def match(template: Frames, window: Frames) -> Match:
    """One template against `window`, with the path that explains the distance."""
    cost = 1.0 - template @ window.T
    rows = len(cost)
    total = np.cumsum(cost, axis=1)
    table = np.empty_like(cost)
    table[0] = cost[0]
    for i in range(1, rows):
        table[i] = _next_row(table[i - 1][:, None], total[i][:, None])[:, 0]
    i, j = rows - 1, int(np.argmin(table[-1]))
    path = [(i, j)]
    while i > 0:
        steps = [(table[i - 1, j], i - 1, j)]
        if j > 0:
            steps += [(table[i - 1, j - 1], i - 1, j - 1), (table[i, j - 1], i, j - 1)]
        _, i, j = min(steps, key=lambda step: step[0])
        path.append((i, j))
    return Match(float(table[-1].min()) / rows, tuple(reversed(path)))
