"""The matrix: distances between all takes, which to hear side by side, and which do not belong to their word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.ui.theme import Theme
from labbench.ui.views.map.deeds import MapDeeds
from labbench.ui.views.map.key import WIDTH
from labbench.ui.views.matrix.canvas import MatrixCanvas
from labbench.ui.views.matrix.table import FAR, Table, ramp, table_of
from labbench.ui.views.tabs import MATRIX
from labbench.ui.views.view import Cell, View
from labbench.ui.widgets import ElidedLabel, label, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow
    from labbench.wakeword.words import Take

EMPTY = "Teach a word with two takes or more, then the distances between them stand here."
WORKING = "Measuring the takes against one another…"
POINT = "Point at a cell: which two takes it compares stands here. Click it to hear both."
PAUSE_SECONDS = 0.3
"""Between two takes that are played one after the other."""
MOST_NAMED = 3


class Scale(QWidget):
    """What the colours mean."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "matrixScale", "Scale of colours")
        self._theme = theme
        self._nearest = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(200), self._theme.size(46))

    def show_scale(self, theme: Theme, nearest: float) -> None:
        self._theme, self._nearest = theme, nearest
        self.setAccessibleDescription(f"From {nearest:.1f}, strong, to {FAR:.1f}, as far as ordinary speech")
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        colours = ramp(theme)[::-1].copy()
        image = QImage(colours.tobytes(), 256, 1, 1024, QImage.Format.Format_RGB32).copy()
        bar = QRectF(0, 0, self.width(), theme.size(10))
        painter.drawImage(bar, image)
        painter.setPen(QColor(theme.line))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setFont(theme.font(12))
        painter.setPen(QColor(theme.muted))
        line = QFontMetrics(painter.font()).height()
        top, left, right = theme.size(14), Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        for number, (one, other) in enumerate(((f"{self._nearest:.1f}", f"{FAR:.1f}"), ("near", "as ordinary speech"))):
            row = QRectF(0, top + number * line, self.width(), line)
            painter.drawText(row, left, one)
            painter.drawText(row, right, other)


class MatrixView(View):
    """Shows tables. `picked` gives two takes of the table that are to be heard."""

    picked = Signal(object, object)
    tab = MATRIX

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.canvas = MatrixCanvas(theme)
        self.setFocusProxy(self.canvas)
        self.about = named(ElidedLabel("", "title"), "matrixPair", "Two takes")
        self.distance = named(label(POINT, "muted", wrap=True), "matrixDistance", "Their distance")
        self.scale = Scale(theme)
        self.odd = named(label("", wrap=True), "matrixIntruders", "Takes that lie nearer to another word")
        self.side = QWidget()
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.about, self.distance):
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(self.odd)
        column.addStretch(1)
        column.addWidget(self.scale)
        self.body = QWidget()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.canvas)
        row.addWidget(self.side, 1)
        row.addStretch()
        self.empty = named(label(EMPTY, "lead", wrap=True), "matrixEmpty", "Empty matrix")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.body)
        self.canvas.pointed.connect(self._show_pair)
        self.canvas.picked.connect(self._pick)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.side.setMaximumWidth(2 * theme.size(WIDTH))
        self.scale.setMaximumWidth(theme.size(WIDTH))
        self.canvas.set_theme(theme)
        self._fit()
        self.scale.show_scale(theme, self.canvas.table.nearest if self.canvas.table is not None else 0.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The matrix is a square; what is told of it stands beside it."""
        room = self.width() - self._theme.size(WIDTH) - 16
        self.canvas.setFixedWidth(max(100, min(room, self.canvas.width_for(self.height()))))

    def show_table(self, table: Table | None, *, working: bool = False) -> None:
        """None, or fewer than two takes: nothing to compare."""
        if table is not None and len(table.takes) < 2:
            table = None
        self._stack.setCurrentWidget(self.empty if table is None else self.body)
        self.empty.setText(WORKING if working else EMPTY)
        self.canvas.show_table(table)
        if table is not None:
            self.scale.show_scale(self._theme, table.nearest)
            self.odd.setText(intruders_text(table))

    def _show_pair(self, cell: tuple[int, int] | None) -> None:
        table = self.canvas.table
        if table is None or cell is None:
            self.about.setText("")
            self.distance.setText(POINT)
            self.canvas.setAccessibleDescription(self.odd.text())
            return
        one, other = (table.takes[place] for place in cell)
        distance = float(table.distances[cell])
        title = f"{one.label} and {other.label}" if one is not other else one.label
        said = [f"{take.word}{f' by {take.speaker}' if take.speaker else ''}" for take in (one, other)]
        about = f"distance {distance:.2f}: {said[0]} and {said[1]}" if one is not other else "a take and itself"
        self.about.setText(title)
        self.distance.setText(about)
        self.canvas.setAccessibleDescription(f"{title}, {about}")

    def _pick(self, row: int, column: int) -> None:
        table = self.canvas.table
        if table is not None:
            self.picked.emit(table.takes[row], table.takes[column])

    def pictured(self) -> list[QWidget]:
        return [self.odd, self.scale] if self.canvas.table is not None else []

    def paint_picture(self, painter: QPainter) -> None:
        super().paint_picture(painter)
        if self.canvas.table is not None:
            painter.save()
            painter.translate(self.canvas.mapTo(self, QPoint(0, 0)))
            self.canvas.paint_file(painter)
            painter.restore()

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        """A row and a column for each take, in the order that is shown."""
        table = self.canvas.table
        if table is None:
            raise LabBenchError("There is no matrix to write down yet.", EMPTY)
        labels = [f"{take.word}: {take.label}" for take in table.takes]
        rows: list[Sequence[Cell]] = [
            (take.word, take.label, take.speaker, *distances)
            for take, distances in zip(table.takes, table.distances.tolist(), strict=True)
        ]
        return ("word", "take", "speaker", *labels), rows


def intruders_text(table: Table) -> str:
    """Takes that lie nearer to another word, in sentences."""
    if len({take.word for take in table.takes}) < 2:
        return "Teach a second word to see whether a take strays to it."
    found = [
        f"“{table.takes[one.number].label}” lies nearer to “{one.rival}” ({one.to_rival:.2f}) than to its own word "
        f"“{table.takes[one.number].word}” ({one.to_own:.2f})."
        for one in table.odd[:MOST_NAMED]
    ]
    more = len(table.odd) - MOST_NAMED
    if more > 0:
        found.append(f"{more} more {'does' if more == 1 else 'do'} so.")
    return "\n".join(found) or "Every take lies nearest to its own word."


def connect_matrix_view(window: MainWindow, view: MatrixView) -> QObject:
    """The takes come from the desk that the map shares; two are played as one sound, so that Stop stops both."""
    bench, desk = window.bench, window.bench.landmarks
    deeds = MapDeeds(bench)

    def show() -> None:
        if not view.isVisible():
            return
        names = tuple(name for name, _ in bench.teaching.live_words)
        chart = desk.map
        view.show_table(table_of(chart, names) if chart is not None else None, working=chart is None and bool(names))

    def opened() -> None:
        desk.want("matrix")
        show()

    def words_changed() -> None:
        table = view.canvas.table
        if table is not None and table.words != tuple(name for name, _ in bench.teaching.live_words):
            show()

    def play(*landmarks: object) -> None:
        takes = [take for one in landmarks if (take := deeds.take_of(one)) is not None]  # type: ignore[arg-type]
        if takes:
            bench.playback.play_samples(in_turn(takes), MODEL_RATE)

    view.opened.connect(opened)
    view.closed.connect(lambda: desk.leave("matrix"))
    view.picked.connect(play)
    desk.changed.connect(lambda _: show())
    bench.teaching.words_changed.connect(words_changed)
    return view


def in_turn(takes: Sequence[Take]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The takes as they were cut, one after the other; one alone where both are the same."""
    different = list({id(take): take for take in takes}.values())
    pause = np.zeros(round(PAUSE_SECONDS * MODEL_RATE), np.float32)
    parts = [part for take in different for part in (take.samples[take.start : take.stop], pause)]
    return np.concatenate(parts[:-1])
