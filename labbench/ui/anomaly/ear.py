"""Running sound at 16 kHz, a little at each tick, for what is scored in the window itself. No widgets."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from labbench.audio.ring import OvertakenError, SharedRing
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

MOST_AT_ONCE = MODEL_RATE
"""Samples of one tick: what has piled up while the window was held up is caught up with over several."""
ECHO = MODEL_RATE // 2
"""For which a room, and the way to the loudspeaker and back, may still ring after playing has ended."""


class AnomalyEar(QObject):
    """Reads the ring of what runs, from `begin` to its end, while somebody wants to hear it. Main thread.

    `heard` gives samples (float32 [n]) and where the first one is in the stream; those of two neighbouring signals join
    but where the speakers were heard, or the window was held up for long. `ended` follows the last ones.
    """

    heard = Signal(object, int)
    ended = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._ring: SharedRing | None = None
        self._at = 0
        bench.sound.advanced.connect(lambda _: self.tick())
        bench.sound.closed.connect(lambda _: self._finish())

    @property
    def listening(self) -> bool:
        return self._ring is not None

    def begin(self, ring_name: str, *, from_now: bool) -> None:
        """Hear that ring from now on, or all that there is of it. Raises LabBenchError where it has gone."""
        self.stop()
        self._ring = SharedRing.attach(ring_name)
        self._at = self._ring.written if from_now else self._ring.oldest

    def stop(self) -> None:
        """Hear no more; nothing follows."""
        ring, self._ring = self._ring, None
        if ring is not None:
            ring.close()

    def tick(self, most: int = MOST_AT_ONCE) -> int:
        """Give what has come, up to so many samples; how many it were."""
        ring = self._ring
        if ring is None:
            return 0
        written = ring.written
        if self._bench.playback.playing:  # what the speakers play is not what is listened to
            self._at = written + ECHO
            return 0
        start, stop = self._at, min(written, self._at + most)
        if start >= stop:
            return 0
        try:
            samples = ring.read(start, stop)
        except OvertakenError:
            self._at = max(start, ring.oldest + MODEL_RATE)
            return 0
        self._at = stop
        self.heard.emit(samples, start)
        return len(samples)

    def _finish(self) -> None:
        """The source has closed: what is left of it is in the ring, which we still hold."""
        if self._ring is None:
            return
        with contextlib.suppress(LabBenchError):
            while self.tick():
                pass
        self.stop()
        self.ended.emit()
