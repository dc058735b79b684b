"""The views as a picture: waveform, spectrogram, lanes and distances below each other, on one time axis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyqtgraph import PlotCurveItem
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsView, QWidget

from labbench.session.disk import write_bytes
from labbench.ui.drawn import drawn_png, drawn_svg

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

Span = tuple[float, float]
GAP = 8
MARGIN = 12


def render_png(window: MainWindow, path: Path, span: Span | None = None) -> None:
    """`png_bytes` as a file. Main thread. Raises LabBenchError."""
    write_bytes(path, png_bytes(window, span))


def render_svg(window: MainWindow, path: Path, span: Span | None = None) -> None:
    """`svg_bytes` as a file. Main thread. Raises LabBenchError."""
    write_bytes(path, svg_bytes(window, span))


def png_bytes(window: MainWindow, span: Span | None = None) -> bytes:
    """The views in the current theme at twice the screen's size; of the seconds `span`, else of what is in view."""
    with _as_pictured(window, span):
        return drawn_png(picture_size(window), window.theme.surface, partial(_paint, window))


def svg_bytes(window: MainWindow, span: Span | None = None) -> bytes:
    """The same as vectors, with text as text; the spectrogram is a picture in it."""
    with _as_pictured(window, span):
        size, ground = picture_size(window), window.theme.surface
        return drawn_svg(size, ground, partial(_paint, window), "Speech Lab Bench", window.logicalDpiX())


def picture_size(window: MainWindow) -> QSize:
    """In the screen's pixels, before a PNG is made twice as large."""
    parts = _parts(window)
    height = sum(part.height() for part in parts) + GAP + 2 * MARGIN
    return QSize(max(part.width() for part in parts) + 2 * MARGIN, height)


def _parts(window: MainWindow) -> list[QWidget]:
    """From top to bottom; what is hidden is left out."""
    signal = window.signal
    found: list[QWidget] = [signal.spectrogram, signal.plot, signal.lanes, window.strip.plot]
    return [part for part in found if not part.isHidden()]


@contextmanager
def _as_pictured(window: MainWindow, span: Span | None) -> Iterator[None]:
    """Without what only the mouse and the keyboard put there, and with the stretch in view."""
    axis, signal = window.bench.axis, window.signal
    before, hover, following = axis.view, axis.hover, axis.following
    curves = [item for item in window.strip.plot.getPlotItem().items if isinstance(item, PlotCurveItem)]
    modes = [curve.opts["segmentedLineMode"] for curve in curves]
    axis.place_hover(None)
    signal.lanes.show_focus(False)
    for curve in curves:
        curve.setSegmentedLineMode("off")  # as one line each: pieces come as a place in memory
    window.strip.marks.as_shapes(True)
    if span is not None:
        axis.show(*span)
    try:
        yield
    finally:
        window.strip.marks.as_shapes(False)
        for curve, mode in zip(curves, modes, strict=True):
            curve.setSegmentedLineMode(mode)
        if span is not None:
            axis.show(*before)
            axis.following = following
        axis.place_hover(hover)
        signal.lanes.show_focus(signal.hasFocus())


def _paint(window: MainWindow, painter: QPainter) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top = MARGIN
    for part in _parts(window):
        if part is window.strip.plot:
            top += GAP
        if isinstance(part, QGraphicsView):
            area = QRect(QPoint(0, 0), part.viewport().size())
            part.render(painter, QRectF(QPointF(MARGIN, top), area.size()), area)
        else:
            painter.save()
            painter.translate(MARGIN, top)
            part.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)
            painter.restore()
        top += part.height()
