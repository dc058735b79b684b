"""What all dialogs of the window have in common: title, margins, a row of buttons at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from labbench.ui.widgets import button, label, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

EDGE = 48
"""A dialog leaves so many pixels of the screen free on each side."""


class Form(QGridLayout):
    """Rows of a caption and a field."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalSpacing(24)
        self.setVerticalSpacing(8)
        self.setColumnStretch(1, 1)

    def add_row(self, title: str, field: QWidget, beside: QWidget | None = None) -> QLabel:
        """The caption belongs to the field, for screen readers too. Returns the caption."""
        caption = label(title, "muted")
        caption.setBuddy(field)
        row = self.rowCount()
        self.addWidget(caption, row, 0)
        self.addWidget(field, row, 1, 1, 2 if beside is None else 1)
        if beside is not None:
            self.addWidget(beside, row, 2)
        return caption

    def add_section(self, title: str) -> None:
        """A heading above the rows that follow."""
        caption = label(title, "title")
        caption.setContentsMargins(0, 8, 0, 0)
        self.addWidget(caption, self.rowCount(), 0, 1, 3)


class BenchDialog(QDialog):
    """A dialog over the window: widgets go into `body`, buttons into `buttons`, to the left of Close. Esc closes it."""

    def __init__(self, window: MainWindow, name: str, title: str, size: tuple[int, int]) -> None:
        super().__init__(window)
        self.owner = window
        self.bench = window.bench
        named(self, name, title)
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        column.addLayout(self.body, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        column.addLayout(self.buttons)
        self._name = name
        self._by_return: QPushButton | None = None
        room = window.screen().availableGeometry().size() - QSize(EDGE, EDGE)
        self.resize(QSize(*size).boundedTo(room))

    def add_heading(self, text: str, explanation: str = "") -> None:
        """What this is about, in large letters, and a sentence below it."""
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(label(text, "headline"))
        if explanation:
            column.addWidget(label(explanation, "muted", wrap=True))
        self.body.addLayout(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the button that has the focus, else the dialog's own, if it has one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            pressed = focus if isinstance(focus, QPushButton) and focus.hasFocus() else self._by_return
            if pressed is not None:
                pressed.click()
            return
        super().keyPressEvent(event)

    def press_by_return(self, pressed: QPushButton) -> None:
        """Return presses this button wherever the focus is; for dialogs whose fields and lists need no Return."""
        self._by_return = pressed
        pressed.setDefault(True)

    def end_with(self, *widgets: QWidget | None, close: str = "Close") -> QPushButton:
        """Fill the row of buttons: None is a gap that takes the room; Close comes last."""
        for widget in widgets:
            if widget is None:
                self.buttons.addStretch(1)
            else:
                self.buttons.addWidget(widget)
        if None not in widgets:
            self.buttons.insertStretch(0, 1)
        done = button(close, f"{self._name}Close", "Close this (Esc)")
        done.clicked.connect(self.reject)
        self.buttons.addWidget(done)
        return done
