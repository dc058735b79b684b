"""The keyboard on a time axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from labbench.ui.time_axis import TimeAxis

STEP = 0.01
"""Part of the view by which an arrow moves the cursor."""
ZOOM = 0.7

HELP = (
    ("Left, Right", "Move the cursor"),
    ("Shift+Left, Shift+Right", "Select"),
    ("Ctrl+Left, Ctrl+Right", "Move the cursor to the next word's edge; with Shift, select"),
    ("Home, End", "Cursor to the beginning or end; with Shift, select"),
    ("Page Up, Page Down", "Move the view"),
    ("Up, Down", "Zoom in, zoom out"),
    ("Space", "Play the selection, or from the cursor; again to stop"),
    ("Return", "Select the word under the cursor"),
)
"""What `press` understands, for the page that lists it; Space and Return are handled by the view."""


class TimeKeys:
    """Turns key presses into changes of the axis. `edges` gives the moments that Ctrl jumps between."""

    def __init__(self, axis: TimeAxis, edges: Callable[[], Sequence[float]]) -> None:
        self._axis = axis
        self._edges = edges

    def press(self, event: QKeyEvent) -> bool:
        """Whether the key meant something here."""
        axis = self._axis
        width = axis.view[1] - axis.view[0]
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                forward = event.key() == Qt.Key.Key_Right
                to = self._edge(forward) if control else self._at() + (STEP if forward else -STEP) * width
                self._move(to, select=shift)
            case Qt.Key.Key_Home:
                self._move(0.0, select=shift)
            case Qt.Key.Key_End:
                self._move(axis.duration, select=shift)
            case Qt.Key.Key_PageUp:
                axis.pan(-0.8 * width)
            case Qt.Key.Key_PageDown:
                axis.pan(0.8 * width)
            case Qt.Key.Key_Up | Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                axis.zoom(ZOOM)
            case Qt.Key.Key_Down | Qt.Key.Key_Minus:
                axis.zoom(1 / ZOOM)
            case _:
                return False
        return True

    def _at(self) -> float:
        cursor = self._axis.cursor
        return cursor if cursor is not None else self._axis.view[0]

    def _edge(self, forward: bool) -> float:
        at = self._at()
        if forward:
            return min((edge for edge in self._edges() if edge > at + 1e-6), default=self._axis.duration)
        return max((edge for edge in self._edges() if edge < at - 1e-6), default=0.0)

    def _move(self, to: float, *, select: bool) -> None:
        if select:
            self._axis.extend(to)
        else:
            self._axis.select(None)
            self._axis.place_cursor(to)
        if self._axis.cursor is not None:
            self._axis.reveal(self._axis.cursor)
