"""Devices: what is said when one can't be opened, falls silent or goes away. PortAudio itself is stood in for."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from labbench.audio import device_source, devices
from labbench.audio.device_source import MOST_TAIL_SECONDS, SILENT_SECONDS, DeviceSource
from labbench.audio.devices import Device, find_device, fingerprint, list_devices, printable
from labbench.audio.portaudio import close_stream
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError

HEADSET = Device(0, "Headset", "ALSA", 1, 16_000, True)


class PortAudioError(Exception):
    pass


class Stream:
    latency = 0.01

    def __init__(self, callback, **_):
        self.callback, self.active = callback, True

    def start(self):
        pass

    def close(self, ignore_errors):
        self.active = False


@pytest.fixture
def ring():
    made = SharedRing.create(16_000, 1.0)
    yield made
    made.close()


@pytest.fixture
def source(monkeypatch, ring):
    """A headset that is open, and the clock by which it is judged."""
    module = SimpleNamespace(InputStream=Stream, PortAudioError=PortAudioError)
    monkeypatch.setattr(device_source, "portaudio", lambda **_: module)
    now = [0.0]
    made = DeviceSource(HEADSET, clock=lambda: now[0])
    made.start(ring)
    yield made, now
    made.close()


def speak(source, frames=160, *, overflow=False, delay=0.1):
    """A block of sound that was `delay` seconds on its way."""
    when, status = (
        SimpleNamespace(currentTime=9.0, inputBufferAdcTime=9.0 - delay),
        SimpleNamespace(input_overflow=overflow),
    )
    source._stream.callback(np.full((frames, 1), 0.5, np.float32), frames, when, status)


def test_blocks_land_in_the_ring_and_overflows_are_counted(source, ring):
    headset, _ = source
    speak(headset)
    assert headset.poll() and ring.written == 160 and ring.overruns == 0
    assert np.all(ring.read(0, 160) == 0.5)
    speak(headset, overflow=True)
    assert ring.overrun_places(0, 1) == [160]
    assert ring.overruns == 1 and ring.written == 320


def test_in_a_pause_nothing_is_written_and_the_device_counts_as_there(source, ring):
    headset, now = source
    speak(headset)
    headset.pause(True)
    for moment in (2.0, 4.0, 6.0):  # longer than a silent device would be given
        now[0] = moment
        speak(headset, overflow=True)
        assert headset.poll()
    assert (ring.written, ring.overruns) == (160, 0)
    headset.pause(False)
    speak(headset)
    assert ring.written == 320


def test_blocks_longer_than_a_second_arrive_whole(source):
    headset, _ = source
    ring = SharedRing.create(16_000, 4.0)
    headset._ring = ring
    try:
        block = np.linspace(-1, 1, 40_000, dtype=np.float32)[:, None]
        when = SimpleNamespace(currentTime=0.0, inputBufferAdcTime=0.0)
        headset._stream.callback(block, len(block), when, SimpleNamespace(input_overflow=False))
        assert np.array_equal(ring.read(0, ring.written), block[:, 0])
    finally:
        ring.close()


def test_the_end_waits_for_what_is_still_on_its_way(source, ring):
    """0.1 s passes between the microphone and here: what was said just before Stop comes after it."""
    headset, _ = source
    speak(headset)
    headset.finish()
    for _ in range(10):
        assert headset.poll()
        speak(headset)
    assert not headset.poll()
    assert ring.written == 160 + 1600


def test_the_end_does_not_wait_for_a_device_that_hangs(source):
    headset, now = source
    speak(headset, delay=5.0)
    headset.finish()
    assert headset.poll()
    now[0] = MOST_TAIL_SECONDS + 0.01
    assert not headset.poll()


def test_in_a_pause_the_end_comes_at_once(source):
    headset, _ = source
    speak(headset)
    headset.pause(True)
    headset.finish()
    assert not headset.poll()


def test_a_device_that_gives_nothing_any_more_is_gone(source):
    headset, now = source
    speak(headset)
    assert headset.poll()
    now[0] = SILENT_SECONDS - 0.1
    assert headset.poll()
    now[0] = SILENT_SECONDS + 0.1
    with pytest.raises(LabBenchError, match="disappeared"):
        headset.poll()


def test_a_device_that_cannot_be_closed_holds_nobody_up(source, monkeypatch):
    """A sound server died, and PortAudio waits for its own thread."""
    headset, _ = source
    released = threading.Event()
    headset._stream.close = lambda ignore_errors: released.wait(20)
    monkeypatch.setattr(device_source, "close_stream", lambda stream: close_stream(stream, 0.05))
    try:
        headset.close()
        assert headset.stuck
    finally:
        released.set()


def test_a_stream_that_ended_is_gone_at_once(source):
    headset, _ = source
    headset._stream.active = False
    with pytest.raises(LabBenchError, match="disappeared"):
        headset.poll()


@pytest.mark.parametrize(
    ("code", "words"), [(-9985, "not available"), (-9997, "sample rate"), (-1, "could not be opened")]
)
def test_portaudios_codes_become_causes(monkeypatch, ring, code, words):
    def refuse(**_):
        raise PortAudioError("Error", code)

    module = SimpleNamespace(InputStream=refuse, PortAudioError=PortAudioError)
    monkeypatch.setattr(device_source, "portaudio", lambda **_: module)
    with pytest.raises(LabBenchError, match=words) as caught:
        DeviceSource(HEADSET).start(ring)
    assert caught.value.hint


def test_devices_are_found_by_part_of_their_name():
    there = (HEADSET, Device(3, "Webcam C920", "ALSA", 2, 48_000, False))
    assert find_device(there, None) is HEADSET
    assert find_device(there, "c920") is there[1]
    assert find_device(there, there[1].label) is there[1]
    with pytest.raises(LabBenchError, match="no input device named 'drum'") as caught:
        find_device(there, "drum")
    assert "Headset" in caught.value.hint


def test_the_list_has_both_directions_with_the_default_first(monkeypatch):
    def device(name, inputs, outputs):
        return {
            "name": name,
            "hostapi": 0,
            "max_input_channels": inputs,
            "max_output_channels": outputs,
            "default_samplerate": 48_000.0,
        }

    listed = [device("Webcam\udce4\x07 C920", 2, 0), device("Headset", 1, 2), device("Line", 0, 6)]
    refreshed = []
    module = SimpleNamespace(
        query_hostapis=lambda: [{"name": "ALSA"}],
        query_devices=lambda: listed,
        default=SimpleNamespace(device=(1, 2)),
        PortAudioError=PortAudioError,
    )
    monkeypatch.setattr(devices, "portaudio", lambda *, refresh: refreshed.append(refresh) or module)
    found = list_devices(refresh=False)
    assert refreshed == [False]
    assert [device.name for device in found.inputs] == ["Headset", "Webcam? C920"]
    assert [(device.name, device.channels, device.default) for device in found.outputs] == [
        ("Line", 6, True),
        ("Headset", 2, False),
    ]
    assert found.inputs[1].title == "Webcam? C920 · ALSA, stereo, 48 kHz"


def test_a_list_that_portaudio_refuses_is_an_expected_failure(monkeypatch):
    def refuse():
        raise PortAudioError("Internal error", -9986)

    module = SimpleNamespace(query_hostapis=refuse, PortAudioError=PortAudioError)
    monkeypatch.setattr(devices, "portaudio", lambda *, refresh: module)
    with pytest.raises(LabBenchError, match="could not be opened"):
        list_devices()


def test_no_device_has_its_own_words_for_each_direction():
    with pytest.raises(LabBenchError, match="No microphone"):
        find_device((), None)
    with pytest.raises(LabBenchError, match="No loudspeaker"):
        find_device((), None, "output")


def test_the_fingerprint_follows_the_cards(tmp_path):
    folder, cards = tmp_path / "snd", tmp_path / "cards"
    where = (folder, cards)
    nothing = fingerprint(where, "linux")
    folder.mkdir()
    (folder / "pcmC0D0c").touch()
    one = fingerprint(where, "linux")
    cards.write_text("0 [PCH]: HDA-Intel")
    assert len({nothing, one, fingerprint(where, "linux")}) == 3
    assert fingerprint(where, "linux") == fingerprint(where, "linux")
    assert fingerprint(where, "win32") is None


def test_names_are_fit_to_be_shown():
    assert printable(" a\nb\x00  c\udcff ") == "a b c?"
