"""Writes the taught words to the session a moment after they last changed. No widgets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from labbench.core.errors import LabBenchError
from labbench.session.store import Session
from labbench.session.words_file import WordsFile, save_words
from labbench.ui.notices import Notices

SAVE_AFTER_MS = 400
"""A threshold that is being dragged is written once it rests."""


class SessionOwner(Protocol):
    """Whoever has the window's session."""

    @property
    def session(self) -> Session:
        """The one that is open."""

    def need(self) -> Session:
        """The same, this window's alone from now on. Raises LabBenchError."""


class WordsKeeper(QObject):
    """`content` gives what is to be written. Main thread."""

    def __init__(
        self, owner: SessionOwner, content: Callable[[], WordsFile], notices: Notices, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._owner = owner
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
        path, content = self._owner.session.words_path, self._content()
        if content.words or content.room is not None or (path.exists() and not self.keeps_aside):
            try:
                path = self._owner.need().words_path
                if self.keeps_aside and path.exists():
                    with contextlib.suppress(OSError):
                        path.replace(path.with_name(f"words before {datetime.now():%Y-%m-%d %H.%M.%S}.json"))
                self.keeps_aside = False
                save_words(path, content)
            except LabBenchError as error:
                self._notices.error.emit(error)
