"""Lanes of words under the waveform, one for each engine and one for wake words, on the plot's time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.ui.theme import GUTTER, Theme
from labbench.ui.widgets import named

ROW = 22
GAP = 6.0


@dataclass(frozen=True)
class Mark:
    """A text at a stretch of time. Faint ones are provisional; `colour` makes it a chip."""

    text: str
    start: float
    end: float
    faint: bool = False
    colour: str = ""


@dataclass(frozen=True)
class Placed:
    """Where a mark's text goes: pixels from the lane's left edge."""

    mark: Mark
    x: float
    width: float


def place(marks: Sequence[Mark], widths: Sequence[float], start: float, stop: float, pixels: float) -> list[Placed]:
    """Lay texts (of `widths` pixels) out on one line so that none overlaps another or leaves the lane.

    Each begins at its time or, where the one before is in the way and there is room, right after it; one that would
    begin more than its own length late is left out: zooming in brings it back.
    """
    placed: list[Placed] = []
    scale = pixels / max(stop - start, 1e-9)
    free = 0.0
    for mark, width in zip(marks, widths, strict=True):
        wanted = (mark.start - start) * scale
        if wanted + width < 0 or wanted > pixels:
            continue
        x = max(wanted, free)
        if x - wanted > width or x + width > pixels or wanted < -1.0:
            continue
        placed.append(Placed(mark, x, width))
        free = x + width + GAP
    return placed


class Lanes(QWidget):
    """Rows of marks with their names in the gutter. Painted here, in one go, because words come and go quickly."""

    def __init__(self, theme: Theme, names: Sequence[str]) -> None:
        super().__init__()
        named(self, "lanes", "Words and detections over time")
        self._theme = theme
        self._names = list(names)
        self._marks: list[tuple[Mark, ...]] = [() for _ in names]
        self._range = (0.0, 10.0)
        self._left, self._width = float(GUTTER), 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, len(self._names) * self._theme.size(ROW))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def rename(self, lane: int, name: str) -> None:
        self._names[lane] = name
        self.update()

    def marks(self, lane: int) -> tuple[Mark, ...]:
        return self._marks[lane]

    def show_marks(self, lane: int, marks: Sequence[Mark]) -> None:
        """Replace a lane's marks, in order of time."""
        self._marks[lane] = tuple(marks)
        self.setAccessibleDescription("; ".join(" ".join(mark.text for mark in row) for row in self._marks if row))
        self.update()

    def follow(self, start: float, stop: float, left: float, width: float) -> None:
        """Show seconds `start` to `stop` between pixels `left` and `left + width`."""
        if (self._range, self._left, self._width) != ((start, stop), left, width):
            self._range, self._left, self._width = (start, stop), left, width
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small, normal = self._theme.font(12), self._theme.font(14)
        row = self._theme.size(ROW)
        metrics = QFontMetricsF(normal)
        for lane, (name, marks) in enumerate(zip(self._names, self._marks, strict=True)):
            top = lane * row
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(int(self._left), top, int(self._left + self._width), top)
            painter.setFont(small)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(
                QRectF(0, top, self._left - 8, row), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name
            )
            painter.setFont(normal)
            widths = [metrics.horizontalAdvance(mark.text) + (12 if mark.colour else 0) for mark in marks]
            for placed in place(marks, widths, *self._range, self._width):
                self._paint_mark(painter, placed, QRectF(self._left + placed.x, top, placed.width, row))

    def _paint_mark(self, painter: QPainter, placed: Placed, box: QRectF) -> None:
        mark = placed.mark
        if mark.colour:
            chip = QColor(mark.colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(chip)
            painter.drawRoundedRect(box.adjusted(0, 3, 0, -3), 4, 4)
            painter.setPen(QColor("#000000" if chip.lightnessF() > 0.42 else "#ffffff"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.text)
            return
        painter.setPen(QColor(self._theme.muted if mark.faint else self._theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, mark.text)
