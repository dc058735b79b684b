"""Where the plane of the map lies on the screen, and where words are written in it. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from labbench.wakeword.landmark_map import LandmarkMap

LEAST_SPAN = 0.4
"""Of the plane, in units of distance: a single take does not fill the view."""
CLOSEST, FARTHEST = 4000.0, 12.0
"""Pixels for one unit of distance."""
TURN_FROM = 1.15
BARS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Lengths of the scale bar."""


@dataclass(frozen=True)
class Frame:
    """`middle` of the plane is in the middle of `width` by `height` pixels; one unit is `scale` of them, both ways.

    The plane has no up and down of its own: `upright`, or else turned by a quarter, so that it fills what there is.
    """

    width: float
    height: float
    scale: float = 200.0
    middle: tuple[float, float] = (0.0, 0.0)
    upright: bool = True

    def places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """On the screen, where y grows downwards: [n, 2] each."""
        right, up = (points - self.middle).T if self.upright else _quarter((points - self.middle).T)
        return np.stack([self.width / 2 + right * self.scale, self.height / 2 - up * self.scale], axis=1)

    def place(self, point: NDArray[np.float64]) -> QPointF:
        return QPointF(*self.places(point[None])[0].tolist())

    def point(self, at: QPointF) -> tuple[float, float]:
        """Of the plane, under a pixel."""
        right, up = (at.x() - self.width / 2) / self.scale, (self.height / 2 - at.y()) / self.scale
        x, y = (right, up) if self.upright else (-up, right)
        return self.middle[0] + x, self.middle[1] + y

    def zoomed(self, factor: float, around: QPointF) -> Frame:
        """Everything `factor` times as large, with what is at a pixel staying there."""
        scale = min(CLOSEST, max(FARTHEST, self.scale * factor))
        larger = replace(self, scale=scale)
        before, after = self.point(around), larger.point(around)
        middle = (self.middle[0] + before[0] - after[0], self.middle[1] + before[1] - after[1])
        return replace(larger, middle=middle)

    def moved(self, across: float, down: float) -> Frame:
        """By so many pixels."""
        return replace(self, middle=self.point(QPointF(self.width / 2 - across, self.height / 2 - down)))

    @property
    def bar(self) -> float:
        """What the scale bar measures."""
        return next((bar for bar in BARS if bar * self.scale <= 0.3 * self.width), BARS[-1])


def _quarter(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turned by 90 degrees: shape [2, n]."""
    return np.stack([points[1], -points[0]])


def fitted(chart: LandmarkMap, width: float, height: float, margin: float, upright: bool) -> Frame:
    """All takes and nearly all of ordinary speech are in view. It follows from what was taught alone.

    Where the map would be much larger if it were turned it is, else it stays `upright`, or not, as it was.
    """
    parts = [chart.points, chart.speech[None]]
    if len(chart.background):
        parts.append(np.percentile(chart.background, [1, 99], axis=0))
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.maximum(high - low, LEAST_SPAN)
    room = max(20.0, width - 2 * margin), max(20.0, height - 2 * margin)
    scales = {True: min(room[0] / span[0], room[1] / span[1]), False: min(room[0] / span[1], room[1] / span[0])}
    if scales[not upright] > TURN_FROM * scales[upright]:
        upright = not upright
    scale = float(min(CLOSEST, max(FARTHEST, scales[upright])))
    middle = (low + high) / 2
    return Frame(width, height, scale, (float(middle[0]), float(middle[1])), upright)


def free_place(
    around: QRectF, width: float, height: float, taken: Sequence[QRectF], within: QRectF, gap: float = 4.0
) -> QRectF:
    """Where a text of that size stands beside `around` with the fewest of `taken` below it, inside of `within`."""
    middle, left = around.center(), around.center().x() - width / 2
    corners = (
        (left, around.top() - gap - height),
        (left, around.bottom() + gap),
        (around.right() + gap, middle.y() - height / 2),
        (around.left() - gap - width, middle.y() - height / 2),
        (around.right() + gap, around.top() - height),
        (around.left() - gap - width, around.top() - height),
        (around.right() + gap, around.bottom()),
        (around.left() - gap - width, around.bottom()),
    )
    best, least = QRectF(*corners[0], width, height), float("inf")
    for number, (x, y) in enumerate(corners):
        x = min(max(x, within.left()), within.right() - width)
        y = min(max(y, within.top()), within.bottom() - height)
        rect = QRectF(x, y, width, height)
        cost = number / 100 + sum(rect.intersects(other) for other in taken)
        if cost < least:
            best, least = rect, cost
    return best
