"""A page object: the window as a user meets it, by the names of its controls."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from labbench.jobs.waiting import wait_until
from labbench.live.checks import report
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.signal_view import LANE_WORDS

Kind = TypeVar("Kind", bound=QWidget)


class BenchPage:
    """Finds controls by object name, clicks them with the mouse, reads what is shown."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    @property
    def bench(self) -> Bench:
        return self.window.bench

    def find(self, kind: type[Kind], name: str) -> Kind:
        """The control of that kind and object name. Raises LookupError."""
        found = self.window.findChild(kind, name)
        if not isinstance(found, kind):
            raise LookupError(f"no {kind.__name__} named {name!r}")
        return found

    def click(self, name: str) -> None:
        """Click a push button with the left mouse button."""
        QTest.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def type(self, name: str, text: str) -> None:
        """Type into a field."""
        field = self.find(QWidget, name)
        field.setFocus()
        QTest.keyClicks(field, text)

    def text(self, name: str) -> str:
        """What a label says."""
        return self.find(QLabel, name).text()

    def engine_text(self, slot: str) -> str:
        """All words that engine `A` or `B` shows, settled and provisional."""
        column = self.window.transcripts.a if slot == "A" else self.window.transcripts.b
        return column.shown_text

    def detections(self) -> list[str]:
        """The words shown as recognised, in order of time."""
        return [mark.text for mark in self.window.signal.lanes.marks(LANE_WORDS) if not mark.hollow]

    def teach(self, word: str, takes: list[Path]) -> None:
        """Teach from files and wait until all takes have their verdict."""
        before = self._takes(word)
        self.bench.teaching.teach_files(word, takes)
        if not wait_until(lambda: self._takes(word) == before + len(takes) and not self.bench.teaching.waiting, 60):
            raise TimeoutError(f"{self._takes(word) - before} of {len(takes)} takes of {word}\n{report()}")

    def drag_threshold(self, word: str, to: float) -> None:
        """Take the word's dashed line in the distance strip with the mouse and drag it to another distance."""
        strip = self.window.strip
        box, line = strip.plot.box, strip.thresholds[word]
        start, stop = box.viewRange()[0]
        middle = (start + stop) / 2

        area = strip.plot.viewport()
        begin = line.value()

        def send(kind: QEvent.Type, distance: float, pressed: Qt.MouseButton) -> None:
            scene = box.mapViewToScene(QPointF(middle, distance))
            local = QPointF(strip.plot.mapFromScene(scene))
            button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
            place = QPointF(area.mapToGlobal(local))
            event = QMouseEvent(kind, local, place, button, pressed, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(area, event)

        pg.setConfigOption("mouseRateLimit", -1)  # it would drop moves that come faster than a hand makes them
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        send(QEvent.Type.MouseMove, begin, none)
        send(QEvent.Type.MouseButtonPress, begin, left)
        for step in range(1, 6):
            send(QEvent.Type.MouseMove, begin + (to - begin) * step / 5, left)
        send(QEvent.Type.MouseButtonRelease, to, none)

    def _takes(self, word: str) -> int:
        taught = self.bench.teaching.word(word)
        return len(taught.takes) if taught is not None else 0
