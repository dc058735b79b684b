"""The line at the bottom: what matters now, and long work with its progress and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from labbench.core.progress import Progress
from labbench.ui.bench import Bench
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
        bench.status_changed.connect(status.setText)
        bench.shown.busy_changed.connect(self._opening)
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
