"""One stream of sound on its way from the device's ring to disk and to the models, gap by gap accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labbench.audio.interruption import Interruption, InterruptionKind
from labbench.audio.recorder import Recorder
from labbench.audio.ring import OvertakenError, SharedRing
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import StreamResampler

MODEL_RING_SECONDS = 120.0
MOST_INTERRUPTIONS = 1000
"""So many are remembered with their place; the rest is only counted."""


class Stream:
    """Begins at sample `first` of `ring`; frame 0 of the recording and of the 16 kHz ring is that sample.

    Used by the ear's loop only. Sound that came faster than it could be kept becomes silence of the same length, so
    that every later moment stays where it belongs. With `before`, an earlier stream of the same ring, what happened
    in it from `first` on belongs to this one too.
    """

    def __init__(
        self,
        ring: SharedRing,
        first: int,
        recorder: Recorder | None,
        tell: Callable[[Interruption], None],
        before: Stream | None = None,
    ) -> None:
        self.ring = ring
        self.first = first
        self.recorder = recorder
        self.model_ring = SharedRing.create(MODEL_RATE, MODEL_RING_SECONDS)
        self.interruptions: list[Interruption] = []
        self._tell = tell
        self._resampler: StreamResampler | None = StreamResampler(ring.rate, MODEL_RATE)
        self._read = first
        self._gaps = 0
        self._overruns: int = ring.overruns if before is None else before._overruns
        self._overruns_before = self._overruns
        if before is not None:
            shift = before.first - first
            self.interruptions = [replace(one, at=one.at + shift) for one in before.interruptions if one.at > -shift]
            self._gaps = sum(one.kind == "gap" for one in self.interruptions)
            self._overruns_before -= sum(one.kind == "overrun" for one in self.interruptions)

    @property
    def frames(self) -> int:
        """Of the stream, so far."""
        return self._read - self.first

    @property
    def losses(self) -> int:
        """How often sound was lost."""
        return self._overruns - self._overruns_before + self._gaps

    def pump(self) -> None:
        """Move what has arrived: to disk first, then to the models' ring.

        Raises LabBenchError from the recorder, once: after that the stream is at its end, and stays as it is.
        """
        ring = self.ring
        if self._resampler is None:
            return
        stop, margin = ring.written, ring.rate
        while self._read < stop:
            end = min(self._read + ring.rate, stop)  # at most a second at a time fits everywhere
            try:
                block = ring.read(self._read, end)
            except OvertakenError:  # we were held up for longer than the ring is
                self._skip_to(min(ring.written, ring.oldest + margin))
                margin = min(2 * margin, ring.capacity // 2)
                continue
            self._keep(block)
        count = ring.overruns
        for place in ring.overrun_places(self._overruns, count):
            self.note("overrun", max(0, place - self.first))
        self._overruns = count

    def note(self, kind: InterruptionKind, at: int, frames: int = 0) -> None:
        """Remember that the stream is not one piece."""
        interruption = Interruption(at, frames, kind)
        if len(self.interruptions) < MOST_INTERRUPTIONS:
            self.interruptions.append(interruption)
            self._tell(interruption)

    def flush(self) -> None:
        """The stream has ended: what the resampler withholds."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            self.model_ring.write(resampler.flush())

    def close(self) -> None:
        """Remove the models' ring; its readers have had their time."""
        self.model_ring.close()

    def _skip_to(self, index: int) -> None:
        lost = index - self._read
        if lost <= 0:
            return
        self._gaps += 1
        self.note("gap", self.frames, lost)
        while self._read < index:
            self._keep(np.zeros(min(self.ring.rate, index - self._read), np.float32))

    def _keep(self, block: NDArray[np.float32]) -> None:
        if self.recorder is not None:
            try:
                self.recorder.write(block)
            except LabBenchError:  # one hole in the middle of a take would be worse than its end
                self.flush()
                raise
        self._read += len(block)
        if self._resampler is not None:
            self.model_ring.write(self._resampler.push(block))
