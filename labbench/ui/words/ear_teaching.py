"""Tells the ear which words it is to hear: at once, but not sixty times a second while a threshold is dragged."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.live.messages import Command, Teach
from labbench.wakeword.words import WordModel

EVERY_MS = 100
"""While a hand holds a threshold the ear is told so often, and once more when it lets go."""


class EarTeaching(QObject):
    """`send` gives a command to the ear. Main thread.

    `turn` is another number for each time that a threshold is held, and for what is done between two of them.
    `released` follows when a hand has let go.
    """

    released = Signal()

    def __init__(self, send: Callable[[Command], None], parent: QObject) -> None:
        super().__init__(parent)
        self._send = send
        self._waiting: tuple[WordModel, ...] | None = None
        self.turn = 0
        self.held = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(EVERY_MS)
        self._pause.timeout.connect(self._again)

    def hold(self) -> None:
        """Somebody begins to drag, or goes on."""
        if not self.held:
            self.held = True
            self.turn += 1

    def let_go(self) -> None:
        """That is over: the ear is told what has come of it."""
        if self.held:
            self.held = False
            self.turn += 1
            self.flush()
            self.released.emit()

    def teach(self, models: tuple[WordModel, ...]) -> None:
        """The words from now on."""
        self._waiting = models
        if not (self.held and self._pause.isActive()):
            self.flush()

    def flush(self) -> None:
        """Tell what was not told yet."""
        models, self._waiting = self._waiting, None
        self._pause.stop()
        if models is not None:
            self._send(Teach(models))
            if self.held:
                self._pause.start()

    def _again(self) -> None:
        if self._waiting is not None:
            self.flush()
