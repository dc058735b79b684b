"""The virtual microphone: a clip that arrives as if somebody were speaking it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from labbench.audio.clip_stream import ClipInMemory, ClipStream
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError

BLOCK_SECONDS = 0.01
LARGEST_BLOCK_SECONDS = 1.0
"""Given at once after a pause of the process: more would overrun readers that are as slow as we were."""


class VirtualMicrophone:
    """Plays a clip, or samples (shape [n]), at `rate`, paced by `clock` or, when `stepped`, only by `advance`.

    Where it is `hurried` the clock counts for nothing: each `poll` brings the next `LARGEST_BLOCK_SECONDS` of it.
    """

    def __init__(
        self,
        clip: NDArray[np.float32] | ClipStream,
        rate: int,
        title: str,
        *,
        stepped: bool = False,
        hurried: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self.title = title
        self.stuck = False
        self._clip = ClipInMemory(clip) if isinstance(clip, np.ndarray) else clip
        self._stepped = stepped
        self._hurried = hurried
        self._clock = clock
        self._ring: SharedRing | None = None
        self._began = 0.0
        self._at = 0
        self._allowed = 0
        self._paused_at: float | None = None
        self._finished = False

    def start(self, ring: SharedRing) -> None:
        self._ring = ring
        self._began = self._clock()

    def advance(self, seconds: float) -> None:
        """Stepped: let `seconds` more of sound be due at the next `poll`."""
        if self._paused_at is None:
            self._allowed += round(seconds * self.rate)

    def pause(self, paused: bool) -> None:
        now = self._clock()
        if paused and self._paused_at is None:
            self._paused_at = now
        elif not paused and self._paused_at is not None:  # the clip goes on where it was
            self._began += now - self._paused_at
            self._paused_at = None

    def finish(self) -> None:
        self._finished = True

    def poll(self) -> bool:
        if self._ring is None or self._finished:
            return False
        block = round(LARGEST_BLOCK_SECONDS * self.rate)
        if self._hurried:
            self._allowed = self._at + (block if self._paused_at is None else 0)
        elif not self._stepped:
            now = self._clock() if self._paused_at is None else self._paused_at
            self._allowed = round((now - self._began) * self.rate)
        count = min(self._allowed - self._at, block)
        if count > 0:
            samples = self._clip.read(count)
            self._ring.write(samples)
            self._at += len(samples)
        return not self._clip.ended

    def close(self) -> None:
        self._ring = None
        self._clip.close()


class PacedMicrophone(VirtualMicrophone):
    """The same, from a thread of its own, as a device's sound arrives: also while the ear's loop is held up."""

    def __init__(self, clip: NDArray[np.float32] | ClipStream, rate: int, title: str) -> None:
        super().__init__(clip, rate, title)
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._over = False
        self._failure: LabBenchError | None = None
        self._thread: threading.Thread | None = None

    def start(self, ring: SharedRing) -> None:
        super().start(ring)
        self._thread = threading.Thread(target=self._run, name="clip as microphone", daemon=True)
        self._thread.start()

    def pause(self, paused: bool) -> None:
        with self._turn:
            super().pause(paused)
            if self._failure is None:
                super().poll()  # what was due until now has been heard

    def poll(self) -> bool:
        if self._failure is not None:
            raise self._failure
        return not (self._over or self._finished)

    def close(self) -> None:
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        super().close()

    def _run(self) -> None:
        while not self._stop.wait(BLOCK_SECONDS):
            with self._turn:
                try:
                    running = super().poll()
                except LabBenchError as error:
                    self._failure, running = error, False
                if not running:
                    self._over = True
                    return
