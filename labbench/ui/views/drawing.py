"""A view's picture that is painted by hand and worked by mouse and keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.ui.theme import Theme
from labbench.ui.widgets import named


class Drawing(QWidget):
    """Takes all the room there is, and keys once it was clicked; that it has them is painted. `liked` is its size at
    best, before the theme's scale."""

    def __init__(self, name: str, spoken: str, theme: Theme, liked: tuple[int, int]) -> None:
        super().__init__()
        named(self, name, spoken)
        self._theme = theme
        self._liked = liked
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        width, height = self._liked
        return QSize(self._theme.size(width), self._theme.size(height))

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)
