"""Devices that are not there: microphones that come and go, and a loudspeaker that notes what it plays."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labbench.audio.devices import Device, DeviceList, find_device
from labbench.audio.source import AudioSource, DeviceSpec, SourceSpec
from labbench.audio.virtual import VirtualMicrophone
from labbench.core.errors import LabBenchError
from labbench.live.equipment import Equipment
from labbench.testing.silence import silent_equipment


def microphone(name: str, *, default: bool = False) -> Device:
    """A device of that name."""
    return Device(0, name, "ALSA", 1, 16_000, default)


class Plugs:
    """What is plugged in at the moment; `inputs` may be changed at any time. Only for the ear's twin."""

    def __init__(self, inputs: Sequence[Device] = (), sound: NDArray[np.float32] | None = None) -> None:
        self.inputs = tuple(inputs)
        self.sound = sound if sound is not None else np.zeros(60 * 16_000, np.float32)
        self.opened: list[str] = []

    def list_devices(self, refresh: bool) -> DeviceList:
        return DeviceList(self.inputs)

    def fingerprint(self) -> str:
        return ", ".join(device.label for device in self.inputs)

    def open(self, spec: SourceSpec) -> AudioSource:
        """A microphone that hears `sound`. Raises LabBenchError where it is not plugged in."""
        assert isinstance(spec, DeviceSpec)
        found = find_device(self.inputs, spec.device)
        self.opened.append(found.label)
        return VirtualMicrophone(self.sound, 16_000, found.name)

    def equipment(self) -> Equipment:
        """With these microphones."""
        return _Plugged(self)


class _Plugged(Equipment):
    def __init__(self, plugs: Plugs) -> None:
        silent = silent_equipment()
        super().__init__(plugs.list_devices, plugs.fingerprint, silent.load_kit, silent.open_sound, silent.open_output)
        object.__setattr__(self, "_plugs", plugs)

    def open_source(self, spec: SourceSpec, *, refresh: bool = True) -> AudioSource:
        plugs: Plugs = self._plugs  # type: ignore[attr-defined]
        return plugs.open(spec) if isinstance(spec, DeviceSpec) else super().open_source(spec, refresh=refresh)


class Loudspeaker:
    """Hand it to `Equipment.open_output`. `heard` is what was played, `asked` which devices were opened for it."""

    def __init__(self, rate: int = 16_000, *, faster: float = 1.0) -> None:
        self.rate = rate
        self.asked: list[str | None] = []
        self.missing = False
        self.faster = faster
        self._blocks: list[NDArray[np.float32]] = []

    def __call__(self, device: str | None) -> _Open:
        if self.missing:
            raise LabBenchError("No loudspeaker or headphones were found.", "Plug them in and press Play again.")
        self.asked.append(device)
        self._blocks.clear()
        return _Open(self)

    @property
    def heard(self) -> NDArray[np.float32]:
        """The samples of the newest opening."""
        return np.concatenate([np.zeros(0, np.float32), *self._blocks])

    def play(self, block: NDArray[np.float32]) -> None:
        """Takes as long as the block lasts."""
        threading.Event().wait(len(block) / self.rate / self.faster)
        self._blocks.append(block.copy())


class _Open:
    latency = 0.0

    def __init__(self, speaker: Loudspeaker) -> None:
        self.rate = speaker.rate
        self._speaker = speaker

    def write(self, block: NDArray[np.float32]) -> None:
        self._speaker.play(block)

    def close(self) -> None:
        """Nothing is open."""
