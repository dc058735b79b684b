"""Embedding frames of any moment of a sound that lies still, asked of the ear one after the other. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.timebase import MODEL_RATE
from labbench.jobs.runner import Job
from labbench.live.view_messages import Examine, Examined
from labbench.signal.spectrogram import Spectrogram
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.views.microscope.sides import SETTINGS, Side, moment_side
from labbench.wakeword.embedder import Frames
from labbench.wakeword.templates import WINDOW

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

_LENGTH_ONLY = -1


class MomentFrames(QObject):
    """Main thread. `came` gives a moment that was wanted, the newest if there were several; `frame_known` follows
    `want_frame`."""

    came = Signal(object)
    frame_known = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._asked: tuple[int, ViewedSound, int] | None = None  # ticket, of which sound, where
        self._next: int | None = None
        self._reading: Job | None = None
        self._frame: tuple[tuple[str, str], int] | None = None  # of which embedder, how long
        self._spectrogram: tuple[ViewedSound, Spectrogram] | None = None
        bench.sound.examined.connect(self._examined)
        bench.sound.refused.connect(self._refused)
        bench.sound.lost.connect(lambda: self._refused(None))

    @property
    def frame(self) -> int | None:
        """How many samples a frame of the present embedder is long; None while that is not known."""
        known = self._frame
        return known[1] if known is not None and known[0] == self._bench.teaching.heard_by.identity() else None

    def want_frame(self) -> None:
        """Find out how long a frame is."""
        if self._asked is None:
            self._examine(self._bench.view, _LENGTH_ONLY, np.zeros(WINDOW, np.float32))

    def want(self, index: int) -> None:
        """The window of the shown recording that ends at that 16 kHz sample; those in between are left out."""
        if self._asked is not None or self._reading is not None:
            self._next = index
        else:
            self._read(index)

    def forget(self) -> None:
        """Another sound: what is on its way is not wanted any more."""
        self._asked = self._next = self._reading = None

    def side(self, frames: Frames, frame: int, index: int) -> Side:
        """A moment of the sound that is shown, by the present embedder."""
        view = self._bench.view
        if self._spectrogram is None or self._spectrogram[0] is not view:
            self._spectrogram = view, view.spectrogram(SETTINGS)
        self._frame = self._bench.teaching.heard_by.identity(), frame
        return moment_side(view, self._spectrogram[1], frames, frame, index)

    def _read(self, index: int) -> None:
        view = self._bench.view
        read = self._bench.selection.reader_16k((max(0, index - WINDOW) / MODEL_RATE, index / MODEL_RATE))
        self._reading = job = self._bench.jobs.prepare("Reading a moment", read, background=True)
        job.done.connect(lambda samples: self._ask(job, view, index, samples))
        job.failed.connect(self._bench.notices.error)
        job.ended.connect(lambda: self._read_ended(job))
        job.start()

    def _ask(self, job: Job, view: ViewedSound, index: int, samples: NDArray[np.float32]) -> None:
        if self._reading is job and view is self._bench.view:
            there = min(WINDOW, index)  # a sound that is shorter is heard as if silence followed
            samples = np.pad(samples, (0, max(0, there - len(samples))))[:there]
            self._examine(view, index, np.asarray(samples, np.float32))

    def _read_ended(self, job: Job) -> None:
        if self._reading is job:
            self._reading = None
            if self._asked is None:
                self._go_on()

    def _examine(self, view: ViewedSound, index: int, samples: NDArray[np.float32]) -> None:
        ticket = self._bench.sound.ticket()
        self._asked = ticket, view, index
        self._bench.sound.send(Examine(ticket, samples))

    def _examined(self, event: Examined) -> None:
        if self._asked is None or event.ticket != self._asked[0]:
            return
        _, view, index = self._asked
        self._asked = None
        self._frame = self._bench.teaching.heard_by.identity(), event.frame
        if index == _LENGTH_ONLY:
            self.frame_known.emit()
        elif view is self._bench.view and not self._bench.busy:
            self.came.emit(self.side(event.frames, event.frame, index))
        self._go_on()

    def _refused(self, ticket: int | None) -> None:
        if self._asked is not None and ticket in (None, self._asked[0]):
            self._asked = self._next = None

    def _go_on(self) -> None:
        index, self._next = self._next, None
        if index is not None and self._reading is None and self._asked is None:
            self._read(index)
