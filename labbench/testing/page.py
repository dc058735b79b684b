"""A page object: the window as a user meets it, by the names of its controls."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from labbench.jobs.waiting import wait_until
from labbench.live.checks import report
from labbench.testing.mouse import PLAIN, drag, place, wheel
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.plots import TimePlot
from labbench.ui.sounds.signal_view import LANE_WORDS
from labbench.ui.transcripts.transcribing import EngineState

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
        begin = line.value()
        steps = [begin + (to - begin) * step / 5 for step in range(6)]
        scene = [box.mapViewToScene(QPointF((start + stop) / 2, distance)) for distance in steps]
        drag(strip.plot.viewport(), [QPointF(strip.plot.mapFromScene(point)) for point in scene])

    # Views ----------------------------------------------------------------------------------------------------------

    def wheel(self, plot: TimePlot, seconds: float, notches: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Turn the wheel over a moment of a plot; away from the user zooms in."""
        wheel(plot.viewport(), place(plot, seconds), notches, modifiers)

    def drag(self, plot: TimePlot, start: float, stop: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Drag with the mouse from one moment to where another one was."""
        moments = [start + (stop - start) * step / 8 for step in range(9)]
        drag(plot.viewport(), [place(plot, moment) for moment in moments], modifiers)

    def click_at(self, plot: TimePlot, seconds: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Click on a moment of a plot."""
        drag(plot.viewport(), [place(plot, seconds)], modifiers)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press a key while the views have the keyboard."""
        QTest.keyClick(self.window.signal, key, modifiers)

    def act(self, name: str) -> None:
        """Choose an entry of the menus by its object name."""
        self.window.menus.actions[name].trigger()

    def show_file(self, path: Path, seconds: float = 30.0) -> None:
        """Open a file and wait until it is shown and both engines have read it."""
        slots = self.bench.engines.slots
        before = self.bench.shown.recording
        self.bench.open_file(path)
        if not wait_until(
            lambda: (
                self.bench.shown.recording not in (None, before)
                and all(slot.transcript is not None and slot.state is EngineState.IDLE for slot in slots)
            ),
            seconds,
        ):
            raise TimeoutError(f"{path.name} was not read\n{report()}")

    @property
    def notice(self) -> str:
        """What the notice bar says; empty while it is hidden."""
        return self.window.notice.text if self.window.notice.isVisible() else ""

    def _takes(self, word: str) -> int:
        taught = self.bench.teaching.word(word)
        return len(taught.takes) if taught is not None else 0
