"""The takes of a word as a list: play, label, length, verdict, remove."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QSizePolicy, QWidget

from labbench.ui.widgets import ElidedLabel, button, label, named, set_role
from labbench.wakeword.takes import ADVICE, REJECTED, Verdict
from labbench.wakeword.words import Take


class TakeRow:
    """One take: what it is called, its length, the verdict, and buttons that remove and play it."""

    def __init__(self, number: int) -> None:
        self.title, self.length = label(), label("", "muted")
        self.verdict = named(ElidedLabel(), f"verdict{number}", "Verdict")
        self.remove = button("×", f"removeTake{number}", "Remove this take", "quiet")
        self.play = button("▶", f"playTake{number}", "Play this take", "quiet")
        self.widgets: tuple[QWidget, ...] = (self.play, self.title, self.length, self.verdict, self.remove)

    def show(self, take: Take) -> None:
        rejected = take.verdict in REJECTED
        good = take.verdict is Verdict.GOOD
        advice = ADVICE[take.verdict]
        self.title.setText(take.label)
        self.length.setText(f"{take.seconds:.2f} s")
        sign = "✓" if good else "✕" if rejected else "!"
        what, colon, _ = advice.partition(":")
        self.verdict.setText(f"{sign}  {advice}", f"{sign}  {what}." if colon else "")
        self.verdict.setAccessibleName(f"{take.label}: {advice}")
        set_role(self.verdict, "good" if good else "bad" if rejected else "warning")
        for widget, does in ((self.remove, "Remove"), (self.play, "Play")):
            widget.setAccessibleName(f"{does} {take.label}")
            widget.setAccessibleDescription(f"{does} {take.label}")
            widget.setToolTip(f"{does} {take.label}")


class TakeList(QWidget):
    """The takes of a word, a row each. `removed` and `played` give a row's index.

    Rows stay where they are and show other takes: so nothing jumps, and the keyboard is at the next take once one was
    removed.
    """

    removed = Signal(int)
    played = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[TakeRow] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(3, 1)

    def show_takes(self, takes: Sequence[Take]) -> None:
        while len(self._rows) > len(takes):
            self._drop()
        while len(self._rows) < len(takes):
            self._add()
        for row, take in zip(self._rows, takes, strict=True):
            row.show(take)

    def verdicts(self) -> list[str]:
        """What is shown of each take."""
        return [row.verdict.text() for row in self._rows]

    def row(self, index: int) -> TakeRow:
        return self._rows[index]

    @property
    def row_height(self) -> int:
        """In pixels; 0 where there is none."""
        return max((widget.sizeHint().height() for row in self._rows[:1] for widget in row.widgets), default=0)

    def _add(self) -> None:
        index = len(self._rows)
        row = TakeRow(index + 1)
        row.remove.clicked.connect(lambda: self.removed.emit(index))
        row.play.clicked.connect(lambda: self.played.emit(index))
        for column, widget in enumerate(row.widgets):
            self._grid.addWidget(widget, index, column)
        self._grid.setRowStretch(index, 0)
        self._grid.setRowStretch(index + 1, 1)
        self._rows.append(row)

    def _drop(self) -> None:
        """The last row; who was at one of its buttons is at the row before."""
        row = self._rows.pop()
        self._grid.setRowStretch(len(self._rows) + 1, 0)
        self._grid.setRowStretch(len(self._rows), 1)
        if self._rows:
            for gone, stays in zip(row.widgets, self._rows[-1].widgets, strict=True):
                if gone.hasFocus():
                    stays.setFocus()
        for widget in row.widgets:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()


class TakeArea(QScrollArea):
    """The list in as much room as there is; only whole rows are shown."""

    def __init__(self, takes: TakeList) -> None:
        super().__init__()
        named(self, "takes", "Takes of this word")
        self._takes = takes
        self.setWidget(takes)
        self.setWidgetResizable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        row, height = self._takes.row_height, self.height()
        scrolls = 0 < row <= height < self._takes.minimumSizeHint().height()
        self.setViewportMargins(0, 0, 0, height % row if scrolls else 0)
        self.verticalScrollBar().setSingleStep(max(1, row))
