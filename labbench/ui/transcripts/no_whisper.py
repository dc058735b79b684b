"""Under engine A where no Whisper is: the two buttons that mend it, and how far a download is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from labbench.core.progress import Progress
from labbench.models.package_sources import SOURCES
from labbench.models.rate_meter import size_text
from labbench.ui.theme import Theme
from labbench.ui.widgets import ElidedLabel, button, named

WANTED = "base"
"""The Whisper that *Get Whisper* gets."""
_STEPS = 1000


def size_of_wanted() -> str:
    """What has to be downloaded for it, such as `133 MB`."""
    return size_text(SOURCES[WANTED][0].download_bytes)


class NoWhisper(QWidget):
    """Shown while engine A has no weights, and while they come. `get_asked` and `file_asked` are its two buttons,
    `cancel_asked` stops the download."""

    get_asked = Signal()
    file_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "noWhisper", "Getting Whisper")
        about = f"Download Whisper {WANTED}, OpenAI's weights for a hundred languages: once, then it works offline"
        self.get = button(f"Get Whisper ({size_of_wanted()})", "getWhisper", about, "primary")
        about = "Copy a Whisper model that you have as a file into the program's own folder, and use it"
        self.file = button("Use a file…", "useWhisperFile", about)
        self.progress = named(QProgressBar(), "downloadProgress", "Download progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(theme.size(120))
        self.state = named(ElidedLabel("", "muted"), "downloadState", "Download")
        self.cancel = button("Cancel", "cancelDownload", "Stop the download; Get Whisper begins it again", "quiet")
        self.get.clicked.connect(self.get_asked)
        self.file.clicked.connect(self.file_asked)
        self.cancel.clicked.connect(self.cancel_asked)
        buttons, running = QHBoxLayout(), QHBoxLayout()
        for row, widgets in ((buttons, (self.get, self.file)), (running, (self.progress, self.state, self.cancel))):
            row.setSpacing(8)
            for widget in widgets:
                row.addWidget(widget, 1 if widget is self.state else 0)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(buttons)
        column.addLayout(running)
        self._missing = False
        self.show_download(None)

    def show_missing(self, missing: bool) -> None:
        """Whether engine A has no weights."""
        self._missing = missing
        self._refresh()

    def show_download(self, progress: Progress | None) -> None:
        """A running download, or None where there is none."""
        self._running = progress is not None
        if progress is not None:
            self.progress.setRange(0, _STEPS if progress.total else 0)
            if progress.total:
                self.progress.setValue(round(_STEPS * progress.done / progress.total))
                sizes = f"{progress.done / 1e6:.0f} of {progress.total / 1e6:.0f} MB"
                self.state.setText(f"{sizes}  {progress.note}".rstrip())
            else:
                self.state.setText(progress.note or "beginning")
        self._refresh()

    def _refresh(self) -> None:
        for widget in (self.get, self.file):
            widget.setVisible(not self._running)
        for part in (self.progress, self.state, self.cancel):
            part.setVisible(self._running)
        self.setVisible(self._missing or self._running)
