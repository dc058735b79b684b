"""Two or three texts under each other, drawn: only the lines that are seen, so that an hour of speech costs no more.

What differs is told by shape as well as by colour: another word is underlined, one that is too many stands in brackets,
and a line runs where one is missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from labbench.transcript.types import Word
from labbench.ui.text_direction import direction_of
from labbench.ui.theme import Theme
from labbench.ui.transcripts.aligned_layout import Aligned, Flow, as_text, flow, starts_of, told, widths_of
from labbench.ui.transcripts.aligned_painter import GAP, AlignedPainter

NAMES = ("said", "A", "B")
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class AlignedView(QAbstractScrollArea):
    """Words can be clicked, asked for their menu, and reached with the keyboard. Window's thread.

    The signals give a word and the name of its line: "said", "A" or "B".
    """

    word_chosen = Signal(object, str)
    word_played = Signal(object, str)
    word_menu = Signal(object, str, QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)
        self.aligned = Aligned()
        self._flow = Flow()
        self._widths: Sequence[float] = ()
        self._starts: list[float] = []
        self._mirrored = False  # read from right to left
        self._at: tuple[int, int] | None = None
        self._moment: int | None = None
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._painter = AlignedPainter(theme)
        self._metrics = QFontMetricsF(self._painter.font)
        self._lay_out(measure=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the lines, from the top."""
        return NAMES[3 - self.aligned.lines :]

    def show_aligned(self, found: Aligned) -> None:
        """Other texts; where one stood and what is in view stay as far as they can."""
        kept = self.verticalScrollBar().value()
        follow = kept >= self.verticalScrollBar().maximum() and bool(self.aligned.columns)
        self.aligned = found
        if self._at is not None and (self._at[0] >= len(found.columns) or self._at[1] >= found.lines):
            self._at = None
        texts = (word.text for column in found.columns for word in column.words if word is not None)
        self._mirrored = direction_of(texts) == Qt.LayoutDirection.RightToLeft
        self._starts = starts_of(found.columns)
        self._lay_out(measure=True)
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum() if follow and bar.maximum() > kept else kept)
        self._say()

    def mark_moment(self, seconds: float | None) -> None:
        """The cursor of the time axis: the words that are spoken there stand out."""
        found = None if seconds is None else bisect_right(self._starts, seconds) - 1
        if found is not None and (found < 0 or seconds is None or self.aligned.columns[found].end <= seconds):
            found = None
        if found != self._moment:
            self._moment = found
            self.viewport().update()

    def show_moment(self, seconds: float) -> None:
        """Go to the column that is spoken then."""
        found = bisect_right(self._starts, seconds) - 1
        if found >= 0:
            self.reveal(found)

    def reveal(self, column: int) -> None:
        """Scroll until a column is seen."""
        top = self._flow.lines[column] * self._block
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if top < bar.value():
            bar.setValue(int(top))
        elif top + self._seen > bar.value() + height:
            bar.setValue(int(min(top, top + self._seen - height)))

    def copied(self) -> str:
        """All of it as plain text."""
        return as_text(self.aligned, self.names)

    def cell_at(self, point: QPoint) -> tuple[int, int] | None:
        """Column and line of the text at a point of the view; None where there is none."""
        y = point.y() + self.verticalScrollBar().value()
        block, row = int(y // self._block), int(y % self._block // self._painter.row)
        x = point.x() - self._painter.gutter
        column = self._flow.at(block, self._room - x if self._mirrored else x, self._widths)
        return None if column is None or row >= self.aligned.lines else (column, row)

    def place_of(self, column: int, row: int) -> QRectF:
        """Where a cell is drawn, in the view."""
        paint = self._painter
        top = self._flow.lines[column] * self._block + row * paint.row - self.verticalScrollBar().value()
        left, width = self._flow.lefts[column], self._widths[column]
        return QRectF(paint.gutter + (self._room - left - width if self._mirrored else left), top, width, paint.row)

    # Drawing ----------------------------------------------------------------------------------------------------------

    @property
    def _block(self) -> float:
        """Height of one line of columns, with the room below it."""
        return self._painter.row * self.aligned.lines + self._painter.between

    @property
    def _room(self) -> float:
        """Width of a line of columns."""
        return self.viewport().width() - self._painter.gutter

    @property
    def _seen(self) -> float:
        """The height of a line of columns without the room below it."""
        return self._block - self._painter.between

    def _lay_out(self, *, measure: bool = False) -> None:
        if measure:
            self._widths = widths_of(
                self.aligned.columns, self._metrics.horizontalAdvance, self._metrics.horizontalAdvance("mm")
            )
            self._painter.gutter = max(map(self._metrics.horizontalAdvance, self.names)) + 2 * GAP
        spare = (self.height() + self._painter.between) % self._block if self.height() > self._block else 0
        self.setViewportMargins(0, 0, 0, int(spare))  # so that no line is cut
        self._flow = flow(self._widths, self._room, GAP)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, round(len(self._flow.firsts) * self._block - self._painter.between) - height))
        bar.setPageStep(max(1, height))
        bar.setSingleStep(round(self._block))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.aligned.columns:
            return
        offset = self.verticalScrollBar().value()
        first = int(offset // self._block)
        last = min(int((offset + self.viewport().height()) // self._block), len(self._flow.firsts) - 1)
        for block in range(first, last + 1):
            self._painter.names(painter, self.names, block * self._block - offset)
        for column in range(*self._flow.columns_of(first, last)):
            place = self.place_of(column, 0)
            place.setHeight(self._painter.row * self.aligned.lines)
            if column == self._moment:
                self._painter.moment(painter, place)
            self._painter.column(painter, self.aligned.columns[column], self.aligned.lines, place)
        if self._at is not None and self.hasFocus():
            self._painter.focus(painter, self.place_of(*self._at))

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def word_of(self, column: int, row: int) -> Word | None:
        """The word of a cell."""
        return self.aligned.columns[column].words[3 - self.aligned.lines :][row]

    def tip_of(self, column: int, row: int) -> str:
        """What is told of a cell."""
        return told(self.aligned, column, self.names[row])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(self.cell_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None and cell == self._at:
            self._send(cell, play=False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if cell is not None:
            self._send(cell, play=True)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        cell = self._at if by_key else self.cell_at(event.pos())
        word = self.word_of(*cell) if cell is not None else None
        if cell is not None and word is not None:
            at = self.place_of(*cell).bottomLeft().toPoint() if by_key else event.pos()
            self.word_menu.emit(word, self.names[cell[1]], self.viewport().mapToGlobal(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._at is not None:
            self._send(self._at, play=event.key() == Qt.Key.Key_Space)
        elif event.key() in (*_STEPS, Qt.Key.Key_Home, Qt.Key.Key_End) and self.aligned.columns:
            self._step(Qt.Key(event.key()))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.matches(QKeySequence.StandardKey.Copy) or event.key() in (*_STEPS, Qt.Key.Key_Space))
        ):
            event.accept()  # else the window's own keys would take them
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            QToolTip.showText(event.globalPos(), self.tip_of(*cell) if cell is not None else "", self)
            return True
        return super().viewportEvent(event)

    def _step(self, key: Qt.Key) -> None:
        last = len(self.aligned.columns) - 1
        if self._at is None or key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go((last if key == Qt.Key.Key_End else 0, self._at[1] if self._at is not None else 0))
            return
        column, row = self._at
        across, down = _STEPS[key]
        across = -across if self._mirrored else across
        column, row = min(max(column + across, 0), last), row + down
        if not 0 <= row < self.aligned.lines:
            beside = self._flow.beside(column, down)
            row = row % self.aligned.lines if self._flow.lines[beside] != self._flow.lines[column] else self._at[1]
            column = beside
        self._go((column, row))

    def _go(self, cell: tuple[int, int] | None) -> None:
        self._at = cell
        if cell is not None:
            self.reveal(cell[0])
        self._say()
        self.viewport().update()

    def _send(self, cell: tuple[int, int], *, play: bool) -> None:
        """A gap stands for the moment of the words around it: those of the other line are chosen."""
        word = self.word_of(*cell) or next(filter(None, self.aligned.columns[cell[0]].words))
        (self.word_played if play else self.word_chosen).emit(word, self.names[cell[1]])

    def _say(self) -> None:
        """For screen readers: where one is, else how much there is."""
        if self._at is None:
            self.setAccessibleDescription(f"{len(self.aligned.columns)} columns. Arrow keys go from word to word.")
        else:
            of = f"{self._at[0] + 1} of {len(self.aligned.columns)}"
            self.setAccessibleDescription(f"{self.tip_of(*self._at) or 'Nothing.'} {of}")
