"""Devices: what is said when one can't be opened, falls silent or goes away. PortAudio itself is stood in for."""

from types import SimpleNamespace

import numpy as np
import pytest

from labbench.audio import devices
from labbench.audio.devices import SILENT_SECONDS, DeviceSource, InputDevice, find_input
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError

HEADSET = InputDevice(0, "Headset", "ALSA", 1, 16_000, True)


class PortAudioError(Exception):
    pass


class Stream:
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
    monkeypatch.setattr(devices, "portaudio", lambda **_: module)
    now = [0.0]
    made = DeviceSource(HEADSET, clock=lambda: now[0])
    made.start(ring)
    yield made, now
    made.close()


def speak(source, frames=160):
    status = SimpleNamespace(input_overflow=False)
    source._stream.callback(np.full((frames, 1), 0.5, np.float32), frames, None, status)


def test_blocks_land_in_the_ring_and_overflows_are_counted(source, ring):
    headset, _ = source
    speak(headset)
    assert headset.poll() and ring.written == 160 and ring.overruns == 0
    assert np.all(ring.read(0, 160) == 0.5)
    headset._stream.callback(np.zeros((160, 1), np.float32), 160, None, SimpleNamespace(input_overflow=True))
    assert ring.overruns == 1 and ring.written == 320


def test_a_device_that_gives_nothing_any_more_is_gone(source):
    headset, now = source
    speak(headset)
    assert headset.poll()
    now[0] = SILENT_SECONDS - 0.1
    assert headset.poll()
    now[0] = SILENT_SECONDS + 0.1
    with pytest.raises(LabBenchError, match="disappeared"):
        headset.poll()


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
    monkeypatch.setattr(devices, "portaudio", lambda **_: module)
    with pytest.raises(LabBenchError, match=words) as caught:
        DeviceSource(HEADSET).start(ring)
    assert caught.value.hint


def test_devices_are_found_by_part_of_their_name(monkeypatch):
    other = InputDevice(3, "Webcam C920", "ALSA", 2, 48_000, False)
    monkeypatch.setattr(devices, "list_inputs", lambda: [HEADSET, other])
    assert find_input(None) is HEADSET
    assert find_input("c920") is other
    with pytest.raises(LabBenchError, match="no input device named 'drum'") as caught:
        find_input("drum")
    assert "Headset" in caught.value.hint
