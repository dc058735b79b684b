"""What devices are called, for people, and which of the many entries for one device are worth showing.

PortAudio names a device as its host does: ALSA by card, chip and number, MME cut to 31 letters, WDM-KS by the path of
its driver. Windows lists each device under four hosts. Everything here is a pure function of names and hosts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

_SERVERS = {
    "pulse": "PulseAudio (follows the sound settings)",
    "pipewire": "PipeWire (follows the sound settings)",
    "default": "System default (follows the sound settings)",
    "jack": "JACK",
}
"""ALSA's plug-ins that lead to a sound server, best first. Their number of channels means nothing."""
_PLUG_INS = {
    "sysdefault": "System default, direct",
    "dmix": "Shared output",
    "dsnoop": "Shared input",
    "iec958": "Digital, S/PDIF",
    "spdif": "Digital, S/PDIF",
    "hdmi": "HDMI",
    "front": "Front speakers",
    "null": "Nothing",
    "oss": "OSS",
}
_CONVERTERS = re.compile(
    r"(surround|modem|phoneline)\d*|center_lfe|rear|side|speex|upmix|vdownmix|(lav|speex|sample)rate(_\w+)?|a52"
)
_HARDWARE = re.compile(r"(?P<card>[^:]*): ?(?P<role>.*?) ?\((?:plug)?hw:\d+(?:,\d+)*\)")
_BUILT_IN = re.compile(r"HDA[- ]Intel.*|HD-Audio Generic.*|sof-.*|Intel.*", re.IGNORECASE)
_ROLES = (
    (re.compile(r".*\bHDMI\b.*|.*\bDisplayPort\b.*", re.IGNORECASE), "HDMI"),
    (re.compile(r".*\bDMIC\b.*", re.IGNORECASE), "microphone"),
    (re.compile(r".*\bAlt Analog\b.*", re.IGNORECASE), "second analog"),
    (re.compile(r".*\bAnalog\b.*", re.IGNORECASE), "analog"),
    (re.compile(r".*\b(Digital|S/PDIF|IEC958)\b.*", re.IGNORECASE), "digital"),
    (re.compile(r"(USB )?Audio|-|\*?", re.IGNORECASE), ""),
)
_DRIVER_PATH = re.compile(r"@[^;)]*;[^;]*;?\s*\(?([^()]*)\)?")
_MOST_REAL_CHANNELS = 16
_MME_LETTERS = 31
_WINDOWS = ("MME", "Windows DirectSound", "Windows WASAPI", "Windows WDM-KS")
_MAPPERS = ("microsoft sound mapper", "primary sound")


class Named(Protocol):
    """What is needed of a device."""

    @property
    def name(self) -> str: ...

    @property
    def host(self) -> str: ...


_Device = TypeVar("_Device", bound=Named)


def plain_name(name: str, host: str) -> str:
    """A device's name for people: "HDA Intel PCH: ALC257 Analog (hw:0,0)" is "Built-in sound, analog"."""
    if host == "ALSA":
        return _alsa_name(name)
    if host in _WINDOWS and "@" in name:
        return " ".join(_DRIVER_PATH.sub(r"\1", name).split()) or name
    return name


def plain_label(label: str) -> str:
    """The same for "NAME (HOST)", as devices are remembered. A text of another form stays as it is."""
    name, bracket, host = label.rpartition(" (")
    return f"{plain_name(name, host[:-1])} ({host}" if bracket and host.endswith(")") else label


def channels_text(name: str, host: str, channels: int) -> str:
    """Its channels in words; empty for software, which claims as many as it could have."""
    if host == "ALSA" and (
        name in _SERVERS or _is_plug_in(name) or ("(hw:" not in name and channels > _MOST_REAL_CHANNELS)
    ):
        return ""
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


def in_order(devices: Sequence[_Device]) -> list[_Device]:
    """Sound servers first, then what else is worth showing, then the rest."""
    main = worth_showing(devices)
    servers = list(_SERVERS)

    def place(device: _Device) -> tuple[bool, int]:
        server = device.host == "ALSA" and device.name in servers
        return not any(device is shown for shown in main), servers.index(device.name) if server else len(servers)

    return sorted(devices, key=place)


def worth_showing(devices: Sequence[_Device]) -> list[_Device]:
    """One entry for each device; the others are the same ones under another host, or converters.

    Under Windows that is WASAPI's, whose names are whole and whose rate is the device's own.
    """
    wasapi = [device.name for device in devices if device.host == "Windows WASAPI"]
    shown = [device for device in devices if not _is_spare(device, wasapi)]
    return shown or list(devices)


def _is_spare(device: Named, wasapi: Sequence[str]) -> bool:
    if device.host == "ALSA":
        return _is_plug_in(device.name)
    if device.host not in _WINDOWS or device.host == "Windows WASAPI" or not wasapi:
        return False
    if device.host == "Windows WDM-KS" or device.name.casefold().startswith(_MAPPERS):
        return True
    # MME cuts names off, at 31 bytes: letters beyond ASCII need two of them or three.
    begun = device.name.rstrip(" \N{REPLACEMENT CHARACTER}?")
    cut = device.host == "MME" and len(device.name.encode()) >= _MME_LETTERS - 3
    return any(name == device.name or (cut and name.startswith(begun)) for name in wasapi)


def _is_plug_in(name: str) -> bool:
    return name in _PLUG_INS or _CONVERTERS.fullmatch(name) is not None


def _alsa_name(name: str) -> str:
    if known := _SERVERS.get(name) or _PLUG_INS.get(name):
        return known
    match = _HARDWARE.fullmatch(name)
    if match is None:
        return name
    card, role = match["card"].strip(), match["role"].strip()
    role = next((plain for pattern, plain in _ROLES if pattern.fullmatch(role)), role)
    if _BUILT_IN.fullmatch(card):
        card = "Built-in sound"
    return ", ".join(part for part in (card, "" if role.casefold() == card.casefold() else role) if part) or name
