"""How the parts of the microscope's picture are drawn: spectrograms along both sides, costs, the path. Plain functions.

Everything is placed by frames: `Lanes` turns frames of the two sides into pixels, for all parts alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from labbench.core.timebase import MODEL_RATE
from labbench.ui.plots import clock_tick
from labbench.ui.theme import Theme
from labbench.ui.views.matrix.table import ramp
from labbench.ui.views.microscope.sides import Comparison, Side
from labbench.wakeword.alignment import Alignment, runs

GAP, EDGE = 6.0, 4.0
STRONG_AT, WEAK_AT = 0.1, 1.2
"""Costs of the strongest and of the weakest colour, in what the take usually has to ordinary speech."""

LOUD, RANGE_DB = 99.0, 55.0
"""Of each side the strongest colour is this percentile, and the weakest so far below: a take may be louder."""


@dataclass(frozen=True)
class Lanes:
    """Where the matrix is (`area`), the sound's spectrogram above it, the take's to its left, costs below and right."""

    area: QRectF
    top: QRectF
    left: QRectF
    below: QRectF
    right: QRectF
    rows: int
    columns: int

    def x(self, column: float) -> float:
        return self.area.left() + column / self.columns * self.area.width()

    def y(self, row: float) -> float:
        return self.area.top() + row / self.rows * self.area.height()

    def places(self, alignment: Alignment) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The middles of the path's steps."""
        xs: NDArray[np.float64] = self.area.left() + (alignment.path[:, 1].astype(np.float64) + 0.5) * (
            self.area.width() / self.columns
        )
        ys: NDArray[np.float64] = self.area.top() + (alignment.path[:, 0].astype(np.float64) + 0.5) * (
            self.area.height() / self.rows
        )
        return xs, ys

    def column(self, x: float) -> float:
        return (x - self.area.left()) / self.area.width() * self.columns

    def row(self, y: float) -> float:
        return (y - self.area.top()) / self.area.height() * self.rows


def cost_image(alignment: Alignment, theme: Theme) -> QImage:
    """One pixel for each pair of frames, near is strong."""
    far, near = WEAK_AT * alignment.usual, STRONG_AT * alignment.usual
    shares = (far - alignment.cost) / max(1e-9, far - near)
    pixels = np.ascontiguousarray(ramp(theme)[np.clip(shares * 255, 0, 255).astype(np.uint8)])
    rows, columns = pixels.shape
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def draw_spectrogram(painter: QPainter, side: Side, lanes: Lanes, theme: Theme, *, down: bool) -> None:
    """The sound along the top, or, with `down`, the take along the left; low tones beside the matrix."""
    place = lanes.left if down else lanes.top
    painter.fillRect(place, QColor(theme.heat[0]))
    found = side.picture
    if not found.values.size:
        return
    high = float(np.percentile(found.values, LOUD))
    low = high - RANGE_DB / found.coding.step
    codes = np.clip((found.values.astype(np.float32) - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
    pixels = np.ascontiguousarray(ramp(theme)[codes[:, ::-1] if down else codes.T[::-1]])
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32)
    frame_s = side.frame / MODEL_RATE
    first, stop = ((at - side.first_s) / frame_s for at in (found.first_s, found.stop_s))
    painter.save()
    painter.setClipRect(place)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if down:
        target = QRectF(place.left(), lanes.y(first), place.width(), lanes.y(stop) - lanes.y(first))
    else:
        target = QRectF(lanes.x(first), place.top(), lanes.x(stop) - lanes.x(first), place.height())
    painter.drawImage(target, image)
    painter.restore()


def draw_veils(painter: QPainter, found: Comparison, lanes: Lanes, theme: Theme) -> None:
    """Dims the sound that the take is not laid upon, and marks what does not match along both sides."""
    alignment = found.alignment
    first, stop = alignment.columns
    veil = QColor(theme.surface)
    veil.setAlphaF(0.55)
    top = lanes.top
    painter.fillRect(QRectF(top.left(), top.top(), lanes.x(first) - top.left(), top.height()), veil)
    painter.fillRect(QRectF(lanes.x(stop), top.top(), top.right() - lanes.x(stop), top.height()), veil)
    thick = 5.0 * theme.scale
    hatched = QBrush(QColor(theme.warning), Qt.BrushStyle.BDiagPattern)
    for one, other in alignment.mismatches:
        across = alignment.columns_of(one, other)
        bars = (
            QRectF(lanes.left.right() - thick, lanes.y(one), thick, lanes.y(other) - lanes.y(one)),
            QRectF(lanes.x(across[0]), top.bottom() - thick, lanes.x(across[1]) - lanes.x(across[0]), thick),
        )
        for bar in bars:
            painter.fillRect(bar, QColor(theme.surface))
            painter.fillRect(bar, hatched)
            painter.setPen(QPen(QColor(theme.warning), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar)


def draw_path(painter: QPainter, alignment: Alignment, lanes: Lanes, theme: Theme) -> None:
    """Solid where the take matches, thick and dashed in the warning's colour where it does not."""
    _draw_line(painter, *lanes.places(alignment), alignment.unlike[alignment.path[:, 0]], theme)


def draw_costs(painter: QPainter, alignment: Alignment, lanes: Lanes, theme: Theme) -> None:
    """The cost along the path: below for the sound's frames, to the right for the take's. More is further out."""
    rows = alignment.path[:, 0]
    most = most_cost(alignment)
    costs, marked = alignment.by_frame[rows], alignment.unlike[rows]
    below, right = lanes.below, lanes.right
    limit = alignment.limit / most
    pen = QPen(QColor(theme.warning), 1, Qt.PenStyle.DotLine)
    for place in (below, right):
        painter.fillRect(place, QColor(theme.heat[0]))
    painter.setPen(pen)
    level, out = below.bottom() - limit * below.height(), right.left() + limit * right.width()
    painter.drawLine(QLineF(below.left(), level, below.right(), level))
    painter.drawLine(QLineF(out, right.top(), out, right.bottom()))
    thin = QPen(QColor(theme.muted), 1)
    raw = np.minimum(alignment.along / most, 1.0)
    xs, ys = lanes.places(alignment)
    painter.setPen(thin)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_polygon(xs, below.bottom() - raw * below.height()))
    painter.drawPolyline(_polygon(right.left() + raw * right.width(), ys))
    share = np.minimum(costs / most, 1.0)
    _draw_line(painter, xs, below.bottom() - share * below.height(), marked, theme, cased=False)
    _draw_line(painter, right.left() + share * right.width(), ys, marked, theme, cased=False)


def most_cost(alignment: Alignment) -> float:
    """The end of the axes of cost."""
    return max(1.25 * alignment.usual, float(alignment.by_frame.max()))


def _draw_line(
    painter: QPainter,
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    marked: NDArray[np.bool_],
    theme: Theme,
    *,
    cased: bool = True,
) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width = theme.stroke
    if cased:
        painter.setPen(_pen(theme.surface, 3.2 * width + 1.5))
        painter.drawPolyline(_polygon(xs, ys))
    for first, stop in runs(~marked):
        painter.setPen(_pen(theme.text, 1.3 * width))
        painter.drawPolyline(_polygon(xs[first : stop + 1], ys[first : stop + 1]))
    for first, stop in runs(marked):
        pen = _pen(theme.warning, 2.2 * width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([1.6, 0.9])
        painter.setPen(pen)
        painter.drawPolyline(_polygon(xs[max(0, first - 1) : stop + 1], ys[max(0, first - 1) : stop + 1]))
    painter.restore()


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _polygon(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])


def draw_axes(painter: QPainter, found: Comparison, lanes: Lanes, theme: Theme) -> None:
    """Times along both sides, and what lies where."""
    painter.setFont(theme.font(12))
    painter.setPen(QColor(theme.muted))
    metrics = QFontMetricsF(painter.font())
    line, right = metrics.height(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for at in ticks(found.other.first_s, found.other.stop_s, lanes.area.width(), 64 * theme.scale):
        text = clock_tick(at, 0.1)
        width = metrics.horizontalAdvance(text)
        x = lanes.x((at - found.other.first_s) * MODEL_RATE / found.other.frame) - width / 2
        if lanes.area.left() - GAP <= x and x + width <= lanes.area.right() + GAP:
            painter.drawText(QPointF(x, lanes.below.bottom() + 1 + metrics.ascent()), text)
    for at in ticks(found.take.first_s, found.take.stop_s, lanes.area.height(), 1.6 * line):
        y = lanes.y((at - found.take.first_s) * MODEL_RATE / found.take.frame)
        if lanes.area.top() - 1 <= y <= lanes.area.bottom() + 1:
            y = min(max(y, lanes.area.top() + line / 2), lanes.area.bottom() - line / 2)
            painter.drawText(QRectF(0, y - line / 2, lanes.left.left() - EDGE, line), right, clock_tick(at, 0.1))
    corner = QRectF(EDGE, 0, lanes.left.right() - 2 * EDGE, lanes.top.height())
    painter.setPen(QColor(theme.text))
    titles = ((0.0, f"{found.other.title} →"), (max(line, corner.height() - line), f"{found.take.title} ↓"))
    for row, text in titles:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, corner.width())
        painter.drawText(QRectF(corner.left(), row, corner.width(), line), right, shown)
    painter.setPen(QColor(theme.muted))
    below, beside = lanes.below, lanes.right
    painter.drawText(QRectF(0, below.top(), lanes.left.right(), below.height()), right, "Cost ↑")
    low = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
    painter.drawText(QRectF(beside.left(), 0, beside.width() + EDGE, lanes.top.bottom()), low, "Cost →")


def ticks(start: float, stop: float, pixels: float, apart: float) -> Sequence[float]:
    """Round moments between two, at least `apart` pixels from each other."""
    least = (stop - start) * apart / max(1.0, pixels)
    step = next((one for one in (0.1, 0.2, 0.5, 1.0, 2.0) if one >= least), 5.0)
    first = int(np.ceil(start / step - 1e-6))
    return [number * step for number in range(first, int(np.floor(stop / step + 1e-6)) + 1) if number * step > -1e-6]
