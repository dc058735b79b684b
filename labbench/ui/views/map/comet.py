"""What moves on the map as it is painted: the moment of now with its trail, lines to what truly lies nearest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from labbench.ui.theme import Theme
from labbench.ui.views.map.frame import Frame
from labbench.ui.views.map.layers import square, written
from labbench.ui.views.map.scene import Kind, MapScene, Spot
from labbench.ui.views.map.signs import RADIUS

HEAD = 6.5
ALONG = (0.5, 0.36, 0.64, 0.24, 0.76)
"""Places along a line at which its distance may be written: on it, beside it, or else beyond its take."""


def lines_from(scene: MapScene, spot: Spot, frame: Frame) -> list[tuple[QLineF, float]]:
    """From a point to the nearest takes, each with the true distance."""
    point = scene.at(spot)
    if point is None:
        return []
    at = frame.place(point)
    return [(QLineF(at, frame.place(scene.chart.points[n])), distance) for n, distance in scene.nearest(spot)]


def draw_lines(painter: QPainter, lines: Sequence[tuple[QLineF, float]], theme: Theme) -> None:
    painter.setPen(QPen(QColor(theme.muted), 1.0 * theme.scale))
    for line, _ in lines:
        painter.drawLine(line)


def write_distances(
    painter: QPainter,
    lines: Sequence[tuple[QLineF, float]],
    scene: MapScene,
    frame: Frame,
    theme: Theme,
    names: Sequence[tuple[str, QRectF]],
) -> list[tuple[str, QRectF]]:
    """On each line, where nothing is written yet (`names`) and no take is hidden by it. Returns where."""
    font = theme.font(12)
    metrics = QFontMetricsF(font)
    inside = QRectF(0, 0, frame.width, frame.height)
    if not lines:
        return []
    taken = [square(lines[0][0].p1(), 9.0), *(rect for _, rect in names)]
    taken += [square(QPointF(x, y), RADIUS * theme.scale) for x, y in frame.places(scene.chart.points).tolist()]
    found = []
    for line, distance in lines:
        text = f"{distance:.2f}"
        width, height = metrics.horizontalAdvance(text) + 6, metrics.height()
        length = max(1.0, line.length())
        aside = QPointF(-line.dy() / length, line.dx() / length) * (height / 2 + 2)
        beyond = 1.0 + (RADIUS * theme.scale + height * 0.75) / length
        for share, side in (*product(ALONG, (0,)), *product(ALONG, (1, -1)), *product((beyond,), (0, 1, -1))):
            middle = line.pointAt(share) + aside * side
            place = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
            if inside.contains(place) and not any(place.intersects(other) for other in taken):
                written(painter, place, text, font, theme.text, theme)
                taken.append(place)
                found.append((text, place))
                break
    return found


def draw_comet(painter: QPainter, scene: MapScene, row: int, frame: Frame, theme: Theme) -> None:
    """The moment of now and where it came from: the older, the fainter. One out of view is pointed to."""
    part = scene.trail(row)
    places = frame.places(scene.moments.points[part])
    if not len(places):
        return
    ages = (scene.moments.index[row] - scene.moments.index[part]) / max(1, _span(scene, part))
    for number in range(1, len(places)):
        left = max(0.0, 1.0 - float(ages[number]))
        shade = QColor(theme.text)
        shade.setAlphaF(0.7 * left**1.3)
        pen = QPen(shade, (0.6 + 1.2 * left) * theme.scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QLineF(*places[number - 1].tolist(), *places[number].tolist()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        radius = (1.2 + 1.8 * left) * theme.scale
        painter.drawEllipse(QPointF(*places[number].tolist()), radius, radius)
    head = QPointF(*places[-1].tolist())
    inside = QRectF(10, 10, frame.width - 20, frame.height - 20)
    if not inside.contains(head):
        _point_out(painter, head, inside, theme)
        return
    painter.setPen(QPen(QColor(theme.surface), 2.0 * theme.scale))
    painter.setBrush(QColor(theme.text))
    painter.drawEllipse(head, HEAD * theme.scale, HEAD * theme.scale)


def _span(scene: MapScene, part: slice) -> int:
    index = scene.moments.index[part]
    return max(int(index[-1] - index[0]), 16_000)


def _point_out(painter: QPainter, head: QPointF, inside: QRectF, theme: Theme) -> None:
    at = QPointF(min(max(head.x(), inside.left()), inside.right()), min(max(head.y(), inside.top()), inside.bottom()))
    angle = QLineF(at, head).angle()
    arrow = QPainterPath(QPointF(8, 0))
    for corner in (QPointF(-5, -6), QPointF(-5, 6)):
        arrow.lineTo(corner)
    arrow.closeSubpath()
    painter.save()
    painter.translate(at)
    painter.rotate(-angle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    painter.drawPath(arrow)
    painter.restore()


def draw_pointer(painter: QPainter, scene: MapScene, spot: Spot, frame: Frame, theme: Theme) -> None:
    """Around the point that hand or keyboard is at."""
    point = scene.at(spot)
    if point is None:
        return
    radius = (RADIUS + 5 if spot.kind is Kind.TAKE else 7) * theme.scale
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.text), theme.stroke))
    painter.drawEllipse(frame.place(point), radius, radius)
