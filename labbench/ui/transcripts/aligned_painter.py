"""How words under each other are drawn: what differs has a shape of its own, not only a colour."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText

from labbench.transcript.types import Word
from labbench.ui.theme import Theme
from labbench.ui.transcripts.aligned_layout import Cell, Column, text_of

GAP = 12.0
"""Pixels between columns."""
_MOST_TEXTS = 5_000


class AlignedPainter:
    """Draws in one theme. Belongs to the window's thread."""

    def __init__(self, theme: Theme) -> None:
        self.font, self._small = theme.font(14), theme.font(12)
        self.row = QFontMetricsF(self.font).height() + theme.size(4)
        self.between = float(theme.size(12))
        self.gutter = 0.0
        """Room for the names at the left; set by the view."""
        self._stroke = theme.stroke
        self._text, self._muted = QColor(theme.text), QColor(theme.muted)
        self._changed, self._extra, self._missing = (
            QColor(theme.warning),
            QColor(theme.accent),
            QColor(theme.record),
        )
        self._here, self._line = QColor(theme.raised), QColor(theme.line)
        self._texts: dict[str, QStaticText] = {}

    def names(self, painter: QPainter, names: Sequence[str], top: float) -> None:
        """Which line is whose, at the left."""
        painter.setFont(self._small)
        painter.setPen(self._muted)
        for number, name in enumerate(names):
            place = QRectF(0, top + number * self.row, self.gutter - GAP, self.row)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def moment(self, painter: QPainter, place: QRectF) -> None:
        """Behind the column that is spoken at the cursor."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._here)
        painter.drawRoundedRect(place.adjusted(-GAP / 3, 0, GAP / 3, 0), 4, 4)

    def focus(self, painter: QPainter, place: QRectF) -> None:
        """Around the cell that the keyboard is at."""
        painter.setPen(QPen(self._extra, self._stroke))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place.adjusted(-GAP / 3, 1, GAP / 3, -1), 4, 4)

    def column(self, painter: QPainter, column: Column, lines: int, place: QRectF) -> None:
        """Words that stand against each other; with three lines what was said is the first."""
        painter.setFont(self.font)
        row = QRectF(place.left(), place.top(), place.width(), self.row)
        if lines == 3:
            self._word(painter, column.said, "" if column.said is None else column.said.text.strip(), self._muted, row)
            row.translate(0, self.row)
        for cell in (column.a, column.b):
            self._cell(painter, cell, row)
            row.translate(0, self.row)

    def _cell(self, painter: QPainter, cell: Cell, place: QRectF) -> None:
        if cell.look == "missing":
            painter.setPen(QPen(self._missing, 1.5 * self._stroke))
            middle = place.center().y()
            painter.drawLine(QPointF(place.left(), middle), QPointF(place.right(), middle))
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = self._word(
            painter, cell.word, text_of(cell), self._extra if cell.look == "extra" else self._text, place
        )
        if cell.look == "changed":
            painter.setPen(QPen(self._changed, 1.5 * self._stroke))
            low = place.bottom() - self._stroke
            painter.drawLine(QPointF(place.left(), low), QPointF(place.left() + width, low))

    def _word(self, painter: QPainter, word: Word | None, text: str, colour: QColor, place: QRectF) -> float:
        """A word that may still change is grey; how wide it is."""
        if word is None:
            return 0.0
        painter.setPen(colour if word.settled else self._muted)
        static = self._laid_out(text)
        size = static.size()
        painter.drawStaticText(QPointF(place.left(), place.top() + (place.height() - size.height()) / 2), static)
        return size.width()

    def _laid_out(self, text: str) -> QStaticText:
        found = self._texts.get(text)
        if found is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            found = self._texts[text] = QStaticText(text)
            found.setTextFormat(Qt.TextFormat.PlainText)
            found.prepare(font=self.font)
        return found
