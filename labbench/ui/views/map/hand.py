"""Mouse and keyboard on the map: pointing, picking, zooming, moving, selecting with a lasso, what is spoken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPolygonF, QWheelEvent

from labbench.ui.plots import NOTCH
from labbench.ui.views.map.canvas import MapCanvas
from labbench.ui.views.map.scene import Kind, Spot

ZOOM_PER_NOTCH = 1.25
STEP = 40.0
"""Pixels by which a key moves the view."""
STILL = 4.0
"""Pixels within which a press and its release are a click."""
HELP = (
    ("Arrows", "The next point in that direction; with Shift, move the view"),
    ("Return", "Play it, and select it in the signal"),
    ("Space", "Select the point, or no longer"),
    ("L", "Lasso: drag a shape around points (or Shift and drag)"),
    ("+, −, 0", "Zoom in, zoom out, show all"),
    ("Esc", "Select nothing"),
)
"""For the page that lists keys."""
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_ZOOMS = {
    Qt.Key.Key_Plus: ZOOM_PER_NOTCH,
    Qt.Key.Key_Equal: ZOOM_PER_NOTCH,
    Qt.Key.Key_Minus: 1 / ZOOM_PER_NOTCH,
}


class MapHand(QObject):
    """What hand and ear can do with `canvas`. `lasso_changed` when a drag selects from now on, or no longer."""

    lasso_changed = Signal(bool)

    def __init__(self, canvas: MapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._dragged = self._selecting = False
        self.lasso = False
        canvas.installEventFilter(self)
        canvas.pointed.connect(self._describe)

    def use_lasso(self, on: bool) -> None:
        """Whether a drag selects; otherwise it moves the view."""
        if on != self.lasso:
            self.lasso = on
            self._canvas.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
            self.lasso_changed.emit(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        canvas = self._canvas
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QWheelEvent):
            notches = event.angleDelta().y() / NOTCH
            if notches:
                canvas.look(canvas.frame.zoomed(ZOOM_PER_NOTCH**notches, event.position()))
            return True
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                if canvas.chosen or self.lasso:  # else it stops what runs
                    event.accept()
                    return True
            elif event.type() == QEvent.Type.KeyPress:
                return self._key(event)
        elif event.type() == QEvent.Type.Leave and not canvas.hasFocus():
            canvas.point_at(None)
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            canvas.update()
        return False

    # Mouse ------------------------------------------------------------------------------------------------------------

    def _mouse(self, event: QMouseEvent) -> bool:
        canvas, at = self._canvas, event.position()
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._pressed, self._last, self._dragged = at, at, False
                self._selecting = self.lasso or shift
                canvas.setFocus(Qt.FocusReason.MouseFocusReason)
            case QEvent.Type.MouseMove if self._pressed is None:
                canvas.point_at(canvas.spot_at(at))
            case QEvent.Type.MouseMove:
                self._drag(at)
            case QEvent.Type.MouseButtonRelease if self._pressed is not None:
                self._release(at, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            case QEvent.Type.MouseButtonDblClick:
                if canvas.spot_at(at) is None:
                    canvas.fit()
            case _:
                return False
        return True

    def _drag(self, at: QPointF) -> None:
        canvas = self._canvas
        assert self._pressed is not None
        if not self._dragged and (at - self._pressed).manhattanLength() < STILL:
            return
        if self._selecting:
            if not self._dragged:
                canvas.lasso = [self._pressed]
            canvas.lasso.append(at)
            canvas.update()
        else:
            moved = at - self._last
            canvas.look(canvas.frame.moved(moved.x(), moved.y()))
        self._dragged, self._last = True, at

    def _release(self, at: QPointF, more: bool) -> None:
        canvas = self._canvas
        self._pressed = None
        if self._dragged and self._selecting:
            shape, canvas.lasso = QPolygonF([*canvas.lasso, at]), []
            found = canvas.inside(shape)
            canvas.choose({*canvas.chosen, *found} if more else found)
            canvas.update()
        elif not self._dragged:
            self._click(canvas.spot_at(at), more)

    def _click(self, spot: Spot | None, more: bool) -> None:
        canvas = self._canvas
        if spot is None:
            canvas.choose(())
        elif more:
            self._turn(spot)
        else:
            canvas.point_at(spot)
            canvas.picked.emit(spot)

    def _turn(self, spot: Spot) -> None:
        """Select it, or no longer."""
        if spot.kind is not Kind.SPEECH:
            self._canvas.choose(self._canvas.chosen ^ {spot})

    # Keyboard ---------------------------------------------------------------------------------------------------------

    def _key(self, event: QKeyEvent) -> bool:
        canvas, key = self._canvas, Qt.Key(event.key())
        allowed = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        if canvas.scene is None or event.modifiers() & ~allowed:
            return False
        if key in _ARROWS:
            across, down = _ARROWS[key]
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                canvas.look(canvas.frame.moved(-STEP * across, -STEP * down))
            else:
                self._step(across, down)
        elif key in _ZOOMS:
            middle = canvas.frame.place(at) if (at := self._at()) is not None else QPointF(canvas.rect().center())
            canvas.look(canvas.frame.zoomed(_ZOOMS[key], middle))
        elif key == Qt.Key.Key_0:
            canvas.fit()
        elif key == Qt.Key.Key_L:
            self.use_lasso(not self.lasso)
        elif key == Qt.Key.Key_Escape and (canvas.chosen or self.lasso):
            self.use_lasso(False)
            canvas.choose(())
        elif canvas.at is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            canvas.picked.emit(canvas.at)
        elif canvas.at is not None and key == Qt.Key.Key_Space:
            self._turn(canvas.at)
        else:
            return False
        return True

    def _at(self) -> NDArray[np.float64] | None:
        canvas = self._canvas
        return canvas.scene.at(canvas.at) if canvas.scene is not None and canvas.at is not None else None

    def _step(self, across: float, down: float) -> None:
        """To the nearest take or ring that lies rather in that direction; the first take, where there was none."""
        canvas = self._canvas
        scene = canvas.scene
        assert scene is not None
        spots = [Spot(Kind.TAKE, number) for number in range(len(scene.chart.landmarks))]
        spots += [Spot(Kind.MOMENT, row) for row in dict.fromkeys(ring.row for ring in scene.rings)]
        begin = self._at()
        if begin is None:
            canvas.point_at(spots[0] if spots else None)
            return
        rows = [spot.number for spot in spots if spot.kind is Kind.MOMENT]
        points = np.concatenate([scene.chart.points, scene.moments.points[rows]])
        apart = canvas.frame.places(points) - canvas.frame.places(begin[None])
        along = apart @ [across, down]
        aside = np.abs(apart @ [down, across])
        cost = np.where((along > 0.5) & (aside <= 2.0 * along), along + 2.0 * aside, np.inf)
        best = int(cost.argmin())
        if np.isfinite(cost[best]):
            canvas.point_at(spots[best])

    def _describe(self, spot: Spot | None) -> None:
        scene = self._canvas.scene
        text = scene.told(spot) if spot is not None and scene is not None else ""
        self._canvas.setAccessibleDescription(text)
