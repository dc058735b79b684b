"""A drawing as a file: PNG at twice the screen's size, SVG with text as text. Main thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from labbench.core.errors import LabBenchError
from labbench.ui.vector_painter import VectorPainter, plain_strokes

SCALE = 2
Paint = Callable[[QPainter], None]
"""Draws in the picture's own pixels."""


def drawn_png(size: QSize, ground: str, paint: Paint) -> bytes:
    """What `paint` draws on a `ground` colour. Raises LabBenchError where there is no memory for it."""
    image = QImage(size * SCALE, QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    painter.scale(SCALE, SCALE)
    paint(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise LabBenchError("The picture could not be made.", "Make the window smaller and try again.")
    return bytes(buffer.data().data())


def drawn_svg(size: QSize, ground: str, paint: Paint, title: str, resolution: int) -> bytes:
    """The same as vectors; `resolution` is the screen's, in dots an inch.

    Everything is in the picture's own units: many programs know nothing of strokes that keep their width when scaled.
    """
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setTitle(title)
    generator.setResolution(resolution)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    painter = VectorPainter(generator)
    painter.fillRect(QRect(QPoint(0, 0), size), QColor(ground))
    paint(painter)
    painter.end()
    return plain_strokes(bytes(buffer.data().data()))
