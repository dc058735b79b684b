"""A page object: the window as a user meets it, by the names of its controls."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from labbench.jobs.waiting import wait_until
from labbench.live.checks import report
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow

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
        return [mark.text for mark in self.window.signal.lanes.marks(2)]

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

        def point(distance: float) -> QPoint:
            scene: QPointF = box.mapViewToScene(QPointF(middle, distance))
            return strip.plot.mapFromScene(scene)

        area = strip.plot.viewport()
        QTest.mouseMove(area, point(line.value()))
        QTest.mousePress(area, Qt.MouseButton.LeftButton, pos=point(line.value()))
        for step in (0.25, 0.5, 0.75, 1.0):
            QTest.mouseMove(area, point(line.value() + (to - line.value()) * step))
        QTest.mouseRelease(area, Qt.MouseButton.LeftButton, pos=point(to))

    def _takes(self, word: str) -> int:
        taught = self.bench.teaching.word(word)
        return len(taught.takes) if taught is not None else 0
