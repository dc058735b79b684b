"""Writes the taught words to the session a moment after they last changed. No widgets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.errors import LabBenchError
from labbench.session.words_file import WordsFile, save_words

SAVE_AFTER_MS = 400
"""A threshold that is being dragged is written once it rests."""


class WordsKeeper(QObject):
    """`content` gives what is to be written, `path` where to. Main thread; `trouble` where it can't be written."""

    trouble = Signal(object)

    def __init__(self, path: Callable[[], Path], content: Callable[[], WordsFile], parent: QObject) -> None:
        super().__init__(parent)
        self._path = path
        self._content = content
        self.keeps_aside = False
        """Whether the session's file of words can't be used here, and is kept under another name before it changes."""
        self._soon = QTimer(self)
        self._soon.setInterval(SAVE_AFTER_MS)
        self._soon.timeout.connect(self.save)

    def changed(self) -> None:
        """There is something to write."""
        self._soon.start()

    def forget(self) -> None:
        """What has changed need not be written."""
        self._soon.stop()

    def save(self) -> None:
        """Write the words to the session, if they have changed since they were written."""
        if not self._soon.isActive():
            return
        self._soon.stop()
        path, content = self._path(), self._content()
        if content.words or content.room is not None or (path.exists() and not self.keeps_aside):
            try:
                if self.keeps_aside and path.exists():
                    with contextlib.suppress(OSError):
                        path.replace(path.with_name(f"words before {datetime.now():%Y-%m-%d %H.%M.%S}.json"))
                self.keeps_aside = False
                save_words(path, content)
            except LabBenchError as error:
                self.trouble.emit(error)
