"""A mouse for tests: wheel, click and drag at moments of a plot or a widget, as Qt would report them."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from labbench.ui.plots import NOTCH, TimePlot

PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def place(plot: TimePlot, seconds: float, y: float = 0.5) -> QPointF:
    """Where a moment is in the plot's viewport; `y` is a part of the height, from the top."""
    box = plot.box
    scene = box.mapViewToScene(QPointF(seconds, 0.0))
    scene.setY(box.sceneBoundingRect().top() + y * box.sceneBoundingRect().height())
    return QPointF(plot.viewportTransform().map(scene))


def wheel(area: QWidget, at: QPointF, notches: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Turn the wheel; more notches are further away from the user."""
    turn = QPoint(0, round(notches * NOTCH))
    event = QWheelEvent(
        at, QPointF(area.mapToGlobal(at)), QPoint(), turn, _NONE, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(area, event)


def drag(area: QWidget, through: Sequence[QPointF], modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Press at the first point, move along, and let go at the last one. With one point: click."""
    pg.setConfigOption("mouseRateLimit", -1)  # it would drop moves that come faster than a hand makes them
    _send(area, QEvent.Type.MouseMove, through[0], _NONE, _NONE, modifiers)
    _send(area, QEvent.Type.MouseButtonPress, through[0], _LEFT, _LEFT, modifiers)
    for point in through[1:]:
        _send(area, QEvent.Type.MouseMove, point, _NONE, _LEFT, modifiers)
    _send(area, QEvent.Type.MouseButtonRelease, through[-1], _LEFT, _NONE, modifiers)


def hover(area: QWidget, at: QPointF) -> None:
    """Move the mouse there."""
    pg.setConfigOption("mouseRateLimit", -1)
    _send(area, QEvent.Type.MouseMove, at, _NONE, _NONE, PLAIN)


def _send(
    area: QWidget,
    kind: QEvent.Type,
    at: QPointF,
    button: Qt.MouseButton,
    pressed: Qt.MouseButton,
    modifiers: Qt.KeyboardModifier,
) -> None:
    QApplication.sendEvent(area, QMouseEvent(kind, at, QPointF(area.mapToGlobal(at)), button, pressed, modifiers))
