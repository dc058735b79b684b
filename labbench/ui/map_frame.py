"""Where the plane of the map lies on the screen, and where words are written in it. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from labbench.wakeword.landmark_map import LandmarkMap

LEAST_SPAN = 0.4
"""Of the plane, in units of distance: a single take does not fill the view."""
CLOSEST, FARTHEST = 4000.0, 12.0
"""Pixels for one unit of distance."""
BARS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Lengths of the scale bar."""


@dataclass(frozen=True)
class Frame:
    """`middle` of the plane is in the middle of `width` times `height` pixels; one unit is `scale` of them, both ways."""

    width: float
    height: float
    scale: float = 200.0
    middle: tuple[float, float] = (0.0, 0.0)

    def places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """On the screen, where y grows downwards: [n, 2] each."""
        across = self.width / 2 + (points[:, 0] - self.middle[0]) * self.scale
        down = self.height / 2 - (points[:, 1] - self.middle[1]) * self.scale
        return np.stack([across, down], axis=1)

    def place(self, point: NDArray[np.float64]) -> QPointF:
        return QPointF(*self.places(point[None])[0].tolist())

    def point(self, at: QPointF) -> tuple[float, float]:
        """Of the plane, under a pixel."""
        return (
            self.middle[0] + (at.x() - self.width / 2) / self.scale,
            self.middle[1] - (at.y() - self.height / 2) / self.scale,
        )

    def zoomed(self, factor: float, around: QPointF) -> Frame:
        """Everything `factor` times as large, with what is at a pixel staying there."""
        scale = min(CLOSEST, max(FARTHEST, self.scale * factor))
        x, y = self.point(around)
        middle = (x - (around.x() - self.width / 2) / scale, y + (around.y() - self.height / 2) / scale)
        return Frame(self.width, self.height, scale, middle)

    def moved(self, across: float, down: float) -> Frame:
        """By so many pixels."""
        middle = (self.middle[0] - across / self.scale, self.middle[1] + down / self.scale)
        return Frame(self.width, self.height, self.scale, middle)

    @property
    def bar(self) -> float:
        """What the scale bar measures."""
        return next((bar for bar in BARS if bar * self.scale <= 0.3 * self.width), BARS[-1])


def fitted(chart: LandmarkMap, width: float, height: float, margin: float) -> Frame:
    """All takes and nearly all of ordinary speech are in view. It follows from what was taught alone."""
    parts = [chart.points, chart.speech[None]]
    if len(chart.background):
        parts.append(np.percentile(chart.background, [1, 99], axis=0))
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.maximum(high - low, LEAST_SPAN)
    room = max(20.0, width - 2 * margin), max(20.0, height - 2 * margin)
    scale = min(room[0] / span[0], room[1] / span[1])
    middle = (low + high) / 2
    return Frame(width, height, float(min(CLOSEST, max(FARTHEST, scale))), (float(middle[0]), float(middle[1])))


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
