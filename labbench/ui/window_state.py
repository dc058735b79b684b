"""The line at the bottom: what matters now, and long work with its progress and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget
from shiboken6 import isValid

from labbench.core.progress import Progress
from labbench.ui.bench import Bench
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.widgets import ElidedLabel, button, named


class StatusLine:
    """Fills a row: status, then, while something long runs, a bar and Cancel."""

    def __init__(self, status: ElidedLabel, bench: Bench) -> None:
        self._status = status
        self._bench = bench
        self._cancel: Callable[[], None] | None = None
        self.bar = named(QProgressBar(), "workProgress", "Progress")
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.what = named(QLabel(""), "work", "What is being done")
        self.cancel = button("Cancel", "cancelWork", "Stop this (Esc)", "quiet")
        self.cancel.clicked.connect(lambda: self._cancel() if self._cancel is not None else None)
        self._known: list[QUndoCommand] = []
        self._at = 0
        self._told = self._instead_of = ""
        bench.notices.status.connect(status.setText)
        bench.undo.indexChanged.connect(self._changed)
        bench.sound.paused_changed.connect(self._paused)
        bench.sound_changed.connect(self._other_sound)
        bench.shown.busy_changed.connect(self._opening)
        bench.desk.busy_changed.connect(self._opening)
        bench.scores.progressed.connect(self._spotting)
        self._show("", None, None)

    def lay_out(self, parent: QWidget) -> QHBoxLayout:
        """The row, to which more may be added at its end."""
        row = QHBoxLayout(parent)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._status, 1)
        for widget in (self.what, self.bar, self.cancel):
            row.addWidget(widget)
        return row

    def _changed(self, index: int) -> None:
        """Something was done, undone or done again: what the line said before is of yesterday."""
        undo = self._bench.undo
        if not isValid(undo):  # it tells of its own end
            return
        before, known = self._at, self._known
        self._at, self._known = index, [undo.command(number) for number in range(undo.count())]
        if not self._known:  # nothing can be undone any more
            if self._status.text() == self._told:
                self._status.setText(self._instead_of)
        elif index < before:
            self._tell(f"Undone: {undo.command(index).text()}. Edit, Redo does it again.")
        elif index > 0:
            what = undo.command(index - 1)
            again = index > before and any(what is one for one in known)
            self._tell(f"{'Done again: ' if again else ''}{what.text()}. Edit, Undo takes it back.")

    def _tell(self, news: str) -> None:
        if self._status.text() != self._told:
            self._instead_of = self._status.text()
        self._told = news
        self._status.setText(news)

    def _paused(self, paused: bool) -> None:
        to = self._bench.sound.recording_to
        if to is not None:
            self._status.setText(f"Paused. Resume goes on recording to {to}" if paused else f"Recording to {to}")

    def _other_sound(self, view: ViewedSound) -> None:
        """What was said of the sound before is not true of this one; its own news follow."""
        if not view.frames and self._bench.sound.running is None:
            self._status.setText("No sound is shown. Record one, or open a file.")

    def _opening(self, work: tuple[str, Progress | None] | None) -> None:
        title, progress = work if work is not None else ("", None)
        self._show(title, progress, self._bench.stop)

    def _spotting(self, progress: Progress | None) -> None:
        title = "Searching for words" if progress is not None else ""
        self._show(title, progress, self._bench.scores.stop)

    def _show(self, title: str, progress: Progress | None, cancel: Callable[[], None] | None) -> None:
        self._cancel = cancel
        for widget in (self.what, self.bar, self.cancel):
            widget.setVisible(bool(title))
        if progress is not None and progress.unit == "s" and progress.total:
            title = f"{title}, {progress.done:.0f} of {progress.total:.0f} s"
        self.what.setText(title)
        if progress is not None and progress.total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * progress.done / progress.total))
        else:
            self.bar.setRange(0, 0)
