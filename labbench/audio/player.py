"""Playback of a stretch of sound through an output device, with its position and at another speed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.audio.devices import find_device, list_devices
from labbench.audio.portaudio import close_stream, portaudio, translate
from labbench.audio.tempo import FASTEST, SLOWEST, TempoStretcher
from labbench.core.errors import LabBenchError
from labbench.signal.resampling import StreamResampler

BLOCK_SECONDS = 0.05
LATENCY_SECONDS = 0.15
"""Sound that is ready ahead: less stutters where models keep the processor busy."""


@dataclass(frozen=True)
class PlaySpec:
    """What to play: frames `start` to `stop` of a sound file, or `samples` at `rate` where there is no file."""

    path: Path | None
    start: int = 0
    stop: int | None = None
    speed: float = 1.0
    device: str | None = None
    samples: NDArray[np.float32] | None = None
    rate: int = 0


class Output(Protocol):
    """An open output: mono at `rate`; what is written is heard `latency` seconds later."""

    rate: int
    latency: float

    def write(self, block: NDArray[np.float32]) -> None:
        """Blocks until there is room. Raises LabBenchError when the device is gone."""
        ...

    def close(self) -> bool | None:
        """Stop at once; harmless when repeated. False where the device can't be closed."""
        ...


class Sound(Protocol):
    """What is played: mono at `rate`."""

    rate: int
    frames: int

    def read(self, start: int, stop: int) -> NDArray[np.float32]: ...

    def close(self) -> None: ...


class Samples:
    """Samples in memory as a sound."""

    def __init__(self, samples: NDArray[np.float32], rate: int) -> None:
        self.rate, self.frames = rate, len(samples)
        self._samples = samples

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        return self._samples[start:stop]

    def close(self) -> None:
        """Nothing is open."""


class DeviceOutput:
    """A loudspeaker through PortAudio. Opened and closed in one thread, written to by another that waits for room."""

    def __init__(self, device: str | None) -> None:
        found = find_device(list_devices(refresh=False).outputs, device, "output")
        self.rate = found.rate
        self._name = found.plain
        self._channels = min(2, found.channels)
        self._module = portaudio()
        self._stream: Any = None
        try:
            self._stream = self._module.OutputStream(
                device=found.index,
                samplerate=found.rate,
                channels=self._channels,
                dtype="float32",
                latency=LATENCY_SECONDS,
            )
            self._stream.start()
        except (self._module.PortAudioError, ValueError, OSError) as error:
            self.close()
            raise translate(error, found.plain) from error
        self.latency = float(self._stream.latency)

    def write(self, block: NDArray[np.float32]) -> None:
        try:
            self._stream.write(np.repeat(block[:, None], self._channels, axis=1))
        except self._module.PortAudioError as error:
            raise translate(error, self._name) from error

    def close(self) -> bool:
        stream, self._stream = self._stream, None
        return stream is None or close_stream(stream)


class Player:
    """Plays one stretch in a thread of its own, from its making until it has `ended`; then it wants to be closed.

    `position` (frames of the sound) may be read from any thread. `failure` says why it ended early, once `ended`.
    Devices are opened and closed by whoever makes and closes the player, for PortAudio wants that from one thread.
    """

    def __init__(self, sound: Sound, spec: PlaySpec, open_output: Callable[[str | None], Output]) -> None:
        self.rate = sound.rate
        self.start = min(max(0, spec.start), sound.frames)
        self.stop_at = sound.frames if spec.stop is None else min(max(self.start, spec.stop), sound.frames)
        self.failure: LabBenchError | None = None
        self._speed = min(FASTEST, max(SLOWEST, spec.speed))
        self._sound = sound
        self._asked = threading.Event()
        self._heard = 0.0
        self._written = 0
        self._output = open_output(spec.device)
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    @property
    def position(self) -> int:
        """The frame that is heard now."""
        return min(self.stop_at, self.start + round(self._heard * self._speed * self.rate))

    def stop(self, seconds: float) -> bool:
        """Silence at once; whether the thread has ended, for which it waits so long at most.

        A driver may hold the thread up for longer. Then `ended` says later when the player can be closed.
        """
        self._asked.set()
        self._thread.join(seconds)
        return self.ended

    def close(self) -> bool:
        """Let go of the device and the sound, once it has `ended`. Harmless when repeated.

        False where the device can't be closed: this process had better not use devices any more.
        """
        self._sound.close()
        return self._output.close() is not False

    def _run(self) -> None:
        try:
            self._play(self._output)
        except LabBenchError as error:
            self.failure = error
        except Exception as error:  # noqa: BLE001 - a driver may fail in any way; nobody watches this thread
            self.failure = LabBenchError(f"Playing stopped ({error}).", "Choose another output device.")

    def _play(self, output: Output) -> None:
        stretcher = TempoStretcher(self.rate, self._speed)
        resampler = StreamResampler(self.rate, output.rate)
        step = max(1, round(BLOCK_SECONDS * self.rate))
        for at in range(self.start, self.stop_at, step):
            block = self._sound.read(at, min(at + step, self.stop_at))
            self._write(output, resampler.push(stretcher.push(block)))
            if self._asked.is_set():
                return
        self._write(output, np.concatenate([resampler.push(stretcher.flush()), resampler.flush()]))
        # All of it is heard once as much silence has gone in as fits between here and the loudspeaker. PortAudio's own
        # way of waiting can't be interrupted, and with PulseAudio it cuts the end off.
        self._write(output, np.zeros(round((output.latency + BLOCK_SECONDS) * output.rate), np.float32))
        if not self._asked.is_set():
            self._heard = float(self.stop_at - self.start) / self.rate / self._speed

    def _write(self, output: Output, block: NDArray[np.float32]) -> None:
        step = max(1, round(BLOCK_SECONDS * output.rate))
        for at in range(0, len(block), step):
            if self._asked.is_set():
                return
            part = block[at : at + step]
            output.write(part)
            self._written += len(part)
            self._heard = max(0.0, self._written / output.rate - output.latency)
