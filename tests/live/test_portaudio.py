"""Through real PortAudio: PulseAudio plays a clip into a null sink, and the ear hears that sink's monitor."""

import shutil
import subprocess
import sys
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
from labbench.signal.resampling import resample

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PulseAudio is a matter of Linux")
CLIP = assets() / "clips" / "digits_short.flac"
HEARD_BYTES = 20_000
"""A recording of this size holds sound, not only its header."""
NEEDED = ("pulseaudio", "paplay", "pactl")


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
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
        yield server
    finally:
        server.terminate()
        server.wait(10)


def pactl(*words: str) -> bool:
    return subprocess.run(["pactl", *words], capture_output=True, check=False).returncode == 0


@ON_LINUX
def test_what_was_played_is_in_the_recording(pulse: subprocess.Popen[bytes], qapp: object, tmp_path: Path) -> None:
    played, rate = soundfile.read(CLIP, dtype="float32")
    wav, take = tmp_path / "played.wav", tmp_path / "take.wav"
    quiet = np.zeros(rate // 4, np.float32)  # the device may miss either end
    soundfile.write(wav, np.concatenate([quiet, played, quiet]), rate)
    ear = EarProcess()
    events: list[messages.Event] = []
    try:
        ear.send(messages.Open(DeviceSpec("pulse"), take))
        assert wait_until(lambda: heard(ear, events, messages.Opened), 20), events
        assert wait_until(lambda: take.stat().st_size > HEARD_BYTES, 20), "no sound arrives"
        subprocess.run(["paplay", "--device=mic", str(wav)], check=True, timeout=30)
        ear.send(messages.Close())
        assert wait_until(lambda: heard(ear, events, messages.Closed), 20), events
    finally:
        ear.close()
    (closed,) = [event for event in events if isinstance(event, messages.Closed)]
    assert closed.overruns == 0 and not closed.reason
    taken, taken_rate = soundfile.read(take, dtype="float32")
    assert len(taken) == closed.frames and taken_rate == closed.rate
    assert best_correlation(played, resample(taken, taken_rate, rate)) > 0.95


@ON_LINUX
def test_a_device_that_disappears_is_told_once_and_its_recording_kept(
    pulse: subprocess.Popen[bytes], qapp: object, tmp_path: Path
) -> None:
    take = tmp_path / "take.wav"
    ear = EarProcess()
    events: list[messages.Event] = []
    try:
        ear.send(messages.Open(DeviceSpec("pulse"), take))
        assert wait_until(lambda: heard(ear, events, messages.Opened), 20), events
        assert wait_until(lambda: take.stat().st_size > HEARD_BYTES, 20), "no sound arrives"
        pulse.kill()
        assert wait_until(lambda: heard(ear, events, messages.Closed), 20), events
    finally:
        events += ear.close()
    (closed,) = [event for event in events if isinstance(event, messages.Closed)]
    assert "disappeared" in closed.reason and closed.hint
    assert not any(isinstance(event, messages.Lost | messages.Trouble) for event in events)
    assert soundfile.info(take).frames == closed.frames > 0


def test_another_clip_does_not_correlate() -> None:
    """The measure itself: 1 for what is there, among silence and at another level, and little for what is not."""
    played, _ = soundfile.read(CLIP, dtype="float32")
    other, _ = soundfile.read(assets() / "clips" / "speech_short.flac", dtype="float32")
    silence = np.zeros(16_000, np.float32)
    assert best_correlation(played, np.concatenate([silence, 0.3 * played, silence])) == pytest.approx(1, abs=1e-3)
    assert best_correlation(played, np.concatenate([silence, other, other, silence])) < 0.5
    assert best_correlation(played, silence) == 0


def heard(ear: EarProcess, events: list[messages.Event], kind: type) -> bool:
    """Take in what the ear has told; whether such an event is among it."""
    events += ear.poll()
    return any(isinstance(event, kind) for event in events)


def best_correlation(played: np.ndarray, taken: np.ndarray) -> float:
    """The largest normalised cross-correlation over all places where the whole of `played` fits; 0 where none does."""
    lags = len(taken) - len(played) + 1
    if lags < 1:
        return 0.0
    one, all_ = played.astype(np.float64), taken.astype(np.float64)
    size = 1 << (len(one) + len(all_) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(all_, size) * np.conj(np.fft.rfft(one, size)), size)[:lags]
    energy = np.concatenate([[0.0], np.cumsum(all_**2)])
    norms = np.sqrt((energy[len(one) :] - energy[:lags]) * np.sum(one**2))
    loud = norms > 0.01 * np.sum(one**2)  # quieter places hold nothing but rounding
    return float(np.max(products[loud] / norms[loud], initial=0.0))
