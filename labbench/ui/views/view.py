"""What all views of distances have in common: a tab with a sentence, options, and how they leave as files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Signal
from PySide6.QtGui import QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from labbench.ui.theme import Theme
from labbench.ui.views.tabs import Tab
from labbench.ui.widgets import named

Cell = str | int | float | None
"""Of a table: None is an empty one."""


class View(QWidget):
    """One view, that of its `tab`; `options` are widgets that stand in the panel's head.

    `opened` and `closed` follow what is visible: only then a view asks for what costs time. `said` gives what it has to
    say in place of its sentence.
    """

    opened = Signal()
    closed = Signal()
    said = Signal(str)
    tab: Tab

    def __init__(self) -> None:
        super().__init__()
        named(self, self.tab.name, self.tab.title)
        self.setAccessibleDescription(self.tab.sentence)
        self.options: list[QWidget] = []
        self.words = self.tab.sentence
        """What stands beside its tab now."""

    def say(self, text: str = "") -> None:
        """What matters now: what to do where the view is empty, a result; without a text, the sentence again."""
        self.words = text or self.tab.sentence
        self.said.emit(self.words)

    def set_theme(self, theme: Theme) -> None:
        """Dress everything anew."""
        raise NotImplementedError

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        """What the view shows as figures: names of the columns, and rows. Raises LabBenchError where it is empty."""
        raise NotImplementedError

    def pictured(self) -> list[QWidget]:
        """The parts that belong into a picture, each at its place in the view."""
        return [part for part in self.findChildren(QGraphicsView) if part.isVisibleTo(self)]

    def picture_size(self) -> QSize:
        """Of a picture, in the screen's pixels."""
        return self.size()

    def paint_picture(self, painter: QPainter) -> None:
        """Draw what is shown, without what only mouse and keyboard put there."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for part in self.pictured():
            place = part.mapTo(self, QPoint(0, 0))
            if isinstance(part, QGraphicsView):
                area = QRect(QPoint(0, 0), part.viewport().size())
                part.render(painter, QRectF(QPointF(place), area.size()), area)
            else:
                painter.save()
                painter.translate(place)
                part.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)
                painter.restore()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.opened.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()
