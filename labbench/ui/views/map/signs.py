"""How points of the map are drawn: shapes of speakers, crosses, rings, clouds of many dots. Plain functions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from labbench.ui.theme import Theme

RADIUS = 6.0
"""Of a take, in the screen's pixels, before the theme's scale."""
RING = 9.0
DOT = 1.6
SHAPES = ("circle", "square", "triangle", "diamond", "star", "pentagon", "wedge", "hexagon")
"""One for each speaker, from the first on again where there are more."""


def shape_of(number: int) -> str:
    return SHAPES[number % len(SHAPES)]


def shape_path(shape: str, radius: float) -> QPainterPath:
    """A shape of about the same area as a circle of that radius, around 0."""
    path = QPainterPath()
    match shape:
        case "square":
            side = 1.72 * radius
            path.addRect(QRectF(-side / 2, -side / 2, side, side))
        case "triangle":
            path.addPolygon(QPolygonF(_regular(3, 1.35 * radius, -90)))
        case "wedge":
            path.addPolygon(QPolygonF(_regular(3, 1.35 * radius, 90)))
        case "diamond":
            path.addPolygon(QPolygonF(_regular(4, 1.28 * radius, -90)))
        case "pentagon":
            path.addPolygon(QPolygonF(_regular(5, 1.15 * radius, -90)))
        case "hexagon":
            path.addPolygon(QPolygonF(_regular(6, 1.1 * radius, 0)))
        case "star":
            outer, inner = _regular(5, 1.5 * radius, -90), _regular(5, 0.68 * radius, -54)
            path.addPolygon(QPolygonF([point for pair in zip(outer, inner, strict=True) for point in pair]))
        case _:
            path.addEllipse(QPointF(0, 0), radius, radius)
    path.closeSubpath()
    return path


def _regular(corners: int, radius: float, first: float) -> list[QPointF]:
    angles = [math.radians(first + 360.0 * corner / corners) for corner in range(corners)]
    return [QPointF(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]


def draw_take(
    painter: QPainter, at: QPointF, shape: str, colour: str, theme: Theme, *, learnt: bool = False, more: float = 1.0
) -> None:
    """A take: full, or hollow where it was learnt. The rim keeps those apart that overlap."""
    path = shape_path(shape, more * RADIUS * theme.scale)
    rim = QColor(theme.surface)
    painter.translate(at)
    painter.setBrush(rim)
    painter.setPen(QPen(rim, 3.0 * theme.scale))
    painter.drawPath(path)
    width = 2.0 * theme.scale if learnt else 1.0
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(Qt.BrushStyle.NoBrush if learnt else QColor(colour))
    painter.drawPath(path)
    painter.translate(-at)


def draw_cross(painter: QPainter, at: QPointF, colour: str, theme: Theme) -> None:
    """A counter-example."""
    arm = 0.8 * RADIUS * theme.scale
    for shade, width in ((theme.surface, 5.0), (colour, 2.2)):
        pen = QPen(QColor(shade), width * theme.scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for way in (1, -1):
            painter.drawLine(QPointF(at.x() - arm, at.y() - way * arm), QPointF(at.x() + arm, at.y() + way * arm))


def draw_ring(painter: QPainter, at: QPointF, colour: str, theme: Theme, *, near: bool, more: float = 1.0) -> None:
    """A moment at which a word was recognised, or, dashed, nearly was."""
    pen = QPen(QColor(colour), (1.4 if near else 2.2) * theme.scale)
    if near:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([2.6, 2.0])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath()
    radius = RING * theme.scale * more * (0.75 if near else 1.0)
    path.addEllipse(at, radius, radius)
    painter.drawPath(path)


def strength(count: int) -> float:
    """How opaque one dot of so many is: a few are seen each, of many their density."""
    return min(0.6, max(0.12, 12.0 / math.sqrt(max(1, count))))


def cloud(places: NDArray[np.float64], width: int, height: int, radius: float, opacity: float) -> NDArray[np.uint8]:
    """How opaque each pixel is under dots at `places` ([n, 2], in pixels): shape [height, width].

    Ten thousand dots take a few milliseconds: they are counted, not painted.
    """
    reach = math.ceil(radius + 0.5)
    steps = np.arange(-reach, reach + 1)
    across, down = np.meshgrid(steps, steps)
    weights = np.clip(radius + 0.5 - np.hypot(across, down), 0.0, 1.0)
    used = weights > 0
    middle = np.floor(places).astype(np.int64)
    inside = ((middle >= reach) & (middle < np.array([width - reach, height - reach]))).all(axis=1)
    middle = middle[inside]
    found = np.zeros((height, width), np.uint8)
    if not len(middle):
        return found
    cells = (middle[:, 1] * width + middle[:, 0])[:, None] + (down[used] * width + across[used])
    laid = np.bincount(cells.ravel(), np.broadcast_to(weights[used], cells.shape).ravel(), width * height)
    some = np.flatnonzero(laid)
    found.ravel()[some] = np.rint(255.0 * (1.0 - (1.0 - opacity) ** laid[some]))
    return found


def tinted(alpha: NDArray[np.uint8], colour: str) -> QImage:
    """One colour, as opaque as `alpha` says: a picture of that shape."""
    shade = QColor(colour)
    levels = np.arange(256, dtype=np.uint32)
    parts = [levels * np.uint32(part) // 255 for part in (shade.red(), shade.green(), shade.blue())]
    table = (levels << 24) | (parts[0] << 16) | (parts[1] << 8) | parts[2]
    pixels = table[alpha]
    height, width = pixels.shape
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
