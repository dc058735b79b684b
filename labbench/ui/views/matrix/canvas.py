"""Distances between all takes as a picture: near is strong, what is alike stands side by side, intruders are marked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)

from labbench.ui.theme import Theme
from labbench.ui.views.drawing import Drawing
from labbench.ui.views.matrix.table import Table, cells_image

BAR = 6.0
GUTTER = 120
"""For names at the left, before the theme's scale."""
EDGE = 4.0
HELP = (("Arrows", "Another pair of takes"), ("Return", "Play both, one after the other"))
"""For the page that lists keys."""


class MatrixCanvas(Drawing):
    """`pointed` gives the places of two takes, or None; `picked` both, once they were clicked or Return was pressed."""

    pointed = Signal(object)
    picked = Signal(int, int)

    def __init__(self, theme: Theme) -> None:
        super().__init__("matrixCanvas", "Distances between takes", theme, (400, 320))
        self.table: Table | None = None
        self.cell: tuple[int, int] | None = None
        self.area = QRectF()
        """Where the cells are."""
        self.names: list[tuple[str, QRectF]] = []
        """What is written at the sides, and where."""
        self._still: QPixmap | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._lay_out()

    def show_table(self, table: Table | None) -> None:
        self.table = table
        self.point_at(None)
        self._lay_out()

    def point_at(self, cell: tuple[int, int] | None) -> None:
        if cell != self.cell:
            self.cell = cell
            self.update()
            self.pointed.emit(cell)

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """The pair of places (row, column) under a pixel."""
        if self.table is None or not self.area.contains(at):
            return None
        count = len(self.table.takes)
        row = int((at.y() - self.area.top()) / self.area.height() * count)
        column = int((at.x() - self.area.left()) / self.area.width() * count)
        return min(row, count - 1), min(column, count - 1)

    def place_of(self, row: int, column: int) -> QPointF:
        """The middle of a cell."""
        return self._cell(row, column).center()

    def _cell(self, row: int, column: int, rows: int = 1, columns: int = 1) -> QRectF:
        side = self.area.width() / max(1, len(self.table.takes) if self.table is not None else 1)
        return QRectF(self.area.left() + column * side, self.area.top() + row * side, columns * side, rows * side)

    # Mouse and keyboard -----------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.point_at(cell)
            self.picked.emit(*cell)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key, last = Qt.Key(event.key()), len(self.table.takes) - 1 if self.table is not None else -1
        if key in steps and last >= 0:
            down, across = steps[key]
            row, column = self.cell or (-down, min(1, last) - across)
            self.point_at((min(last, max(0, row + down)), min(last, max(0, column + across))))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cell is not None:
            self.picked.emit(*self.cell)
        else:
            super().keyPressEvent(event)

    # Painting ---------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """As large a square as there is room for; cells of whole pixels where they are not tiny."""
        self._still = None
        scale, count = self._theme.scale, len(self.table.takes) if self.table is not None else 1
        top = QFontMetricsF(self._theme.font(12)).height() + 2 * EDGE + BAR * scale
        left = GUTTER * scale + EDGE + BAR * scale
        side = max(20.0, min(self.width() - left - EDGE, self.height() - top - EDGE))
        if side / count >= 3:
            side = float(int(side / count) * count)
        self.area = QRectF(left, top, side, side)
        self.update()

    def width_for(self, height: int) -> int:
        """What a square of that height needs."""
        scale = self._theme.scale
        top = QFontMetricsF(self._theme.font(12)).height() + 3 * EDGE + BAR * scale
        return round(GUTTER * scale + 2 * EDGE + BAR * scale + max(20.0, height - top))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._still is None:
            ratio = self.devicePixelRatioF()
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(QColor(self._theme.surface))
            still = QPainter(self._still)
            self.paint_file(still)
            still.end()
        painter.drawPixmap(QPoint(0, 0), self._still)
        if self.cell is not None and self.table is not None:
            self._paint_cell(painter, *self.cell)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def paint_file(self, painter: QPainter) -> None:
        """All of it but what hand and keyboard are at."""
        if self.table is None or not self.table.takes:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawImage(self.area, cells_image(self.table, self._theme))
        self._paint_sides(painter, self.table)
        self._paint_odd(painter, self.table)

    def _paint_sides(self, painter: QPainter, table: Table) -> None:
        theme, area = self._theme, self.area
        thick = BAR * theme.scale
        painter.setPen(Qt.PenStyle.NoPen)
        for first, stop in table.runs:
            painter.setBrush(QColor(theme.word(table.place_of(first))))
            rows, columns = self._cell(first, 0, stop - first), self._cell(0, first, 1, stop - first)
            gap = 1.0 if rows.height() > 4 else 0.0
            painter.drawRect(QRectF(area.left() - EDGE - thick, rows.top(), thick, rows.height() - gap))
            painter.drawRect(QRectF(columns.left(), area.top() - EDGE - thick, columns.width() - gap, thick))
        self.names = []
        odd = {one.number for one in table.odd}
        line = QFontMetricsF(theme.font(12)).height()
        single = self._cell(0, 0).height() >= line
        wanted = [(number, number + 1, table.takes[number].label, True) for number in sorted(odd)]
        if single:
            wanted += [(n, n + 1, take.label, False) for n, take in enumerate(table.takes) if n not in odd]
        else:
            wanted += [(first, stop, table.takes[first].word, False) for first, stop in table.runs]
        for first, stop, name, bold in wanted:
            place = self._cell(first, 0, stop - first)
            if bold or place.height() >= line * 0.8:
                self._write_left(painter, place.center().y(), name, line, bold=bold)
        for first, stop in table.runs:
            place = self._cell(0, first, 1, stop - first)
            self._write_top(painter, place, table.takes[first].word, line)

    def _write_left(self, painter: QPainter, middle: float, name: str, line: float, *, bold: bool) -> None:
        """Beside its rows, where nothing is written yet."""
        theme = self._theme
        painter.setFont(theme.font(12, bold=bold))
        right = self.area.left() - 2 * EDGE - BAR * theme.scale - (10 * theme.scale if bold else 0)
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, right - EDGE)
        width = metrics.horizontalAdvance(text)
        place = QRectF(right - width, middle - line / 2, width, line)
        if any(place.intersects(other) for _, other in self.names):
            return
        self.names.append((text, place))
        painter.setPen(QColor(theme.text if bold else theme.muted))
        painter.drawText(place.adjusted(-2, 0, 2, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _write_top(self, painter: QPainter, run: QRectF, name: str, line: float) -> None:
        theme = self._theme
        painter.setFont(theme.font(12))
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, run.width() - 2)
        if len(text) < min(4, len(name)):  # an ellipsis alone tells nothing
            return
        place = QRectF(run.left(), EDGE, metrics.horizontalAdvance(text), line)
        self.names.append((text, place))
        painter.setPen(QColor(theme.muted))
        painter.drawText(place.adjusted(0, 0, 2, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_odd(self, painter: QPainter, table: Table) -> None:
        """Each intruder has its row and its column outlined."""
        theme, count = self._theme, len(table.takes)
        for one in table.odd:
            for rect in (self._cell(one.number, 0, 1, count), self._cell(0, one.number, count, 1)):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.warning), theme.stroke))
                painter.drawRect(rect)
            tip = QPointF(self.area.left() - 2 * EDGE - BAR * theme.scale + 2, self._cell(one.number, 0).center().y())
            size = 7.0 * theme.scale
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.warning))
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(-size, -size * 0.6), tip + QPointF(-size, size * 0.6)]))

    def _paint_cell(self, painter: QPainter, row: int, column: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, cell = self._theme, self._cell(row, column)
        line = QColor(theme.text)
        line.setAlphaF(0.5)
        painter.setPen(QPen(line, 1))
        middle = cell.center()
        painter.drawLine(QPointF(self.area.left() - EDGE, middle.y()), QPointF(cell.left(), middle.y()))
        painter.drawLine(QPointF(middle.x(), self.area.top() - EDGE), QPointF(middle.x(), cell.top()))
        grown = max(0.0, 7.0 * theme.scale - cell.width()) / 2
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shade, width in ((theme.surface, 4.0), (theme.text, 2.0)):
            painter.setPen(QPen(QColor(shade), width * theme.scale))
            painter.drawRect(cell.adjusted(-grown, -grown, grown, grown))
