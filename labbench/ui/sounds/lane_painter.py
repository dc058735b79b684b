"""How the marks of a lane are drawn: words with a bar for the model's confidence, and coloured chips.

A view that moves paints dozens of marks thirty times a second: texts are laid out once, and what has one colour is
drawn in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QStaticText

from labbench.ui.marks import Placed
from labbench.ui.theme import Theme

SURE = 0.6
"""A word of at least this confidence has a bar in the colour of what is well."""
_MOST_TEXTS = 5_000
_BAR = 2.0
_ROOM = 8.0
"""Pixels around the reason why a stretch was skipped."""
_DARK_TEXT_ABOVE = 0.42


class LanePainter:
    """Draws in one theme. Belongs to the window's thread."""

    def __init__(self, theme: Theme) -> None:
        self._font, self._small = theme.font(14), theme.font(12)
        self._small_metrics = QFontMetricsF(self._small)
        self._surface = QColor(theme.surface)
        self._text, self._muted, self._line = QColor(theme.text), QColor(theme.muted), QColor(theme.line)
        self._good, self._warning = QColor(theme.good), QColor(theme.warning)
        self._texts: dict[str, tuple[QStaticText, float, float]] = {}

    def paint(self, painter: QPainter, marks: Sequence[Placed], left: float, top: float, row: float) -> None:
        """Marks of one lane, `row` pixels high; their places count from `left`."""
        painter.setFont(self._font)
        words = [placed for placed in marks if not placed.mark.colour]
        for faint, colour in ((False, self._text), (True, self._muted)):
            painter.setPen(colour)
            for placed in words:
                if placed.mark.faint is faint:
                    text, _, height = self._laid_out(placed.mark.text)
                    painter.drawStaticText(QPointF(left + placed.x, top + (row - height) / 2), text)
        self._paint_bars(painter, words, left, top + row - _BAR)
        for placed in marks:
            if placed.mark.colour:
                self._paint_chip(painter, placed, QRectF(left + placed.x, top, placed.width, row))

    def paint_skipped(self, painter: QPainter, spans: Sequence[tuple[float, float]], top: float, row: float) -> None:
        """Stretches (pixels from, to) that an engine was not given: hatched in grey."""
        boxes = [QRectF(x, top + 1, end - x, row - 1) for x, end in spans]
        if boxes:
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(self._line, Qt.BrushStyle.BDiagPattern))
            painter.drawRects(boxes)
            painter.restore()

    def paint_reasons(
        self,
        painter: QPainter,
        boxes: Iterable[tuple[str, float, float]],
        words: Sequence[tuple[float, float]],
        top: float,
        row: float,
    ) -> None:
        """Why stretches were skipped (text, pixels from, to), in the middle of each where no word (from, to) stands."""
        painter.setFont(self._small)
        painter.setPen(QPen(self._muted))
        for text, left, right in boxes:
            width = self._small_metrics.horizontalAdvance(text) + 2 * _ROOM
            x = (left + right - width) / 2
            if not text or x < left or any(x < end and begin < x + width for begin, end in words):
                continue
            place = QRectF(x, top + 2, width, row - 3)
            painter.fillRect(place, self._surface)  # on the hatching it could hardly be read
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _laid_out(self, text: str) -> tuple[QStaticText, float, float]:
        """A text ready to be drawn, its width and its height."""
        found = self._texts.get(text)
        if found is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            static = QStaticText(text)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.prepare(font=self._font)
            found = self._texts[text] = (static, static.size().width(), static.size().height())
        return found

    def _paint_bars(self, painter: QPainter, words: Iterable[Placed], left: float, top: float) -> None:
        rated = [
            (left + placed.x, placed.width, placed.mark.confidence)
            for placed in words
            if placed.mark.confidence is not None
        ]
        bars = (
            (self._line, [QRectF(x, top, width, _BAR) for x, width, _ in rated]),
            (self._good, [QRectF(x, top, width * min(1.0, sure), _BAR) for x, width, sure in rated if sure >= SURE]),
            (self._warning, [QRectF(x, top, width * sure, _BAR) for x, width, sure in rated if sure < SURE]),
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, rectangles in bars:
            if rectangles:
                painter.setBrush(colour)
                painter.drawRects(rectangles)
        painter.restore()

    def _paint_chip(self, painter: QPainter, placed: Placed, box: QRectF) -> None:
        mark, chip = placed.mark, QColor(placed.mark.colour)
        painter.setPen(QPen(chip, 1.5, Qt.PenStyle.DashLine) if mark.hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if mark.hollow else chip)
        painter.drawRoundedRect(box.adjusted(0, 3, 0, -3), 4, 4)
        dark = "#000000" if chip.lightnessF() > _DARK_TEXT_ABOVE else "#ffffff"
        painter.setPen(self._muted if mark.hollow else QColor(dark))
        text, width, height = self._laid_out(mark.text)
        painter.drawStaticText(QPointF(box.center().x() - width / 2, box.center().y() - height / 2), text)
