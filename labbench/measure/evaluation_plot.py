"""Detection error trade-off as pictures: misses over false accepts an hour, one picture for each condition."""

from __future__ import annotations

import os
from functools import partial
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPen, QPolygonF

from labbench.app import make_application
from labbench.measure.bench_startup import display_env
from labbench.session.disk import write_bytes
from labbench.ui.drawn import drawn_png, drawn_svg
from labbench.ui.theme import LIGHT

SIZE = QSize(720, 480)
AREA = QRectF(72, 48, 480, 368)
LEAST_RATE = 0.1
RESOLUTION = 96
Curve = list[list[float]]


def write_plots(folder: Path, figures: dict[str, Any]) -> list[Path]:
    """`det-CONDITION.png` and `.svg` in `folder`. Main thread. Raises LabBenchError."""
    os.environ.update(display_env(os.environ))
    if QGuiApplication.instance() is None:
        _application = make_application()
    written = []
    for name, condition in figures["conditions"].items():
        curves = {"all words": condition["pooled"]["det"]}
        if len(condition["words"]) > 1:
            curves |= {word: found["det"] for word, found in condition["words"].items()}
        title = "Quiet" if name == "quiet" else f"Babble, speech {name} dB above it"
        paint = partial(paint_curves, title, curves)
        png, svg = folder / f"det-{name}.png", folder / f"det-{name}.svg"
        write_bytes(png, drawn_png(SIZE, LIGHT.surface, paint))
        write_bytes(svg, drawn_svg(SIZE, LIGHT.surface, paint, title, RESOLUTION))
        written += [png, svg]
    return written


def paint_curves(title: str, curves: dict[str, Curve], painter: QPainter) -> None:
    """Curves in their order and colours, with axes: false accepts in decades, misses in per cent."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    points = [point for curve in curves.values() for point in curve]
    low = floor(log10(max(LEAST_RATE, min((rate for rate, _ in points if rate > 0), default=1.0))))
    high = max(low + 1, ceil(log10(max([rate for rate, _ in points] + [LEAST_RATE]))))
    top = _top(max(share for _, share in points) * 100)
    painter.setFont(LIGHT.font(18))
    painter.setPen(QColor(LIGHT.text))
    painter.drawText(QPointF(AREA.left(), 30), title)
    painter.setFont(LIGHT.font(12))
    for power in range(low, high + 1):
        x = _across(10.0**power, low, high)
        _line(painter, QPointF(x, AREA.top()), QPointF(x, AREA.bottom()))
        _text(painter, QRectF(x - 40, AREA.bottom() + 6, 80, 18), f"{10.0**power:g}", Qt.AlignmentFlag.AlignHCenter)
    for step in range(5):
        y = AREA.bottom() - AREA.height() * step / 4
        _line(painter, QPointF(AREA.left(), y), QPointF(AREA.right(), y))
        _text(painter, QRectF(8, y - 9, AREA.left() - 14, 18), f"{top * step / 4:g} %", Qt.AlignmentFlag.AlignRight)
    below = QRectF(AREA.left(), AREA.bottom() + 26, AREA.width(), 18)
    _text(painter, below, "False accepts an hour", Qt.AlignmentFlag.AlignHCenter)
    _text(painter, QRectF(8, AREA.top() - 26, 120, 18), "Missed", Qt.AlignmentFlag.AlignLeft)
    for number, (name, curve) in enumerate(curves.items()):
        pen = QPen(QColor(LIGHT.text if number == 0 else LIGHT.word(number - 1)), 2.5 if number == 0 else 1.5)
        painter.setPen(pen)
        places = [
            QPointF(_across(rate, low, high), AREA.bottom() - AREA.height() * share * 100 / top)
            for rate, share in curve
        ]
        painter.drawPolyline(QPolygonF(places))
        y = AREA.top() + 10 + 20 * number
        painter.drawLine(QPointF(AREA.right() + 16, y), QPointF(AREA.right() + 36, y))
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 116)
        _text(painter, QRectF(AREA.right() + 42, y - 9, 124, 18), shown, Qt.AlignmentFlag.AlignLeft)


def _top(most: float) -> float:
    """The upper end of the axis of misses: a round figure of per cent."""
    return next((float(step) for step in (1, 2, 4, 10, 20, 40, 60, 80) if step >= most), 100.0)


def _across(rate: float, low: int, high: int) -> float:
    """None at all stands at the left edge."""
    share = (log10(max(rate, 10.0**low)) - low) / (high - low)
    return AREA.left() + AREA.width() * share


def _line(painter: QPainter, start: QPointF, end: QPointF) -> None:
    painter.setPen(QPen(QColor(LIGHT.line), 1))
    painter.drawLine(start, end)


def _text(painter: QPainter, box: QRectF, text: str, side: Qt.AlignmentFlag) -> None:
    painter.setPen(QColor(LIGHT.muted))
    painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), text)
