"""One protocol for everything that sound comes from, so that the rest can't tell a microphone from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labbench.audio.device_names import plain_label
from labbench.audio.ring import SharedRing


@dataclass(frozen=True)
class DeviceSpec:
    """An input device by name; None follows the system's default."""

    device: str | None = None

    @property
    def title(self) -> str:
        return plain_label(self.device) if self.device else "Microphone"


@dataclass(frozen=True)
class FileSpec:
    """A file played as if it were a microphone: in real time, or stepped by hand (tests, faster than real time)."""

    path: Path
    title: str
    stepped: bool = False


SourceSpec = DeviceSpec | FileSpec


class AudioSource(Protocol):
    """Sound at the source's own rate. Lives in the ear process.

    After `start` samples arrive in the ring: for a device from PortAudio's own thread, for a file when `poll` is
    called.
    """

    @property
    def rate(self) -> int: ...

    @property
    def title(self) -> str: ...

    @property
    def stuck(self) -> bool:
        """Whether `close` could not be completed: devices can't be used in this process any more."""
        ...

    def start(self, ring: SharedRing) -> None:
        """Begin to write into `ring`, from its sample 0. Raises LabBenchError."""
        ...

    def pause(self, paused: bool) -> None:
        """Hold the stream or let it go on: what comes in between is not written to the ring."""
        ...

    def finish(self) -> None:
        """Nothing later than now is wanted: `poll` soon says that the source has ended, its tail being in the ring."""
        ...

    def poll(self) -> bool:
        """Do what is due; False once the source has ended. Raises LabBenchError if the device is gone."""
        ...

    def close(self) -> None:
        """Stop; nothing is written to the ring afterwards. Harmless when repeated."""
        ...
