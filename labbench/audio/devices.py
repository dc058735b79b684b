"""Input devices through PortAudio, at their own rate; its errors in words that name the human cause."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError

NO_PORTAUDIO_HINT = "On Debian and Ubuntu: sudo apt install libportaudio2. Files and the demo clip work without it."


SILENT_SECONDS = 3.0
"""A device that delivers nothing at all for so long, not even silence, is gone."""


@dataclass(frozen=True)
class InputDevice:
    """A microphone, line-in or loopback as the system lists it."""

    index: int
    name: str
    host: str
    channels: int
    rate: int
    default: bool

    @property
    def label(self) -> str:
        return f"{self.name} ({self.host})"


def portaudio(*, refresh: bool = False) -> Any:
    """The sounddevice module, imported late: its import fails where PortAudio is missing.

    PortAudio lists devices once, when it starts; with `refresh` it starts again, so that what was plugged in since
    is there. Only while no stream of this process is open. Raises LabBenchError with what to install.
    """
    known = "sounddevice" in sys.modules
    try:
        import sounddevice

        if known and refresh:
            sounddevice._terminate()
            sounddevice._initialize()
    except (OSError, ImportError) as error:
        raise LabBenchError("The sound library PortAudio is missing.", NO_PORTAUDIO_HINT) from error
    except sounddevice.PortAudioError as error:
        raise LabBenchError(
            f"The system's sound could not be reached ({error}).", "Check its sound settings."
        ) from error
    return sounddevice


def list_inputs() -> list[InputDevice]:
    """All devices that can record, the default first. Raises LabBenchError where PortAudio is missing."""
    module = portaudio(refresh=True)
    hosts = [str(host["name"]) for host in module.query_hostapis()]
    default = module.default.device[0]
    found = [
        InputDevice(
            index=index,
            name=str(device["name"]),
            host=hosts[device["hostapi"]],
            channels=int(device["max_input_channels"]),
            rate=round(device["default_samplerate"]),
            default=index == default,
        )
        for index, device in enumerate(module.query_devices())
        if device["max_input_channels"] > 0
    ]
    return sorted(found, key=lambda device: not device.default)


def find_input(name: str | None) -> InputDevice:
    """The device of that name or label (or part of it), or the default one. Raises LabBenchError."""
    devices = list_inputs()
    if not devices:
        raise LabBenchError(
            "No microphone was found.", "Plug one in, or use the demo clip: it behaves like a microphone."
        )
    if name is None:
        return devices[0]
    wanted = name.casefold()
    same = [device for device in devices if wanted in (device.name.casefold(), device.label.casefold())]
    alike = [device for device in devices if wanted in device.label.casefold()]
    if same or alike:
        return (same or alike)[0]
    known = ", ".join(device.name for device in devices)
    raise LabBenchError(f"There is no input device named {name!r}.", f"There are: {known}.")


class DeviceSource:
    """A microphone. Three things happen at once: PortAudio's thread calls `_callback`, which only copies into
    the ring and publishes; the ear's loop calls `poll`; and readers read the ring."""

    def __init__(self, device: InputDevice, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard, self._heard_at = 0, clock()
        self.rate = device.rate
        self.title = device.name
        self._device = device
        self._ring: SharedRing | None = None
        self._stream: Any = None
        self._mono = np.zeros(0, np.float32)

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
        except module.PortAudioError as error:
            self.close()
            raise _translate(error, self.title) from error

    def _callback(self, data: NDArray[np.float32], frames: int, _time: Any, status: Any) -> None:
        ring = self._ring
        if ring is None:
            return
        if status.input_overflow:
            ring.count_overrun()
        mono = self._mono[:frames]
        np.mean(data, axis=1, out=mono)
        ring.write(mono)

    def poll(self) -> bool:
        if self._stream is None:
            return False
        written, now = self._ring.written if self._ring is not None else 0, self._clock()
        if written != self._heard:
            self._heard, self._heard_at = written, now
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
            stream.close(ignore_errors=True)
        self._ring = None


def _translate(error: Exception, name: str) -> LabBenchError:
    code = error.args[1] if len(error.args) > 1 else None
    causes: dict[object, tuple[str, str]] = {
        -9985: (
            "is not available.",
            "Another program may be using it, or access to the microphone is switched off.",
        ),
        -9996: ("is no longer there.", "Plug it in again or choose another device."),
        -9997: ("refuses its own sample rate.", "Choose another device, or the same one under another host."),
        -9998: ("refuses the number of channels.", "Choose another device."),
        -9999: ("was refused by the system.", "Check the system's sound settings and microphone permission."),
    }
    what, hint = causes.get(code, (f"could not be opened ({error.args[0]}).", "Choose another device."))
    return LabBenchError(f"{name} {what}", hint)
