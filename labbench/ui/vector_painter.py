"""A painter for files of vectors: shapes are placed in the file's own units before they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QLine, QLineF, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPolygon, QPolygonF, QTransform

_KEPT = b'vector-effect="non-scaling-stroke"'
_PLAIN = b'vector-effect="none"'


class VectorPainter(QPainter):
    """Maps what Python code draws to the device, and writes it without a transformation.

    A plot draws seconds and decibels through a transformation that stretches both, with pens whose width counts on the
    screen. An SVG of that needs `vector-effect`, which many programs leave out of account, and has six digits for each
    moment: too few far into a long sound. What is mapped first needs neither.
    """

    def drawPath(self, path: QPainterPath) -> None:
        with self._on_device() as to:
            super().drawPath(to.map(path))

    def drawRect(self, *shape: Any) -> None:
        self.drawRects([_rect(shape)])

    def drawRects(self, *shapes: Any) -> None:
        with self._on_device() as to:
            for rect in _flat(shapes):
                super().drawPath(to.map(_closed(rect)))

    def drawLine(self, *shape: Any) -> None:
        self.drawLines([_line(shape)])

    def drawLines(self, *shapes: Any) -> None:
        if len(shapes) == 2 and isinstance(shapes[1], int):  # a place in memory, which can't be mapped from here
            super().drawLines(*shapes)
            return
        lines = _flat(shapes)
        if lines and isinstance(lines[0], QPoint | QPointF):  # ends of lines, two by two
            lines = [QLineF(QPointF(one), QPointF(other)) for one, other in zip(lines[::2], lines[1::2], strict=True)]
        with self._on_device() as to:
            super().drawLines([to.map(QLineF(line)) for line in lines])

    def drawPolyline(self, *points: Any) -> None:
        self._polygon(super().drawPolyline, points)

    def drawPolygon(self, *points: Any) -> None:
        self._polygon(super().drawPolygon, points)

    def _polygon(self, draw: Callable[[QPolygonF], None], points: tuple[Any, ...]) -> None:
        whole = points[0] if isinstance(points[0], QPolygonF | QPolygon) else [QPointF(one) for one in _flat(points)]
        with self._on_device() as to:
            draw(to.map(QPolygonF(whole)))

    @contextmanager
    def _on_device(self) -> Iterator[QTransform]:
        """Without a transformation; gives the one that there was."""
        before = self.transform()
        self.resetTransform()
        try:
            yield before
        finally:
            self.setTransform(before)


def plain_strokes(svg: bytes) -> bytes:
    """Every stroke as wide as it says: nothing is scaled any more, so none needs to be kept from that."""
    return svg.replace(_KEPT, _PLAIN)


def _flat(shapes: tuple[Any, ...]) -> list[Any]:
    """Qt takes a list as well as one after the other."""
    return list(shapes[0]) if len(shapes) == 1 and isinstance(shapes[0], list | tuple) else list(shapes)


def _rect(shape: tuple[Any, ...]) -> QRectF:
    return QRectF(shape[0]) if isinstance(shape[0], QRect | QRectF) else QRectF(*shape)


def _line(shape: tuple[Any, ...]) -> QLineF:
    if isinstance(shape[0], QLine | QLineF):
        return QLineF(shape[0])
    return QLineF(*(QPointF(end) if isinstance(end, QPoint) else end for end in shape))


def _closed(rect: QRectF | QRect) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(rect))
    return path
