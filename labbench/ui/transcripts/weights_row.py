"""The row under engine A while official Whisper weights are wanted or on their way."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from labbench.core.progress import Progress
from labbench.ui.theme import Theme
from labbench.ui.widgets import button, label, named


class WeightsRow(QWidget):
    """Two buttons that get weights; in their place, while a download runs, how far it is. Hidden where neither is
    needed, so that the text has the room."""

    get_tiny = Signal()
    choose_file = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "weights", "Whisper's weights")
        self._wanted = self._running = False
        self.tiny = button(
            "Get tiny (75 MB)",
            "getTiny",
            "Download the smallest official Whisper: about a hundred languages. Once, then offline.",
        )
        self.tiny.clicked.connect(self.get_tiny)
        self.file = button(
            "Choose a file…", "choosePt", "Use a Whisper model that you have as a file; its name ends in .pt"
        )
        self.file.clicked.connect(self.choose_file)
        self.download = named(QProgressBar(), "downloadProgress", "Download progress")
        self.download.setTextVisible(False)
        self.download.setMinimumWidth(theme.size(64))
        self.state = named(label("", "muted"), "downloadState", "Download")
        self.stop = button("Cancel", "cancelDownload", "Stop the download; it can be continued later", "quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.tiny)
        row.addWidget(self.file)
        row.addWidget(self.download, 1)
        row.addWidget(self.state)
        row.addWidget(self.stop)
        row.addStretch()
        self.show_download(None)

    def set_wanted(self, wanted: bool) -> None:
        """Whether the engine still does without official weights."""
        self._wanted = wanted
        self.setVisible(self._wanted or self._running)

    def show_download(self, progress: Progress | None) -> None:
        """A running download, or None when there is none."""
        self._running = progress is not None
        for widget in (self.tiny, self.file):
            widget.setVisible(not self._running)
        for shown in (self.download, self.stop, self.state):
            shown.setVisible(self._running)
        if progress is not None and progress.total:
            self.download.setRange(0, 1000)
            self.download.setValue(round(1000 * progress.done / progress.total))
            self.state.setText(f"{progress.done / 1e6:.0f} of {progress.total / 1e6:.0f} MB  {progress.note}")
        self.set_wanted(self._wanted)
