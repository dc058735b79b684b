"""The tour's steps through views, sessions and dialogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QWidget

    from labbench.ui.main_window import MainWindow

Wait = Callable[[Callable[[], bool], float, str], None]
DIALOGS = (
    ("actionLibrary", "the library of sessions"),
    ("actionExport", "export"),
    ("actionSettings", "settings"),
    ("actionShortcuts", "keyboard shortcuts"),
    ("actionOptions", "how it is transcribed"),
    ("actionModels", "models"),
    ("actionRemote", "a server that transcribes"),
    ("actionEditTakes", "the takes of a word"),
    ("actionCoach", "the coach"),
)


class ViewSteps:
    """Does things with the sound that the window shows; `wait` raises where something does not come."""

    def __init__(self, window: MainWindow, wait: Wait) -> None:
        self._window = window
        self._bench = window.bench
        self._wait = wait
        self._dialog: QDialog | None = None

    def select_word(self) -> str:
        """The first recognised word, zoomed in, with the figures of the selection."""
        found = self._bench.scores.detections[0]
        axis = self._bench.axis
        axis.place_cursor(found.start)
        axis.select((found.start, found.end))
        axis.show(found.start - 0.6, found.end + 0.9)
        self._wait(lambda: self._bench.selection.measurement is not None, 10, "figures of the selection")
        return self._window.selection.figures.text()

    def whisper_sees(self) -> str:
        """The log-mel that Whisper works with, then back to the usual one."""
        self._window.menus.actions["spectrogram-kind-whisper"].trigger()
        image = self._window.signal.spectrogram.found
        if image is None or image.coding.unit != "Whisper units":
            raise ValueError("the spectrogram did not change")
        return f"{image.values.shape[1]} bands"

    def label(self) -> str:
        """A label at the selection; the usual spectrogram again."""
        self._window.menus.actions["spectrogram-kind-mel"].trigger()
        self._bench.labels.add("a word that I know")
        self._bench.axis.show_all()
        return self._bench.keeping.labels[-1].text

    def reopen(self) -> str:
        """The session is left and opened again: what is drawn is equal."""
        before = self._drawn()
        folder, name = self._bench.desk.session.folder, self._shown_name()
        self._bench.sessions.new()
        self._wait(lambda: self._bench.shown.recording is None, 20, "an empty session")
        self._bench.open_session(folder, name)
        self._wait(lambda: self._bench.shown.recording is not None, 20, "the recording")
        if self._drawn() != before:
            raise ValueError("what is drawn is not what was drawn before")
        return f"{len(before)} things are drawn as before"

    def find(self) -> str:
        """Find a word in the transcripts."""
        self._window.find_bar.ask()
        self._window.find_bar.field.setText("computer")
        self._window.find_bar.step(1)
        found = self._window.find_bar.count.text()
        if not any(sign.isdigit() for sign in found):
            raise ValueError(found)
        return found

    def open_dialog(self, action: str) -> str:
        """Open the dialog of a menu entry; `picture` is of it."""
        self._window.find_bar.hide()
        self.close_dialog()
        before = set(self._dialogs())
        self._window.menus.actions[action].trigger()
        self._wait(lambda: bool(set(self._dialogs()) - before), 10, "a dialog")
        (self._dialog,) = set(self._dialogs()) - before
        self._wait(lambda: not self._bench.jobs.running, 20, "what the dialog reads")
        return self._dialog.windowTitle()

    def close_dialog(self) -> None:
        """Close what `open_dialog` opened."""
        if self._dialog is not None:
            self._dialog.close()
            self._dialog = None

    def themed(self, name: str, size: tuple[int, int]) -> str:
        """Another theme in a window of `size` pixels, in which no text may be cut."""
        from labbench.ui.theme import THEMES

        self.close_dialog()
        self._window.notice.hide()
        self._window.set_theme(THEMES[name].name)
        self._window.resize(*size)
        self._wait(lambda: (self._window.width(), self._window.height()) == size, 10, "the new size")
        self._wait(lambda: not self._cut_texts(), 10, f"room for all texts: {self._cut_texts()}")
        return f"{size[0]} by {size[1]}"

    def picture(self) -> QWidget:
        """What a picture of the present step shows."""
        return self._dialog if self._dialog is not None else self._window

    def _dialogs(self) -> list[QDialog]:
        from PySide6.QtWidgets import QDialog

        return [dialog for dialog in self._window.findChildren(QDialog) if dialog.isVisible()]

    def _shown_name(self) -> str:
        recording = self._bench.shown.recording
        return Path(recording.path).stem if recording is not None else ""

    def _drawn(self) -> dict[str, object]:
        window = self._window
        lanes = window.signal.lanes
        wave = window.signal.wave
        image = window.signal.spectrogram.found
        times, distances = window.strip.held("computer")
        return {
            "waveform": (wave.times.tobytes(), wave.low.tobytes(), wave.high.tobytes()),
            "spectrogram": image.values.tobytes() if image is not None else b"",
            "lanes": [lanes.marks(lane) for lane in range(4)],
            "distances": (times.tobytes(), distances.tobytes()),
            "view": (self._bench.axis.view, self._bench.axis.selection),
        }

    def _cut_texts(self) -> list[str]:
        """Labels and buttons in view that have less room than their text needs."""
        from PySide6.QtWidgets import QLabel, QPushButton

        texts: list[QLabel | QPushButton] = [
            *self._window.findChildren(QLabel),
            *self._window.findChildren(QPushButton),
        ]
        return [
            widget.text()
            for widget in texts
            if not widget.visibleRegion().isEmpty() and widget.width() < widget.minimumSizeHint().width()
        ]
