"""A microphone as a source, at its own rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.audio.devices import Device
from labbench.audio.portaudio import close_stream, portaudio, translate
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError

SILENT_SECONDS = 3.0
"""A device that delivers nothing at all for so long, not even silence, is gone."""
MOST_TAIL_SECONDS = 0.6
"""No longer is waited for what was said just before the end and is still on its way through the system."""


class DeviceSource:
    """Three things happen at once: PortAudio's thread calls `_callback`, which only copies into the ring and
    publishes; the ear's loop calls `poll`; and readers read the ring."""

    def __init__(self, device: Device, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard, self._heard_at = 0, clock()
        self.rate = device.rate
        self.title = device.plain
        self.stuck = False
        self._device = device
        self._ring: SharedRing | None = None
        self._stream: Any = None
        self._mono = np.zeros(0, np.float32)
        self._paused = False
        self._taken = 0  # frames that came, also while paused
        self._delay = 0.0  # seconds that sound needs from the microphone to here
        self._last: int | None = None  # frames to take, once the end is asked for
        self._finished_at = 0.0

    def start(self, ring: SharedRing) -> None:
        module = portaudio()
        self._ring = ring
        self._heard, self._heard_at = 0, self._clock()
        channels = min(2, self._device.channels)
        self._mono = np.zeros(self.rate, np.float32)
        try:
            self._stream = module.InputStream(
                device=self._device.index,
                samplerate=self.rate,
                channels=channels,
                dtype="float32",
                callback=self._callback,
            )
            self._stream.start()
        except (module.PortAudioError, ValueError, OSError) as error:
            self.close()
            raise translate(error, self.title) from error
        self._delay = max(self._delay, float(self._stream.latency))

    def _callback(self, data: NDArray[np.float32], frames: int, when: Any, status: Any) -> None:
        ring = self._ring
        if ring is None:
            return
        self._taken += frames
        self._delay = max(when.currentTime - when.inputBufferAdcTime, 0.0)
        if self._paused:
            return
        if status.input_overflow:
            ring.count_overrun()
        for at in range(0, frames, len(self._mono)):
            part = data[at : at + len(self._mono)]
            mono = self._mono[: len(part)]
            np.mean(part, axis=1, out=mono)
            ring.write(mono)

    def pause(self, paused: bool) -> None:
        self._paused = paused

    def finish(self) -> None:
        if self._last is None:
            tail = 0.0 if self._paused else min(self._delay, MOST_TAIL_SECONDS)
            self._last = self._taken + round(tail * self.rate)
            self._finished_at = self._clock()

    def poll(self) -> bool:
        if self._stream is None:
            return False
        now = self._clock()
        if self._last is not None and (self._taken >= self._last or now - self._finished_at > MOST_TAIL_SECONDS):
            return False
        if self._taken != self._heard:
            self._heard, self._heard_at = self._taken, now
        if not self._stream.active or now - self._heard_at > SILENT_SECONDS:
            self.close()
            raise LabBenchError(
                f"{self.title} has disappeared or gives no sound.",
                "Plug it in again and press Record. What was recorded is kept.",
            )
        return True

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self.stuck = not close_stream(stream)
        self._ring = None
