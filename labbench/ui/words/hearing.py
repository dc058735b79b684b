"""A moment of a source beside everything else: neither shown, nor recorded, nor searched for words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.audio.ring import OvertakenError, SharedRing
from labbench.audio.source import SourceSpec
from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.ear_process import EarLink


@dataclass(frozen=True, eq=False)
class Heard:
    """Samples (shape [n]) at `rate`, fewer than were wanted where the source ended before; why there are none."""

    samples: NDArray[np.float32]
    rate: int
    trouble: LabBenchError | None = None


class Hearing(QObject):
    """Opens a source by the ear for so long. Everything here is the main thread's.

    `open_changed` gives the source once it is open, and None when it is closed; `advanced` the seconds heard;
    `heard` comes last of all, unless it was cancelled. The window's sound hands it the ear's events and its ticks.
    """

    open_changed = Signal(object)
    advanced = Signal(float)
    heard = Signal(object)

    def __init__(self, ear: EarLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ear = ear
        self.active = False
        self._source: SourceSpec | None = None
        self._seconds = 0.0
        self._ring: SharedRing | None = None
        self._result: Heard | None = None
        self._wanted = False

    def begin(self, source: SourceSpec, seconds: float) -> None:
        """Open it; nothing else may be open."""
        self.active = self._wanted = True
        self._source, self._seconds, self._result = source, seconds, None
        self._ear.send(messages.Open(source))

    def cancel(self) -> None:
        """What is heard is not wanted any more; harmless when nothing is."""
        if self.active and self._wanted:
            self._wanted = False
            self._ear.send(messages.Close())

    def take_in(self, event: messages.Event) -> bool:
        """Whether the event is about this and about nothing else."""
        match event:
            case messages.Opened():
                self._opened(event)
            case messages.Closed(reason=reason, hint=hint):
                self._read()
                self._end(LabBenchError(reason, hint) if reason else None)
            case messages.Refused(message, hint):
                self._end(LabBenchError(message, hint))
            case messages.Lost(message, hint):
                self._end(LabBenchError(message, hint))
                return False  # the words and the speakers are gone as well
            case messages.Spotted() | messages.Interrupted():
                return True
            case _:
                return False
        return True

    def tick(self) -> None:
        """Look at what has come; close the source once it is enough."""
        if self._ring is None or self._result is not None:
            return
        written, wanted = self._ring.written, round(self._seconds * self._ring.rate)
        self.advanced.emit(min(written, wanted) / self._ring.rate)
        if written >= wanted:
            self._read()
            self._ear.send(messages.Close())

    def close(self) -> None:
        """End with the window."""
        self._wanted = False
        self._let_go()

    def _opened(self, event: messages.Opened) -> None:
        try:
            self._ring = SharedRing.attach(event.ring)
        except LabBenchError as error:
            self._result = Heard(np.zeros(0, np.float32), event.rate, error)
            self._ear.send(messages.Close())
            return
        self.open_changed.emit(self._source)

    def _read(self) -> None:
        """What has been heard so far, once."""
        ring = self._ring
        if ring is None or self._result is not None:
            return
        stop = min(ring.written, round(self._seconds * ring.rate))
        try:
            self._result = Heard(ring.read(0, stop), ring.rate)
        except OvertakenError:  # the window was held up for a minute
            self._result = Heard(np.zeros(0, np.float32), ring.rate)

    def _end(self, trouble: LabBenchError | None) -> None:
        result, wanted = self._result, self._wanted
        if result is None or (trouble is not None and not len(result.samples)):
            result = Heard(np.zeros(0, np.float32), 1, trouble)
        self.active = self._wanted = False
        self._result = None
        self._let_go()
        self.open_changed.emit(None)
        if wanted:
            self.heard.emit(result)

    def _let_go(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None
