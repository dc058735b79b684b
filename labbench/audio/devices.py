"""Which devices sound can come from and go to, as the system lists them."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from labbench.audio.device_names import channels_text, in_order, plain_name, worth_showing
from labbench.audio.portaudio import portaudio, translate
from labbench.core.errors import LabBenchError

Direction = Literal["input", "output"]


@dataclass(frozen=True)
class Device:
    """A microphone, loudspeaker, line or loopback. `channels` are those of its direction, `rate` is its own."""

    index: int
    name: str
    host: str
    channels: int
    rate: int
    default: bool

    @property
    def label(self) -> str:
        """Name and host, by which it is found again: the number changes from one start to the next."""
        return f"{self.name} ({self.host})"

    @property
    def plain(self) -> str:
        """Its name for people."""
        return plain_name(self.name, self.host)

    @property
    def title(self) -> str:
        """For people: what it is called, under which host, how many channels, at which rate."""
        parts = (self.host, channels_text(self.name, self.host, self.channels), f"{self.rate / 1000:g} kHz")
        return f"{self.plain} · {', '.join(part for part in parts if part)}"

    @property
    def details(self) -> str:
        """All that the system says of it, as it says it: for a tooltip."""
        count = "1 channel" if self.channels == 1 else f"{self.channels} channels"
        return f"{self.name} ({self.host}), {count}, {self.rate} Hz"


@dataclass(frozen=True)
class DeviceList:
    """All devices of a moment: the default of each direction first, then those worth showing, then their doubles."""

    inputs: tuple[Device, ...] = ()
    outputs: tuple[Device, ...] = ()


def list_devices(*, refresh: bool = True) -> DeviceList:
    """What is plugged in. `refresh` only while no stream of this process is open.

    Raises LabBenchError where PortAudio is missing.
    """
    module = portaudio(refresh=refresh)
    try:
        hosts = [str(host["name"]) for host in module.query_hostapis()]
        listed = list(module.query_devices())
    except module.PortAudioError as error:
        raise translate(error, "The list of devices") from error
    return DeviceList(
        _of(listed, hosts, "input", module.default.device[0]), _of(listed, hosts, "output", module.default.device[1])
    )


def _of(listed: list[dict[str, Any]], hosts: list[str], direction: Direction, default: int) -> tuple[Device, ...]:
    found = [
        Device(
            index=index,
            name=printable(str(device["name"])),
            host=hosts[device["hostapi"]],
            channels=int(device[f"max_{direction}_channels"]),
            rate=round(device["default_samplerate"]),
            default=index == default,
        )
        for index, device in enumerate(listed)
        if device[f"max_{direction}_channels"] > 0
    ]
    return tuple(sorted(in_order(found), key=lambda device: not device.default))


def printable(name: str) -> str:
    """A device's name without control characters and undecodable bytes, which some drivers put into it."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def find_device(devices: tuple[Device, ...], name: str | None, direction: Direction = "input") -> Device:
    """The device of that name or label (or part of it), or the default one. Raises LabBenchError."""
    if not devices and direction == "input":
        raise LabBenchError(
            "No microphone was found.", "Plug one in, or use the demo clip: it behaves like a microphone."
        )
    if not devices:
        raise LabBenchError("No loudspeaker or headphones were found.", "Plug them in and press Play again.")
    if name is None:
        return devices[0]
    wanted = name.casefold()
    same = [device for device in devices if wanted in (device.label.casefold(), device.name.casefold())]
    alike = [device for device in devices if wanted in f"{device.label} {device.title}".casefold()]
    if same or alike:
        return (same or alike)[0]
    known = ", ".join(device.plain for device in worth_showing(devices))
    raise LabBenchError(f"There is no {direction} device named {name!r}.", f"There are: {known}.")


def fingerprint(
    folders: tuple[Path, ...] = (Path("/dev/snd"), Path("/proc/asound/cards")),
    platform: str = sys.platform,
    runtime: str | None = None,
) -> str | None:
    """A short text that changes when a sound card or server comes or goes; None where only listing tells (not Linux).

    Reading it costs next to nothing, while starting PortAudio anew takes a tenth of a second.
    """
    if not platform.startswith("linux"):
        return None
    home = Path(runtime or os.environ.get("XDG_RUNTIME_DIR") or "/run/user/0")
    servers = (home / "pulse" / "native", home / "native", home / "pipewire-0")
    content = [str(place.exists()) for place in servers]
    for place in folders:
        try:
            content.append(" ".join(sorted(entry.name for entry in place.iterdir())) if place.is_dir() else "")
            content.append(place.read_text(errors="replace") if place.is_file() else "")
        except OSError:
            content.append("")
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]
