"""Names for people, and one entry for each device, from what PortAudio reports on the three systems."""

from __future__ import annotations

import pytest

from labbench.audio.device_names import channels_text, in_order, plain_label, plain_name, worth_showing
from labbench.audio.devices import Device, find_device
from labbench.core.errors import LabBenchError
from labbench.ui.sounds.sources import device_choices

MME, DIRECT, WASAPI, KS = "MME", "Windows DirectSound", "Windows WASAPI", "Windows WDM-KS"
LINUX = [
    ("HDA Intel PCH: ALC257 Analog (hw:0,0)", "ALSA", 2),
    ("HDA Intel PCH: HDMI 0 (hw:0,3)", "ALSA", 8),
    ("USB PnP Sound Device: Audio (hw:1,0)", "ALSA", 1),
    ("sysdefault", "ALSA", 128),
    ("samplerate", "ALSA", 128),
    ("surround51", "ALSA", 6),
    ("default", "ALSA", 32),
    ("pulse", "ALSA", 32),
    ("pipewire", "ALSA", 64),
]
WINDOWS = [
    ("Microsoft Sound Mapper - Input", MME, 2),
    ("Microphone (Realtek(R) High Def", MME, 2),
    ("Mikrofon (Gerät für alle Räum", MME, 1),
    ("Line In (Old Card)", MME, 2),
    ("Primary Sound Capture Driver", DIRECT, 2),
    ("Microphone (Realtek(R) High Definition Audio)", DIRECT, 2),
    ("Microphone (Realtek(R) High Definition Audio)", WASAPI, 2),
    ("Mikrofon (Gerät für alle Räume)", WASAPI, 1),
    ("Microphone (Realtek HD Audio Mic input)", KS, 2),
    ("Headset (@System32\\drivers\\bthhfenum.sys,#2;%1 Hands-Free%0\r\n;(AirPods))", KS, 1),
]
MAC = [("MacBook Pro Microphone", "Core Audio", 1), ("BlackHole 2ch", "Core Audio", 2)]


def listed(entries: list[tuple[str, str, int]]) -> list[Device]:
    return [
        Device(number, name, host, count, 48_000, number == 0) for number, (name, host, count) in enumerate(entries)
    ]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("HDA Intel PCH: ALC257 Analog (hw:0,0)", "Built-in sound, analog"),
        ("HDA Intel PCH: ALC257 Alt Analog (hw:0,2)", "Built-in sound, second analog"),
        ("HDA NVidia: HDMI 1 (hw:1,7)", "HDA NVidia, HDMI"),
        ("sof-hda-dsp: - (hw:0,6)", "Built-in sound"),
        ("USB PnP Sound Device: Audio (hw:1,0)", "USB PnP Sound Device"),
        ("HD Pro Webcam C920: USB Audio (hw:2,0)", "HD Pro Webcam C920"),
        ("Scarlett 2i2 USB: USB Audio (hw:3,0)", "Scarlett 2i2 USB"),
        ("pulse", "PulseAudio (follows the sound settings)"),
        ("mine", "mine"),
        (": (hw:0,0)", ": (hw:0,0)"),
    ],
)
def test_alsa_names_say_card_and_role(name: str, plain: str) -> None:
    assert plain_name(name, "ALSA") == plain
    assert plain_label(f"{name} (ALSA)") == f"{plain} (ALSA)"


def test_other_systems_names_stay_but_for_paths_of_drivers() -> None:
    assert [plain_name(name, host) for name, host, _ in MAC] == ["MacBook Pro Microphone", "BlackHole 2ch"]
    name, host, _ = WINDOWS[-1]
    assert plain_name(name, host) == "Headset (AirPods)"
    assert plain_label("Headset") == "Headset" and plain_label("") == ""


def test_software_has_no_number_of_channels() -> None:
    for name, host, count in LINUX[3:]:
        assert channels_text(name, host, count) == "", name
    assert [channels_text(*entry) for entry in LINUX[:3]] == ["stereo", "8 channels", "mono"]
    assert channels_text("my plug-in", "ALSA", 10_000) == ""
    assert [channels_text(*entry) for entry in MAC] == ["mono", "stereo"]


def test_linux_shows_servers_first_and_no_converters() -> None:
    order = [device.name for device in in_order(listed(LINUX))]
    assert order[:3] == ["pulse", "pipewire", "default"]
    assert set(order[-3:]) == {"sysdefault", "samplerate", "surround51"}
    shown = [device.name for device in worth_showing(listed(LINUX))]
    assert shown == [LINUX[number][0] for number in (0, 1, 2, 6, 7, 8)]


def test_windows_shows_each_device_once() -> None:
    shown = [(device.name, device.host) for device in worth_showing(listed(WINDOWS))]
    assert shown == [WINDOWS[number][:2] for number in (3, 6, 7)]
    order = in_order(listed(WINDOWS))
    assert [(device.name, device.host) for device in order[:3]] == shown and len(order) == len(WINDOWS)


def test_without_wasapi_and_on_a_mac_nothing_is_hidden() -> None:
    for entries in ([entry for entry in WINDOWS if entry[1] == MME], MAC, [("sysdefault", "ALSA", 2)], []):
        assert worth_showing(listed(entries)) == listed(entries)


def test_the_box_lists_them_with_the_raw_name_in_the_tooltip() -> None:
    choices = device_choices(listed(LINUX))
    assert [choice.title for choice in choices[:2]] == [
        "Default microphone",
        "Built-in sound, analog · ALSA, stereo, 48 kHz",
    ]
    assert choices[1].details == "HDA Intel PCH: ALC257 Analog (hw:0,0) (ALSA), 2 channels, 48000 Hz"
    assert "32" not in "".join(choice.title for choice in choices)
    windows = listed(WINDOWS)
    assert len(device_choices(windows)) == 4
    assert len(device_choices(windows, wanted=windows[1].label)) == 5, "what was remembered stays"
    assert device_choices([]) == []


def test_remembered_names_still_find_their_device() -> None:
    """By label, raw name, or the words that earlier titles had."""
    for device in (*listed(LINUX), *listed(WINDOWS)):
        assert device.label == f"{device.name} ({device.host})"
    devices = tuple(listed(LINUX))
    for device in devices:
        assert find_device(devices, device.label) == find_device(devices, device.name) == device
    assert find_device(devices, "PulseAudio").name == "pulse"
    assert find_device(devices, "built-in sound, analog").index == 0
    with pytest.raises(LabBenchError) as caught:
        find_device(devices, "drum")
    assert "Built-in sound, analog" in caught.value.hint and "hw:" not in caught.value.hint
