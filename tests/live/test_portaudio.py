"""Through real PortAudio: PulseAudio plays a clip into a null sink, and the ear hears that sink's monitor."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.devices import list_inputs
from labbench.audio.source import DeviceSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live import messages
from labbench.live.ear_process import EarProcess

CLIP = assets() / "clips" / "digits_short.flac"
NEEDED = ("pulseaudio", "paplay", "pactl")


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A PulseAudio of our own whose default source is the monitor of a null sink named mic."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    for name, value in (("XDG_RUNTIME_DIR", runtime), ("HOME", tmp_path), ("PULSE_SERVER", f"unix:{runtime}/native")):
        monkeypatch.setenv(name, str(value))
    command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--use-pid-file=no"]
    command += ["-L", f"module-native-protocol-unix socket={runtime}/native auth-anonymous=1"]
    command += ["-L", "module-null-sink sink_name=mic rate=48000", "-L", "module-null-sink sink_name=out"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        if not wait_until(lambda: pactl("set-default-source", "mic.monitor"), 10):
            pytest.skip("PulseAudio does not start here")
        try:
            found = [device.name for device in list_inputs()]
        except LabBenchError as error:
            pytest.skip(str(error))
        if "pulse" not in found:
            pytest.skip(f"PortAudio sees no PulseAudio (ALSA's plug-in is missing): {found}")
        yield
    finally:
        server.terminate()
        server.wait(10)


def pactl(*words: str) -> bool:
    return subprocess.run(["pactl", *words], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="PulseAudio is a matter of Linux")
def test_what_was_played_is_in_the_recording(pulse: None, qapp: object, tmp_path: Path) -> None:
    played, rate = soundfile.read(CLIP, dtype="float32")
    wav = tmp_path / "played.wav"
    soundfile.write(wav, played, rate)
    ear = EarProcess()
    events: list[messages.Event] = []

    def heard(kind: type) -> bool:
        events.extend(ear.poll())
        return any(isinstance(event, kind) for event in events)

    try:
        ear.send(messages.Open(DeviceSpec("pulse"), tmp_path / "take.wav"))
        assert wait_until(lambda: heard(messages.Opened), 20), events
        subprocess.run(["paplay", "--device=mic", str(wav)], check=True, timeout=30)
        ear.send(messages.Close())
        assert wait_until(lambda: heard(messages.Closed), 20), events
    finally:
        ear.close()
    closed = next(event for event in events if isinstance(event, messages.Closed))
    assert closed.overruns == 0 and not closed.reason
    taken, taken_rate = soundfile.read(tmp_path / "take.wav", dtype="float32")
    assert len(taken) == closed.frames and taken_rate == closed.rate
    assert best_correlation(played, rate, taken, taken_rate) > 0.95


def best_correlation(played: np.ndarray, rate: int, taken: np.ndarray, taken_rate: int) -> float:
    """The largest normalised cross-correlation of what was played with what was recorded, at the same rate."""
    from labbench.signal.resampling import resample

    found = resample(taken, taken_rate, rate)
    size = 1 << int(np.ceil(np.log2(len(found) + len(played))))
    products = np.fft.irfft(np.fft.rfft(found, size) * np.conj(np.fft.rfft(played, size)), size)[: len(found)]
    energy = np.concatenate([[0.0], np.cumsum(found.astype(np.float64) ** 2)])
    ends = np.minimum(np.arange(len(found)) + len(played), len(found))
    norms = np.sqrt((energy[ends] - energy[: len(found)]) * np.sum(played.astype(np.float64) ** 2))
    return float(np.max(products / np.maximum(norms, 1e-6)))
